from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from sagemaker_platform.network import ImportedNetwork, NatGateways, Network

ZONES = ("eu-west-1a", "eu-west-1b", "eu-west-1c")


def template(
    new_stack: Callable[..., Stack],
    *,
    zones: Sequence[str] = ZONES[:2],
    nat_gateways: NatGateways = "none",
    interface_endpoints: Sequence[str] = (),
    cidr: str = "10.0.0.0/16",
    endpoint_policies: Mapping[str, Sequence[iam.PolicyStatement]] | None = None,
) -> Template:
    stack = new_stack(account="123456789012", zones=zones)
    Network(
        stack,
        "Network",
        cidr=cidr,
        availability_zones=zones,
        nat_gateways=nat_gateways,
        interface_endpoints=interface_endpoints,
        flow_logs=s3.Bucket(stack, "Logs"),
        endpoint_policies=endpoint_policies,
    )
    return Template.from_stack(stack)


def private_ranges(found: Template) -> dict[str, str]:
    return {
        logical_id: resource["Properties"]["CidrBlock"]
        for logical_id, resource in found.find_resources("AWS::EC2::Subnet").items()
        if "Private" in logical_id
    }


@pytest.mark.parametrize(
    ("nat_gateways", "zones", "gateways"),
    [("none", 2, 0), ("one", 2, 1), ("one", 3, 1), ("one-per-zone", 2, 2), ("one-per-zone", 3, 3)],
)
def test_nat_gateways(
    new_stack: Callable[..., Stack], nat_gateways: NatGateways, zones: int, gateways: int
) -> None:
    found = template(new_stack, zones=ZONES[:zones], nat_gateways=nat_gateways)
    found.resource_count_is("AWS::EC2::NatGateway", gateways)
    found.resource_count_is("AWS::EC2::InternetGateway", min(gateways, 1))
    found.all_resources_properties("AWS::EC2::Subnet", {"MapPublicIpOnLaunch": False})
    assert len(private_ranges(found)) == zones


def test_growing_moves_no_private_subnet(new_stack: Callable[..., Stack]) -> None:
    before = private_ranges(template(new_stack))
    assert list(before.values()) == ["10.0.0.0/18", "10.0.64.0/18"]
    for after in (
        template(new_stack, zones=ZONES),
        template(new_stack, nat_gateways="one"),
        template(new_stack, zones=ZONES, nat_gateways="one-per-zone"),
    ):
        assert before.items() <= private_ranges(after).items()


def test_logs_all_traffic_and_empties_the_default_security_group(
    new_stack: Callable[..., Stack],
) -> None:
    found = template(new_stack)
    found.has_resource_properties(
        "AWS::EC2::FlowLog", {"TrafficType": "ALL", "LogDestinationType": "s3"}
    )
    found.resource_count_is("Custom::VpcRestrictDefaultSG", 1)


def test_endpoints_match_the_request(new_stack: Callable[..., Stack]) -> None:
    found = template(new_stack, interface_endpoints=["STS", "SAGEMAKER_STUDIO", "STS"])
    endpoints = found.find_resources("AWS::EC2::VPCEndpoint").values()
    properties: list[dict[str, Any]] = [endpoint["Properties"] for endpoint in endpoints]
    services = sorted(p["ServiceName"] for p in properties if p["VpcEndpointType"] == "Interface")
    assert services == ["aws.sagemaker.eu-west-1.studio", "com.amazonaws.eu-west-1.sts"]
    assert sum(p["VpcEndpointType"] == "Gateway" for p in properties) == 2
    found.has_resource_properties(
        "AWS::EC2::SecurityGroup",
        {
            "SecurityGroupIngress": [
                {
                    "CidrIp": "10.0.0.0/16",
                    "Description": "HTTPS from inside the VPC",
                    "FromPort": 443,
                    "IpProtocol": "tcp",
                    "ToPort": 443,
                }
            ]
        },
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"zones": ZONES[:1]}, "expected 2 or 3 availability zones, got 1"),
        ({"cidr": "10.0.0.0/24"}, "expected an IPv4 range from /16 to /22, got 10.0.0.0/24"),
        ({"cidr": "10.0.0.0"}, "expected an IPv4 range from /16 to /22, got 10.0.0.0"),
        ({"cidr": "ten"}, "expected an IPv4 range from /16 to /22, got ten"),
        ({"interface_endpoints": ["SQL"]}, "interface endpoint SQL.*; did you mean"),
        ({"nat_gateways": "two"}, "nat_gateways: got two; must be one of none, one, one-per-zone"),
        (
            {
                "interface_endpoints": ["STS"],
                "endpoint_policies": {
                    "STS": [
                        iam.PolicyStatement(
                            effect=iam.Effect.DENY, actions=["sts:*"], resources=["*"]
                        )
                    ]
                },
            },
            "endpoint_policies: got only Deny statements for STS",
        ),
    ],
)
def test_refuses(new_stack: Callable[..., Stack], arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        template(new_stack, **arguments)


def endpoint_policies(found: Template) -> dict[str, Any]:
    return {
        endpoint["Properties"]["ServiceName"].rsplit(".", 1)[1]: endpoint["Properties"].get(
            "PolicyDocument"
        )
        for endpoint in found.find_resources("AWS::EC2::VPCEndpoint").values()
        if endpoint["Properties"]["VpcEndpointType"] == "Interface"
    }


def test_endpoint_policy_allows_this_account_only(new_stack: Callable[..., Stack]) -> None:
    found = template(
        new_stack,
        interface_endpoints=["SAGEMAKER_RUNTIME", "STS"],
        endpoint_policies={
            "SAGEMAKER_RUNTIME": [
                iam.PolicyStatement(actions=["sagemaker:InvokeEndpoint"], resources=["arn:e"])
            ]
        },
    )
    policies = endpoint_policies(found)
    assert policies["sts"] is None
    assert policies["runtime"]["Statement"] == [
        {
            "Action": "sagemaker:InvokeEndpoint",
            "Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012"}},
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Resource": "arn:e",
        }
    ]


def test_endpoint_policy_keeps_effect_and_conditions(new_stack: Callable[..., Stack]) -> None:
    found = template(
        new_stack,
        interface_endpoints=["SAGEMAKER_RUNTIME"],
        endpoint_policies={
            "SAGEMAKER_RUNTIME": [
                iam.PolicyStatement(
                    actions=["sagemaker:InvokeEndpoint"],
                    resources=["*"],
                    conditions={
                        "Bool": {"aws:SecureTransport": "true"},
                        "StringEquals": {"aws:PrincipalTag/team": "a"},
                    },
                ),
                iam.PolicyStatement(
                    effect=iam.Effect.DENY,
                    actions=["sagemaker:InvokeEndpoint"],
                    resources=["arn:e"],
                    conditions={"StringNotEquals": {"aws:PrincipalTag/team": "b"}},
                ),
            ]
        },
    )
    allow, deny = endpoint_policies(found)["runtime"]["Statement"]
    assert allow["Condition"] == {
        "Bool": {"aws:SecureTransport": "true"},
        "StringEquals": {"aws:PrincipalTag/team": "a", "aws:PrincipalAccount": "123456789012"},
    }
    # A condition on the account would exempt credentials of other accounts from the denial.
    assert deny == {
        "Action": "sagemaker:InvokeEndpoint",
        "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "b"}},
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Resource": "arn:e",
    }


def test_an_imported_network_creates_nothing(stack: Stack) -> None:
    network = ImportedNetwork(
        stack,
        "Network",
        vpc_id="vpc-0a1b2c3d4e5f67890",
        cidr="10.0.0.0/16",
        availability_zones=ZONES[:2],
        private_subnet_ids=["subnet-a", "subnet-b"],
    )
    assert network.vpc.vpc_id == "vpc-0a1b2c3d4e5f67890"
    assert network.private_subnet_ids == ["subnet-a", "subnet-b"]
    assert "Resources" not in Template.from_stack(stack).to_json()
