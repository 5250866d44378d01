"""Members of a security group reaching each other on everything."""

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from sagemaker_platform.security import acknowledge, in_compliance_packs


def allow_among_members(
    scope: Construct, security_group: ec2.ISecurityGroup, *, description: str
) -> None:
    """Let members of a group reach each other, in both directions and on all protocols.

    Distributed training needs it: EFA is none of the protocols that have ports, and does not
    work without the rule for outgoing traffic (AWS: "Get started with EFA").

    Args:
        scope: the construct that the rules belong to, one group in each.
        security_group: the group.
        description: who the members are.
    """
    group_id = security_group.security_group_id
    ingress = ec2.CfnSecurityGroupIngress(
        scope,
        "FromItself",
        group_id=group_id,
        source_security_group_id=group_id,
        ip_protocol="-1",
        description=description,
    )
    ec2.CfnSecurityGroupEgress(
        scope,
        "ToItself",
        group_id=group_id,
        destination_security_group_id=group_id,
        ip_protocol="-1",
        description=description,
    )
    acknowledge(
        ingress,
        in_compliance_packs("EC2RestrictedCommonPorts"),
        reason="Only from members of the same group, the nodes of distributed training.",
    )
