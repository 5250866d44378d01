"""Settings of Studio."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.arns import AmazonQProfileArn, IdentityCenterInstanceArn
from stacks.fields import (
    AccountId,
    HttpsUrl,
    Name,
    PersonaName,
    SecurityGroupId,
    Settings,
    StudioInstanceType,
    validation_error,
)
from stacks.studio import rules
from stacks.studio.app_report_settings import AppReportSettings
from stacks.studio.app_settings import CodeEditorSettings, JupyterLabSettings, PortalSettings
from stacks.studio.canvas_settings import CanvasSettings
from stacks.studio.idle_settings import Bounds, IdleMinutes, bounds_of_user
from stacks.studio.image_settings import ImageSettings
from stacks.studio.lifecycle_config_settings import LifecycleConfigSettings
from stacks.studio.space_settings import SpaceSettings
from stacks.studio.storage_settings import (
    FileSystemSettings,
    SpaceStorageSettings,
    check_file_systems,
    refuse_clusters,
)
from stacks.studio.user_settings import InstanceTypes, RStudioAccess, UserSettings

_ShortName = Annotated[Name, Field(max_length=30)]


class IdleShutdownSettings(Settings):
    """When an idle JupyterLab or Code Editor app is stopped."""

    default_minutes: IdleMinutes = 60
    """Default idle time."""
    min_minutes: IdleMinutes = 60
    """Minimum that a user can choose."""
    max_minutes: IdleMinutes = 480
    """Maximum that a user can choose."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.min_minutes > self.max_minutes:
            raise validation_error(
                f"must be at most max_minutes ({self.max_minutes})",
                at="min_minutes",
                value=self.min_minutes,
            )
        if not self.min_minutes <= self.default_minutes <= self.max_minutes:
            raise validation_error(
                f"must be from min_minutes ({self.min_minutes}) to max_minutes "
                f"({self.max_minutes})",
                at="default_minutes",
                value=self.default_minutes,
            )
        return self


class SharedSpacesSettings(Settings):
    """What spaces start with that several people share."""

    jupyter_lab: JupyterLabSettings | None = None
    """Settings of JupyterLab. Default to those of private spaces."""
    space_storage: SpaceStorageSettings | None = None
    """Sizes of volumes. Default to those of private spaces."""
    file_systems: Annotated[list[FileSystemSettings], Field(max_length=2)] = []
    """Your file systems in each shared space. File systems of private spaces are not mounted
    there."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_file_systems(self.file_systems)
        refuse_clusters(self.file_systems, "file_systems")
        return self


class DockerSettings(Settings):
    """Docker in Studio's apps."""

    trusted_accounts: Annotated[list[AccountId], Field(max_length=20)] = []
    """Other accounts from which Docker can pull ECR images, in quotes."""
    rootless: bool = False
    """Whether Docker runs without root."""


class RStudioSettings(Settings):
    """RStudio; its licence must be in the account before the domain is deployed."""

    access: RStudioAccess = "none"
    """Default RStudio access level of users. All levels except `none` use a seat of the license."""
    connect_url: HttpsUrl | None = None
    """URL of an RStudio Connect server."""
    package_manager_url: HttpsUrl | None = None
    """URL of an RStudio Package Manager."""


class StudioSettings(Settings):
    """A Studio domain that is reachable from its VPC only."""

    auth_mode: Literal["IAM", "SSO"] = "IAM"
    """How people sign in. A change needs a new domain_number."""
    identity_center_instance_arn: IdentityCenterInstanceArn | None = None
    """ARN of the organization's IAM Identity Center instance, in the environment's region.
    Required with SSO."""
    domain_number: Annotated[int, Field(ge=1, le=99)] = 1
    """Number of the domain. A new number creates a new domain, without the home directories and
    spaces of the previous one."""
    default_persona: PersonaName = "data_scientist"
    """Persona of shared spaces, and of users without a persona."""
    instance_type: StudioInstanceType = "ml.t3.medium"
    """Default instance type of JupyterLab and Code Editor. Their blocks and users can override
    it."""
    allowed_instance_types: InstanceTypes | None = None
    """Instance types that apps can use. Defaults to all. Studio hides other types, and IAM
    denies them."""
    idle_shutdown: IdleShutdownSettings = IdleShutdownSettings()
    """Idle time after which apps are stopped."""
    space_storage: SpaceStorageSettings = SpaceStorageSettings()
    """Sizes of the spaces' volumes."""
    jupyter_lab: JupyterLabSettings = JupyterLabSettings()
    """Settings of JupyterLab."""
    code_editor: CodeEditorSettings = CodeEditorSettings()
    """Settings of Code Editor."""
    shared_spaces: SharedSpacesSettings = SharedSpacesSettings()
    """Settings of shared spaces."""
    portal: PortalSettings = PortalSettings()
    """Applications and tools that the portal hides."""
    lifecycle_configs: Annotated[
        dict[_ShortName, LifecycleConfigSettings], Field(max_length=60)
    ] = {}
    """Scripts that run when apps start, by name."""
    images: Annotated[dict[_ShortName, ImageSettings], Field(max_length=30)] = {}
    """ECR images of apps, by name."""
    file_systems: Annotated[list[FileSystemSettings], Field(max_length=2)] = []
    """Your file systems in the private spaces of all users."""
    security_group_ids: Annotated[list[SecurityGroupId], Field(max_length=3)] = []
    """Your security groups for all apps, such as a group that a database allows."""
    docker: DockerSettings | None = None
    """Docker in apps. Optional."""
    r_studio: RStudioSettings | None = None
    """RStudio. Optional."""
    users: list[UserSettings] = []
    """Users with a profile. A stack has capacity for 75."""
    user_stacks: Annotated[int, Field(ge=1, le=20)] = 1
    """Number of stacks for the users. With 1, users are in the domain's stack. Decide before the
    first deploy: a different number moves users between stacks, which a deployment refuses."""
    spaces: Annotated[list[SpaceSettings], Field(max_length=40)] = []
    """Spaces that the platform creates. Users can create more."""
    canvas: CanvasSettings | None = None
    """SageMaker Canvas."""
    trusted_identity_propagation: bool = False
    """Trusted identity propagation: apps call services such as Lake Formation as the IAM
    Identity Center user. Requires SSO."""
    amazon_q_profile_arn: AmazonQProfileArn | None = None
    """ARN of the users' Amazon Q Developer profile. Requires SSO."""
    app_report: AppReportSettings | None = None
    """A daily report of apps that run longer than a limit, with an alarm."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        instance = self.identity_center_instance_arn
        if self.auth_mode == "SSO" and instance is None:
            raise validation_error(
                "requires identity_center_instance_arn, the ARN of the organization's IAM "
                "Identity Center instance",
                at="auth_mode",
                value=self.auth_mode,
            )
        if self.auth_mode == "IAM" and instance is not None:
            raise validation_error(
                "applies only to auth_mode SSO. Remove the line",
                at="identity_center_instance_arn",
                value=instance,
            )
        check_file_systems(self.file_systems)
        rules.check_users(self)
        rules.check_stacks(self)
        rules.check_instance_types(self)
        rules.check_apps(self)
        rules.check_spaces(self)
        self._check_api_settings()
        return self

    def apps(self) -> Iterator[tuple[str, CodeEditorSettings]]:
        """Return the settings of each app that are given for all, and where they are."""
        yield "jupyter_lab", self.jupyter_lab
        yield "code_editor", self.code_editor
        if self.shared_spaces.jupyter_lab is not None:
            yield "shared_spaces.jupyter_lab", self.shared_spaces.jupyter_lab

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

    def has_api_settings(self, users: Sequence[UserSettings], *, of_domain: bool) -> bool:
        """Return whether users, or the domain, have what CloudFormation does not know."""
        names = {user.name for user in users}
        domain = (
            self.canvas
            or self.trusted_identity_propagation
            or self.amazon_q_profile_arn
            or (self.docker is not None and self.docker.rootless)
        )
        return bool(
            (of_domain and domain)
            or any(user.idle_shutdown or user.canvas for user in users)
            or any(space.idle_minutes for space in self.spaces if space.owner in names)
        )

    @property
    def users_by_stack(self) -> Mapping[int, Sequence[UserSettings]]:
        """The users of each stack that has only users, by its number from 1 on.

        The name alone decides, so that no user moves when others are added or removed.
        """
        if self.user_stacks == 1:
            return {}
        return rules.PARTITION.split(self.users, self.user_stacks)

    def idle_bounds(self, user: UserSettings, *, at: str = "") -> Bounds:
        """Return when idle apps of a user are stopped, and what the user may choose."""
        idle = self.idle_shutdown
        domain = (idle.default_minutes, idle.min_minutes, idle.max_minutes)
        return bounds_of_user(user.idle_shutdown, domain, at=at)

    def _check_api_settings(self) -> None:
        if self.auth_mode != "SSO":
            for key in ("trusted_identity_propagation", "amazon_q_profile_arn"):
                if value := getattr(self, key):
                    raise validation_error("needs auth_mode SSO", at=key, value=value)
        for index, user in enumerate(self.users):
            self.idle_bounds(user, at=f"users.{index}.idle_shutdown")
            if user.canvas is not None and self.canvas is None:
                raise validation_error(
                    "requires canvas in the domain. Add `canvas: {}` to studio",
                    at=f"users.{index}.canvas",
                )
        owners = {user.name: user for user in self.users}
        for index, space in enumerate(self.spaces):
            _, least, most = self.idle_bounds(owners[space.owner])
            if space.idle_minutes is not None and not least <= space.idle_minutes <= most:
                raise validation_error(
                    f"must be from {least} to {most}, the range of {space.owner}",
                    at=f"spaces.{index}.idle_minutes",
                    value=space.idle_minutes,
                )

    @property
    def instance_type_exceptions(self) -> Mapping[str, Sequence[str]]:
        """What users may run apps on who have a list of their own, by profile."""
        return {
            user.profile: user.allowed_instance_types
            for user in self.users
            if user.allowed_instance_types is not None
        }

    @property
    def uses_lustre(self) -> bool:
        """Whether anybody has a file system in FSx for Lustre."""
        lists = [self.file_systems, self.shared_spaces.file_systems]
        lists += [user.file_systems for user in self.users]
        lists += [[space.file_system] for space in self.spaces if space.file_system]
        return any(one.fsx_lustre for some in lists for one in some)

    @property
    def cluster_file_systems(self) -> Mapping[str, tuple[str, UserSettings | None]]:
        """The HyperPod clusters whose file systems are asked for, by place and user."""
        found: dict[str, tuple[str, UserSettings | None]] = {}
        for index, one in enumerate(self.file_systems):
            if one.hyperpod is not None:
                found[f"file_systems.{index}.hyperpod"] = (one.hyperpod, None)
        for number, user in enumerate(self.users):
            for index, one in enumerate(user.file_systems):
                if one.hyperpod is not None:
                    at = f"users.{number}.file_systems.{index}.hyperpod"
                    found[at] = (one.hyperpod, user)
        return found
