"""IAM's evaluation of policies, by the rules of its user guide."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from operations.access.evaluation import Policies, Request, evaluate
from operations.access.policy import Origin, Policy
from operations.access.principal import Caller

ACCOUNT = "111111111111"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/Dev"
CALLERS = {
    "session": Caller.session(ROLE, "alice"),
    "user": Caller(f"arn:aws:iam::{ACCOUNT}:user/carlos", ACCOUNT),
    "service": Caller("logs.amazonaws.com"),
}
DATA = YAML(typ="safe").load(Path(__file__).with_name("cases.yaml"))
CASES = DATA["cases"]
SEVERAL = ("identity", "session", "service_control", "resource_control")
FOR_EVERYBODY = ("resource", "endpoint", "trust")


def policy(case: Mapping[str, Any], layer: str) -> Policy:
    """The policy of a case, with the elements that the case leaves out."""
    statements = []
    for given in case[layer]:
        statement = {"Effect": "Allow", **given}
        if "NotAction" not in given:
            statement.setdefault("Action", "*")
        if "NotResource" not in given and layer != "trust":
            statement.setdefault("Resource", "*")
        if "NotPrincipal" not in given and layer in FOR_EVERYBODY:
            statement.setdefault("Principal", "*")
        statements.append(statement)
    version = case.get("version", "2012-10-17")
    return Policy.parse({"Version": version, "Statement": statements}, Origin(name=layer))


def policies(case: Mapping[str, Any]) -> Policies:
    found: dict[str, Any] = {}
    for layer in (*SEVERAL, *FOR_EVERYBODY, "boundary"):
        if layer in case:
            parsed = policy(case, layer)
            found["resource" if layer == "trust" else layer] = (
                [parsed] if layer in SEVERAL else parsed
            )
    return Policies(**found)


def request(case: Mapping[str, Any]) -> Request:
    asked = case.get("request", {})
    return Request(
        caller=CALLERS[case.get("caller", "session")],
        action=asked.get("action", "s3:GetObject"),
        resource=asked.get("resource", "arn:aws:s3:::bucket/folder/key"),
        resource_account=case.get("resource_account", ACCOUNT),
        context={key.lower(): value for key, value in case.get("context", {}).items()},
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["rule"])
def test_evaluation_follows_the_rule(case: Mapping[str, Any]) -> None:
    verdict = evaluate(request(case), policies(case))
    assert verdict.allowed is case["allowed"]
    if "layer" in case:
        assert verdict.layer == case["layer"]


def test_each_case_has_a_source_and_a_rule_of_its_own() -> None:
    assert {case["source"] for case in CASES} == set(DATA["sources"])
    assert len({case["rule"] for case in CASES}) == len(CASES)


def test_unknown_operator_is_refused() -> None:
    with pytest.raises(ValueError, match="'StringIs'; must be a condition operator"):
        Policy.parse(
            {"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"StringIs": {"a": "b"}}}}
        )


def test_unknown_effect_is_refused() -> None:
    with pytest.raises(ValueError, match="Effect: got 'allow'; must be Allow or Deny"):
        Policy.parse({"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}})


def test_denial_names_the_statement_that_denies() -> None:
    denied = Policy.parse(
        {"Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Sid": "No"}]},
        Origin("prod-access", "Policy1", "Own"),
    )
    verdict = evaluate(request({}), Policies(identity=[denied]))
    assert str(verdict.statement) == "prod-access Policy1 (Own), statement No"


def test_denial_names_what_is_missing_conditions_first() -> None:
    near = Policy.parse(
        {
            "Statement": [
                {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::other/*"},
                {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
                {
                    "Effect": "Allow",
                    "Action": "s3:Get*",
                    "Resource": "*",
                    "Condition": {"StringEquals": {"s3:prefix": "x"}},
                },
            ]
        }
    )
    verdict = evaluate(request({}), Policies(identity=[near]))
    first, second = verdict.near
    assert (first.statement.index, second.statement.index) == (2, 0)
    assert first.condition is not None
    missed = first.condition.missed({"s3:prefix": "y"})
    assert missed == "StringEquals s3:prefix x, the request has y"
    assert second.condition is None


def test_evaluation_takes_well_under_a_millisecond() -> None:
    many = [
        Policy.parse(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": [f"sagemaker:Create{number}", "s3:Get*"],
                        "Resource": [f"arn:aws:s3:::bucket-{number}/${{aws:username}}/*"],
                        "Condition": {"StringEquals": {"aws:username": "alice"}},
                    }
                    for number in range(50)
                ],
            }
        )
    ]
    asked = request({"context": {"aws:username": "alice"}})
    evaluate(asked, Policies(identity=many))
    started = time.process_time()
    for _ in range(200):
        evaluate(asked, Policies(identity=many))
    assert (time.process_time() - started) / 200 < 0.001
