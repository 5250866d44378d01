"""Settings of Partner AI Apps."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.fields import (
    BedrockModel,
    MaintenanceWindow,
    MinorVersion,
    Name,
    Settings,
    Text,
    validation_error,
)
from stacks.partner_apps.regions import PARTNER_APP

AppType = Literal["comet", "deepchecks-llm-evaluation", "fiddler", "lakera-guard"]

_WORDS: Mapping[AppType, str] = {
    "comet": "Comet",
    "deepchecks-llm-evaluation": "Deepchecks",
    "fiddler": "Fiddler",
    "lakera-guard": "LakeraGuard",
}
_NEEDS_ADMINISTRATORS: frozenset[AppType] = frozenset({"comet", "fiddler"})


class PartnerAppSettings(Settings):
    """One application; subscribe to it in AWS Marketplace before the deploy."""

    type: AppType
    """Which application."""
    tier: Annotated[Text, Field(max_length=64)]
    """Tier of the application, as its offer in AWS Marketplace calls it. It can change later."""
    subscribed: bool = False
    """Set to true when the account has the subscription and License Manager's service-linked
    role. Until then, each synth warns."""
    name: Annotated[Name, Field(max_length=40)] | None = None
    """Name that distinguishes several applications of one type. A change creates a new
    application."""
    admin_users: Annotated[list[Annotated[Text, Field(max_length=256)]], Field(max_length=5)] = []
    """User names of the administrators. Comet and Fiddler require at least one."""
    arguments: Annotated[
        dict[Annotated[Text, Field(max_length=256)], Annotated[str, Field(max_length=1024)]],
        Field(max_length=5),
    ] = {}
    """Additional arguments of the application. See its offer."""
    maintenance_window_start: MaintenanceWindow = "Sun:03:00"
    """When the weekly maintenance begins, in UTC."""
    auto_minor_version_upgrade: bool = True
    """Whether maintenance upgrades to the latest minor version."""
    app_version: MinorVersion | None = None
    """Minor version to upgrade to, such as `"1.4"`, in quotes. Defaults to the latest."""
    iam_session_based_identity: bool = False
    """Whether the name of an IAM session is the user's name in the application. AWS advises
    against it in production: there, people sign in through an identity provider."""
    artifact_access: Literal["none", "read", "read-write"] = "none"
    """Access of the application to the environment's artifact bucket."""
    bedrock_models: list[BedrockModel] = []
    """Ids of models or inference profiles of Bedrock that Deepchecks may call."""

    @property
    def suffix(self) -> str:
        """What the name of the application ends in; its beginning is the environment's."""
        return camel_case(self.name or "") + _WORDS[self.type]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.type in _NEEDS_ADMINISTRATORS and not self.admin_users:
            raise validation_error(
                f"must name a user, because {_WORDS[self.type]} requires an administrator",
                at="admin_users" if "admin_users" in self.model_fields_set else "type",
                value=self.admin_users if "admin_users" in self.model_fields_set else self.type,
            )
        if len(set(self.admin_users)) < len(self.admin_users):
            raise validation_error(
                "must name each user once", at="admin_users", value=self.admin_users
            )
        if self.app_version is not None and self.auto_minor_version_upgrade:
            raise validation_error(
                (
                    "requires auto_minor_version_upgrade: false, because maintenance would "
                    "otherwise upgrade it"
                ),
                at="app_version",
                value=self.app_version,
            )
        if self.bedrock_models and self.type != "deepchecks-llm-evaluation":
            raise validation_error(
                "applies only to type deepchecks-llm-evaluation. Remove the line",
                at="bedrock_models",
                value=self.bedrock_models,
            )
        return self


def camel_case(name: str) -> str:
    """Return a name without hyphens, which names of applications may not have."""
    return "".join(part.capitalize() for part in name.split("-"))


def check_apps(apps: Sequence[PartnerAppSettings], region: str) -> None:
    """Refuse a region without Partner AI Apps, and an application twice."""
    if apps:
        PARTNER_APP.check(region, at="partner_apps")
    seen: list[str] = []
    for index, app in enumerate(apps):
        # Whether upper and lower case tell names apart is not documented.
        if app.suffix.lower() in seen:
            raise validation_error(
                (
                    "must be unique: an earlier application has the same type and name. Set "
                    "another name"
                ),
                at=f"partner_apps.{index}.{'name' if app.name else 'type'}",
                value=app.name or app.type,
            )
        seen.append(app.suffix.lower())
