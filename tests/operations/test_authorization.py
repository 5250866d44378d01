"""Calls of functions in a rehearsal are authorized against the roles of the functions."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from operations.assembly import Assembly, Stack, Stage
from operations.rehearsal.authorization import Authorization

ACCOUNT, REGION = "111111111111", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/dev-one-Role"
TRUST = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole"}}


def record(kind: str, physical_id: str, stack: str = "dev-one", **properties: Any) -> Any:
    return {
        "kind": kind,
        "account": ACCOUNT,
        "region": REGION,
        "physical_id": physical_id,
        "stack": stack,
        "logical_id": "Thing",
        "properties": properties,
        "attributes": {},
    }


def role(*actions: str) -> Any:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}
    given: dict[str, Any] = {
        "AssumeRolePolicyDocument": TRUST,
        "Policies": [policy] if actions else [],
    }
    return record("AWS::IAM::Role", "dev-one-Role", **given)


@pytest.fixture
def authorization(tmp_path: Path) -> Iterator[Authorization]:
    template = tmp_path / "template.json"
    template.write_text(json.dumps({"Resources": {}}))
    stack = Stack("dev/one", "dev-one", ACCOUNT, REGION, template)
    made = Authorization()
    made.know(Assembly(tmp_path, (Stage("dev", (stack,)),)))
    yield made
    made.stop()


def asked(**more: Any) -> dict[str, Any]:
    call = {"service": "ssm", "operation": "GetParameter", "parameters": {"Name": "/a"}}
    return {"role": ROLE, "session": "function", "version": 1, **call, **more}


def test_call_that_the_role_allows(authorization: Authorization) -> None:
    authorization.use(lambda: [role("ssm:GetParameter")])
    assert authorization.judge(asked()) == {"allowed": True}
    assert (authorization.calls, authorization.denied) == (1, {})


def test_call_that_the_role_does_not_allow(authorization: Authorization) -> None:
    authorization.use(lambda: [role("ssm:PutParameter")])
    verdict = authorization.judge(asked())
    assert (verdict["allowed"], verdict["code"]) == (False, "AccessDenied")
    assert verdict["message"] == (
        "User dev-one-Role is not authorized to perform ssm.GetParameter: ssm:GetParameter on "
        f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/a: no identity-based policy allows it."
    )
    assert list(authorization.denied) == [verdict["message"]]


def test_call_that_the_tables_do_not_place_is_denied(authorization: Authorization) -> None:
    authorization.use(lambda: [role("*")])
    verdict = authorization.judge(asked(operation="DoSomethingNew"))
    assert verdict["allowed"] is False
    assert "add it to operations/access/data/operations.yaml" in verdict["message"]


def test_call_known_by_its_action_only(authorization: Authorization) -> None:
    authorization.use(lambda: [role("s3:GetObject")])
    question = {"role": ROLE, "session": "f", "version": 1, "resource": "arn:aws:s3:::b/k"}
    assert authorization.judge({**question, "action": "s3:GetObject"})["allowed"]
    assert not authorization.judge({**question, "action": "s3:PutObject"})["allowed"]


def test_policies_that_were_created_since_count(authorization: Authorization) -> None:
    resources = [role()]
    authorization.use(lambda: resources)
    assert not authorization.judge(asked(version=1))["allowed"]
    resources[0] = role("ssm:GetParameter")
    assert authorization.judge(asked(version=2))["allowed"]


def test_roles_of_other_stacks_are_not_ours_to_judge(authorization: Authorization) -> None:
    authorization.use(lambda: [{**role(), "stack": "CDKToolkit"}])
    assert authorization.judge(asked()) == {"allowed": True}


def test_emulator_asks_over_http(authorization: Authorization) -> None:
    authorization.use(lambda: [role("ssm:GetParameter")])
    url = authorization.start()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, data=json.dumps(asked()).encode(), timeout=10) as answer:
        assert json.load(answer) == {"allowed": True}


def test_function_in_a_closed_vpc_needs_an_endpoint(authorization: Authorization) -> None:
    vpc = record("AWS::EC2::VPC", "vpc-1")
    function = record(
        "AWS::Lambda::Function", "f", Role=ROLE, VpcConfig={"SubnetIds": ["subnet-1"]}
    )
    resources = [role("ssm:GetParameter"), vpc, function]
    authorization.use(lambda: resources)
    verdict = authorization.judge(asked())
    assert "no VPC endpoint and no NAT gateway lead to the service" in verdict["message"]

    service = f"com.amazonaws.{REGION}.ssm"
    resources.append(record("AWS::EC2::VPCEndpoint", "vpce-1", ServiceName=service))
    assert authorization.judge(asked(version=2))["allowed"]
