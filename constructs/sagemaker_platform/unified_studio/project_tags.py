"""What the tags of projects take in IAM."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam

from sagemaker_platform.security import WildcardStatement

_TAG = (
    "airflow:TagResource",
    "athena:CreateWorkGroup",
    "athena:TagResource",
    "bedrock:TagResource",
    "cloudformation:CreateStack",
    "cloudformation:TagResource",
    "codecommit:CreateRepository",
    "codecommit:TagResource",
    "ec2:CreateTags",
    "elasticmapreduce:AddTags",
    "emr-containers:TagResource",
    "emr-serverless:CreateApplication",
    "emr-serverless:TagResource",
    "glue:TagResource",
    "iam:TagRole",
    "lambda:TagResource",
    "logs:CreateLogGroup",
    "logs:TagResource",
    "neptune-graph:TagResource",
    "quicksight:TagResource",
    "redshift-serverless:CreateNamespace",
    "redshift-serverless:CreateWorkgroup",
    "redshift-serverless:TagResource",
    "sagemaker:AddTags",
    "scheduler:CreateScheduleGroup",
    "scheduler:TagResource",
    "secretsmanager:TagResource",
)
_UNTAG = (
    "airflow:UntagResource",
    "athena:UntagResource",
    "bedrock:UntagResource",
    "codecommit:UntagResource",
    "ec2:DeleteTags",
    "elasticmapreduce:RemoveTags",
    "emr-serverless:UntagResource",
    "glue:UntagResource",
    "iam:UntagRole",
    "lambda:UntagResource",
    "logs:UntagResource",
    "neptune-graph:UntagResource",
    "quicksight:UntagResource",
    "redshift-serverless:UntagResource",
    "sagemaker:DeleteTags",
    "scheduler:UntagResource",
    "secretsmanager:UntagResource",
)


def tag_projects(keys: Sequence[str]) -> list[iam.PolicyStatement]:
    """Return what the provisioning role needs to give projects tags of yours.

    AWS's policy for the role allows only tags whose keys begin with ``AmazonDataZone``. With any
    other tag in a project profile, AWS cannot create projects.

    Sources: SageMaker Unified Studio Administrator Guide, "Project resource tags", whose example
    has ``ec2:*`` in place of ``ec2:CreateTags``; AWS's policy
    SageMakerStudioProjectProvisioningRolePolicy (version 77), whose statements with
    ``aws:TagKeys`` name the actions that create something with tags.

    Args:
        keys: keys of the tags. All projects have one of them at least.
    """
    own = {"aws:ResourceAccount": "${aws:PrincipalAccount}"}
    return [
        WildcardStatement(
            actions=_TAG,
            resources=["*"],
            conditions={
                "StringEquals": own,
                "ForAnyValue:StringEquals": {"aws:TagKeys": list(keys)},
            },
            wildcard_reason="AWS names what projects consist of. The condition requires a tag of "
            "the environment.",
        ),
        WildcardStatement(
            actions=_UNTAG,
            resources=["*"],
            conditions={
                "StringEquals": own,
                "ForAllValues:StringEquals": {"aws:TagKeys": list(keys)},
                "Null": {"aws:ResourceTag/AmazonDataZoneProject": "false"},
            },
            wildcard_reason="AWS names what projects consist of. The conditions require a resource "
            "of a project, and tags of the environment.",
        ),
    ]
