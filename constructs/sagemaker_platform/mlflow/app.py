"""A serverless MLflow."""

from collections.abc import Mapping, Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.mlflow.artifacts import ArtifactStore
from sagemaker_platform.mlflow.role import mlflow_role
from sagemaker_platform.security import WildcardStatement, allow_on_tagged, grant


@checks_types
class NamedMlflowApp(Construct):
    """An MLflow App identified by its ARN or its tags, such as an existing one.

    SageMaker publishes no metrics of MLflow to CloudWatch (AWS: "Amazon SageMaker AI metrics in
    Amazon CloudWatch", 2026-06), so that there are no ``metric_…`` methods.

    Args:
        arn: ARN of the App; none where tags identify it.
        identifying_tags: tags that the App has and no other App of the account and region.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        arn: str | None = None,
        identifying_tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.arn = arn
        self._identifying_tags = identifying_tags

    def grant_track(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant all that users do in the App. Access to artifacts is granted by their store."""
        return grant(grantee, self.track_statements())

    def track_statements(self) -> Sequence[iam.PolicyStatement]:
        """Return the permissions to track experiments, apart from access to the artifacts."""
        return [
            self.statement(
                "sagemaker:CallMlflowAppApi",
                "sagemaker:CreatePresignedMlflowAppUrl",
                "sagemaker:DescribeMlflowApp",
            ),
            WildcardStatement(
                actions=["sagemaker:ListMlflowApps"],
                resources=["*"],
                wildcard_reason="Studio lists the MLflow Apps of an account; names only.",
            ),
        ]

    def statement(self, *actions: str) -> iam.PolicyStatement:
        """Return a statement that allows actions on this App only."""
        if self._identifying_tags is None:
            assert self.arn is not None, "an App without tags has an ARN"
            return iam.PolicyStatement(actions=list(actions), resources=[self.arn])
        return allow_on_tagged(
            self,
            actions,
            service="sagemaker",
            resource="mlflow-app",
            tags=self._identifying_tags,
        )


@checks_types
class MlflowApp(NamedMlflowApp):
    """An MLflow App: MLflow without servers to size, upgraded by AWS.

    Experiments, runs and metrics are kept by SageMaker, encrypted with a key of AWS's:
    CloudFormation cannot give an App a key (its API can). Artifacts are in the bucket,
    encrypted with the environment's key.

    IAM knows a single action for all that users do in an App,
    ``sagemaker:CallMlflowAppApi``: a user who may log a metric may delete a model too. Where
    that is too much, use `MlflowTrackingServer`.

    Args:
        name: name of the App. It and the role cannot change without replacing the App,
            and with it all experiments.
        artifacts: where artifacts go.
        folder: folder of the store that is the App's own.
        registers_models: whether models registered in MLflow are registered with the
            SageMaker Model Registry too.
        maintenance_window_start: weekday and time of the weekly maintenance in UTC, such
            as ``Sun:03:00``.
        removal_policy: RETAIN keeps the App, with its role, when the stack goes.
        identifying_tags: tags that the App has and no other App of the account and region.
            SageMaker generates the ARN of an App. Policies that recognize the App by its tags
            can be created before the App, in a stack that does not wait for it. Defaults to
            policies that refer to the ARN.

    Attributes:
        name: name of the App.
    """

    INTERFACE_ENDPOINTS = ("SAGEMAKER_API", "SAGEMAKER_MLFLOW")
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
        registers_models: bool,
        maintenance_window_start: str,
        removal_policy: RemovalPolicy,
        identifying_tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, identifying_tags=identifying_tags)
        self.name = name
        self.role = mlflow_role(
            self,
            artifacts=artifacts,
            folder=folder,
            registers_models=registers_models,
            removal_policy=removal_policy,
        )
        self.resource = sagemaker.CfnMlflowApp(
            self,
            "Resource",
            name=name,
            artifact_store_uri=artifacts.uri(folder),
            role_arn=self.role.role_arn,
            model_registration_mode=(
                "AutoModelRegistrationEnabled"
                if registers_models
                else "AutoModelRegistrationDisabled"
            ),
            weekly_maintenance_window_start=maintenance_window_start,
        )
        self.arn = self.resource.attr_arn
        self.resource.apply_removal_policy(removal_policy)

    @staticmethod
    def from_app_arn(scope: Construct, id: str, arn: str) -> NamedMlflowApp:
        """Import an App by its ARN."""
        return NamedMlflowApp(scope, id, arn=arn)
