"""A fork adds a capability in `custom/` without touching the rest of the checkout."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT, StackTemplate, stack

BASE = """\
name: {name}
account: "123456789012"
region: eu-west-1
stage: {stage}
owner: ml-platform
cost_center: research
network:
  cidr: 10.{number}.0.0/16
  availability_zones: [eu-west-1a, eu-west-1b]
personas:
  data_scientist: {{}}
scratch:
  name: files
  days: {days}
"""
CAPABILITY = "custom/scratch/capability.py"


def checkout_at(folder: Path) -> Path:
    """Copy what the app needs, with the example of a fork's capability."""
    folder.mkdir()
    for name in ("app.py", "cdk.json"):
        shutil.copy(ROOT / name, folder)
    for name in ("stacks", "constructs"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "custom", folder / "custom")
    shutil.copytree(ROOT / "tests/fixtures/custom", folder / "custom", dirs_exist_ok=True)
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return checkout_at(tmp_path / "checkout")


def run(folder: Path, *command: str, **context: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'constructs'}",
            "CDK_OUTDIR": str(folder / "cdk.out"),
            "CDK_CONTEXT_JSON": json.dumps(context),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def synthesize(
    folder: Path, *files: str, checks: str = "false"
) -> subprocess.CompletedProcess[str]:
    return run(folder, "app.py", files=" ".join(files), checks=checks)


def write(folder: Path, name: str, *, days: int = 7, stage: str = "development") -> str:
    text = BASE.format(name=name, days=days, stage=stage, number=len(name))
    (folder / f"{name}.yaml").write_text(text, "utf-8")
    return f"{name}.yaml"


def line_of(file: Path, text: str) -> int:
    lines = file.read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = checkout_at(tmp_path_factory.mktemp("fork") / "checkout")
    done = synthesize(folder, write(folder, "base"), checks="true")
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "cdk.out"


def texts(template: StackTemplate, type_name: str) -> str:
    return json.dumps(template.of_type(type_name))


def test_capability_has_its_own_stack(assembly: Path) -> None:
    [bucket] = stack(assembly, "base/scratch").of_type("AWS::S3::Bucket")

    rules = bucket["LifecycleConfiguration"]["Rules"]
    assert 7 in [one.get("ExpirationInDays") for one in rules]


def test_capability_gets_interface_endpoints(assembly: Path) -> None:
    assert "sqs" in texts(stack(assembly, "base/network"), "AWS::EC2::VPCEndpoint")


def test_built_in_persona_has_the_activity(assembly: Path) -> None:
    policies = stack(assembly, "base/access").of_type("AWS::IAM::ManagedPolicy")

    [policy] = [one for one in policies if one["Description"] == "The activity use_scratch"]
    assert "s3:PutObject" in json.dumps(policy)


def test_schema_contains_the_key(checkout: Path) -> None:
    document: dict[str, Any] = json.loads(run(checkout, "-m", "stacks.schema").stdout)

    assert document["properties"]["scratch"]["description"] == "Scratch space."
    assert "use_scratch" in json.dumps(document["$defs"]["PersonaSettings"])


@pytest.mark.parametrize(
    ("stage", "days", "message"),
    [
        ("production", 31, "scratch.days: got 31; must be at most 30 in production"),
        ("development", 91, "scratch.days: got 91; must be at most 90"),
    ],
    ids=["rule of the capability", "rule of a field"],
)
def test_rule_names_file_and_line(checkout: Path, stage: str, days: int, message: str) -> None:
    file = write(checkout, "base", stage=stage, days=days)

    done = synthesize(checkout, file)

    assert done.stderr == f"{file}:{line_of(checkout / file, 'days')}: {message}\n"
    assert done.returncode == 1


def test_resource_names_clash(checkout: Path) -> None:
    done = synthesize(checkout, write(checkout, "base"), write(checkout, "other"))

    line = line_of(checkout / "other.yaml", "name: files")
    assert done.stderr.startswith(f'other.yaml:{line}: scratch.name: got "files"; ')
    assert "scratch files" in done.stderr


def test_guard_rules_of_the_capability_are_checked(checkout: Path) -> None:
    done = synthesize(checkout, write(checkout, "base", days=61), checks="true")

    assert "SCRATCH_FILES_EXPIRE" in done.stderr
    assert done.returncode == 1


def test_tests_of_the_capability_run(checkout: Path) -> None:
    done = run(checkout, "-m", "pytest", "-q", "--import-mode=importlib", "custom")

    assert "2 passed" in done.stdout


BROKEN = {
    "no CAPABILITY": ("CAPABILITY = Scratch\n", "", f"{CAPABILITY}: must define CAPABILITY"),
    "not a capability": (
        "CAPABILITY = Scratch\n",
        "CAPABILITY = 1\n",
        f"{CAPABILITY}: CAPABILITY: got 1; must be a subclass of Capability",
    ),
    "missing build": (
        "def build(",
        "def construct(",
        f"{CAPABILITY}: Scratch: must implement build",
    ),
    "missing settings": (
        "def settings_type(",
        "def settings(",
        f"{CAPABILITY}: Scratch: must implement settings_type",
    ),
    "key of a capability": (
        'key = "scratch"',
        'key = "studio"',
        f"{CAPABILITY}: key: got 'studio'; must be a key that no other block uses",
    ),
    "key of the core settings": (
        'key = "scratch"',
        'key = "network"',
        f"{CAPABILITY}: key: got 'network'; must be a key that no other block uses",
    ),
    "no name": ('key = "scratch"', 'key = "a b"', f"{CAPABILITY}: key: got 'a b'; must be a name"),
    "unknown before": (
        'before = "personas"',
        'before = "people"',
        f"{CAPABILITY}: before: got 'people'; must be one of ",
    ),
    "unknown persona": (
        'personas=["data_scientist"]',
        'personas=["chemist"]',
        "cannot be imported: ValueError: personas: got 'chemist'; must be built-in personas",
    ),
    "missing module": (
        "from stacks.fields import validation_error",
        "import missing_module",
        "cannot be imported: ModuleNotFoundError: No module named 'missing_module'",
    ),
    "syntax error": ('"""Files of a day."""', "1 +", "cannot be imported: SyntaxError: "),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_capability_is_one_line(checkout: Path, case: str) -> None:
    old, new, message = BROKEN[case]
    file = checkout / CAPABILITY
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")

    done = synthesize(checkout, write(checkout, "base"))

    [line] = done.stderr.splitlines()
    assert line.startswith(CAPABILITY)
    assert message in line
    if "cannot be imported" in message:
        assert line.startswith(f"{CAPABILITY}:{line_of(file, new)}: ")
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("expiration_days=settings.days", "expiration_days=settings.hours", "AttributeError: "),
        (
            "super().__init__(scope, id, env",
            'super().__init__(scope, "my_stack", env',
            "ValueError: id of a stack: got 'my_stack'; must be a letter, followed by letters, ",
        ),
    ],
    ids=["unknown setting", "id of a stack"],
)
def test_failing_build_is_one_line(checkout: Path, old: str, new: str, message: str) -> None:
    file = checkout / "custom/scratch/stack.py"
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")

    done = synthesize(checkout, write(checkout, "base"))

    [line] = done.stderr.splitlines()
    place = f"custom/scratch/stack.py:{line_of(file, new.split('(')[0].split('=')[0])}"
    assert line.startswith(f"{place}: cannot be built: {message}")
    assert line.endswith("`cdk synth` with JSII_HOST_STACK_TRACES=1.")
    assert done.returncode == 1


def test_broken_settings_name_file_and_line(checkout: Path) -> None:
    file = checkout / "custom/scratch/settings.py"
    file.write_text("import missing_module\n", "utf-8")

    done = synthesize(checkout, write(checkout, "base"))

    assert done.stderr == (
        "custom/scratch/settings.py:1: cannot be imported: ModuleNotFoundError: "
        "No module named 'missing_module'\n"
    )


def test_folder_without_capability_is_refused(checkout: Path) -> None:
    (checkout / CAPABILITY).rename(checkout / "custom/scratch/capabilities.py")

    done = synthesize(checkout, write(checkout, "base"))

    assert done.stderr == "custom/scratch: must have a file capability.py\n"


def test_broken_capability_fails_the_schema_in_one_line(checkout: Path) -> None:
    (checkout / CAPABILITY).write_text("", "utf-8")

    done = run(checkout, "-m", "stacks.schema")

    assert done.stderr.startswith(f"{CAPABILITY}: must define CAPABILITY")
    assert len(done.stderr.splitlines()) == 1
