"""The documentation, run.

The rules for snippets in README.md, CONTRIBUTING.md and docs/:

- ``yaml`` holds settings. A block with ``name`` at its top is a whole file; any other is laid
  over ``MINIMAL``, the least that an environment needs. Every one loads, and synthesizes
  without findings.
- ``python`` runs by itself.
- A block whose first line is ``# <path of a file>`` continues with lines of that file. Files of
  ``environments/`` are those of ``tests/fixtures``: a fork edits its own.
- ``console`` and ``text`` hold commands and output.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ruamel.yaml import YAML

from operations.assembly import Assembly
from operations.output import table
from operations.synth import HEADINGS, rows_of
from stacks.loading import load_environments
from tests.support import ROOT, dependencies, run_app, stacks

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / ".github" / "pull_request_template.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
MINIMAL = {
    "name": "minimal",
    "account": "123456789012",
    "region": "eu-west-1",
    "stage": "development",
    "owner": "a-team",
    "cost_center": "4711",
    "network": {"cidr": "10.0.0.0/16", "availability_zones": ["eu-west-1a", "eu-west-1b"]},
}
# What verbs write, and what a fork may keep.
GENERATED = {"custom/prices.csv", "environments/schema.json", "environments/snapshots/"}

_FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Snippet:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def _snippets() -> Iterator[Snippet]:
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in _FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield Snippet(page, line, match["language"], match["code"])


SNIPPETS = list(_snippets())


def _in(language: str) -> list[Snippet]:
    return [snippet for snippet in SNIPPETS if snippet.language == language]


def _merge(base: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in above.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            value = _merge(old, value)
        merged[key] = value
    return merged


def _settings(snippet: Snippet) -> dict[str, Any]:
    settings = YAML(typ="safe", pure=True).load(StringIO(snippet.code))
    assert isinstance(settings, dict)
    return settings if "name" in settings else _merge(MINIMAL, settings)


def _write(settings: dict[str, Any], directory: Path) -> Path:
    file = directory / f"{settings['name']}.yaml"
    # JSON is YAML.
    file.write_text(json.dumps(settings), "utf-8")
    return file


def test_every_kind_of_snippet_is_known() -> None:
    assert {s.language for s in SNIPPETS} == {"yaml", "python", "console", "text"}


@pytest.mark.parametrize("snippet", _in("yaml"), ids=str)
def test_settings_load(snippet: Snippet, tmp_path: Path) -> None:
    settings = _settings(snippet)

    [environment] = load_environments(files=[str(_write(settings, tmp_path))])

    assert environment.name == settings["name"]


@pytest.mark.slow
def test_settings_synthesize_without_findings(tmp_path: Path) -> None:
    files = [
        # ARNs are of the environment's account.
        _write(
            json.loads(json.dumps(_settings(s)).replace(str(MINIMAL["account"]), f"{n:012d}"))
            | {"name": f"snippet-{n}", "account": f"{n:012d}"},
            tmp_path,
        )
        for n, s in enumerate(_in("yaml"), 1)
    ]

    run = run_app(tmp_path / "cdk.out", context={"files": " ".join(map(str, files))})

    names = "\n".join(f"snippet-{n} is {s}" for n, s in enumerate(_in("yaml"), 1))
    assert run.returncode == 0, f"{run.stderr}\n{names}"


@pytest.mark.parametrize("snippet", _in("python"), ids=str)
def test_python_runs(snippet: Snippet, tmp_path: Path) -> None:
    # With the node of this Python, as in an active virtual environment.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    run = subprocess.run(
        [sys.executable, "-c", snippet.code],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert run.returncode == 0, run.stderr
    assert not run.stderr


QUOTED = [s for s in SNIPPETS if re.match(r"# [\w./-]+/[\w.-]+\n", s.code)]


@pytest.mark.parametrize("snippet", QUOTED, ids=str)
def test_quotes_are_what_the_file_says(snippet: Snippet) -> None:
    first, _, rest = snippet.code.partition("\n")
    file = _documented(first.removeprefix("# "))

    assert rest.strip("\n") in file.read_text("utf-8")


def _documented(path: str) -> Path:
    """Return a file that a page names."""
    if path.startswith("environments/") and path.endswith(".yaml"):
        return ROOT / "tests/fixtures" / path
    return ROOT / path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    prose = _FENCE.sub("", text)
    spans = _CODE_SPAN.findall(prose)
    commands = "\n".join([*spans, *(m["code"] for m in _FENCE.finditer(text))])
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()}

    faults = [
        f"make {verb}: no such verb"
        for verb in re.findall(r"(?:^|[\s;&])make ([a-z-]+)", commands)
        if verb not in verbs
    ]
    faults += [
        f"{span}: no such file"
        for span in spans
        if re.fullmatch(r"[\w.-]+/[\w./-]*", span)
        and span.split("/")[0] in folders - {".cache", "cdk.out", "site"}
        and span not in GENERATED
        and not _documented(span).exists()
    ]
    faults += [
        f"{target}: leads nowhere"
        for target in _LINK.findall(prose)
        if not target.startswith(("https://", "mailto:")) and not _leads_somewhere(page, target)
    ]
    assert not faults


def _leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists():
        return False
    return not anchor or anchor in map(_anchor, _HEADING.findall(file.read_text("utf-8")))


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))


@pytest.mark.slow
def test_the_site_is_built_without_warnings(tmp_path: Path) -> None:
    for folder in ("docs", "constructs", "stacks", "custom"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for file in ("mkdocs.yml", "cdk.json"):
        shutil.copy(ROOT / file, tmp_path)
    # A fork adds a capability with a page, and edits no file of upstream.
    shutil.copytree(ROOT / "tests/fixtures/custom", tmp_path / "custom", dirs_exist_ok=True)

    build = subprocess.run(
        [sys.executable, "-m", "operations", "docs"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'constructs'}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert build.returncode == 0, build.stdout + build.stderr
    pages = {page: page.read_text("utf-8") for page in (tmp_path / "site").rglob("index.html")}
    packages = [p.parent.name for p in (ROOT / "constructs").glob("*/*/__init__.py")]
    for package in packages:
        assert "doc-heading" in pages[tmp_path / "site" / "reference" / package / "index.html"]
    # Roles of Sphinx, which Markdown shows as they stand.
    roles = re.compile(r":(class|func|meth|mod|attr):")
    assert not [str(page) for page, text in pages.items() if roles.search(text)]

    front = pages[tmp_path / "site/index.html"]
    assert "Your capabilities" in front
    assert 'href="./custom/scratch/"' in front
    scratch = pages[tmp_path / "site/custom/scratch/index.html"]
    assert "A bucket for files of a day." in scratch
    assert 'href="../../personas/"' in scratch
    assert "How long files are kept" in scratch
    assert not list((tmp_path / "site/custom").rglob("*.py"))


def test_table_in_readme_is_what_synth_prints(typical: Path) -> None:
    rows = [tuple(map(str, row)) for row in rows_of(Assembly.read(typical))]
    printed = table([HEADINGS, *rows]).splitlines()
    readme = (ROOT / "README.md").read_text("utf-8").splitlines()
    start = next(i for i, line in enumerate(readme) if line.startswith("environment  "))
    pasted = readme[start : start + len(printed)]

    # All columns but the last: where the templates are.
    assert [row.split()[:-1] for row in pasted] == [row.split()[:-1] for row in printed]


def test_picture_shows_the_real_dependencies(typical: Path) -> None:
    svg = ElementTree.parse(ROOT / "docs" / "images" / "environment.svg")
    drawn = {
        (line.attrib["data-from"], line.attrib["data-to"])
        for line in svg.iter("{http://www.w3.org/2000/svg}line")
    }
    real = {
        (found.name, needed.split("/")[1])
        for found in stacks(typical)
        if found.environment == "prod"
        for needed in dependencies(typical, found.id)
    }

    assert drawn == real
