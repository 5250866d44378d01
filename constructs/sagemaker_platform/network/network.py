"""A private network over two or three availability zones."""

import contextlib
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, get_args

from aws_cdk import Stack, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.network.endpoints import endpoint_service
from sagemaker_platform.security import acknowledge, in_compliance_packs

NatGateways = Literal["none", "one", "one-per-zone"]
"""How private subnets reach the internet: not at all, cheaply, or without a single zone
that all others depend on."""

MAX_ZONES = 3
_PUBLIC_PREFIX_LENGTH = 28


@checks_types
class Network(Construct):
    """A VPC with private subnets, gateway endpoints and flow logs.

    Every zone has one private subnet with a quarter of the VPC's addresses; room for the
    third zone is reserved, so that a zone or NAT gateways added later move no subnet.
    The default security group is emptied, S3 and DynamoDB are reached through gateway
    endpoints, which cost nothing.

    Args:
        cidr: IPv4 range of the VPC, from /16 to /22.
        availability_zones: two or three names of zones, such as ``eu-west-1a``, or ids, such as
            ``euw1-az1``, which are the same in every account. In an
            environment-agnostic app the stack must know them too (context key
            ``availability-zones:account=…:region=…``), or CDK looks them up.
        nat_gateways: ``none`` makes the subnets isolated: there are no public subnets
            and no internet gateway, and AWS is reached through endpoints only.
        interface_endpoints: names of constants of
            ``ec2.InterfaceVpcEndpointAwsService``, such as ``SAGEMAKER_API``, and
            ``SAGEMAKER_MLFLOW``, which the CDK has no constant for, or full names of services
            of others, such as ``com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b2c3d``, which keep
            their own DNS names. Each one is billed per zone and hour.
        flow_logs: bucket that receives the flow logs of all traffic, below ``vpc/``.
        endpoint_policies: statements of an interface endpoint's policy, by the endpoint's name.
            Principals are replaced by any principal. Statements that allow something apply to
            credentials of this account only. An endpoint without statements allows everything.
        for_kubernetes: whether to tag the private subnets for internal load balancers of EKS
            clusters. Defaults to False.

    Raises:
        ValueError: the range or the number of zones is out of bounds, `nat_gateways` or the
            name of an endpoint is unknown, or a policy only denies.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cidr: str,
        availability_zones: Sequence[str],
        nat_gateways: NatGateways,
        interface_endpoints: Sequence[str],
        flow_logs: s3.IBucket,
        endpoint_policies: Mapping[str, Sequence[iam.PolicyStatement]] | None = None,
        for_kubernetes: bool = False,
    ) -> None:
        super().__init__(scope, id)
        zones = len(availability_zones)
        prefix_length = _prefix_length(cidr)
        if not 2 <= zones <= MAX_ZONES:
            raise ValueError(f"expected 2 or 3 availability zones, got {zones}")
        if nat_gateways not in get_args(NatGateways):
            raise ValueError(
                f"nat_gateways: got {nat_gateways}; must be one of "
                f"{', '.join(get_args(NatGateways))}"
            )
        services = {name: endpoint_service(name) for name in sorted(set(interface_endpoints))}
        policies = endpoint_policies or {}
        if not isinstance(policies, Mapping):
            raise TypeError(
                f"endpoint_policies: got {policies!r}; must be statements by the name of a service"
            )
        for name, statements in policies.items():
            if statements and all(one.effect == iam.Effect.DENY for one in statements):
                raise ValueError(
                    f"endpoint_policies: got only Deny statements for {name}, which deny "
                    "everything; add a statement that allows something"
                )

        with_nat = nat_gateways != "none"
        private_type = (
            ec2.SubnetType.PRIVATE_WITH_EGRESS if with_nat else ec2.SubnetType.PRIVATE_ISOLATED
        )
        # The private subnets come first and keep their ranges whatever follows them.
        subnets = [
            ec2.SubnetConfiguration(
                name="Private", subnet_type=private_type, cidr_mask=prefix_length + 2
            )
        ]
        if with_nat:
            subnets.append(
                ec2.SubnetConfiguration(
                    name="Public",
                    subnet_type=ec2.SubnetType.PUBLIC,
                    cidr_mask=_PUBLIC_PREFIX_LENGTH,
                    map_public_ip_on_launch=False,
                )
            )
        self.cidrs = [cidr]
        self.vpc: ec2.IVpc = ec2.Vpc(
            self,
            "Resource",
            ip_addresses=ec2.IpAddresses.cidr(cidr),
            availability_zones=list(availability_zones),
            reserved_azs=MAX_ZONES - zones,
            subnet_configuration=subnets,
            nat_gateways={"none": 0, "one": 1, "one-per-zone": zones}[nat_gateways],
            restrict_default_security_group=True,
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
                "DynamoDb": ec2.GatewayVpcEndpointOptions(
                    service=ec2.GatewayVpcEndpointAwsService.DYNAMODB
                ),
            },
            flow_logs={
                "FlowLogs": ec2.FlowLogOptions(
                    destination=ec2.FlowLogDestination.to_s3(flow_logs, "vpc/"),
                    traffic_type=ec2.FlowLogTrafficType.ALL,
                )
            },
        )
        if "-az" in availability_zones[0]:
            for subnets_of_type in (
                self.vpc.private_subnets,
                self.vpc.isolated_subnets,
                self.vpc.public_subnets,
            ):
                for subnet in subnets_of_type:
                    _name_zone_by_id(subnet)
        private_subnets = self.vpc.private_subnets if with_nat else self.vpc.isolated_subnets
        self.private_subnet_ids = [subnet.subnet_id for subnet in private_subnets]
        self.nat_gateway_ids = [
            gateway.ref
            for subnet in (self.vpc.public_subnets if with_nat else ())
            if isinstance(gateway := subnet.node.try_find_child("NATGateway"), ec2.CfnNatGateway)
        ]
        first = private_subnets[0].node.default_child
        assert isinstance(first, ec2.CfnSubnet)
        self.first_zone = first.attr_availability_zone
        if for_kubernetes:
            # By which the load balancer controller finds them (EKS: "VPC and subnet
            # considerations").
            for subnet in private_subnets:
                Tags.of(subnet).add(
                    "kubernetes.io/role/internal-elb",
                    "1",
                    include_resource_types=["AWS::EC2::Subnet"],
                )
        if with_nat:
            self._acknowledge_internet_route()
        self._private_subnets, self._policies = private_subnets, policies
        self._endpoints: set[str] = set()
        self._endpoint_group: ec2.SecurityGroup | None = None
        self.add_interface_endpoints(services)

    def serve_functions(self, names: Iterable[str]) -> None:
        """Let functions in the private subnets reach AWS, the one of this construct included.

        The CDK empties the default security group with a function, which calls Amazon EC2 and
        answers through Amazon S3.

        Args:
            names: interface endpoints that the functions need; none with NAT gateways.
        """
        self.add_interface_endpoints(names)
        children = self.vpc.node
        emptying = children.try_find_child("RestrictDefaultSecurityGroupCustomResource")
        if emptying is not None:
            needed = [children.try_find_child(name) for name in ("S3", "Ec2")]
            emptying.node.add_dependency(*self._private_subnets, *filter(None, needed))

    def add_interface_endpoints(self, names: Iterable[str]) -> None:
        """Add interface endpoints, unless the network has them.

        Args:
            names: as in ``interface_endpoints``.

        Raises:
            ValueError: the name of an endpoint is unknown.
        """
        services = {name: endpoint_service(name) for name in sorted(set(names) - self._endpoints)}
        if not services:
            return
        if self._endpoint_group is None:
            self._endpoint_group = ec2.SecurityGroup(
                self,
                "EndpointSecurityGroup",
                vpc=self.vpc,
                description="Interface endpoints: HTTPS from inside the VPC",
                allow_all_outbound=False,
            )
            self._endpoint_group.add_ingress_rule(
                ec2.Peer.ipv4(self.cidrs[0]), ec2.Port.tcp(443), "HTTPS from inside the VPC"
            )
        for name, service in services.items():
            endpoint = self.vpc.add_interface_endpoint(
                name.title().replace("_", ""),
                service=service,
                security_groups=[self._endpoint_group],
                subnets=ec2.SubnetSelection(subnets=list(self._private_subnets)),
                open=False,
            )
            for statement in self._policies.get(name, ()):
                endpoint.add_to_policy(self._from_this_account(statement))
        self._endpoints |= set(services)

    def _from_this_account(self, statement: iam.PolicyStatement) -> iam.PolicyStatement:
        """Return a statement for any principal, but allow only credentials of this account."""
        if statement.effect == iam.Effect.DENY:
            return statement.copy(principals=[iam.AnyPrincipal()])
        own = {"aws:PrincipalAccount": Stack.of(self).account}
        conditions = statement.conditions or {}
        return statement.copy(
            principals=[iam.AnyPrincipal()],
            conditions={
                **conditions,
                "StringEquals": {**conditions.get("StringEquals", {}), **own},
            },
        )

    def _acknowledge_internet_route(self) -> None:
        for subnet in self.vpc.public_subnets:
            acknowledge(
                subnet.node.find_child("DefaultRoute"),
                in_compliance_packs("VPCNoUnrestrictedRouteToIGW"),
                reason="The public subnets hold nothing but the NAT gateways.",
            )


def _name_zone_by_id(subnet: ec2.ISubnet) -> None:
    # The CDK takes any text for a zone and passes it on as a name.
    resource = subnet.node.default_child
    assert isinstance(resource, ec2.CfnSubnet)
    resource.availability_zone_id = resource.availability_zone
    resource.availability_zone = None


def _prefix_length(cidr: str) -> int:
    with contextlib.suppress(ValueError):
        length = ipaddress.IPv4Network(cidr).prefixlen
        if 16 <= length <= 22:
            return length
    raise ValueError(f"expected an IPv4 range from /16 to /22, got {cidr}")
