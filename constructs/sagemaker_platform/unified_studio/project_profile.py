"""Project profiles: what a project of Unified Studio consists of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_datazone as datazone
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_some


@checks_types
@dataclass(frozen=True, kw_only=True)
class ProfilePart:
    """A part of a project, which a blueprint creates.

    Attributes:
        name: name that people see.
        blueprint_id: ID of the blueprint.
        account: account in which it is created.
        on_demand: whether a member creates it later, in place of the project.
        order: order among the parts that the project creates, from 0. Tooling has 0.
        fixed: parameters that members cannot change.
        editable: parameters that members can change.
    """

    name: str
    blueprint_id: str
    account: str
    on_demand: bool = False
    order: int = 1
    fixed: Mapping[str, str] = field(default_factory=dict)
    editable: Mapping[str, str] = field(default_factory=dict)


@checks_types
class ProjectProfile(Construct):
    """A project profile.

    Args:
        domain_id: ID of the domain.
        unit_id: ID of the domain unit that owns the profile.
        name: name that people see.
        parts: what a project consists of.
        description: description that people see. Defaults to none.
        enabled: whether people can create projects with it.
        tags: tags of the resources of each project. At most 25. Defaults to none.
        editable_tags: keys of the tags whose value a project can change. Defaults to none.
        removal_policy: whether the profile stays with the domain.

    Attributes:
        id: ID of the profile.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain_id: str,
        unit_id: str,
        name: str,
        parts: Sequence[ProfilePart],
        description: str | None = None,
        enabled: bool = True,
        tags: Mapping[str, str] | None = None,
        editable_tags: Collection[str] = (),
        removal_policy: RemovalPolicy,
    ) -> None:
        require_some("parts", parts)
        super().__init__(scope, id)
        kind = datazone.CfnProjectProfile
        self.resource = kind(
            self,
            "Resource",
            name=name,
            description=description,
            domain_identifier=domain_id,
            domain_unit_identifier=unit_id,
            # AWS takes DISABLED where the template has no status.
            status="ENABLED" if enabled else "DISABLED",
            environment_configurations=[self._configuration(part) for part in parts],
            allow_custom_project_resource_tags=False,
            project_resource_tags=[
                kind.ResourceTagParameterProperty(
                    key=key, value=value, is_value_editable=key in editable_tags
                )
                for key, value in sorted((tags or {}).items())
            ]
            or None,
        )
        self.resource.apply_removal_policy(removal_policy)
        self.id = self.resource.attr_identifier

    def _configuration(
        self, part: ProfilePart
    ) -> datazone.CfnProjectProfile.EnvironmentConfigurationProperty:
        kind = datazone.CfnProjectProfile
        values = [
            kind.EnvironmentConfigurationParameterProperty(
                name=name, value=value, is_editable=editable
            )
            for editable, group in ((False, part.fixed), (True, part.editable))
            for name, value in group.items()
        ]
        return kind.EnvironmentConfigurationProperty(
            name=part.name,
            environment_blueprint_id=part.blueprint_id,
            aws_account=kind.AwsAccountProperty(aws_account_id=part.account),
            aws_region=kind.RegionProperty(region_name=Stack.of(self).region),
            deployment_mode="ON_DEMAND" if part.on_demand else "ON_CREATE",
            deployment_order=None if part.on_demand else part.order,
            configuration_parameters=kind.EnvironmentConfigurationParametersDetailsProperty(
                parameter_overrides=values
            )
            if values
            else None,
        )
