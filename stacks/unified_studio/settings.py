"""Settings of Unified Studio."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.arns import IdentityCenterInstanceArn
from stacks.fields import EnvironmentName, Region, Settings, TeamName, validation_error
from stacks.unified_studio.account_rules import check_accounts, check_join
from stacks.unified_studio.account_settings import AccountSettings, JoinSettings
from stacks.unified_studio.catalog_settings import CatalogSettings
from stacks.unified_studio.custom_blueprint_rules import check_custom_blueprints
from stacks.unified_studio.custom_blueprint_settings import CustomBlueprintSettings
from stacks.unified_studio.duplicate_rules import check_duplicates
from stacks.unified_studio.fields import Key, UnitName
from stacks.unified_studio.grant_settings import GrantSettings
from stacks.unified_studio.profile_settings import (
    BlueprintSettings,
    OfferedBlueprint,
    ProfileSettings,
)
from stacks.unified_studio.project_settings import ProjectSettings
from stacks.unified_studio.unit_rules import (
    check_blueprints,
    check_grants,
    check_profiles,
    check_projects,
)
from stacks.unified_studio.who_settings import Who, WhoSettings

SignIn = Literal["iam", "identity_center"]


class IdentityCenterSettings(Settings):
    """Sign-in with AWS IAM Identity Center."""

    instance: IdentityCenterInstanceArn
    """ARN of the instance."""
    region: Region
    """Region of the instance, which must be the environment's region. The ARN does not contain
    it."""
    assignment: Literal["manual", "automatic"] = "manual"
    """Who can sign in: users and groups that this file names or that you assign in the console
    (`manual`), or all users of the instance (`automatic`)."""


class UnitSettings(Settings):
    """A domain unit, such as a department. It has projects, and further units below it."""

    name: UnitName
    """Name that people see. It can change; the key cannot."""
    team: TeamName | None = None
    """Key of `teams`: its owners administer the unit."""
    owners: list[Who] = []
    """Users and groups that administer the unit, in addition to the owners of the units above."""
    units: dict[Key, UnitSettings] = {}
    """Units below this one. AWS cannot move a unit. A unit at another place is a new unit."""


class HostSettings(Settings):
    """A domain of this environment."""

    identity_center: IdentityCenterSettings | None = None
    """Sign-in with IAM Identity Center. Defaults to sign-in with IAM roles; a region of an account
    has one domain of that kind. Decide before the first deployment."""
    owners: Annotated[list[Who], Field(min_length=1)] = [WhoSettings(persona="administrator")]
    """Users and groups that administer the domain. Defaults to the persona administrator."""
    units: dict[Key, UnitSettings] = {}
    """Domain units, by a permanent key."""
    profiles: Annotated[dict[Key, ProfileSettings], Field(min_length=1)] | None = None
    """Project profiles, by a permanent key. Defaults to AWS's default profile for sign-in by IAM
    roles, and to SQL analytics for IAM Identity Center."""
    grants: list[GrantSettings] | None = None
    """Grants in units. By default, personas with the activity `use_unified_studio` create
    projects of all profiles, and all users can be members."""
    accounts: dict[EnvironmentName, AccountSettings] = {}
    """Other accounts in which projects can be, by the name of the environment that joins the
    domain there."""
    catalog_export: bool = False
    """Whether AWS writes the catalog into the table bucket `aws-sagemaker-catalog` each day, with
    the key of the environment."""
    catalog: CatalogSettings | None = None
    """Glossaries, metadata forms and rules of the domain. Defaults to those that people create in
    the portal."""
    projects: dict[Key, ProjectSettings] = {}
    """Projects that the platform owns, by a permanent key. People create other projects in the
    portal."""

    @property
    def sign_in(self) -> SignIn:
        """How people sign in."""
        return "identity_center" if self.identity_center else "iam"

    @property
    def all_profiles(self) -> Mapping[str, ProfileSettings]:
        """Project profiles by key."""
        if self.profiles is not None:
            return self.profiles
        if self.sign_in == "iam":
            return {"default": ProfileSettings(name="Default", preset="default")}
        return {"sql_analytics": ProfileSettings(name="SQL analytics", preset="sql_analytics")}

    @property
    def has_content(self) -> bool:
        """Whether there is a catalog, or a project with more than its members."""
        return self.catalog is not None or any(one.has_content for one in self.projects.values())

    @property
    def unit_paths(self) -> Mapping[str, UnitSettings]:
        """All units by their path, such as ``research/vision``."""
        return dict(_paths("", self.units))

    @property
    def named(self) -> Iterator[tuple[str, WhoSettings]]:
        """All users and groups, by the path of their key below the block of the host."""
        yield from listed("owners", self.owners)
        yield from _owners("units", self.units)
        for index, grant in enumerate(self.grants or ()):
            yield from listed(f"grants.{index}.who", grant.who)
        for key, project in self.projects.items():
            yield from ((f"projects.{key}.{at}", who) for at, who in project.members)

    @model_validator(mode="after")
    def _check(self) -> Self:
        for at, who in self.named:
            self.check_identity(who, at=at)
        return self

    def check_identity(self, who: WhoSettings, *, at: str) -> None:
        """Refuse a user or group that cannot sign in to the domain."""
        if self.identity_center is None and who.of_identity_center:
            kind, value = who.identity
            raise validation_error(
                "must be a persona or a role: people sign in to this domain with IAM roles. "
                "Add identity_center to the host for sign-in with IAM Identity Center",
                at=f"{at}.{kind}",
                value=value,
            )
        automatic = self.identity_center and self.identity_center.assignment == "automatic"
        if automatic and who.user is not None:
            raise validation_error(
                "must not be a user while assignment is automatic: AWS then creates the "
                "profiles of users itself and refuses others. Name a group, or set assignment "
                "to manual",
                at=f"{at}.user",
                value=who.user,
            )

    @property
    def teams(self) -> list[str]:
        """Teams that units, projects and grants name."""
        blocks = (*self.unit_paths.values(), *self.projects.values(), *(self.grants or ()))
        return list(dict.fromkeys(one.team for one in blocks if one.team))


class UnifiedStudioSettings(Settings):
    """SageMaker Unified Studio."""

    host: HostSettings | None = None
    """The domain. Defaults to a domain with sign-in by IAM roles."""
    join: JoinSettings | None = None
    """Domain of another account to join, in place of a domain of this account."""
    blueprints: Annotated[list[OfferedBlueprint], Field(min_length=1)] | None = None
    """Blueprints that this account offers to the projects of the domain. Defaults to those of the
    project profiles, and to those of SQL analytics with `join`."""
    custom_blueprints: dict[Key, CustomBlueprintSettings] = {}
    """Blueprints of the team, by a permanent key, which `parts` of project profiles name. They are
    for projects in the account of the domain."""

    @property
    def wanted_host(self) -> HostSettings:
        """The domain to create; with `join`, one of the defaults, which is not created."""
        return self.host or HostSettings()

    @property
    def offered(self) -> Mapping[str, BlueprintSettings]:
        """Blueprints that the account offers, by name."""
        if self.blueprints is not None:
            return {one.name: one for one in self.blueprints}
        profiles = self.wanted_host.all_profiles
        if self.join is not None:
            profiles = {"sql": ProfileSettings(name="SQL analytics", preset="sql_analytics")}
        used = (
            part.blueprint for profile in profiles.values() for part in profile.all_parts.values()
        )
        names = (name for name in dict.fromkeys(used) if name not in self.custom_blueprints)
        return {name: BlueprintSettings(name=name) for name in names}

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_join(self)
        units = self.join.units if self.join else self.wanted_host.unit_paths
        check_blueprints(self.blueprints or [], units)
        check_duplicates(self)
        check_custom_blueprints(self)
        if self.join is not None:
            return self
        check_profiles(self.wanted_host, [*self.offered, *self.custom_blueprints])
        check_grants(self.wanted_host)
        check_projects(self.wanted_host)
        check_accounts(self.wanted_host)
        return self


def listed(at: str, people: list[WhoSettings]) -> Iterator[tuple[str, WhoSettings]]:
    """Yield users and groups of a list, by the path of their key."""
    yield from ((f"{at}.{index}", who) for index, who in enumerate(people))


def _paths(above: str, units: Mapping[str, UnitSettings]) -> Iterator[tuple[str, UnitSettings]]:
    for key, unit in units.items():
        yield f"{above}{key}", unit
        yield from _paths(f"{above}{key}/", unit.units)


def _owners(at: str, units: Mapping[str, UnitSettings]) -> Iterator[tuple[str, WhoSettings]]:
    for key, unit in units.items():
        yield from listed(f"{at}.{key}.owners", unit.owners)
        yield from _owners(f"{at}.{key}.units", unit.units)
