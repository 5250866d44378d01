"""What the settings of models are checked against, beside themselves."""

from dataclasses import dataclass
from pathlib import Path

from stacks.inference.lock import Lock


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the settings of a model are checked against, beside themselves.

    Args:
        region: the environment's region.
        file: the settings file.
        lock: models that were looked up; None while they are being looked up.
    """

    region: str
    file: Path
    lock: Lock | None
