"""The data tables of this package, read once."""

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_FOLDER = Path(__file__).with_name("data")


@cache
def table(name: str) -> dict[str, Any]:
    """Return a table by the name of its file, without the suffix."""
    found: dict[str, Any] = YAML(typ="safe").load((_FOLDER / f"{name}.yaml").read_text("utf-8"))
    return found
