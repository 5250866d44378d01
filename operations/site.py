"""The documentation as a site: the pages of `docs/`, and those of a fork's capabilities."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ruamel.yaml import YAML

from operations.errors import OperationError

HEADING = "Your capabilities"

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
    yaml.dump(configuration, project / "mkdocs.yml")


def _copy_page(readme: Path, folder: Path) -> Path:
    shutil.copytree(readme.parent, folder, ignore=_CODE)
    page = folder / readme.name
    page.write_text(_LINK_TO_DOCS.sub("../../", page.read_text("utf-8")), "utf-8")
    return page


def _add_section(navigation: list[object], pages: Sequence[str]) -> None:
    """Add the pages before the reference, which is last."""
    navigation.insert(len(navigation) - 1, {HEADING: list(pages)})
