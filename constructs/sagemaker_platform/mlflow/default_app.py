"""What makes an MLflow App the default of a Studio domain."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.functions import WaitingResource
from sagemaker_platform.mlflow.app import MlflowApp


class DefaultMlflowApp(Construct):
    """A custom resource that makes an App the one that Studio opens in a domain.

    An App can be the default of several domains: only this domain is added to its list, and
    taken out of it when the resource is deleted. That SageMaker needs no other permission
    than to update the App, only AWS can show.

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
        arn = app.resource.attr_arn
        WaitingResource(
            self,
            "Waiting",
            folder="mlflow_default",
            resource_type="DefaultMlflowApp",
            properties={"AppArn": arn, "DomainId": domain.attr_domain_id},
            is_complete_statements=[
                iam.PolicyStatement(
                    actions=["sagemaker:DescribeMlflowApp", "sagemaker:UpdateMlflowApp"],
                    resources=[arn],
                )
            ],
            key=key,
            log_retention_days=log_retention_days,
            description="The default MLflow App of a Studio domain",
            poll_seconds=15,
        )
