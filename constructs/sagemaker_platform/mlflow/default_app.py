"""What makes an MLflow App the default of a Studio domain."""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.functions import WaitingResource
from sagemaker_platform.mlflow.app import MlflowApp
from sagemaker_platform.security import WildcardStatement


class DefaultMlflowApp(Construct):
    """A custom resource that makes an App the one that Studio opens in a domain.

    An App can be the default of several domains: only this domain is added to its list, and
    taken out of it when the resource is deleted. That SageMaker needs no other permission
    than to update the App, only AWS can show.

    The resource finds the App by its name and waits until it exists, so that the stack of the
    domain need not wait for the stack of the App.

    Args:
        app: the App; it may be in another stack.
        domain: the domain.
        key: encrypts the logs; its policy must allow CloudWatch Logs to use it.
        log_retention_days: how long logs are kept; one of the periods that CloudWatch Logs
            offers. They go with the stack.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        app: MlflowApp,
        domain: sagemaker.CfnDomain,
        key: kms.IKey,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        WaitingResource(
            self,
            "Waiting",
            folder="mlflow_default",
            resource_type="DefaultMlflowApp",
            properties={"AppName": app.name, "DomainId": domain.attr_domain_id},
            is_complete_statements=[
                app.statement("sagemaker:DescribeMlflowApp", "sagemaker:UpdateMlflowApp"),
                WildcardStatement(
                    actions=["sagemaker:ListMlflowApps"],
                    resources=["*"],
                    wildcard_reason="IAM cannot restrict the list of Apps, which tells names only.",
                ),
            ],
            key=key,
            log_retention_days=log_retention_days,
            description="The default MLflow App of a Studio domain",
            poll_seconds=15,
        )
