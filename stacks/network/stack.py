"""Wires the network."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.network import ImportedNetwork, INetwork, Network
from sagemaker_platform.security import Allow
from stacks.base import EnvironmentStack
from stacks.network.settings import ExistingVpc, NetworkSettings
from stacks.settings import EnvironmentSettings


class NetworkStack(EnvironmentStack):
    """The environment's own VPC."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: EnvironmentSettings,
        interface_endpoints: Sequence[str],
        flow_logs: s3.IBucket,
        endpoint_policies: Mapping[str, Sequence[Allow]],
    ) -> None:
        super().__init__(scope, id, environment=environment, description="private network")
        settings = environment.network
        self.network = Network(
            self,
            "Network",
            cidr=settings.cidr,
            availability_zones=settings.availability_zones,
            nat_gateways=settings.nat_gateways,
            interface_endpoints=interface_endpoints,
            flow_logs=flow_logs,
            endpoint_policies=endpoint_policies,
            for_kubernetes=bool(environment.hyperpod and environment.hyperpod.eks_clusters),
        )


def imported_network(
    scope: Construct, *, settings: NetworkSettings, existing: ExistingVpc
) -> INetwork:
    """Import a VPC. There is no stack of it: CloudFormation refuses one without resources."""
    return ImportedNetwork(
        scope,
        "Network",
        vpc_id=existing.vpc_id,
        cidr=settings.cidr,
        availability_zones=settings.availability_zones,
        private_subnet_ids=existing.private_subnet_ids,
    )
