"""Composes the stacks of one environment."""

from aws_cdk import Aspects, Environment, PermissionsBoundary, Stack, Stage, Tags
from constructs import Construct

from sagemaker_platform.costs import CAPABILITY
from stacks.base import IamPath, TypesOfRegion
from stacks.capability import BuildContext
from stacks.foundation.stack import FoundationStack
from stacks.network.stack import create_network, egress_rules
from stacks.registry import building
from stacks.settings import EnvironmentSettings
from stacks.shared import EnvironmentInfo, SharedResources

TAGS_CANNOT_CHANGE = ("AWS::SageMaker::FeatureGroup", "AWS::SageMaker::StudioLifecycleConfig")
"""Types that are replaced when a tag changes, according to CloudFormation's schemas."""


class EnvironmentStage(Stage):
    """All stacks of one environment: shared resources, then its capabilities in their order."""

    def __init__(self, scope: Construct, settings: EnvironmentSettings) -> None:
        boundary = settings.permissions_boundary
        super().__init__(
            scope,
            settings.name,
            env=Environment(account=settings.account, region=settings.region),
            permissions_boundary=PermissionsBoundary.from_name(boundary) if boundary else None,
        )
        if settings.role_path is not None:
            Aspects.of(self).add(IamPath(settings.role_path))
        # The zones are given; without this CDK would ask the account for them.
        self.node.set_context(
            f"availability-zones:account={settings.account}:region={settings.region}",
            settings.network.availability_zones,
        )
        info = EnvironmentInfo.of(settings)
        foundation = FoundationStack(
            self, "foundation", environment=info, settings=settings.foundation
        )
        for one in settings.region_warnings:
            foundation.warn(one.text)
        doubted = {one.resource_type for one in settings.region_warnings if one.resource_type}
        if doubted:
            Aspects.of(self).add(TypesOfRegion(doubted))
        for capability in settings.capabilities:
            building(capability, capability.configure_foundation, foundation)
            for text in building(capability, capability.warnings):
                foundation.warn(text)
        shared = SharedResources(
            environment=info,
            network=create_network(
                self,
                environment=info,
                settings=settings.network,
                foundation=foundation,
                requirements=[
                    building(one, one.network_requirements, foundation)
                    for one in settings.capabilities
                ],
            ),
            egress=egress_rules(settings.network),
            key=foundation.key,
            access_logs=foundation.access_logs,
            artifacts=foundation.artifacts,
            alarm_topic=foundation.alarms.topic,
        )
        self._named = len(self.node.children)
        context = BuildContext(self, shared)
        for capability in settings.capabilities:
            building(capability, context.add, capability)
            self._name_capability(capability.key)
        if settings.network.functions_in_vpc:
            # Rarely on, and its import takes time.
            from sagemaker_platform.functions import place_in_vpc
            from sagemaker_platform.network import Network

            needed = place_in_vpc(self, shared.network)
            if isinstance(shared.network, Network):
                derived = settings.network.derives_endpoints
                shared.network.serve_functions({"EC2", *needed} if derived else ())
        for key, value in settings.all_tags.items():
            Tags.of(self).add(key, value, exclude_resource_types=[*TAGS_CANNOT_CHANGE])

    def _name_capability(self, key: str) -> None:
        """Write into the manifest which capability created the newest stacks, for `cost`."""
        children = self.node.children
        for child in children[self._named :]:
            if isinstance(child, Stack):
                child.node.add_metadata(CAPABILITY, key)
        self._named = len(children)
