"""The activities around SageMaker's model registry."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement, format_arn

_STATUS = "sagemaker:ModelApprovalStatus"
# A stage of the life cycle may be what a deployment goes by.
_WITHOUT_STAGE = {
    "sagemaker:ModelLifeCycle:Stage": "true",
    "sagemaker:ModelLifeCycle:StageStatus": "true",
}
Metadata = Mapping[str, str | None]
"""Metadata that a version must have when it is registered: a value by its key, or None for any."""

_METADATA = "sagemaker:CustomerMetadataProperties"
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
    scope: IConstruct,
    groups: Sequence[str] | None = None,
    *,
    metadata: Mapping[str, Metadata] | None = None,
) -> list[iam.PolicyStatement]:
    """Return the permissions to register versions, without reading any.

    It includes the creation of the groups themselves, which clients ask for before each version.

    Args:
        scope: its stack tells the account and the region.
        groups: names of the groups. Defaults to all groups of the account, including future ones.
        metadata: what versions must have in their customer metadata, by the name of the group.
            Defaults to nothing.
    """
    return [
        WildcardStatement(
            actions=["sagemaker:CreateModelPackageGroup", "sagemaker:AddTags"],
            resources=_arns(scope, groups),
            wildcard_reason=_reason(groups),
        ),
        *create_versions(scope, groups, metadata=metadata or {}),
    ]


def create_versions(
    scope: IConstruct, groups: Sequence[str] | None, *, metadata: Mapping[str, Metadata]
) -> list[iam.PolicyStatement]:
    """Return the permissions to add versions that are not approved to groups.

    Args:
        scope: its stack tells the account and the region.
        groups: names of the groups; None for all groups of the account.
        metadata: what versions must have in their customer metadata, by the name of the group.

    The condition keys are those of the Service Authorization Reference, "Actions, resources, and
    condition keys for Amazon SageMaker": `sagemaker:CustomerMetadataProperties/${MetadataKey}` of
    `CreateModelPackage`.
    """
    alike: dict[tuple[tuple[str, str | None], ...], list[str]] = {}
    for name in groups or ():
        alike.setdefault(tuple(sorted(metadata.get(name, {}).items())), []).append(name)
    return [
        WildcardStatement(
            actions=["sagemaker:CreateModelPackage"],
            resources=_arns(scope, names),
            conditions=_creation_conditions(dict(demanded)),
            wildcard_reason=_reason(names),
        )
        for demanded, names in (alike.items() if groups is not None else [((), None)])
    ]


def _creation_conditions(metadata: Metadata) -> dict[str, dict[str, str]]:
    values = {f"{_METADATA}/{key}": value for key, value in metadata.items() if value is not None}
    present = {f"{_METADATA}/{key}": "false" for key, value in metadata.items() if value is None}
    return {
        "StringNotEquals": {_STATUS: "Approved"},
        "Null": {**_WITHOUT_STAGE, **present},
        **({"StringEquals": values} if values else {}),
    }


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
