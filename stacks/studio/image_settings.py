"""Settings of images for Studio's apps."""

from typing import Annotated

from pydantic import Field

from stacks.arns import EcrImage, region_of_image
from stacks.fields import EnvironmentVariable, Settings

_Text = Annotated[str, Field(min_length=1, max_length=256, pattern=r"\S")]


class ImageSettings(Settings):
    """An image in ECR that apps run in."""

    base_image: EcrImage
    """URI of the image in ECR, in the environment's region. A new URI creates a new image
    version. Later pushes to the same tag have no effect."""
    display_name: Annotated[str, Field(max_length=128, pattern=r"^[A-Za-z0-9 _-]+$")] | None = None
    """Display name. Defaults to the name."""
    description: Annotated[str, Field(min_length=1, max_length=512)] | None = None
    """Description of the image."""
    entrypoint: _Text | None = None
    """Command in place of the image's entry point."""
    arguments: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64, pattern=r"\S")]],
        Field(max_length=50),
    ] = []
    """Arguments of the command."""
    environment: Annotated[dict[EnvironmentVariable, _Text], Field(max_length=25)] = {}
    """Environment variables of the container."""

    @property
    def region(self) -> str:
        """Region of the registry."""
        return region_of_image(self.base_image)
