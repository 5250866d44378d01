"""Wires the role of the nodes of a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.foundation import access_to_buckets, use_of_key_arn
from sagemaker_platform.hyperpod import InstanceRole
from sagemaker_platform.security import WildcardStatement
from stacks.hyperpod.existing_settings import NodeRoleSettings


def node_role(
    scope: Construct,
    settings: NodeRoleSettings | None,
    *,
    cluster_name: str,
    key: kms.IKey,
    files: s3.IBucket,
    scripts: s3.IBucket,
    statements: Sequence[iam.PolicyStatement],
    secrets: Sequence[str] = (),
) -> iam.IRole:
    """Make the role of the nodes of a cluster, or take the existing one.

    Args:
        scope: where it is made.
        settings: further rights, or the existing role.
        cluster_name: name of the cluster.
        key: encrypts volumes, file systems and objects.
        files: bucket that jobs read and write.
        scripts: bucket with lifecycle scripts.
        statements: what the orchestrator needs.
        secrets: ARNs of secrets that nodes read.
    """
    if settings is not None and settings.arn is not None:
        return iam.Role.from_role_arn(scope, "NodeRole", settings.arn, mutable=False)
    return InstanceRole(
        scope,
        "InstanceRole",
        cluster_name=cluster_name,
        key=key,
        files=files,
        scripts=scripts,
        secrets=secrets,
        statements=statements,
        further_statements=list(_further(settings)) if settings else (),
        managed_policies=settings.managed_policies if settings else (),
    ).role


def _further(settings: NodeRoleSettings) -> Iterator[iam.PolicyStatement]:
    for write in (False, True):
        arns = [bucket.arn for bucket in settings.buckets if bucket.write == write]
        if arns:
            yield from access_to_buckets(arns, write=write)
    # One statement for a key, however many buckets it encrypts.
    for arn in dict.fromkeys(bucket.key_arn for bucket in settings.buckets if bucket.key_arn):
        yield use_of_key_arn(arn)[0]
    for statement in settings.statements:
        yield WildcardStatement(
            actions=statement.actions,
            resources=statement.resources,
            wildcard_reason=f"The team gives it in node_role.statements: {statement.description}",
        )
