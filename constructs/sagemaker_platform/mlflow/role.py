"""The role of an MLflow."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.mlflow.artifacts import ArtifactStore
from sagemaker_platform.mlflow.permissions import registration_statements
from sagemaker_platform.security import ExecutionRole


def mlflow_role(
    scope: Construct,
    *,
    artifacts: ArtifactStore,
    folder: str,
    registers_models: bool,
    removal_policy: RemovalPolicy,
) -> iam.IRole:
    """Make the role with which MLflow reaches its artifacts and the model registry.

    It is kept where MLflow is kept: MLflow takes no other role later.
    """
    role = ExecutionRole(
        scope,
        "Role",
        description=f"MLflow of {scope.node.path}",
        statements=[
            *artifacts.access_statements(folder),
            *(registration_statements(scope) if registers_models else ()),
        ],
    )
    role.apply_removal_policy(removal_policy)
    return role.role
