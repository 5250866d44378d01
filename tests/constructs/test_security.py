from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from sagemaker_platform.guardrails import add_checks, read_findings
from sagemaker_platform.security import AccessPolicy, ExecutionRole, WildcardStatement


def findings_of(app: App) -> tuple[list[str], list[str]]:
    """Return the rules that fail, and those that are acknowledged."""
    app.synth()
    findings = read_findings(Path(app.outdir))
    return (
        [finding.rule for finding in findings if finding.acknowledged is None],
        [finding.rule for finding in findings if finding.acknowledged is not None],
    )


@pytest.fixture
def checked(tmp_path: Path) -> Stack:
    app = App(
        outdir=str(tmp_path),
        builtin_cloud_formation_validation=False,
        context={"@aws-cdk/core:failSynthOnValidationErrors": False},
    )
    add_checks(app)
    return Stack(app, "Stack")


def test_role_trusts_sagemaker_for_this_account(stack: Stack) -> None:
    own = [iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::bucket/key"])]
    other = AccessPolicy(stack, "Other", statements=own, description="Other")
    ExecutionRole(stack, "Role", description="Test", statements=own, policies=[other])
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {
                "Statement": [
                    {
                        "Action": "sts:AssumeRole",
                        "Effect": "Allow",
                        "Principal": {"Service": "sagemaker.amazonaws.com"},
                        "Condition": {
                            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
                        },
                    }
                ]
            }
        },
    )
    [role] = template.find_resources("AWS::IAM::Role").values()
    # Listed by the role, so that the role exists after its policies.
    assert len(role["Properties"]["ManagedPolicyArns"]) == 2
    template.resource_count_is("AWS::IAM::Policy", 0)


def test_a_wildcard_without_a_reason_is_a_finding(checked: Stack) -> None:
    AccessPolicy(
        checked,
        "Policy",
        statements=[
            iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::bucket/*"])
        ],
        description="Test",
    )
    app = checked.node.root
    assert isinstance(app, App)
    failing, _ = findings_of(app)
    assert failing == ["AwsSolutions-IAM5[Resource::arn:aws:s3:::bucket/*]"]


def test_a_reason_acknowledges_exactly_the_wildcards(checked: Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(checked, "Bucket", "bucket")
    AccessPolicy(
        checked,
        "Policy",
        statements=[
            WildcardStatement(
                actions=["s3:GetObject"],
                resources=[f"{bucket.bucket_arn}/*", "arn:aws:s3:::b/${aws:username}/*", "*"],
                wildcard_reason="Four words are enough.",
            ),
            WildcardStatement(
                actions=["kms:*"], resources=["*"], wildcard_reason="Not for actions."
            ),
        ],
        description="Test",
    )
    app = checked.node.root
    assert isinstance(app, App)
    failing, acknowledged = findings_of(app)
    assert set(failing) >= {"AwsSolutions-IAM5[Action::kms:*]", "NO_ACTION_ON_EVERYTHING"}
    assert sorted(acknowledged) == [
        "AwsSolutions-IAM5[Resource::*]",
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::bucket/*]",
        "AwsSolutions-IAM5[Resource::arn:aws:s3:::b/<aws:username>/*]",
    ]
