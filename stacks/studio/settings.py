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
    """For users who choose nothing."""
    min_minutes: IdleMinutes = 60
    """The least a user may choose."""
    max_minutes: IdleMinutes = 480
    """The most a user may choose."""

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
    """What JupyterLab starts with; if omitted, as in private spaces."""
    space_storage: SpaceStorageSettings | None = None
    """Sizes of volumes; if omitted, as in private spaces."""
    file_systems: Annotated[list[FileSystemSettings], Field(max_length=2)] = []
    """File systems of yours in each shared space; those of private spaces are not there."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_file_systems(self.file_systems)
        refuse_clusters(self.file_systems, "file_systems")
        return self


class DockerSettings(Settings):
    """Docker in Studio's apps."""

    trusted_accounts: Annotated[list[AccountId], Field(max_length=20)] = []
    """Accounts, besides this one, whose images in ECR may be pulled; in quotes."""
    rootless: bool = False
    """Whether Docker runs without root."""


class RStudioSettings(Settings):
    """RStudio; its licence must be in the account before the domain is deployed."""

    access: RStudioAccess = "none"
    """What users are in RStudio unless they say otherwise; everybody but `none` takes a seat
    of the licence."""
    connect_url: HttpsUrl | None = None
    """URL of an RStudio Connect server."""
    package_manager_url: HttpsUrl | None = None
    """URL of an RStudio Package Manager."""


class StudioSettings(Settings):
    """A Studio domain that is reachable from its VPC only."""

    auth_mode: Literal["IAM", "SSO"] = "IAM"
    """How people sign in. A change takes another domain_number."""
    identity_center_instance_arn: IdentityCenterInstanceArn | None = None
    """The organization's IAM Identity Center instance, in the environment's region;
    required with SSO, since AWS creates such a domain only with one."""
    domain_number: Annotated[int, Field(ge=1, le=99)] = 1
    """Counts the domains that this environment has had. Another number makes another
    domain, without the home directories and spaces of the one before."""
    default_persona: PersonaName = "data_scientist"
    """What users may do who have no persona of their own, and shared spaces."""
    instance_type: StudioInstanceType = "ml.t3.medium"
    """What JupyterLab and Code Editor run on unless their own block or a user chooses."""
    allowed_instance_types: InstanceTypes | None = None
    """What apps may run on; if omitted, anything. Others are neither shown nor allowed."""
    idle_shutdown: IdleShutdownSettings = IdleShutdownSettings()
    """When idle apps are stopped."""
    space_storage: SpaceStorageSettings = SpaceStorageSettings()
    """Sizes of the spaces' volumes."""
    jupyter_lab: JupyterLabSettings = JupyterLabSettings()
    """What JupyterLab starts with."""
    code_editor: CodeEditorSettings = CodeEditorSettings()
    """What Code Editor starts with."""
    shared_spaces: SharedSpacesSettings = SharedSpacesSettings()
    """What shared spaces start with."""
    portal: PortalSettings = PortalSettings()
    """What the portal does not show."""
    lifecycle_configs: Annotated[
        dict[_ShortName, LifecycleConfigSettings], Field(max_length=60)
    ] = {}
    """Scripts that run when apps start, by name."""
    images: Annotated[dict[_ShortName, ImageSettings], Field(max_length=30)] = {}
    """Images in ECR that apps run in, by name."""
    file_systems: Annotated[list[FileSystemSettings], Field(max_length=2)] = []
    """File systems of yours in everybody's private spaces."""
    security_group_ids: Annotated[list[SecurityGroupId], Field(max_length=3)] = []
    """Security groups of yours that all apps are in, such as one that a database accepts."""
    docker: DockerSettings | None = None
    """Docker in apps; if omitted, there is none."""
    r_studio: RStudioSettings | None = None
    """RStudio; if omitted, there is none."""
    users: list[UserSettings] = []
    """The people with a profile; a stack takes 75."""
    user_stacks: Annotated[int, Field(ge=1, le=20)] = 1
    """Number of stacks that hold the users; with 1, they are in the domain's. Decide before the
    first deploy: another number moves users from stack to stack, which a deploy refuses."""
    spaces: Annotated[list[SpaceSettings], Field(max_length=40)] = []
    """Spaces that are made for people; they make more by themselves."""
    canvas: CanvasSettings | None = None
    """SageMaker Canvas."""
    trusted_identity_propagation: bool = False
    """Whether apps act as their user of IAM Identity Center towards services that know
    users, such as Lake Formation; needs SSO."""
    amazon_q_profile_arn: AmazonQProfileArn | None = None
    """Profile of Amazon Q Developer that users work with; needs SSO."""
    app_report: AppReportSettings | None = None
    """A daily report of apps that run longer than a limit, with an alarm."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        instance = self.identity_center_instance_arn
        if self.auth_mode == "SSO" and instance is None:
            raise validation_error(
                "needs identity_center_instance_arn, the ARN of the organization's IAM "
                "Identity Center instance",
                at="auth_mode",
                value=self.auth_mode,
            )
        if self.auth_mode == "IAM" and instance is not None:
            raise validation_error(
                "belongs to auth_mode SSO: remove the line",
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
                    "needs canvas in the domain, if only as {}", at=f"users.{index}.canvas"
                )
        owners = {user.name: user for user in self.users}
        for index, space in enumerate(self.spaces):
            _, least, most = self.idle_bounds(owners[space.owner])
            if space.idle_minutes is not None and not least <= space.idle_minutes <= most:
                raise validation_error(
                    f"must be from {least} to {most}, which is what {space.owner} may choose",
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
