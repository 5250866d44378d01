"""Wires the network."""

from collections.abc import Mapping, Sequence
from typing import get_args

from aws_cdk import Stage
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.network import EgressRule, ImportedNetwork, INetwork, Network
from stacks.base import EnvironmentStack
from stacks.capability import NetworkRequirements
from stacks.foundation.stack import FoundationStack
from stacks.network.settings import NetworkSettings, UsedBy
from stacks.network.zones import doubtful
from stacks.shared import EnvironmentInfo


class NetworkStack(EnvironmentStack):
    """The environment's own VPC."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: EnvironmentInfo,
        settings: NetworkSettings,
        requirements: Sequence[NetworkRequirements],
        flow_logs: s3.IBucket,
    ) -> None:
        super().__init__(scope, id, environment=environment, description="private network")
        if unsure := doubtful(settings.availability_zones, environment.region):
            self.note(
                f"network.availability_zones: not every account has {', '.join(unsure)}. "
                "Check with `aws ec2 describe-availability-zones --region "
                f"{environment.region}`, and name zones by their ids if accounts differ."
            )
        endpoints = set(settings.further_endpoints)
        if settings.derives_endpoints:
            endpoints |= {name for one in requirements for name in one.interface_endpoints}
        self.network = Network(
            self,
            "Network",
            cidr=settings.cidr,
            availability_zones=settings.availability_zones,
            nat_gateways=settings.nat_gateways,
            interface_endpoints=sorted(endpoints),
            flow_logs=flow_logs,
            endpoint_policies=_merged([one.endpoint_policies for one in requirements]),
            for_kubernetes=any(one.kubernetes for one in requirements),
        )


def _merged(
    policies: Sequence[Mapping[str, Sequence[iam.PolicyStatement]]],
) -> Mapping[str, Sequence[iam.PolicyStatement]]:
    """Return the statements of all endpoint policies, by service."""
    found: dict[str, list[iam.PolicyStatement]] = {}
    for policy in policies:
        for service, statements in policy.items():
            found.setdefault(service, []).extend(statements)
    return found


def create_network(
    stage: Stage,
    *,
    environment: EnvironmentInfo,
    settings: NetworkSettings,
    foundation: FoundationStack,
    requirements: Sequence[NetworkRequirements],
) -> INetwork:
    """Create the network in a stack of its own, or import an existing VPC.

    Args:
        stage: the environment.
        environment: its name, tags and so on.
        settings: settings of the network.
        foundation: receives the flow logs. An imported VPC is in its stack, because
            CloudFormation refuses a stack without resources.
        requirements: what the capabilities need of the network.
    """
    if settings.existing is not None:
        return ImportedNetwork(
            foundation,
            "Network",
            vpc_id=settings.existing.vpc_id,
            cidr=settings.cidr,
            availability_zones=settings.availability_zones,
            private_subnet_ids=settings.existing.private_subnet_ids,
            secondary_cidrs=settings.existing.secondary_cidrs,
        )
    return NetworkStack(
        stage,
        "network",
        environment=environment,
        settings=settings,
        requirements=requirements,
        flow_logs=foundation.access_logs,
    ).network


def egress_rules(settings: NetworkSettings) -> Mapping[str, Sequence[EgressRule]]:
    """Return the connections that settings open, by who may open them."""
    return {
        use: [
            EgressRule(
                description=one.description,
                from_port=one.port_range[0],
                to_port=one.port_range[1],
                protocol=one.protocol,
                cidr=one.cidr,
                security_group_id=one.security_group_id,
                prefix_list_id=one.prefix_list_id,
            )
            for one in settings.egress
            if use in one.used_by
        ]
        for use in get_args(UsedBy)
    }
