"""An MLflow tracking server of a size."""

from collections.abc import Sequence
from typing import Literal

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_one_of
from sagemaker_platform.mlflow.artifacts import ArtifactStore
from sagemaker_platform.mlflow.permissions import MANAGING_ACTIONS, TRACKING_ACTIONS
from sagemaker_platform.mlflow.role import mlflow_role
from sagemaker_platform.security import WildcardStatement, grant

TrackingServerSize = Literal["Small", "Medium", "Large"]
"""For teams of up to 25, 50 and 100 users, as AWS recommends."""


@checks_types
class NamedTrackingServer(Construct):
    """A tracking server that exists, or that another construct provisions.

    `MlflowTrackingServer.from_tracking_server_name` returns one. Nothing is provisioned.

    SageMaker publishes no metrics of MLflow to CloudWatch (AWS: "Amazon SageMaker AI metrics in
    Amazon CloudWatch", 2026-06), so that there are no ``metric_…`` methods.

    Args:
        name: name of the server in the account and region of the stack.

    Attributes:
        name: name of the server.
        arn: its ARN, made from the name: a policy that uses it does not wait for the server.
    """

    def __init__(self, scope: Construct, id: str, *, name: str) -> None:
        super().__init__(scope, id)
        self.name = name
        self.arn = Stack.of(self).format_arn(
            service="sagemaker", resource="mlflow-tracking-server", resource_name=name
        )

    def grant_track(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant tracking experiments. Access to artifacts is granted by their store."""
        return grant(grantee, self.track_statements())

    def grant_manage_models(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant promoting registered models, and deleting them permanently."""
        return grant(grantee, self.manage_models_statements())

    def grant_operate(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant describing, starting and stopping the server."""
        return grant(grantee, self.operate_statements())

    def track_statements(self) -> Sequence[iam.PolicyStatement]:
        """Return the permissions to track experiments, apart from access to the artifacts."""
        return [
            self._mlflow(TRACKING_ACTIONS),
            iam.PolicyStatement(
                actions=[
                    "sagemaker:CreatePresignedMlflowTrackingServerUrl",
                    "sagemaker:DescribeMlflowTrackingServer",
                ],
                resources=[self.arn],
            ),
            WildcardStatement(
                actions=["sagemaker-mlflow:AccessUI", "sagemaker:ListMlflowTrackingServers"],
                resources=["*"],
                wildcard_reason="IAM cannot restrict these to a server; the one opens pages "
                "whose content other actions guard, the other tells names only.",
            ),
        ]

    def manage_models_statements(self) -> Sequence[iam.PolicyStatement]:
        """Return the permissions to promote models, and to delete them for good."""
        return [self._mlflow(MANAGING_ACTIONS)]

    def operate_statements(self) -> Sequence[iam.PolicyStatement]:
        """Return the permissions to see, to start and to stop the server."""
        return [
            iam.PolicyStatement(
                actions=[
                    "sagemaker:DescribeMlflowTrackingServer",
                    "sagemaker:StartMlflowTrackingServer",
                    "sagemaker:StopMlflowTrackingServer",
                ],
                resources=[self.arn],
            ),
        ]

    def _mlflow(self, actions: Sequence[str]) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            actions=[f"sagemaker-mlflow:{action}" for action in actions], resources=[self.arn]
        )


@checks_types
class MlflowTrackingServer(NamedTrackingServer):
    """An MLflow tracking server, which costs money for each hour in which it runs.

    IAM knows an action for each of MLflow's operations, so that tracking and managing can
    be told apart. Experiments, runs and metrics are kept by SageMaker, encrypted with a
    key of AWS's: a server takes no key. Artifacts are in the bucket, encrypted with the
    environment's key.

    Args:
        name: name of the server. It cannot change without replacing the server, and with
            it all experiments; ``mlflow_version`` cannot either, and so must change
            together with the name, or the new server would clash with the old.
        artifacts: where artifacts go.
        folder: folder of the store that is the server's own.
        size: how many users the server is for; it may change.
        mlflow_version: version of MLflow, such as ``3.0``. Defaults to AWS's newest version
            when the server is created.
        registers_models: whether models registered in MLflow are registered with the
            SageMaker Model Registry too.
        maintenance_window_start: weekday and time of the weekly maintenance in UTC, such
            as ``Sun:03:00``.
        removal_policy: RETAIN keeps the server, with its role, when the stack goes.
    """

    INTERFACE_ENDPOINTS = ("SAGEMAKER_API", "SAGEMAKER_EXPERIMENTS")
    """AWS services that tracking of experiments from inside the VPC calls; the first
    for the link to MLflow's pages."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        artifacts: ArtifactStore,
        folder: str,
        size: TrackingServerSize,
        registers_models: bool,
        maintenance_window_start: str,
        removal_policy: RemovalPolicy,
        mlflow_version: str | None = None,
    ) -> None:
        super().__init__(scope, id, name=name)
        require_one_of("size", size, TrackingServerSize)
        self.role = mlflow_role(
            self,
            artifacts=artifacts,
            folder=folder,
            registers_models=registers_models,
            removal_policy=removal_policy,
        )
        self.resource = sagemaker.CfnMlflowTrackingServer(
            self,
            "Resource",
            tracking_server_name=name,
            tracking_server_size=size,
            mlflow_version=mlflow_version,
            artifact_store_uri=artifacts.uri(folder),
            role_arn=self.role.role_arn,
            automatic_model_registration=registers_models,
            weekly_maintenance_window_start=maintenance_window_start,
        )
        self.resource.apply_removal_policy(removal_policy)

    @staticmethod
    def from_tracking_server_name(scope: Construct, id: str, name: str) -> NamedTrackingServer:
        """Import a tracking server of the account and region of the stack."""
        return NamedTrackingServer(scope, id, name=name)
