"""An existing VPC, by the ids of its parts."""

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security import acknowledge


@checks_types
class ImportedNetwork(Construct):
    """A VPC of another team: nothing is created in it and nothing is looked up.

    Its owner provides flow logs, and the endpoints or routes through which AWS is
    reached.

    Args:
        vpc_id: id of the VPC; it must have default tenancy and DNS host names enabled.
        cidr: its primary IPv4 range.
        availability_zones: zones of the private subnets, in the same order.
        private_subnet_ids: one private subnet per zone.
        secondary_cidrs: further IPv4 ranges of the VPC, which subnets may use.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc_id: str,
        cidr: str,
        availability_zones: Sequence[str],
        private_subnet_ids: Sequence[str],
        secondary_cidrs: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        if not availability_zones or len(availability_zones) != len(private_subnet_ids):
            raise ValueError(
                f"private_subnet_ids: got {len(private_subnet_ids)} for "
                f"{len(availability_zones)} availability zones; must be one for each zone"
            )
        self.cidrs = [cidr, *secondary_cidrs]
        self.private_subnet_ids = list(private_subnet_ids)
        self.first_zone = availability_zones[0]
        self.vpc: ec2.IVpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Resource",
            vpc_id=vpc_id,
            vpc_cidr_block=cidr,
            availability_zones=list(availability_zones),
            private_subnet_ids=self.private_subnet_ids,
        )
        acknowledge(
            self,
            ["Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId"],
            reason="Only ids are used: routes belong to the VPC's owner.",
        )
