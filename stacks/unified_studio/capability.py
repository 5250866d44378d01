"""SageMaker Unified Studio, as a capability."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import AccessContribution, Activity, OffersActivities, UsesPersonas
from stacks.capability import Capability, NetworkRequirements, ResourceName
from stacks.teams import NamesTeams

if TYPE_CHECKING:
    from constructs import Construct
    from pydantic_core import PydanticCustomError

    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.foundation.stack import FoundationStack
    from stacks.settings import EnvironmentSettings
    from stacks.unified_studio.account_settings import JoinSettings
    from stacks.unified_studio.settings import UnifiedStudioSettings
    from stacks.unified_studio.stack import UnifiedStudioStack

ACTIVITY = "use_unified_studio"


class UnifiedStudio(
    Capability["UnifiedStudioSettings", "UnifiedStudioStack | None"],
    OffersActivities,
    UsesPersonas,
    NamesTeams,
):
    """A domain of Unified Studio."""

    key = "unified_studio"
    summary = "SageMaker Unified Studio: a domain with its units, blueprints and projects."
    activities = {
        ACTIVITY: Activity(
            requires="a `unified_studio` block",
            personas=("data_scientist", "ml_engineer", "data_engineer", "administrator"),
            order=130,
            policy="capability",
            interface_endpoints=["DATAZONE"],
        )
    }

    @classmethod
    @override
    def settings_type(cls) -> type[UnifiedStudioSettings]:
        from stacks.unified_studio.settings import UnifiedStudioSettings

        return UnifiedStudioSettings

    @classmethod
    @override
    def settings_in(cls, environment: EnvironmentSettings) -> UnifiedStudioSettings | None:
        from stacks.unified_studio.team_mapping import with_teams

        found = super().settings_in(environment)
        return with_teams(found, environment.teams) if found else None

    @override
    def teams(self) -> Iterable[str]:
        return [one.team for one in self.settings.wanted_host.projects.values() if one.team]

    @override
    def used_personas(self) -> Collection[str]:
        if self.settings.join is not None:
            return []
        return [who.persona for _, who in self.settings.wanted_host.named if who.persona]

    @override
    def validate(self) -> None:
        from stacks.unified_studio.account_rules import check_own
        from stacks.unified_studio.catalog_rules import check_catalog
        from stacks.unified_studio.connection_rules import check_connections, check_data_sources
        from stacks.unified_studio.regions import UNIFIED_STUDIO
        from stacks.unified_studio.rules import (
            check_personas,
            check_sign_in,
            check_tags,
            check_team_people,
        )

        UNIFIED_STUDIO.check(self.environment.region, at=self.key)
        check_own(self.settings, self.environment)
        if self.settings.join is not None:
            return
        check_sign_in(self.settings.wanted_host, self.environment.region)
        check_team_people(
            self.settings.wanted_host, self.environment.teams, self.environment.all_personas
        )
        check_personas(self.settings.wanted_host, self.environment.all_personas)
        check_tags(self.environment.all_tags, teams=bool(list(self.teams())))
        check_connections(self.settings.wanted_host, self.environment)
        check_data_sources(self.settings.wanted_host, self.environment)
        check_catalog(self.settings.wanted_host, self.environment)

    @override
    def among(self, others: Sequence[EnvironmentSettings]) -> Iterable[PydanticCustomError]:
        from stacks.unified_studio.account_rules import misfits

        return misfits(self, others)

    @override
    def warnings(self) -> Iterable[str]:
        from stacks.unified_studio.catalog_rules import warn_of_rules
        from stacks.unified_studio.connection_rules import warn_of_grants, warn_of_subscriptions
        from stacks.unified_studio.grant_settings import grants_of
        from stacks.unified_studio.quota_rules import warn_of_quotas
        from stacks.unified_studio.warning_rules import warn

        zones = len(self.environment.network.availability_zones)
        yield from warn(self.settings, zones=zones)
        yield from warn_of_subscriptions(self.settings.wanted_host, self.environment)
        yield from warn_of_rules(self.settings.wanted_host, self.environment)
        yield from warn_of_grants(self.settings.wanted_host, self.environment)
        if self.settings.join is None:
            host = self.settings.wanted_host
            yield from warn_of_quotas(host, grants_of(host.grants, self.enrolled))
        if self.environment.foundation.key_arn:
            yield (
                "foundation.key_arn: Amazon DataZone and the services of blueprints use this key, "
                "whose policy is yours. Add the statements of docs/unified-studio.md (Roles and "
                "the key) to it"
            )

    @override
    def configure_foundation(self, foundation: FoundationStack) -> None:
        from sagemaker_platform.unified_studio import grant_key_to_projects, share_domain_key

        grant_key_to_projects(foundation.key, blueprints=list(self.settings.offered))
        if accounts := self.settings.wanted_host.accounts:
            share_domain_key(foundation.key, accounts=[one.account for one in accounts.values()])

    @override
    def network_requirements(self, scope: Construct) -> NetworkRequirements:
        from sagemaker_platform.unified_studio import BlueprintAccount

        return NetworkRequirements(interface_endpoints=BlueprintAccount.INTERFACE_ENDPOINTS)

    @override
    def resource_names(self) -> Iterable[ResourceName]:
        name, keys = self.environment.name, [self.key]
        yield ResourceName(
            resource="roles and blueprints of Unified Studio",
            keys=keys,
            value=name,
            in_region=False,
            fix="AWS defines these roles, and one configuration of each blueprint, per account",
        )
        if self.settings.join is not None:
            return
        yield ResourceName(resource=f"domain {name} of Unified Studio", keys=["name"], value=name)
        if self.settings.wanted_host.catalog_export:
            yield ResourceName(
                resource="export of the catalog into aws-sagemaker-catalog",
                keys=[self.key, "host", "catalog_export"],
                value="true",
                fix="AWS exports the catalog of one domain in a region of an account",
            )
        if self.settings.wanted_host.sign_in == "iam":
            yield ResourceName(
                resource="domain of Unified Studio with sign-in by IAM roles",
                keys=keys,
                value=name,
                fix="AWS allows one in a region of an account",
            )

    @override
    def contribute_access(self, access: AccessStack, context: BuildContext) -> AccessContribution:
        from sagemaker_platform.unified_studio import use_of_unified_studio

        environment, join = self.environment, self.settings.join
        return AccessContribution(
            activities={
                ACTIVITY: lambda: use_of_unified_studio(
                    access,
                    tags=context.shared.environment.identifying_tags,
                    key_arn=f"arn:{access.partition}:kms:{environment.region}:{join.account}:key/*"
                    if join
                    else context.shared.key.key_arn,
                    domain_arn=f"arn:{access.partition}:datazone:{environment.region}:"
                    f"{join.account}:domain/{join.domain}"
                    if join
                    else None,
                )
            }
        )

    @property
    def enrolled(self) -> list[str]:
        """Personas that use Unified Studio."""
        return [
            name
            for name, persona in self.environment.all_personas.items()
            if ACTIVITY in (persona.activities or ())
        ]

    @override
    def build(self, context: BuildContext) -> UnifiedStudioStack | None:
        from stacks.access.capability import Access
        from stacks.unified_studio.account_stack import BlueprintsStack
        from stacks.unified_studio.connection_rules import granted_projects
        from stacks.unified_studio.projects_stack import ProjectsStack
        from stacks.unified_studio.stack import UnifiedStudioStack

        if self.settings.join is not None:
            self._join(context, self.settings.join)
            return None
        access, host = context.outputs(Access), self.settings.wanted_host
        domain = UnifiedStudioStack(
            context.stage,
            "unified-studio",
            shared=context.shared,
            settings=host,
            roles={name: role.role_arn for name, role in access.roles.items()} if access else {},
            enrolled=self.enrolled,
        )
        blueprints = BlueprintsStack(
            context.stage,
            "unified-studio-blueprints",
            shared=context.shared,
            offered=self.settings.offered,
            domain_id=domain.domain.id,
            domain_account=self.environment.account,
            units=domain.units,
            root_unit_id=domain.domain.root_unit_id,
            sign_in=host.sign_in,
            permissions_boundary=self.environment.permissions_boundary,
        )
        if self.settings.custom_blueprints:
            from stacks.unified_studio.custom_blueprint_stack import CustomBlueprintsStack

            custom = CustomBlueprintsStack(
                context.stage,
                "unified-studio-custom",
                shared=context.shared,
                settings=self.settings.custom_blueprints,
                domain=domain,
            )
            custom.add_stack_dependency(blueprints)
            blueprints.blueprint_ids.update(custom.blueprint_ids)
        projects = ProjectsStack(
            context.stage,
            "unified-studio-projects",
            shared=context.shared,
            settings=host,
            domain=domain,
            blueprints=blueprints,
            enrolled=self.enrolled,
        )
        granted = granted_projects(self.environment)
        if granted or host.has_content:
            from stacks.unified_studio.content_stack import ContentStack

            ContentStack(
                context.stage,
                "unified-studio-content",
                shared=context.shared,
                settings=host,
                domain=domain,
                projects=projects,
                manage_access=blueprints.blueprint_account.manage_access.arn,
                environment=self.environment,
                context=context,
                granted=granted,
            )
        return domain

    def _join(self, context: BuildContext, join: JoinSettings) -> None:
        from stacks.unified_studio.account_stack import BlueprintsStack

        BlueprintsStack(
            context.stage,
            "unified-studio-blueprints",
            shared=context.shared,
            offered=self.settings.offered,
            domain_id=join.domain,
            domain_account=join.account,
            units=join.units,
            root_unit_id=join.root_unit,
            sign_in="identity_center",
            permissions_boundary=self.environment.permissions_boundary,
        )
