"""The activity of using models of SageMaker JumpStart."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement

_HUB = "SageMakerPublicHub"
_BUCKETS = ("jumpstart-cache-prod", "jumpstart-private-cache-prod")
"""Buckets of AWS in each region, the second for models with terms to accept
(``sagemaker.jumpstart.constants`` of the SageMaker Python SDK)."""


def deploy_jumpstart(scope: IConstruct) -> list[iam.PolicyStatement]:
    """Return the permissions to browse JumpStart, and to read its models and scripts.

    Models are deployed with the activity `deploy_endpoints` and fine-tuned with `run_jobs`.

    Args:
        scope: its stack tells the region.
    """
    stack = Stack.of(scope)
    # The hub is AWS's own, which the ARN has in place of an account.
    sagemaker = f"arn:{stack.partition}:sagemaker:{stack.region}:aws"
    buckets = [f"arn:{stack.partition}:s3:::{name}-{stack.region}" for name in _BUCKETS]
    return [
        WildcardStatement(
            actions=[
                "sagemaker:DescribeHub",
                "sagemaker:DescribeHubContent",
                "sagemaker:ListHubContentVersions",
                "sagemaker:ListHubContents",
            ],
            resources=[f"{sagemaker}:hub/{_HUB}", f"{sagemaker}:hub-content/{_HUB}/*"],
            wildcard_reason="Contents of AWS's public hub; reading only.",
        ),
        WildcardStatement(
            actions=["sagemaker:ListHubs"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict this list; reading names only.",
        ),
        WildcardStatement(
            actions=["s3:GetObject", "s3:ListBucket"],
            resources=[*buckets, *(f"{bucket}/*" for bucket in buckets)],
            wildcard_reason="Models and scripts in two buckets of AWS; reading only.",
        ),
    ]
