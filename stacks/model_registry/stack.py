"""Wires the model registry."""

from collections.abc import Mapping, Sequence

from aws_cdk import CfnOutput, Tags
from constructs import Construct

from sagemaker_platform.delivery import ApprovalDispatch
from sagemaker_platform.model_registry import Follower, ModelPackageGroup
from stacks.base import EnvironmentStack
from stacks.model_registry.settings import ModelRegistrySettings, group_name
from stacks.names import name_of_stack, pascal_case
from stacks.shared import SharedResources

RISK_TAG = "risk"
"""Tag of a group."""
INTENDED_USE = "intended-use"
"""Metadata of a group in the template: tags take no commas."""


class ModelRegistryStack(EnvironmentStack):
    """Groups of model versions."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: ModelRegistrySettings,
    ) -> None:
        environment = shared.environment
        super().__init__(scope, id, environment=environment, description="model registry")
        if (promotion := settings.promotion) is not None:
            ApprovalDispatch(
                self,
                "Promotion",
                name=f"{environment.name}-promotion",
                repository=promotion.repository,
                workflow="promote.yml",
                branch=promotion.branch,
                token_secret=promotion.token_secret,
                groups=[group_name(environment.name, one.name) for one in settings.groups],
                key=shared.key,
                topic=shared.alarm_topic,
            )
        for group in settings.groups:
            made = ModelPackageGroup(
                self,
                pascal_case(group.name),
                name=group_name(environment.name, group.name),
                followers=followers(settings.followers_of(group), region=environment.region),
                removal_policy=self.removal_policy,
            )
            if group.risk is not None:
                Tags.of(made).add(RISK_TAG, group.risk)
            if group.intended_use is not None:
                made.resource.add_metadata(INTENDED_USE, group.intended_use)
            CfnOutput(
                self,
                f"{pascal_case(group.name)}GroupArn",
                value=made.resource.attr_model_package_group_arn,
            )
            CfnOutput(
                self,
                f"{pascal_case(group.name)}ArtifactsUri",
                description=f"Where training jobs of {group.name} write their models",
                value=f"s3://{shared.artifacts.bucket.bucket_name}/{group.folder}/",
            )


def followers(environments: Mapping[str, str], *, region: str) -> Sequence[Follower]:
    """Return what policies say of environments that deploy models.

    Args:
        environments: accounts by the name of the environment.
        region: region of the registry, in which they are too.
    """
    return [
        Follower(
            account=account,
            # The role of the CDK's bootstrap stack, whatever its qualifier.
            deploying_roles=[f"cdk-*-cfn-exec-role-{account}-{region}"],
            running_roles=[f"{name_of_stack(name, 'inference')}*"],
        )
        for name, account in environments.items()
    ]
