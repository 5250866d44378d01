"""The role of a cluster's instances."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import access_to_bucket, use_of_key
from sagemaker_platform.security import (
    AccessPolicy,
    ExecutionRole,
    WildcardStatement,
    pull_images,
    put_metrics,
    work_in_vpc,
    write_logs,
)
from sagemaker_platform.security.policy import existing_policy


@checks_types
class InstanceRole(Construct):
    """A role for the nodes of one cluster, and so for every job that runs on them.

    It has what AWS's own policy for HyperPod instances has (AmazonSageMakerClusterInstanceRole-
    Policy: logs, metrics, lifecycle scripts, Session Manager), written out for one cluster, and
    what joining a VPC, encrypted volumes and container images of the account take.

    Args:
        cluster_name: name of the cluster.
        key: encrypts volumes, file systems and objects.
        files: bucket that jobs read and write, such as checkpoints.
        scripts: bucket with lifecycle scripts. If omitted, nodes read no scripts.
        secrets: ARNs of secrets that nodes read.
        statements: what the orchestrator needs besides.
        further_statements: further permissions of jobs, in a separate policy.
        managed_policies: further policies, at most seven: names, with their path, or ARNs.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster_name: str,
        key: kms.IKey,
        files: s3.IBucket,
        scripts: s3.IBucket | None = None,
        secrets: Sequence[str] = (),
        statements: Sequence[iam.PolicyStatement] = (),
        further_statements: Sequence[iam.PolicyStatement] = (),
        managed_policies: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        every = [
            write_logs(self, f"/aws/sagemaker/Clusters/{cluster_name}/*"),
            put_metrics(),
            WildcardStatement(
                actions=[
                    "ssmmessages:CreateControlChannel",
                    "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel",
                    "ssmmessages:OpenDataChannel",
                ],
                resources=["*"],
                wildcard_reason="IAM cannot restrict these actions to a resource.",
            ),
            *work_in_vpc(self),
            WildcardStatement(
                actions=["ec2:DetachNetworkInterface", "ec2:CreateTags"],
                resources=[
                    stack.format_arn(service="ec2", resource="network-interface", resource_name="*")
                ],
                wildcard_reason="HyperPod makes the interfaces of the nodes; ids are new.",
            ),
            *pull_images(
                [stack.format_arn(service="ecr", resource="repository", resource_name="*")],
                wildcard_reason="Images of the account, for containers of jobs.",
            ),
            *access_to_bucket(files, write=True),
            *use_of_key(key),
        ]
        if scripts is not None:
            every += access_to_bucket(scripts, write=False)
        if secrets:
            every.append(
                iam.PolicyStatement(
                    actions=["secretsmanager:GetSecretValue"], resources=list(secrets)
                )
            )
        further = (
            [
                AccessPolicy(
                    self,
                    "Further",
                    description="Further rights of nodes of a HyperPod cluster",
                    statements=further_statements,
                )
            ]
            if further_statements
            else []
        )
        self.role = ExecutionRole(
            self,
            "Role",
            description="Nodes of a HyperPod cluster",
            statements=[*every, *statements],
            policies=further,
        ).role
        for policy in managed_policies:
            self.role.add_managed_policy(existing_policy(self, policy))
