"""A model package group."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each
from sagemaker_platform.model_registry.follower import Follower, accounts_of, is_deploying
from sagemaker_platform.security import format_arn


@checks_types
class ModelPackageGroup(Construct):
    """A group of versions of one model in SageMaker's model registry.

    It has no description: CloudFormation replaces the group when one changes, and a second group
    of the same name cannot be created.

    Args:
        name: name of the group. A change creates another group, without the versions.
        followers: environments that read the versions and create models of them. Defaults to
            none. Their roles also need the artifacts, images and key of the versions; see
            `share_artifacts`, `share_images` and `share_key`.
        removal_policy: with DESTROY the group is deleted. SageMaker refuses to delete a group
            that has versions.

    The policy is that of "Deploy a Model Version from a Different Account" in the SageMaker AI
    Developer Guide, without `sagemaker:UpdateModelPackage`: only the owner approves. Followers
    create models with the roles of their deployments only.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        removal_policy: RemovalPolicy,
        followers: Sequence[Follower] = (),
    ) -> None:
        require_each("followers", followers, Follower)
        super().__init__(scope, id)
        self.name = name
        self.resource = sagemaker.CfnModelPackageGroup(
            self,
            "Resource",
            model_package_group_name=name,
            model_package_group_policy=self._policy(followers) if followers else None,
        )
        self.resource.apply_removal_policy(removal_policy)

    def _policy(self, followers: Sequence[Follower]) -> iam.PolicyDocument:
        group = format_arn(
            self, service="sagemaker", resource="model-package-group", resource_name=self.name
        )
        versions = format_arn(
            self, service="sagemaker", resource="model-package", resource_name=f"{self.name}/*"
        )
        return iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    sid="FollowersSeeTheGroup",
                    principals=accounts_of(followers),
                    actions=["sagemaker:DescribeModelPackageGroup"],
                    resources=[group],
                ),
                iam.PolicyStatement(
                    sid="FollowersReadVersions",
                    principals=accounts_of(followers),
                    actions=["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
                    resources=[versions],
                ),
                iam.PolicyStatement(
                    sid="FollowersDeployVersions",
                    principals=accounts_of(followers),
                    actions=["sagemaker:CreateModel"],
                    resources=[versions],
                    conditions=is_deploying(self, followers),
                ),
            ]
        )
