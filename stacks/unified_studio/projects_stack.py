"""Wires project profiles of Unified Studio, and grants in the domain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from aws_cdk import CfnOutput, CustomResource, RemovalPolicy
from constructs import Construct

from sagemaker_platform.catalog.unified_studio import TOOLING, policies
from sagemaker_platform.unified_studio import (
    Designation,
    Everyone,
    Grantee,
    PolicyGrant,
    ProfilePart,
    Project,
    ProjectProfile,
    ProjectRole,
    ProjectsOf,
    ProjectWaiter,
)
from stacks.base import EnvironmentStack
from stacks.names import pascal_case
from stacks.teams import TEAM_TAG
from stacks.unified_studio.grant_settings import Grant, grants_of
from stacks.unified_studio.mapping import content_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.shared import SharedResources
    from stacks.unified_studio.account_stack import BlueprintsStack
    from stacks.unified_studio.profile_settings import ProfileSettings
    from stacks.unified_studio.project_settings import ProjectSettings
    from stacks.unified_studio.settings import HostSettings
    from stacks.unified_studio.stack import UnifiedStudioStack
    from stacks.unified_studio.who_settings import WhoSettings


class MadeProject(NamedTuple):
    """A project of the file, for what comes after it.

    Attributes:
        id: ID of the project.
        ready: complete when the project's environments are active.
        role: role of the project with sign-in by IAM roles; None: the one that AWS creates.
    """

    id: str
    ready: CustomResource
    role: ProjectRole | None

    @property
    def role_arn(self) -> str:
        """ARN of the role in which people work in the project."""
        return self.role.arn if self.role else self.ready.get_att_string("UserRoleArn")

    @property
    def environment_id(self) -> str:
        """ID of the environment that connections belong to."""
        return self.ready.get_att_string("ToolingId")


class ProjectsStack(EnvironmentStack):
    """Project profiles, who may do what in the domain, and projects."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: HostSettings,
        domain: UnifiedStudioStack,
        blueprints: BlueprintsStack,
        enrolled: Sequence[str],
    ) -> None:
        environment = shared.environment
        super().__init__(
            scope, id, environment=environment, description="project profiles of Unified Studio"
        )
        self._domain, self._blueprints, self._settings = domain, blueprints, settings
        self._key = shared.key
        # A profile is of no use before projects may use its blueprints.
        self.add_stack_dependency(blueprints)
        self.profiles = {
            key: self._profile(key, profile) for key, profile in settings.all_profiles.items()
        }
        granted = [self._grant(grant) for grant in self._grants(enrolled)]
        account = blueprints.blueprint_account
        self.waiter = ProjectWaiter(
            self,
            "Projects",
            domain=domain.domain,
            administrators=[account.manage_access.arn, account.provisioning.arn],
            keep=self.removal_policy != RemovalPolicy.DESTROY,
            key=shared.key,
            log_retention_days=environment.log_retention_days,
            catalog=settings.catalog is not None,
        )
        # So that a deletion waits for projects before it deletes what they are made of.
        self.waiter.gone.node.add_dependency(*self.profiles.values(), *granted)
        if settings.catalog_export:
            self.waiter.export_catalog(self, "CatalogExport")
        self.made = {key: self._project(key, project) for key, project in settings.projects.items()}

    def _profile(self, key: str, settings: ProfileSettings) -> ProjectProfile:
        return ProjectProfile(
            self,
            f"Profile{pascal_case(key)}",
            domain_id=self._domain.domain.id,
            unit_id=self._domain.domain.root_unit_id,
            name=settings.name,
            description=settings.description,
            enabled=settings.enabled,
            tags=self._tags_of(key),
            editable_tags=[TEAM_TAG] if self._has_teams(key) else [],
            removal_policy=self.removal_policy,
            parts=[
                ProfilePart(
                    name=part.name,
                    blueprint_id=self._blueprints.blueprint_ids[part.blueprint],
                    account=self._account_of(settings),
                    on_demand=part.when == "demand",
                    order=part.order,
                    fixed=part.fixed,
                    editable=part.editable,
                )
                for part in settings.all_parts.values()
            ],
        )

    def _tags_of(self, profile: str) -> dict[str, str]:
        """Return the tags of projects; with teams, what names none is the environment's."""
        tags = self._environment.all_tags
        return {TEAM_TAG: tags["owner"], **tags} if self._has_teams(profile) else dict(tags)

    def _has_teams(self, profile: str) -> bool:
        projects = self._settings.projects.values()
        return any(one.team for one in projects if one.profile == profile)

    def _account_of(self, settings: ProfileSettings) -> str:
        if settings.account is None:
            return self.account
        return self._settings.accounts[settings.account].account

    def _grants(self, enrolled: Sequence[str]) -> Iterator[Grant]:
        for grant in grants_of(self._settings.grants, enrolled):
            yield from grant.single(list(self.profiles))

    def _project(self, key: str, settings: ProjectSettings) -> MadeProject:
        domain, profile = self._domain, self._settings.all_profiles[settings.profile]
        iam = self._settings.sign_in == "iam"
        role = ProjectRole(self, f"Role{pascal_case(key)}", key=self._key) if iam else None
        made = Project(
            self,
            f"Project{pascal_case(key)}",
            domain_id=domain.domain.id,
            unit_id=domain.units[settings.unit] if settings.unit else domain.domain.root_unit_id,
            name=settings.name,
            description=settings.description,
            profile_id=self.profiles[settings.profile].id,
            parameters={
                profile.all_parts[part].name: values for part, values in settings.parameters.items()
            },
            tags={TEAM_TAG: settings.team} if settings.team else None,
            role=role,
            removal_policy=self.removal_policy,
        )
        made.node.add_dependency(self.waiter.gone)
        members: dict[Designation, Sequence[WhoSettings]] = {
            "owner": settings.owners,
            "contributor": settings.contributors,
        }
        for designation, people in members.items():
            for who in people:
                member = f"Member{content_id(key, *who.identity)}"
                made.add_member(member, domain.enroll(who), designation=designation)
        # To look at a project, a user must be a member of it; to write its glossaries, an owner.
        catalog = self._settings.catalog
        writes = catalog is not None and key in catalog.owners
        made.add_member(
            "Waiter", self.waiter.user, designation="owner" if writes else "contributor"
        )
        created = {
            part_key: part for part_key, part in profile.all_parts.items() if part.when == "create"
        }
        ready = self.waiter.wait_for(
            self,
            f"Ready{pascal_case(key)}",
            project_id=made.id,
            parts=[part.name for part in created.values()],
            revision=content_id(repr(created), repr(settings.parameters)),
            tooling=next(one.name for one in created.values() if one.blueprint in TOOLING),
        )
        ready.node.add_dependency(made)
        CfnOutput(self, f"{pascal_case(key)}ProjectId", value=made.id)
        return MadeProject(made.id, ready, role)

    def _grant(self, grant: Grant) -> PolicyGrant:
        domain = self._domain
        unit_id = domain.units[grant.unit] if grant.unit else domain.domain.root_unit_id
        grantee: Grantee
        if policies()[grant.may].principals == "projects":
            grantee = ProjectsOf(unit_id)
        else:
            grantee = domain.enroll(grant.who) if grant.who else Everyone()
        return PolicyGrant(
            self,
            f"{pascal_case(grant.may)}{content_id(*grant.content)}",
            domain_id=domain.domain.id,
            policy=grant.may,
            entity_id=unit_id,
            grantee=grantee,
            profile_id=self.profiles[grant.profile].id if grant.profile else None,
        )
