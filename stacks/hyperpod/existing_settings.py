"""Settings of what a cluster takes over from its team: roles, EKS clusters, file systems."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from stacks.access.settings import ManagedPolicyName
from stacks.arns import (
    ANYWHERE,
    BucketArn,
    CopyKeyArn,
    EksClusterArn,
    OidcProviderArn,
    OwnRoleArn,
)
from stacks.fields import FileSystemId, SecurityGroupId, Settings, Text, validation_error

# Of the ten policies of a role, two are made here, and one by the cluster.
_MOST_POLICIES = 7
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
_RESOURCE = re.compile(r"\*|arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9*-]*:[0-9*]*:\S+")


def _action(value: str) -> str:
    if not _ACTION.fullmatch(value):
        raise validation_error(
            "must be the full name of one action without wildcards, such as dynamodb:GetItem"
        )
    return value


def _resource(value: str) -> str:
    if not _RESOURCE.fullmatch(value):
        raise validation_error(
            "must be an ARN, such as arn:aws:dynamodb:eu-west-1:123456789012:table/runs, or * for "
            "actions that IAM cannot restrict to a resource"
        )
    return value


class StatementSettings(Settings):
    """What nodes may do besides."""

    description: Text
    """Purpose of the statement. Reviewers read it next to wildcards in resources."""
    actions: Annotated[
        list[Annotated[str, AfterValidator(_action)]], Field(min_length=1, max_length=50)
    ]
    """Full names of IAM actions."""
    resources: Annotated[
        list[Annotated[str, AfterValidator(_resource), ANYWHERE]],
        Field(min_length=1, max_length=50),
    ]
    """ARNs. They can contain wildcards."""


class BucketAccessSettings(Settings):
    """A bucket of others that jobs on nodes read."""

    arn: BucketArn
    """ARN of the bucket."""
    write: bool = False
    """Let jobs also add, replace and delete objects."""
    key_arn: CopyKeyArn | None = None
    """ARN of the KMS key that encrypts it. Required unless Amazon S3's key or the environment's
    key encrypts it."""


class NodeRoleSettings(Settings):
    """The role of nodes, which is also the role of what runs on them."""

    arn: OwnRoleArn | None = None
    """ARN of an existing role for the nodes. If omitted, the platform creates a role."""
    managed_policies: Annotated[list[ManagedPolicyName], Field(max_length=_MOST_POLICIES)] = []
    """Additional IAM policies of the role: names of policies in the account, with their path, or
    ARNs."""
    buckets: Annotated[list[BucketAccessSettings], Field(max_length=20)] = []
    """Additional buckets that jobs on nodes read or write."""
    statements: Annotated[list[StatementSettings], Field(max_length=20)] = []
    """Additional permissions of jobs on nodes."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = [key for key in type(self).model_fields if getattr(self, key)]
        if not given:
            raise validation_error(
                "must have an arn, or at least one of managed_policies, buckets and statements"
            )
        if self.arn is not None and len(given) > 1:
            raise validation_error(
                "must be omitted with arn, because you manage that role. Remove "
                f"{given[1]}, or add the permissions to your role",
                at=given[1],
                value="...",
            )
        if len(set(self.managed_policies)) < len(self.managed_policies):
            raise validation_error(
                "names one twice", at="managed_policies", value=self.managed_policies
            )
        return self


class ExistingEksSettings(Settings):
    """An EKS cluster of yours that nodes join, without another HyperPod cluster."""

    arn: EksClusterArn
    """ARN of the EKS cluster, in this account and region."""
    security_group_id: SecurityGroupId
    """Security group of its control plane, which gets rules for the nodes."""
    oidc_provider_arn: OidcProviderArn | None = None
    """ARN of its IAM OpenID Connect provider, which the inference operator requires."""


class ExistingLustreSettings(Settings):
    """A Lustre file system of yours in the VPC."""

    file_system_id: FileSystemId
    """Its id."""
    mount_name: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,8}$")]
    """Mount name of the file system, as `aws fsx describe-file-systems` shows it."""
    security_group_id: SecurityGroupId
    """Security group of its network interfaces, which gets rules for the nodes."""
