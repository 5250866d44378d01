"""Tags of a resource and rules of a security group are counted."""

from typing import Any

import pytest

from sagemaker_platform.guardrails.resource_limits import check_resource_limits

GROUP = {"Fn::GetAtt": ["Group", "GroupId"]}


def group(ingress: int, egress: int) -> dict[str, Any]:
    rule = {"IpProtocol": "tcp", "CidrIp": "10.0.0.0/8"}
    properties = {"SecurityGroupIngress": [rule] * ingress, "SecurityGroupEgress": [rule] * egress}
    return {"Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": properties}}


def rules(direction: str, count: int) -> dict[str, Any]:
    kind = f"AWS::EC2::SecurityGroup{direction}"
    return {f"Rule{n}": {"Type": kind, "Properties": {"GroupId": GROUP}} for n in range(count)}


def topic(tags: Any) -> dict[str, Any]:
    return {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Tags": tags}}}


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        (topic([{"Key": str(n), "Value": "a"} for n in range(51)]), "got 51; must be at most 50"),
        (topic({str(n): "a" for n in range(51)}), "got 51; must be at most 50"),
        (group(61, 0), "got 61; must be at most 60 rules"),
        ({**group(0, 30), **rules("Egress", 31)}, "got 61; must be at most 60 rules"),
    ],
)
def test_more_than_aws_accepts_is_found(resources: dict[str, Any], message: str) -> None:
    [found] = check_resource_limits({"Resources": resources})

    assert message in found.message


@pytest.mark.parametrize(
    "resources",
    [
        topic([{"Key": str(n), "Value": "a"} for n in range(50)]),
        group(60, 60),
        {**group(30, 30), **rules("Egress", 30), **rules("Ingress", 30)},
    ],
)
def test_as_much_as_aws_accepts_is_no_finding(resources: dict[str, Any]) -> None:
    assert not list(check_resource_limits({"Resources": resources}))
