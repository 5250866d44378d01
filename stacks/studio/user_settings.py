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
    """When this user's idle apps are stopped, within what the domain allows."""
    canvas: UserCanvasSettings | None = None
    """What is on in Canvas for this user, instead of all that the domain's `canvas` says."""
    persona: PersonaName | None = None
    """What the person may do; if omitted: the default persona."""
    team: TagValue | None = None
    """Team of the person: the tag `team` of their profile, which their apps and jobs get too. If
    omitted, the team of the environment."""
    instance_type: StudioInstanceType | None = None
    """What this user's apps run on unless they choose; if omitted, as for everybody. Another
    than everybody's is not taken from a training plan."""
    allowed_instance_types: InstanceTypes | None = None
    """What apps in this user's spaces may run on, in place of what everybody's may."""
    space_storage: SpaceStorageSettings | None = None
    """Sizes of this user's volumes; if omitted, as for everybody."""
    posix_user: PosixUserSettings | None = None
    """POSIX ids of this user's processes on your file systems, in private spaces."""
    file_systems: Annotated[list[FileSystemSettings], Field(max_length=10)] = []
    """File systems of yours in this user's private spaces, in place of everybody's."""
    r_studio: RStudioAccess | None = None
    """What this user is in RStudio; if omitted, as everybody. A change is refused by
    CloudFormation until the user has another name."""

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if not name.isprintable() or any(character.isspace() for character in name):
            raise validation_error("must not hold spaces, line breaks or control characters")
        return name

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_file_systems(self.file_systems)
        clusters = {one.hyperpod for one in self.file_systems if one.hyperpod}
        if len(clusters) > _MOST_CLUSTERS:
            raise validation_error(
                f"has file systems of {len(clusters)} clusters, and a user takes "
                f"{_MOST_CLUSTERS}: each is one security group of the user's apps",
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
