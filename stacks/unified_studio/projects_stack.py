"""Wires project profiles of Unified Studio, and grants in the domain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constructs import Construct

from sagemaker_platform.catalog.unified_studio import policies
from sagemaker_platform.unified_studio import (
    Everyone,
    Grantee,
    PolicyGrant,
    ProfilePart,
    ProjectProfile,
    ProjectsOf,
)
from stacks.base import EnvironmentStack
from stacks.names import pascal_case
from stacks.unified_studio.grant_settings import Grant, GrantSettings
from stacks.unified_studio.mapping import content_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.shared import SharedResources
    from stacks.unified_studio.account_stack import BlueprintsStack
    from stacks.unified_studio.profile_settings import ProfileSettings
    from stacks.unified_studio.settings import HostSettings
    from stacks.unified_studio.stack import UnifiedStudioStack


class ProjectsStack(EnvironmentStack):
    """Project profiles, and who may do what in the domain."""

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
        # A profile is of no use before projects may use its blueprints.
        self.add_stack_dependency(blueprints)
        self.profiles = {
            key: self._profile(key, profile) for key, profile in settings.all_profiles.items()
        }
        for grant in self._grants(enrolled):
            self._grant(grant)

    def _profile(self, key: str, settings: ProfileSettings) -> ProjectProfile:
        return ProjectProfile(
            self,
            f"Profile{pascal_case(key)}",
            domain_id=self._domain.domain.id,
            unit_id=self._domain.domain.root_unit_id,
            name=settings.name,
            description=settings.description,
            enabled=settings.enabled,
            tags=self._environment.all_tags,
            removal_policy=self.removal_policy,
            parts=[
                ProfilePart(
                    name=part.name,
                    blueprint_id=self._blueprints.blueprint_ids[part.blueprint],
                    account=self.account,
                    on_demand=part.when == "demand",
                    order=part.order,
                    fixed=part.fixed,
                    editable=part.editable,
                )
                for part in settings.all_parts.values()
            ],
        )

    def _grants(self, enrolled: Sequence[str]) -> Iterator[Grant]:
        wanted = self._settings.grants
        if wanted is None:
            wanted = [GrantSettings(may="be_members", everyone=True)]
            if enrolled:
                people = [{"persona": name} for name in enrolled]
                wanted.append(
                    GrantSettings.model_validate({"may": "create_projects", "who": people})
                )
        for grant in wanted:
            yield from grant.single(list(self.profiles))

    def _grant(self, grant: Grant) -> None:
        domain = self._domain
        unit_id = domain.units[grant.unit] if grant.unit else domain.domain.root_unit_id
        grantee: Grantee
        if policies()[grant.may].principals == "projects":
            grantee = ProjectsOf(unit_id)
        else:
            grantee = domain.enroll(grant.who) if grant.who else Everyone()
        PolicyGrant(
            self,
            f"{pascal_case(grant.may)}{content_id(*grant.content)}",
            domain_id=domain.domain.id,
            policy=grant.may,
            entity_id=unit_id,
            grantee=grantee,
            profile_id=self.profiles[grant.profile].id if grant.profile else None,
        )
