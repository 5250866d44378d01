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
    """Name of one of the users. A change needs another name: CloudFormation refuses it."""
    sharing: Literal["Private", "Shared"] = "Private"
    """Whether others may run it. A change needs another name: CloudFormation refuses it."""
    app: AppType = "JupyterLab"
    """The kind of app that runs in it."""
    display_name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"\S")] | None = None
    """What people see; if omitted, the name."""
    instance_type: StudioInstanceType | None = None
    """What the app runs on unless its user chooses; if omitted, what its owner's apps run on."""
    storage_gib: Annotated[int, Field(ge=5, le=16384)] | None = None
    """Size of the volume in GiB, which can grow only; if omitted, the default."""
    lifecycle_config: Name | None = None
    """Name of the lifecycle configuration that runs when the app starts."""
    image: Name | None = None
    """Name of the image that the app runs in."""
    code_repositories: Annotated[list[RepositoryUrl], Field(max_length=30)] = []
    """HTTPS URLs of git repositories that are offered for cloning, in JupyterLab."""
    file_system: FileSystemSettings | None = None
    """A file system of yours that is mounted."""
    idle_minutes: IdleMinutes | None = None
    """When its idle app is stopped, within what its owner may choose; if omitted, as for its
    owner."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.instance_type is not None and self.instance_type not in types_of_spaces():
            raise validation_error(
                "is an instance type that CloudFormation does not know for spaces yet: remove the "
                "line, and let the user choose it in Studio",
                at="instance_type",
                value=self.instance_type,
            )
        if self.app == "CodeEditor" and self.code_repositories:
            raise validation_error(
                "belongs to app JupyterLab: remove the line",
                at="code_repositories",
                value=self.code_repositories,
            )
        if self.file_system is not None and self.file_system.hyperpod is not None:
            raise validation_error(
                "is for file_systems of studio and of users, whose persona uses the cluster",
                at="file_system.hyperpod",
                value=self.file_system.hyperpod,
            )
        if self.file_system is not None and self.file_system.path is not None:
            raise validation_error(
                "is not known to spaces, which mount the root: remove the line",
                at="file_system.path",
                value=self.file_system.path,
            )
        return self
