"""Methods that grant access to what a construct provisions."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template
from constructs import Construct

from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.guardrails import add_checks, read_findings
from sagemaker_platform.hyperpod import HyperPodCluster, LoginSessions
from sagemaker_platform.mlflow import ArtifactStore
from sagemaker_platform.security import WildcardStatement, grant
from tests.constructs.every_construct import EVERY_CONSTRUCT, Given

CLUSTER_ARN = "arn:aws:sagemaker:eu-west-1:123456789012:cluster/abcdefghijkl"
MORE_ARGUMENTS: dict[tuple[type[Construct], str], Any] = {
    (DataBucket, "grant_put"): lambda _: ["results"],
    (ArtifactStore, "grant_read_put"): lambda _: ["app"],
    (LoginSessions, "grant_start"): lambda given: [
        HyperPodCluster.from_cluster_attributes(given.stack, "Existing", name="a", arn=CLUSTER_ARN)
    ],
}


def granting() -> Iterator[tuple[type[Construct], str]]:
    for construct in EVERY_CONSTRUCT:
        for name, method in inspect.getmembers(construct, inspect.isfunction):
            if name.startswith("grant_") and "grantee" in inspect.signature(method).parameters:
                yield construct, name


def new_role(scope: Stack, id: str = "Grantee") -> iam.Role:
    return iam.Role(scope, id, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


@pytest.mark.parametrize(
    ("construct", "method"), list(granting()), ids=lambda one: getattr(one, "__name__", one)
)
def test_grant_adds_to_the_policy_of_a_role(
    stack: Stack, construct: type[Construct], method: str
) -> None:
    given = Given(stack)
    made = EVERY_CONSTRUCT[construct](stack, given)
    more = MORE_ARGUMENTS.get((construct, method), lambda _: [])(given)
    granted = getattr(made, method)(new_role(stack), *more)
    assert isinstance(granted, iam.Grant)
    assert granted.success
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    [actions] = [
        str(policy["Properties"]["PolicyDocument"])
        for name, policy in policies.items()
        if name.startswith("GranteeDefaultPolicy")
    ]
    assert "'Effect': 'Allow'" in actions


def test_grants_are_found_in_many_constructs() -> None:
    assert len(list(granting())) >= 25


def test_grant_acknowledges_wildcards_of_that_principal_only(tmp_path: Path) -> None:
    app = App(
        outdir=str(tmp_path),
        builtin_cloud_formation_validation=False,
        context={"@aws-cdk/core:failSynthOnValidationErrors": False},
    )
    add_checks(app)
    stack = Stack(app, "Stack")
    statement = WildcardStatement(
        actions=["s3:GetObject"],
        resources=["arn:aws:s3:::bucket/*"],
        wildcard_reason="Objects of one bucket.",
    )
    grantees: dict[str, iam.IGrantable] = {
        "Role": new_role(stack, "Role"),
        "Imported": iam.Role.from_role_name(stack, "Imported", "people"),
        "Policy": iam.ManagedPolicy(stack, "Policy"),
        "User": iam.User(stack, "User"),
    }
    for grantee in grantees.values():
        grant(grantee, [statement])
    new_role(stack, "Other").add_to_policy(
        iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::bucket/*"])
    )
    app.synth()
    found = [
        finding
        for finding in read_findings(tmp_path)
        if finding.rule.startswith("AwsSolutions-IAM5")
    ]
    assert len([one for one in found if one.acknowledged == "Objects of one bucket."]) == 4
    [remaining] = [one for one in found if one.acknowledged is None]
    assert "Stack/Other/DefaultPolicy" in str(remaining)


# What several grants have in common, or a part of one.
PARTS = {
    "access_statements_by_name",
    "catalog_statement",
    "catalog_statements",
    "own_statements",
    "secret_statements",
}


def test_statements_are_those_of_a_grant_of_the_same_name() -> None:
    found = {
        (construct, name)
        for construct in EVERY_CONSTRUCT
        for name, _ in inspect.getmembers(construct, inspect.isroutine)
        if re.fullmatch(r"[a-z]\w*_statements?(_by_name)?", name)
    }
    assert {name for _, name in found} >= PARTS
    for construct, name in found:
        if name not in PARTS:
            verb = re.sub("_statements?$", "", name).replace("access", "read")
            assert hasattr(construct, f"grant_{verb}"), f"{construct.__name__}.{name}"
