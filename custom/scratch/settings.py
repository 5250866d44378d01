"""Settings of scratch space."""

from typing import Annotated

from pydantic import Field

from stacks.fields import Name, Settings


class ScratchSettings(Settings):
    """A bucket for files of a day."""

    name: Name = "scratch"
    """Its name."""
    days: Annotated[int, Field(ge=1, le=90)] = 7
    """How long files are kept."""
