"""The activities around SageMaker's model registry."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement, format_arn

_STATUS = "sagemaker:ModelApprovalStatus"
# A stage of the life cycle may be what a deployment goes by.
_WITHOUT_STAGE = {
    "sagemaker:ModelLifeCycle:Stage": "true",
    "sagemaker:ModelLifeCycle:StageStatus": "true",
}
_NAMES = "Names of models are the users' own; an account has one registry."


def register_models(scope: IConstruct) -> list[iam.PolicyStatement]:
    """Return what it takes to register models and their versions, but not to approve them.

    A version is never changed, since nothing tells one that is approved: a change is another
    version.
    """
    return [
        *_read(scope),
        WildcardStatement(
            actions=["sagemaker:CreateModelPackageGroup", "sagemaker:AddTags"],
            resources=_arns(scope),
            wildcard_reason=_NAMES,
        ),
        WildcardStatement(
            actions=["sagemaker:CreateModelPackage"],
            resources=_arns(scope),
            conditions={"StringNotEquals": {_STATUS: "Approved"}, "Null": _WITHOUT_STAGE},
            wildcard_reason=_NAMES,
        ),
    ]


def approve_models(scope: IConstruct) -> list[iam.PolicyStatement]:
    """Return what it takes to look at registered models, and to approve or reject them."""
    return [
        *_read(scope),
        WildcardStatement(
            actions=["sagemaker:UpdateModelPackage"],
            resources=_arns(scope),
            conditions={
                "StringEquals": {_STATUS: ["Approved", "PendingManualApproval", "Rejected"]}
            },
            wildcard_reason=_NAMES,
        ),
    ]


def _read(scope: IConstruct) -> list[iam.PolicyStatement]:
    return [
        WildcardStatement(
            actions=[
                "sagemaker:DescribeModelPackage",
                "sagemaker:DescribeModelPackageGroup",
                "sagemaker:ListTags",
            ],
            resources=_arns(scope),
            wildcard_reason=_NAMES,
        ),
        WildcardStatement(
            actions=["sagemaker:ListModelPackageGroups", "sagemaker:ListModelPackages"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these lists; reading names only.",
        ),
    ]


def _arns(scope: IConstruct) -> list[str]:
    stack = Stack.of(scope)
    return [
        format_arn(stack, service="sagemaker", resource=kind, resource_name="*")
        for kind in ("model-package", "model-package-group")
    ]
