"""The activities around SageMaker's model registry."""

from collections.abc import Sequence

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
_VERSIONS = "Versions of known groups: SageMaker numbers them."


def register_models(
    scope: IConstruct, groups: Sequence[str] | None = None
) -> list[iam.PolicyStatement]:
    """Return the permissions to register models and their versions, but not to approve them.

    A version is never changed, since nothing tells one that is approved: a change is another
    version.

    Args:
        scope: its stack tells the account and the region.
        groups: names of the groups. Defaults to all groups of the account, including future ones.
    """
    return [*read_models(scope, groups), *register_versions(scope, groups)]


def approve_models(
    scope: IConstruct, groups: Sequence[str] | None = None
) -> list[iam.PolicyStatement]:
    """Return the permissions to look at registered models, and to approve or reject them.

    Args:
        scope: its stack tells the account and the region.
        groups: names of the groups. Defaults to all groups of the account.
    """
    return [*read_models(scope, groups), *approve_versions(scope, groups)]


def read_models(
    scope: IConstruct, groups: Sequence[str] | None = None
) -> list[iam.PolicyStatement]:
    """Return the permissions to look at registered models.

    Args:
        scope: its stack tells the account and the region.
        groups: names of the groups. Defaults to all groups of the account.
    """
    return [
        WildcardStatement(
            actions=[
                "sagemaker:DescribeModelPackage",
                "sagemaker:DescribeModelPackageGroup",
                "sagemaker:ListTags",
            ],
            resources=_arns(scope, groups),
            wildcard_reason=_reason(groups),
        ),
        WildcardStatement(
            actions=["sagemaker:ListModelPackageGroups", "sagemaker:ListModelPackages"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these lists; reading names only.",
        ),
    ]


def register_versions(
    scope: IConstruct, groups: Sequence[str] | None = None
) -> list[iam.PolicyStatement]:
    """Return the permissions to register versions, without reading any.

    It includes the creation of the groups themselves, which clients ask for before each version.

    Args:
        scope: its stack tells the account and the region.
        groups: names of the groups. Defaults to all groups of the account, including future ones.
    """
    return [
        WildcardStatement(
            actions=["sagemaker:CreateModelPackageGroup", "sagemaker:AddTags"],
            resources=_arns(scope, groups),
            wildcard_reason=_reason(groups),
        ),
        WildcardStatement(
            actions=["sagemaker:CreateModelPackage"],
            resources=_arns(scope, groups),
            conditions={"StringNotEquals": {_STATUS: "Approved"}, "Null": _WITHOUT_STAGE},
            wildcard_reason=_reason(groups),
        ),
    ]


def approve_versions(
    scope: IConstruct, groups: Sequence[str] | None = None
) -> list[iam.PolicyStatement]:
    """Return the permissions to approve or reject versions, without reading any.

    Args:
        scope: its stack tells the account and the region.
        groups: names of the groups. Defaults to all groups of the account.
    """
    return [
        WildcardStatement(
            actions=["sagemaker:UpdateModelPackage"],
            resources=_arns(scope, groups),
            conditions={
                "StringEquals": {_STATUS: ["Approved", "PendingManualApproval", "Rejected"]}
            },
            wildcard_reason=_reason(groups),
        )
    ]


def _reason(groups: Sequence[str] | None) -> str:
    return _NAMES if groups is None else _VERSIONS


def _arns(scope: IConstruct, groups: Sequence[str] | None) -> list[str]:
    """Return the ARNs of groups and of their versions."""
    names = {
        "model-package": ["*"] if groups is None else [f"{name}/*" for name in groups],
        "model-package-group": ["*"] if groups is None else groups,
    }
    return [
        format_arn(scope, service="sagemaker", resource=kind, resource_name=name)
        for kind, of_kind in names.items()
        for name in of_kind
    ]
