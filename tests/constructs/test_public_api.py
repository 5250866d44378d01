"""The public API of the library, one file per package: a change is seen in review.

`pytest -n0 tests/constructs/test_public_api.py --renew-api` writes the files anew.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest

import sagemaker_platform
from tests.support import ROOT

FOLDER = ROOT / "tests/fixtures/api"
PACKAGES = [
    found.name
    for found in pkgutil.walk_packages(sagemaker_platform.__path__, "sagemaker_platform.")
    if found.ispkg and ".custom_resources" not in found.name
]


def public_names(package: ModuleType) -> Iterator[str]:
    """Return what a package exports, with the arguments, methods and properties of classes."""
    for name in package.__all__:
        member = getattr(package, name)
        if not inspect.isclass(member):
            yield f"{name}{_arguments(member)}"
            continue
        yield f"{name}{_arguments(member.__init__)}"
        for attribute, value in inspect.getmembers(member):
            ours = any(
                attribute in vars(base)
                for base in member.__mro__
                if base.__module__.startswith("sagemaker_platform")
            )
            if ours and not attribute.startswith("_"):
                yield f"{name}.{attribute}{_arguments(value)}"


def _arguments(value: object) -> str:
    if not inspect.isroutine(value):
        return ""
    try:
        names = [name for name in inspect.signature(value).parameters if name != "self"]
    except ValueError:
        return ""
    return f"({', '.join(names)})"


@pytest.mark.parametrize("name", PACKAGES)
def test_api_is_as_reviewed(name: str, pytestconfig: pytest.Config) -> None:
    file = FOLDER / f"{name.removeprefix('sagemaker_platform.')}.txt"
    found = "".join(f"{line}\n" for line in sorted(public_names(importlib.import_module(name))))
    if pytestconfig.getoption("renew_api"):
        file.write_text(found, "utf-8")
    assert found.splitlines() == file.read_text("utf-8").splitlines(), (
        "If you intend the change: pytest -n0 tests/constructs/test_public_api.py --renew-api"
    )


def test_api_files_are_of_packages() -> None:
    known = {f"{name.removeprefix('sagemaker_platform.')}.txt" for name in PACKAGES}
    assert {file.name for file in FOLDER.iterdir()} == known
