"""Where the jobs and endpoints that people start themselves have to run."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.access.persona import PERSONA_TAG
from sagemaker_platform.arguments import checks_types, require_each
from sagemaker_platform.network import EgressRule, INetwork, allow_among_members, network_of
from sagemaker_platform.security import WildcardStatement, format_arn

Conditions = Mapping[str, Mapping[str, Any]]

OUTPUT_KEYS = ("sagemaker:OutputKmsKeyArn", "sagemaker:OutputKmsKey")
VOLUME_KEYS = ("sagemaker:VolumeKmsKeyArn", "sagemaker:VolumeKmsKey")
"""Condition keys for the KMS key of outputs and of volumes, the current and the deprecated name.

SageMaker's service authorization reference (2026-09) calls the names without ``Arn`` deprecated and
lists only the others for jobs. SageMaker decides which of them a request has, so a condition must
hold for either.
"""


@checks_types
class Workload(Construct):
    """A security group for what people start, and the conditions that keep it in the VPC.

    Instances of one job reach each other on every port, as distributed training has to;
    beyond that they call out by HTTPS, and file systems in the VPC.

    Args:
        network: the VPC; jobs run in its private subnets only.
        key: the one key that volumes and outputs may be encrypted with.
        prefix: what the names of models and endpoints must begin with that people make by
            hand, so that no person changes what a template has deployed.
        egress: further connections that jobs and endpoints may open.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        network: INetwork | ec2.IVpc,
        key: kms.IKey,
        prefix: str,
        egress: Sequence[EgressRule] = (),
    ) -> None:
        require_each("egress", egress, EgressRule)
        super().__init__(scope, id)
        network = network_of(network)
        self.key = key
        self.prefix = prefix
        self.subnet_ids = list(network.private_subnet_ids)
        self.security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=network.vpc,
            description=f"Jobs and endpoints that people start, {self.node.path}",
            allow_all_outbound=False,
        )
        self.security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "HTTPS")
        for cidr in network.cidrs:
            self.security_group.add_egress_rule(
                ec2.Peer.ipv4(cidr), ec2.Port.tcp(2049), "NFS in the VPC"
            )
        for rule in egress:
            rule.add_to(self.security_group)
        allow_among_members(
            self, self.security_group, description="Instances of a job among themselves"
        )

    def in_vpc(self) -> Conditions:
        """Return the conditions that a request names only these subnets and this group."""
        asked = {
            "sagemaker:VpcSecurityGroupIds": [self.security_group.security_group_id],
            "sagemaker:VpcSubnets": self.subnet_ids,
        }
        # An empty list satisfies ForAllValues: that the keys are there is a test of its own.
        return {"ForAllValues:StringEquals": asked, "Null": dict.fromkeys(asked, "false")}

    def named(self, kind: str) -> str:
        """Return the ARN of what people make by hand of a type of SageMaker's resources."""
        return format_arn(self, service="sagemaker", resource=kind, resource_name=f"{self.prefix}*")

    def own(self, kind: str) -> str:
        """Return the ARN of what the caller's persona makes of a type of SageMaker's resources.

        For resources that have the role of the persona. People who use one act with that role, so
        each persona may use only what it has made.
        """
        name = f"{self.prefix}${{aws:PrincipalTag/{PERSONA_TAG}}}-*"
        return format_arn(self, service="sagemaker", resource=kind, resource_name=name)

    @property
    def own_models(self) -> str:
        """ARN of the models of the caller's persona, see `own`."""
        return self.own("model")

    def make_models(self) -> iam.PolicyStatement:
        """Return the statement to make models in the VPC, with the caller's own role."""
        return WildcardStatement(
            actions=["sagemaker:CreateModel"],
            resources=[self.own_models],
            conditions=self.in_vpc(),
            wildcard_reason="Models of one persona, whose names begin with it.",
        )

    def volumes_encrypted(self) -> Conditions:
        """Return the condition that volumes, if a key is named, have this one.

        Not that a key is named: instances whose disks are local refuse one, and encrypt
        them in hardware (AWS: `VolumeKmsKeyId` in the SageMaker API reference).
        """
        return {"ArnEqualsIfExists": dict.fromkeys(VOLUME_KEYS, self.key.key_arn)}

    def encrypted(self) -> Conditions:
        """Return the condition that volumes and outputs, if a key is named, have this one."""
        return {"ArnEqualsIfExists": dict.fromkeys((*OUTPUT_KEYS, *VOLUME_KEYS), self.key.key_arn)}
