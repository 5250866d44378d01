"""The data tables of this package, read once."""

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_FOLDER = Path(__file__).with_name("data")


@cache
def table(name: str) -> Any:
    """Return a table by the name of its file, without the suffix."""
    return YAML(typ="safe").load((_FOLDER / f"{name}.yaml").read_text("utf-8"))
