"""Wires the blueprints that an account offers to a domain of Unified Studio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_cdk import Aws
from constructs import Construct

from sagemaker_platform.unified_studio import BlueprintAccount, PolicyGrant, ProjectsOf
from stacks.base import EnvironmentStack
from stacks.teams import TEAM_TAG
from stacks.unified_studio.mapping import content_id

if TYPE_CHECKING:
    from stacks.shared import SharedResources
    from stacks.unified_studio.profile_settings import BlueprintSettings
    from stacks.unified_studio.settings import SignIn


class BlueprintsStack(EnvironmentStack):
    """Roles, the bucket of projects, configurations of blueprints, and who can use them."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        offered: Mapping[str, BlueprintSettings],
        domain_id: str,
        domain_account: str,
        units: Mapping[str, str],
        root_unit_id: str,
        sign_in: SignIn,
        permissions_boundary: str | None,
    ) -> None:
        """Create the stack.

        Args:
            scope: the stage.
            id: name of the stack within the environment.
            shared: resources of the environment.
            offered: blueprints by name.
            domain_id: ID of the domain.
            domain_account: account of the domain.
            units: IDs of units by their path.
            root_unit_id: ID of the root unit.
            sign_in: how people sign in to the domain.
            permissions_boundary: name of the environment's boundary, with its path.
        """
        environment = shared.environment
        super().__init__(
            scope, id, environment=environment, description="blueprints of Unified Studio"
        )
        boundary = permissions_boundary
        self.blueprint_account = BlueprintAccount(
            self,
            "Blueprints",
            domain_id=domain_id,
            domain_account=domain_account,
            name=environment.name,
            network=shared.network,
            availability_zones=environment.availability_zones,
            key=shared.key,
            access_logs=shared.access_logs,
            iam_sign_in=sign_in == "iam",
            tags=list(dict.fromkeys([*environment.all_tags, TEAM_TAG])),
            permissions_boundary=f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:policy/{boundary}"
            if boundary
            else None,
            removal_policy=self.removal_policy,
        )
        self.blueprint_ids: dict[str, str] = {}
        for name, settings in offered.items():
            self.blueprint_ids[name] = blueprint_id = self.blueprint_account.add_blueprint(
                name,
                name=name,
                parameters=settings.parameters,
                global_parameters=settings.global_parameters,
            )
            for path in settings.units if settings.units is not None else [""]:
                PolicyGrant(
                    self,
                    f"Use{content_id(name, path)}",
                    domain_id=domain_id,
                    policy="use_blueprint",
                    # The account of the configuration, and the blueprint.
                    entity_id=f"{self.account}:{blueprint_id}",
                    grantee=ProjectsOf(units[path] if path else root_unit_id),
                )
