"""Running the app, and reading what it made."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app import new_app
from operations.assembly import Assembly, Stack
from sagemaker_platform.synthesized_stack import SynthesizedStack
from stacks.loading import load_environments
from stacks.settings import EnvironmentSettings

ROOT = Path(__file__).parents[1]


EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
# Three environments as a team has them; a fork's own are in a folder that these tests do not read.
FIXTURES = ROOT / "tests" / "fixtures" / "environments"
TYPICAL = sorted(FIXTURES.glob("*.yaml"))
# An open and a closed network, each with a user for each persona.
PERSONAS = sorted((ROOT / "tests" / "fixtures" / "personas").glob("*.yaml"))


def block_of(settings: EnvironmentSettings, key: str) -> Any:
    """Return the block of a capability in settings; None if it is off."""
    return getattr(settings, key)


def copy_checkout(folder: Path, *, without: tuple[str, ...] = ()) -> None:
    """Copy the files that git has and those not yet committed; leave out some beginnings of paths.

    Args:
        folder: where they go.
        without: beginnings of the paths that are left out.
    """
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(without):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def run_app(
    outdir: Path,
    *,
    context: Mapping[str, str] | None = None,
    script: str | None = None,
    **environ: str,
) -> subprocess.CompletedProcess[str]:
    """Run ``python app.py`` as a user does, or a script in its place, with its output elsewhere."""
    return subprocess.run(
        [sys.executable, *(["app.py"] if script is None else ["-c", script])],
        cwd=ROOT,
        env={
            **os.environ,
            "CDK_OUTDIR": str(outdir),
            "CDK_CONTEXT_JSON": json.dumps(context or {}),
            **environ,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def stacks_in(assembly: Path) -> list[SynthesizedStack]:
    """Return the stacks of an assembly with their templates."""
    return [stack.with_template() for stack in Assembly.read(assembly).stacks()]


def synthesized(outdir: Path, *files: Path | str) -> Path:
    """Synthesize settings files, unchecked, into a folder; return it, the cloud assembly.

    In the process of the tests, whose node runs already: a fraction of the time of an app.
    """
    # Starts node, which not all tests need.
    from stacks.environment import EnvironmentStage

    app = new_app(str(outdir))
    for environment in load_environments(files=[str(file) for file in files]):
        EnvironmentStage(app, environment)
    app.synth()
    return outdir


@dataclass(frozen=True)
class Synthesis:
    """A finished run of the app: its folder, exit status and error output."""

    folder: Path
    code: int
    errors: str

    def assembly(self) -> Path:
        """Return the cloud assembly; fail the test if the app found anything wrong."""
        if self.code:
            pytest.fail(self.errors, pytrace=False)
        return self.folder


def synthesize_once(
    name: str, tmp_path_factory: pytest.TempPathFactory, context: Mapping[str, str]
) -> Synthesis:
    """Synthesize with all checks into a folder that the workers of a run share."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    result = shared / f"{name}.json"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.exists():
            run = run_app(shared / name, context=context)
            result.write_text(json.dumps({"code": run.returncode, "errors": run.stderr}))
    return Synthesis(shared / name, **json.loads(result.read_text()))


StackTemplate = Stack
"""A synthesized stack, by another name than that of the CDK."""


def stacks(assembly: Path) -> Iterator[StackTemplate]:
    """Return the stacks of all environments of a cloud assembly."""
    return Assembly.read(assembly).stacks()


def stack(assembly: Path, id: str) -> StackTemplate:
    """Return one stack by its id, such as ``dev/network``."""
    return Assembly.read(assembly).stack(id)


def dependencies(assembly: Path, id: str) -> set[str]:
    """Return the ids of the stacks that are deployed before one."""
    return set(stack(assembly, id).dependencies)


def files(directory: Path) -> dict[str, bytes]:
    """Return what is in the files of a folder, by path."""
    return {
        str(file.relative_to(directory)): file.read_bytes()
        for file in directory.rglob("*")
        if file.is_file()
    }


def written(value: Any) -> str:
    """Return a text of a template with a word in place of each reference."""
    if isinstance(value, str):
        return value
    return "".join(one if isinstance(one, str) else "reference" for one in value["Fn::Join"][1])
