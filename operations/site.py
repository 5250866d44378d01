"""The documentation as a site: `docs/`, the keys of settings, a fork's capabilities."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from operations.errors import OperationError
from operations.settings_reference import reference_pages

HEADING = "Your capabilities"
_SETTINGS = "reference/settings.md"

# `../../docs/` leads from the README of a capability to the pages of upstream.
_LINK_TO_DOCS = re.compile(r"(?<=\]\()\.\./\.\./docs/")
# What pages with `::: module` read.
_SOURCES = ("constructs", "custom", "stacks")
# What is code, and no part of a page.
_CODE = shutil.ignore_patterns("*.py", "*.guard", "*.csv", "rehearsal", "__pycache__")


def build_site(root: Path, output: Path) -> None:
    """Build the documentation with zensical.

    The page of each capability in `custom/` is its `README.md`, with the images next to it. These
    pages are listed under "Your capabilities", in the order of the folders' names.

    Args:
        root: The checkout.
        output: The folder of the site. It is replaced.

    Raises:
        OperationError: if a page has warnings, such as a link that leads nowhere.
    """
    with tempfile.TemporaryDirectory() as temporary:
        project = Path(temporary)
        _copy_project(root, project)
        zensical = Path(sys.executable).with_name("zensical")
        build = subprocess.run([zensical, "build", "--clean", "--strict"], cwd=project, check=False)
        if build.returncode:
            raise OperationError("zensical found the problems above. Fix the pages that it names.")
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(project / "site", output)


def _copy_project(root: Path, project: Path) -> None:
    for name in _SOURCES:
        if (root / name).exists():
            (project / name).symlink_to((root / name).absolute())
    shutil.copytree(root / "docs", project / "docs")
    pages = [
        _copy_page(readme, project / "docs/custom" / readme.parent.name)
        for readme in sorted(root.glob("custom/*/README.md"))
    ]
    yaml = YAML()
    configuration = yaml.load(root / "mkdocs.yml")
    if pages:
        _add_section(
            configuration["nav"], [str(page.relative_to(project / "docs")) for page in pages]
        )
    _add_settings(configuration["nav"], _write_settings(root, project / "docs" / _SETTINGS))
    yaml.dump(configuration, project / "mkdocs.yml")


def _copy_page(readme: Path, folder: Path) -> Path:
    shutil.copytree(readme.parent, folder, ignore=_CODE)
    page = folder / readme.name
    page.write_text(_LINK_TO_DOCS.sub("../../", page.read_text("utf-8")), "utf-8")
    return page


def _write_settings(root: Path, index: Path) -> list[str]:
    """Write the pages of the settings reference, and list them in its index."""
    # The schema needs a process of its own.
    run = subprocess.run(
        [sys.executable, "-m", "stacks.schema"], cwd=root, check=True, capture_output=True
    )
    yaml = YAML(typ="safe", pure=True)
    examples = [yaml.load(file) for file in sorted(root.glob("examples/*.yaml"))]
    pages = reference_pages(json.loads(run.stdout), examples)
    folder = index.with_suffix("")
    folder.mkdir()
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, "utf-8")
    links = "\n".join(f"- [{name}]({folder.name}/{name}.md)" for name in pages)
    index.write_text(f"{index.read_text('utf-8')}\n{links}\n", "utf-8")
    return list(pages)


def _add_settings(navigation: list[Any], names: Sequence[str]) -> None:
    """Put the pages of the settings reference below its index."""
    folder = _SETTINGS.removesuffix(".md")
    [reference] = [section["Reference"] for section in navigation if "Reference" in section]
    [entry] = [page for page in reference if page.get("Settings") == _SETTINGS]
    entry["Settings"] = [_SETTINGS, *({name: f"{folder}/{name}.md"} for name in names)]


def _add_section(navigation: list[object], pages: Sequence[str]) -> None:
    """Add the pages before the reference, which is last."""
    navigation.insert(len(navigation) - 1, {HEADING: list(pages)})
