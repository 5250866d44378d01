"""Settings of the people in Studio."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from stacks.fields import PersonaName, Settings, StudioInstanceType, TagValue, validation_error
from stacks.studio.canvas_settings import UserCanvasSettings
from stacks.studio.idle_settings import UserIdleShutdownSettings
from stacks.studio.storage_settings import (
    FileSystemSettings,
    SpaceStorageSettings,
    check_file_systems,
)

InstanceTypes = Annotated[list[StudioInstanceType], Field(min_length=1, max_length=60)]
# SageMaker takes five groups, of which one is the user's own.
_MOST_CLUSTERS = 4
RStudioAccess = Literal["none", "user", "administrator"]


class PosixUserSettings(Settings):
    """POSIX user and group ids of a user's processes on your file systems."""

    uid: Annotated[int, Field(ge=10_000, le=4_000_000)]
    """User id, 10000 to 4000000."""
    gid: Annotated[int, Field(ge=1_001, le=4_000_000)]
    """Group id, 1001 to 4000000."""


class UserSettings(Settings):
    """A person in Studio, with what is different for them."""

    name: Annotated[str, Field(min_length=1, max_length=63)]
    """With IAM: name of the profile. With SSO: user name in IAM Identity Center."""
    idle_shutdown: UserIdleShutdownSettings | None = None
    """Idle time after which this user's apps are stopped, within the domain's range."""
    canvas: UserCanvasSettings | None = None
    """Canvas settings of this user, in place of the domain's `canvas`."""
    persona: PersonaName | None = None
    """Persona of the user. Defaults to the default persona."""
    team: TagValue | None = None
    """Team of the user: the tag `team` of the profile, apps and jobs. If omitted, the team of
    the environment."""
    instance_type: StudioInstanceType | None = None
    """Default instance type of this user's apps. Defaults to the type of all users. A different
    type does not use the training plan."""
    allowed_instance_types: InstanceTypes | None = None
    """Instance types that this user's apps can use, in place of Studio's
    `allowed_instance_types`."""
    space_storage: SpaceStorageSettings | None = None
    """Sizes of this user's volumes. Default to Studio's."""
    posix_user: PosixUserSettings | None = None
    """POSIX user and group IDs that this user's processes have on your file systems, in private
    spaces."""
    file_systems: Annotated[list[FileSystemSettings], Field(max_length=10)] = []
    """Your file systems in this user's private spaces, in place of Studio's."""
    r_studio: RStudioAccess | None = None
    """RStudio access level of this user. Defaults to Studio's. CloudFormation refuses a change
    unless the user gets a new name."""

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if not name.isprintable() or any(character.isspace() for character in name):
            raise validation_error("must not contain spaces, line breaks or control characters")
        return name

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_file_systems(self.file_systems)
        clusters = {one.hyperpod for one in self.file_systems if one.hyperpod}
        if len(clusters) > _MOST_CLUSTERS:
            raise validation_error(
                f"must have file systems of at most {_MOST_CLUSTERS} clusters, because each "
                f"adds a security group to the user's apps; got {len(clusters)}",
                at="file_systems",
                value=sorted(clusters),
            )
        return self

    @property
    def profile(self) -> str:
        """Name of the profile, derived from the user's name alone.

        So a profile is never replaced by another of the same name: CloudFormation
        creates before it deletes, and would fail.
        """
        return re.sub(r"[^A-Za-z0-9]+", "-", self.name).strip("-")
