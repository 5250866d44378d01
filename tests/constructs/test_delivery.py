"""Roles for CI systems: what they refuse, and the qualifier of the bootstrap."""

import json
from typing import Any

import pytest
from aws_cdk import App, DefaultStackSynthesizer, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template

from sagemaker_platform.delivery import (
    ApprovalDispatch,
    DeliveryRole,
    GitHubRepository,
    GitLabProject,
    TokenIssuer,
)

REPOSITORY = {"name": "example/platform", "owner_id": "1", "repository_id": "2"}


def role(stack: Stack, issuer: TokenIssuer | None = None, **changed: Any) -> DeliveryRole:
    arguments: dict[str, Any] = {
        "name": "deploy",
        "description": "Deploys",
        "issuer": issuer or TokenIssuer(stack, "GitHub", url=GitHubRepository.URL, audience="x"),
        "claims": GitHubRepository(**REPOSITORY).branch_claims("main"),
        "bootstrap_roles": ["lookup"],
    }
    return DeliveryRole(stack, "Role", **{**arguments, **changed})


@pytest.mark.parametrize("given", [True, False])
def test_bootstrap_roles_have_the_qualifier(given: bool) -> None:
    app = App(context={} if given else {"@aws-cdk/core:bootstrapQualifier": "team1"})
    stack = Stack(app, "One")
    changed: dict[str, Any] = {"qualifier": "team1"} if given else {}
    role(stack, bootstrap_roles=["lookup", "image-publishing"], **changed)
    [policy] = Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy").values()
    text = str(policy)
    assert "role/cdk-team1-lookup-role-" in text
    assert "role/cdk-team1-image-publishing-role-" in text
    assert "hnb659fds" not in text


def test_stack_with_a_synthesizer_needs_the_qualifier() -> None:
    stack = Stack(App(), "One", synthesizer=DefaultStackSynthesizer(qualifier="team1"))
    with pytest.raises(ValueError, match="qualifier: got None; must be the qualifier of"):
        role(stack)


def test_existing_provider_is_named_and_not_created() -> None:
    stack = Stack(App(), "One")
    url = "https://gitlab.example.com/sub"
    issuer = TokenIssuer(stack, "Issuer", url=url, audience=url, exists=True)
    role(stack, issuer=issuer)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::IAM::OIDCProvider", 0)
    assert issuer.arn.endswith(":oidc-provider/gitlab.example.com/sub")
    condition = {"StringEquals": {"gitlab.example.com/sub:aud": url}}
    document = {"Statement": [Match.object_like({"Condition": Match.object_like(condition)})]}
    template.has_resource_properties(
        "AWS::IAM::Role", {"AssumeRolePolicyDocument": Match.object_like(document)}
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"claims": {}}, "must contain sub"),
        ({"claims": {"sub": []}}, "must contain sub"),
        ({"session_hours": 0}, "must be from 1 to 12"),
        ({"session_hours": 13}, "must be from 1 to 12"),
        ({"bootstrap_roles": []}, "bootstrap_roles"),
        ({"bootstrap_roles": ["cfn-exec"]}, "bootstrap_roles"),
    ],
)
def test_roles_refuse_what_would_be_too_wide(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        role(Stack(App(), "One"), **changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "*"},
        {"name": "example/*"},
        {"name": "example"},
        {"owner_id": "*"},
        {"repository_id": ""},
        {"repository_id": "2 "},
    ],
)
def test_repositories_refuse_wildcards(changed: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="got "):
        GitHubRepository(**{**REPOSITORY, **changed})


@pytest.mark.parametrize("path", ["*", "example", "example/*", "a//b"])
def test_projects_refuse_wildcards(path: str) -> None:
    with pytest.raises(ValueError, match="must be <group>/<project>"):
        GitLabProject(path=path)


@pytest.mark.parametrize("url", ["http://a.example", "https://a.example/", "https://*", "a"])
def test_issuers_refuse_other_addresses(url: str) -> None:
    with pytest.raises(ValueError, match="must be an address with https://"):
        TokenIssuer(Stack(App(), "One"), "Issuer", url=url, audience="x")


def test_approval_starts_the_workflow() -> None:
    stack = Stack(App(), "One")
    ApprovalDispatch(
        stack,
        "Promotion",
        name="dev-promotion",
        repository="example/platform",
        workflow="promote.yml",
        branch="main",
        token_secret="github/promotion",
        groups=["dev-churn"],
        key=kms.Key(stack, "Key"),
        topic=sns.Topic.from_topic_arn(stack, "Topic", "arn:aws:sns:eu-west-1:123456789012:a"),
    )
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::Events::ApiDestination",
        {
            "HttpMethod": "POST",
            "InvocationEndpoint": "https://api.github.com/repos/example/platform/actions/"
            "workflows/promote.yml/dispatches",
        },
    )
    secret = "{{resolve:secretsmanager:github/promotion:SecretString:authorization}}"
    template.has_resource_properties(
        "AWS::Events::Connection",
        {
            "AuthParameters": {
                "ApiKeyAuthParameters": {"ApiKeyName": "Authorization", "ApiKeyValue": secret}
            }
        },
    )
    [rule] = template.find_resources("AWS::Events::Rule").values()
    detail = rule["Properties"]["EventPattern"]["detail"]
    assert detail == {
        "ModelApprovalStatus": ["Approved"],
        "ModelPackageGroupName": ["dev-churn"],
        "ModelPackageStatus": ["Completed"],
        # A later change of an approved version is no approval.
        "UpdatedModelPackageFields": ["ModelApprovalStatus"],
    }
    [target] = rule["Properties"]["Targets"]
    assert {"DeadLetterConfig", "RoleArn", "RetryPolicy"} <= set(target)
    transformer = target["InputTransformer"]
    sent = json.loads(transformer["InputTemplate"].replace("<group>", "dev-churn"))
    # GitHub refuses other members, and inputs that the workflow does not have.
    assert sent == {"ref": "main", "inputs": {"model_package_group": "dev-churn"}}
    [policy] = template.find_resources("AWS::IAM::ManagedPolicy").values()
    [statement] = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "events:InvokeApiDestination"
    assert statement["Resource"] != "*"
