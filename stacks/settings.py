"""Settings of an environment: what one file in ``environments/`` says."""

from __future__ import annotations

import re
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, PrivateAttr, ValidationError, create_model, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from stacks.access.extension import UsesPersonas, unavailable_activities
from stacks.access.rules import check_personas
from stacks.access.settings import PersonaSettings, effective_personas
from stacks.arns import misplaced_arns
from stacks.blocks import lazy
from stacks.capability import Capability
from stacks.data_classes import DATA_CLASS_TAG, DataClassSettings, misplaced_classes
from stacks.fields import (
    AccountId,
    Email,
    LogRetentionDays,
    Name,
    PersonaName,
    PolicyPath,
    Region,
    RemovalPolicy,
    RolePath,
    Settings,
    TagKey,
    TagValue,
    TeamName,
    validation_error,
)
from stacks.foundation.settings import FoundationSettings
from stacks.network.settings import NetworkSettings
from stacks.network.zones import is_in_region, may_exist
from stacks.regions import RegionWarning, region_warnings
from stacks.registry import CapabilityError, folder_of, importing, registered
from stacks.sagemaker_api import regions
from stacks.team_settings import TeamSettings, check_teams
from stacks.teams import TEAM_TAG, NamesTeams

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

C = TypeVar("C")
# What names of buckets and of SSM documents must not begin with; both begin with the
# environment's (S3 User Guide, "General purpose bucket naming rules"; SSM API Reference,
# CreateDocument; 2026-11).
_RESERVED = re.compile(r"aws|amazon|amzn|ssm|sthree-|xn--")


class EnvironmentSettings(Settings):
    """One environment: an account, a region, a stage, and the capabilities it has.

    A capability is on when its block is there, if only as ``{}``.
    """

    name: Annotated[Name, Field(max_length=20)]
    """Name of the environment and of its file. It is part of the names of stacks and resources."""
    account: AccountId
    """AWS account id, in quotes."""
    region: Region
    """AWS region."""
    stage: Literal["development", "staging", "production"]
    """Stage of the environment. A tag on every resource."""
    owner: TagValue
    """Team that owns the environment. A tag on every resource."""
    cost_center: TagValue
    """Cost center. A tag on every resource. Put numbers in quotes."""
    # AWS takes 50 on a resource; four are the environment's, and CDK adds its own.
    tags: Annotated[dict[TagKey, TagValue], Field(max_length=40)] = {}
    """Additional tags of every resource."""
    removal_policy: RemovalPolicy = "retain"
    """Whether `cdk destroy` keeps resources with data (`retain`) or deletes them (`destroy`).
    `retain` also protects the stacks from deletion."""
    log_retention_days: LogRetentionDays = 90
    """Retention of all log groups of the environment, in days: endpoints, Lambda functions,
    clusters, data sources, the warehouse."""
    alarm_emails: list[Email] = []
    """E-mail addresses that get alarms. AWS asks each address once to confirm."""
    permissions_boundary: PolicyPath | None = None
    """Name of an IAM policy in the account that is the permissions boundary of every role, with
    its path if it has one, such as `team/boundary`."""
    role_path: RolePath | None = None
    """IAM path of every role and policy of the environment, such as `/ml-platform/`. Decide
    before the first deploy: a change replaces the roles."""
    region_checks: Literal["error", "warning"] = "error"
    """Whether a feature that the region lacks according to this project's lists is an error or a
    warning. The lists are snapshots. Use `warning` if you know that AWS offers the feature."""
    data_classes: DataClassSettings = DataClassSettings()
    """Classes of data, and whether each store must have one."""
    network: NetworkSettings
    """The network."""
    foundation: FoundationSettings = FoundationSettings()
    """The encryption key and the shared buckets."""
    personas: Annotated[dict[PersonaName, PersonaSettings], Field(max_length=20)] = {}
    """Groups of people and their permissions. The built-in personas data_scientist, ml_engineer,
    data_engineer, model_approver and administrator need no entry if a Studio user has them.
    `auditor` is built in too, but cannot use Studio."""

    teams: Annotated[dict[TeamName, TeamSettings], Field(max_length=50)] = {}
    """Teams and their people, by the names that other blocks give to teams. Optional. With the
    block, other blocks name no further teams."""

    _region_warnings: list[RegionWarning] = PrivateAttr(default_factory=list)

    @property
    def region_warnings(self) -> Sequence[RegionWarning]:
        """Features that the region lacks according to this project's lists."""
        return self._region_warnings

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Check what goes together: each capability says on its own what does not fit it."""
        self._check_itself()
        tags = self.all_tags
        check_teams(
            self.teams,
            list(self.implementing(NamesTeams)),
            environment_team=tags.get(TEAM_TAG, tags["owner"]),
        )
        check_personas(self)
        found = list(misplaced_arns(self, account=self.account, region=self.region))
        found += misplaced_classes(self, self.data_classes)
        with region_warnings(enabled=self.region_checks == "warning") as warnings:
            for one in self.capabilities:
                try:
                    one.validate()
                except PydanticCustomError as error:
                    found.append(error)
        self._region_warnings.extend(warnings)
        if found:
            raise ValidationError.from_exception_data(
                type(self).__name__, [InitErrorDetails(type=error, input=self) for error in found]
            )
        return self

    def _check_itself(self) -> None:
        if (prefix := _RESERVED.match(self.name)) is not None:
            raise validation_error(
                f"must not begin with {prefix[0]}, which AWS reserves",
                at="name",
                value=self.name,
            )
        for index, zone in enumerate(self.network.availability_zones):
            if not is_in_region(zone, self.region) or not may_exist(zone):
                raise validation_error(
                    f"must be a zone of {self.region}",
                    at=f"network.availability_zones.{index}",
                    value=zone,
                )
        for index, service in enumerate(self.network.interface_endpoints):
            others = [part for part in service.split(".") if part in regions()]
            if others and others[0] != self.region:
                raise validation_error(
                    f"must be a service in {self.region}: create endpoints of other regions "
                    "outside of this environment",
                    at=f"network.interface_endpoints.{index}",
                    value=service,
                )
        self._check_tags()
        in_own_vpc = self.network.functions_in_vpc and self.network.existing is None
        if in_own_vpc and self.removal_policy == "destroy":
            raise validation_error(
                "must be false with removal_policy: destroy and a VPC of the environment: "
                "because the function that empties the foundation's buckets is deleted "
                "after the VPC. Use network.existing, or removal_policy: retain",
                at="network.functions_in_vpc",
                value=True,
            )
        if len(set(self.alarm_emails)) < len(self.alarm_emails):
            raise validation_error(
                "must contain each address once", at="alarm_emails", value=self.alarm_emails
            )

    def _check_tags(self) -> None:
        # IAM takes Team and team for the same key, and refuses a role that has both.
        seen: dict[str, str] = {}
        for key, value in self.tags.items():
            if key.lower() == DATA_CLASS_TAG:
                raise validation_error(
                    "must not be given: it is the tag of the classes of data. Use "
                    f"`data_classes: {{default: {value}}}`",
                    at=f"tags.{key}",
                    value=value,
                )
            if key.lower() in ("environment", "stage", "owner", "cost-center", "persona", "user"):
                raise validation_error(
                    "must not be a tag that the environment sets. Remove the line",
                    at=f"tags.{key}",
                    value=value,
                )
            if (earlier := seen.setdefault(key.lower(), key)) != key:
                raise validation_error(
                    (
                        f"must differ from {earlier} in more than case, because IAM ignores the "
                        "case of tag keys"
                    ),
                    at="tags",
                    value=key,
                )

        names_teams = any(True for one in self.implementing(NamesTeams) for _ in one.teams())
        for key, value in self.tags.items():
            if names_teams and key.lower() == TEAM_TAG != key:
                raise validation_error(
                    f"must be {TEAM_TAG} in lower case, because resources of teams get this "
                    "tag and IAM does not accept two keys that differ only in case",
                    at=f"tags.{key}",
                    value=value,
                )

    def check_second_key(self, capability: str, removal_policy: str) -> None:
        """Refuse to delete data of a capability unless the environment says so too."""
        if removal_policy == "destroy" and self.removal_policy != "destroy":
            raise validation_error(
                "must be retain while the environment's removal_policy is retain. "
                "Set both to destroy to delete data",
                at=f"{capability}.removal_policy",
                value="destroy",
            )

    def check_alarms(self, why: str) -> None:
        """Refuse production without an address for alarms."""
        if self.stage == "production" and not self.alarm_emails:
            raise validation_error(
                f"must have an address, because {why}",
                at="alarm_emails",
                value=self.alarm_emails,
            )

    @cached_property
    def _with_blocks(self) -> Sequence[Capability[Any, Any]]:
        return [
            kind(settings, self)
            for kind in registered()
            if kind.has_block and (settings := kind.settings_in(self)) is not None
        ]

    @cached_property
    def capabilities(self) -> Sequence[Capability[Any, Any]]:
        """The capabilities that are on, in the order in which they are built."""
        with_blocks = {type(one): one for one in self._with_blocks}
        return [
            one
            for kind in registered()
            if (one := with_blocks.get(kind) if kind.has_block else self._derived(kind))
        ]

    def _derived(self, kind: type[Capability[Any, Any]]) -> Capability[Any, Any] | None:
        settings = kind.settings_in(self)
        return None if settings is None else kind(settings, self)

    def find(self, kind: type[C]) -> C | None:
        """Return a capability with a block; None if it is off."""
        return next(self.implementing(kind), None)

    def implementing(self, kind: type[C]) -> Iterator[C]:
        """Return the capabilities that are of a class or implement an interface."""
        return (one for one in self._with_blocks if isinstance(one, kind))

    @property
    def all_tags(self) -> dict[str, str]:
        """The tags of every resource: those of the environment, and the team's own."""
        return {
            "environment": self.name,
            "stage": self.stage,
            "owner": self.owner,
            "cost-center": self.cost_center,
            **({DATA_CLASS_TAG: one} if (one := self.data_classes.default) else {}),
            **self.tags,
        }

    @cached_property
    def all_personas(self) -> dict[str, PersonaSettings]:
        """The personas of the settings and those that people have, with activities."""
        return effective_personas(
            self.personas,
            used=[name for one in self.implementing(UsesPersonas) for name in one.used_personas()],
            unavailable=unavailable_activities(self),
        )

    @property
    def is_placeholder(self) -> bool:
        """Whether the account is one of those shipped, which cannot be deployed to."""
        return len(set(self.account)) == 1


@cache
def environment_model(*, complete: bool = False) -> type[EnvironmentSettings]:
    """Return the settings with the block of each capability.

    Args:
        complete: whether blocks are imported at once, which only a schema needs, and not when
            a file has them.
    """
    blocks: dict[str, Any] = {}
    for kind in (one for one in registered() if one.has_block):
        if kind.key in EnvironmentSettings.model_fields:
            file = f"{kind.__module__.replace('.', '/')}.py"
            raise CapabilityError(
                f"{file}: key: got {kind.key!r}; must be a key that no other block uses"
            )
        load = partial(importing, folder_of(kind), kind.settings_type)
        block = load() if complete else lazy(kind.key, load)
        blocks[kind.key] = (block | None, Field(default=None, description=kind.summary))
    return create_model(
        "EnvironmentSettings",
        __base__=EnvironmentSettings,
        __module__=__name__,
        __doc__=EnvironmentSettings.__doc__,
        **blocks,
    )
