"""Settings of spaces."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.fields import Name, RepositoryUrl, Settings, StudioInstanceType, validation_error
from stacks.studio.app_settings import AppType, types_of_spaces
from stacks.studio.idle_settings import IdleMinutes
from stacks.studio.storage_settings import FileSystemSettings


class SpaceSettings(Settings):
    """A space: the volume and the app that a person works in."""

    name: Annotated[str, Field(max_length=63, pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*$")]
    """Name of the space: letters and digits, with hyphens between."""
    owner: str
    """Name of the owner, one of the users. A change needs a new name for the space."""
    sharing: Literal["Private", "Shared"] = "Private"
    """Whether other users can open the space. A change needs a new name for the space."""
    app: AppType = "JupyterLab"
    """Type of app."""
    display_name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"\S")] | None = None
    """Display name. Defaults to the name."""
    instance_type: StudioInstanceType | None = None
    """Default instance type of the app. Defaults to the owner's."""
    storage_gib: Annotated[int, Field(ge=5, le=16384)] | None = None
    """Size of the volume in GiB. It can grow but not shrink. Defaults to Studio's default."""
    lifecycle_config: Name | None = None
    """Name of the lifecycle configuration that runs when the app starts."""
    image: Name | None = None
    """Name of the image that the app runs in."""
    code_repositories: Annotated[list[RepositoryUrl], Field(max_length=30)] = []
    """HTTPS URLs of git repositories that JupyterLab offers for cloning."""
    file_system: FileSystemSettings | None = None
    """Your file system to mount."""
    idle_minutes: IdleMinutes | None = None
    """Idle time after which the app is stopped, within the owner's range. Defaults to the
    owner's."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.instance_type is not None and self.instance_type not in types_of_spaces():
            raise validation_error(
                "must be an instance type that CloudFormation supports for spaces. Remove "
                "the line, and let the user choose this type in Studio",
                at="instance_type",
                value=self.instance_type,
            )
        if self.app == "CodeEditor" and self.code_repositories:
            raise validation_error(
                "applies only to app JupyterLab. Remove the line",
                at="code_repositories",
                value=self.code_repositories,
            )
        if self.file_system is not None and self.file_system.hyperpod is not None:
            raise validation_error(
                (
                    "applies only to file_systems of studio and of users, whose persona uses "
                    "the cluster"
                ),
                at="file_system.hyperpod",
                value=self.file_system.hyperpod,
            )
        if self.file_system is not None and self.file_system.path is not None:
            raise validation_error(
                "must be omitted for spaces, which mount the root. Remove the line",
                at="file_system.path",
                value=self.file_system.path,
            )
        return self
