"""Modules of the project do not import each other in circles."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support import FIXTURES, ROOT

PACKAGES = {"stacks": ROOT / "stacks", "sagemaker_platform": ROOT / "constructs/sagemaker_platform"}


def modules() -> dict[str, Path]:
    return {
        ".".join((name, *file.relative_to(folder).with_suffix("").parts)).removesuffix(
            ".__init__"
        ): file
        for name, folder in PACKAGES.items()
        for file in folder.rglob("*.py")
    }


def statements(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Return the imports that run when a module is imported."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from statements(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for name in ("body", "orelse", "finalbody"):
                yield from statements(getattr(node, name, []))


def imported(name: str, file: Path, known: Mapping[str, Path]) -> Iterator[str]:
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in statements(ast.parse(file.read_text("utf-8")).body):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        else:
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join(
                [*(above if node.level else ()), *([node.module] if node.module else ())]
            )
            found = [
                f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base
                for alias in node.names
            ]
        yield from (one for one in found if one in known and one != name)


def graph(depth: int | None) -> dict[str, set[str]]:
    """Return what each module, or each package up to a depth, imports."""
    known = modules()
    found: dict[str, set[str]] = {}
    for name, file in known.items():
        short = ".".join(name.split(".")[:depth])
        others = {".".join(one.split(".")[:depth]) for one in imported(name, file, known)}
        found.setdefault(short, set()).update(others - {short})
    return found


@pytest.mark.parametrize("depth", [None, 2], ids=["modules", "packages"])
def test_imports_have_no_circles(depth: int | None) -> None:
    try:
        TopologicalSorter(graph(depth)).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_circle_is_found() -> None:
    with pytest.raises(CycleError):
        TopologicalSorter({**graph(2), "stacks.fields": {"stacks.settings"}}).prepare()


def test_constructs_do_not_import_stacks() -> None:
    for name, others in graph(None).items():
        if name.startswith("sagemaker_platform"):
            assert not [one for one in others if one.startswith("stacks")], name


def importing(folder: Path, pattern: str) -> set[str]:
    """Return the Python files in a folder with an import that matches a regular expression."""
    expression = re.compile(rf"^\s*(from|import) {pattern}", re.MULTILINE)
    return {
        str(file.relative_to(ROOT))
        for file in folder.rglob("*.py")
        if expression.search(file.read_text("utf-8"))
    }


def test_only_its_verb_imports_the_rehearsal() -> None:
    users: set[str] = set()
    for folder in ("stacks", "constructs", "operations", "custom", "tests"):
        users |= importing(ROOT / folder, r"operations(\.rehearsal| import rehearsal)")
    own = ("operations/rehearsal/", "tests/operations/", "tests/stories/")
    assert {one for one in users if not one.startswith(own)} == {"operations/verbs/rehearse.py"}


def test_emulator_process_imports_nothing_else_of_the_project() -> None:
    """It runs in its own virtual environment, without the packages of the project."""
    server = ROOT / "operations" / "rehearsal" / "server"
    project = r"(app|stacks|sagemaker_platform|operations(?!\.rehearsal\.server))\b"
    assert importing(server, project) == set()
    assert importing(server, r"operations\.rehearsal\.server\b")


def test_a_capability_that_is_off_is_not_imported(tmp_path: Path) -> None:
    file = tmp_path / "bare.yaml"
    text = (FIXTURES / "dev.yaml").read_text("utf-8").replace("name: dev", "name: bare")
    file.write_text(re.split(r"\nlakehouse:", text)[0])
    script = (
        "import sys; from app import main; assert main() == 0;"
        "print(*sorted(name for name in sys.modules if name.startswith(('stacks.',"
        " 'sagemaker_platform.', 'aws_cdk.aws_'))))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={
            "PYTHONPATH": str(ROOT / "constructs"),
            "CDK_OUTDIR": str(tmp_path / "out"),
            "CDK_CONTEXT_JSON": f'{{"files": "{file}", "checks": "false"}}',
        },
        capture_output=True,
        text=True,
        check=True,
    )
    imported = run.stdout.split()
    assert "sagemaker_platform.network" in imported
    for capability in ("inference", "lakehouse", "mlflow", "partner_apps", "studio"):
        assert f"sagemaker_platform.{capability}" not in imported
        assert f"stacks.{capability}.stack" not in imported
    assert "aws_cdk.aws_sagemaker" not in imported
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"assembly-bare"}
