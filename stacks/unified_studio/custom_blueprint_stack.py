"""Wires the blueprints of the team in a domain of Unified Studio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from constructs import Construct

from sagemaker_platform.unified_studio import CustomBlueprints, PolicyGrant, ProjectsOf
from stacks.base import EnvironmentStack
from stacks.names import pascal_case
from stacks.unified_studio.custom_blueprint_mapping import custom_blueprint
from stacks.unified_studio.mapping import content_id

if TYPE_CHECKING:
    from stacks.shared import SharedResources
    from stacks.unified_studio.custom_blueprint_settings import CustomBlueprintSettings
    from stacks.unified_studio.stack import UnifiedStudioStack


class CustomBlueprintsStack(EnvironmentStack):
    """Blueprints of the team, the role that deploys each, and who can use them."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: Mapping[str, CustomBlueprintSettings],
        domain: UnifiedStudioStack,
    ) -> None:
        environment = shared.environment
        super().__init__(
            scope, id, environment=environment, description="own blueprints of Unified Studio"
        )
        self.custom = CustomBlueprints(
            self,
            "Blueprints",
            domain=domain.domain,
            blueprints={
                pascal_case(key): custom_blueprint(
                    self, key, one, domain_id=domain.domain.id, encryption=shared.key
                )
                for key, one in settings.items()
            },
            key=shared.key,
            log_retention_days=environment.log_retention_days,
            removal_policy=self.removal_policy,
        )
        self.blueprint_ids = {key: self.custom.ids[pascal_case(key)] for key in settings}
        for key, one in settings.items():
            for path in one.units if one.units is not None else [""]:
                PolicyGrant(
                    self,
                    f"Use{content_id(key, path)}",
                    domain_id=domain.domain.id,
                    policy="use_blueprint",
                    # The account of the configuration, and the blueprint.
                    entity_id=f"{self.account}:{self.blueprint_ids[key]}",
                    grantee=ProjectsOf(domain.units[path] if path else domain.domain.root_unit_id),
                )
