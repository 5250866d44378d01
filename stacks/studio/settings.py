"""Settings of Studio."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from stacks.fields import (
    AmazonQProfileArn,
    IdentityCenterInstanceArn,
    PersonaName,
    Settings,
    StudioInstanceType,
    fault,
)
from stacks.studio.canvas_settings import CanvasSettings, UserCanvasSettings
from stacks.studio.idle_settings import (
    Bounds,
    IdleMinutes,
    UserIdleShutdownSettings,
    bounds_of_user,
)


class IdleShutdownSettings(Settings):
    """When an idle JupyterLab or Code Editor app is stopped."""

    default_minutes: IdleMinutes = 60
    """For users who choose nothing."""
    min_minutes: IdleMinutes = 60
    """The least a user may choose."""
    max_minutes: IdleMinutes = 480
    """The most a user may choose."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.min_minutes > self.max_minutes:
            raise fault(
                f"must be at most max_minutes ({self.max_minutes})",
                at="min_minutes",
                value=self.min_minutes,
            )
        if not self.min_minutes <= self.default_minutes <= self.max_minutes:
            raise fault(
                f"must be from min_minutes ({self.min_minutes}) to max_minutes "
                f"({self.max_minutes})",
                at="default_minutes",
                value=self.default_minutes,
            )
        return self


class SpaceStorageSettings(Settings):
    """Size of a space's EBS volume in GiB."""

    default_gib: Annotated[int, Field(ge=5, le=16384)] = 20
    """For users who choose nothing."""
    max_gib: Annotated[int, Field(ge=5, le=16384)] = 100
    """The most a user may choose."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.default_gib > self.max_gib:
            raise fault(
                f"must be at most max_gib ({self.max_gib})",
                at="default_gib",
                value=self.default_gib,
            )
        return self


class UserSettings(Settings):
    """A person in Studio."""

    name: Annotated[str, Field(min_length=1, max_length=63)]
    """With IAM: name of the profile. With SSO: user name in IAM Identity Center."""
    idle_shutdown: UserIdleShutdownSettings | None = None
    """When this user's idle apps are stopped, within what the domain allows."""
    canvas: UserCanvasSettings | None = None
    """What is on in Canvas for this user, instead of all that the domain's `canvas` says."""

    persona: PersonaName | None = None
    """What the person may do; absent: the default persona."""

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if not name.isprintable() or any(character.isspace() for character in name):
            raise fault("must not hold spaces, line breaks or control characters")
        return name

    @property
    def profile(self) -> str:
        """Name of the profile, derived from the user's name alone.

        So a profile is never replaced by another of the same name: CloudFormation
        creates before it deletes, and would fail.
        """
        return re.sub(r"[^A-Za-z0-9]+", "-", self.name).strip("-")


class StudioSettings(Settings):
    """A Studio domain that is reachable from its VPC only."""

    auth_mode: Literal["IAM", "SSO"] = "IAM"
    """How people sign in. A change replaces the domain and every home directory."""
    identity_center_instance_arn: IdentityCenterInstanceArn | None = None
    """The organization's IAM Identity Center instance, in the environment's region;
    required with SSO, since AWS creates such a domain only beside one."""
    default_persona: PersonaName = "data_scientist"
    """What users may do who have no persona of their own, and shared spaces."""
    instance_type: StudioInstanceType = "ml.t3.medium"
    """What JupyterLab and Code Editor run on unless a user chooses."""
    idle_shutdown: IdleShutdownSettings = IdleShutdownSettings()
    """When idle apps are stopped."""
    space_storage: SpaceStorageSettings = SpaceStorageSettings()
    """Sizes of the spaces' volumes."""
    # Each takes four of the 500 resources of a stack.
    users: Annotated[list[UserSettings], Field(max_length=100)] = []
    """The people with a profile."""
    canvas: CanvasSettings | None = None
    """SageMaker Canvas."""
    trusted_identity_propagation: bool = False
    """Whether apps act as their user of IAM Identity Center towards services that know
    users, such as Lake Formation; needs SSO."""
    amazon_q_profile_arn: AmazonQProfileArn | None = None
    """Profile of Amazon Q Developer that users work with; needs SSO."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        instance = self.identity_center_instance_arn
        if self.auth_mode == "SSO" and instance is None:
            raise fault(
                "needs identity_center_instance_arn, the ARN of the organization's IAM "
                "Identity Center instance",
                at="auth_mode",
                value=self.auth_mode,
            )
        if self.auth_mode == "IAM" and instance is not None:
            raise fault(
                "belongs to auth_mode SSO: remove the line",
                at="identity_center_instance_arn",
                value=instance,
            )
        self._check_users()
        self._check_api_settings()
        return self

    @property
    def personas_by_key(self) -> dict[str, str]:
        """The personas that people have, by the key that says so."""
        return {
            "default_persona": self.default_persona,
            **{
                f"users.{index}.persona": user.persona
                for index, user in enumerate(self.users)
                if user.persona is not None
            },
        }

    @property
    def has_api_settings(self) -> bool:
        """Whether anything is asked for that CloudFormation does not know."""
        return bool(
            self.canvas
            or self.trusted_identity_propagation
            or self.amazon_q_profile_arn
            or any(user.idle_shutdown or user.canvas for user in self.users)
        )

    def idle_bounds(self, user: UserSettings, *, at: str = "") -> Bounds:
        """Return when idle apps of a user are stopped, and what the user may choose."""
        idle = self.idle_shutdown
        domain = (idle.default_minutes, idle.min_minutes, idle.max_minutes)
        return bounds_of_user(user.idle_shutdown, domain, at=at)

    def _check_api_settings(self) -> None:
        if self.auth_mode != "SSO":
            for key in ("trusted_identity_propagation", "amazon_q_profile_arn"):
                if value := getattr(self, key):
                    raise fault("needs auth_mode SSO", at=key, value=value)
        for index, user in enumerate(self.users):
            self.idle_bounds(user, at=f"users.{index}.idle_shutdown")
            if user.canvas is not None and self.canvas is None:
                raise fault("needs canvas in the domain, if only as {}", at=f"users.{index}.canvas")

    def _check_users(self) -> None:
        profiles: dict[str, str] = {}
        for index, user in enumerate(self.users):
            at, profile = f"users.{index}.name", user.profile
            if self.auth_mode == "IAM" and profile != user.name:
                raise fault(
                    "must be letters and digits, with single hyphens between",
                    at=at,
                    value=user.name,
                )
            if not profile:
                raise fault("must hold a letter or a digit", at=at, value=user.name)
            # Names of profiles are not case sensitive.
            if (earlier := profiles.get(profile.lower())) is not None:
                raise fault(
                    f"gives the same profile ({profile}) as {earlier}", at=at, value=user.name
                )
            profiles[profile.lower()] = user.name
