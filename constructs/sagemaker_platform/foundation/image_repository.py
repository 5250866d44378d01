"""A repository for container images."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.arguments import checks_types

_UNTAGGED_DAYS = 14


@checks_types
class ImageRepository(Construct):
    """A private ECR repository whose tags never change and whose images are scanned.

    An image that a job or an endpoint names stays the image that was tested: a tag is pushed
    once. Images without a tag, which uploads that failed leave behind, are deleted after 14 days.

    Args:
        name: name of the repository. A change replaces it.
        key: encrypts the images. Another key replaces the repository.
        removal_policy: with DESTROY the images are deleted together with the repository.
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, key: kms.IKey, removal_policy: RemovalPolicy
    ) -> None:
        super().__init__(scope, id)
        self.repository: ecr.IRepository = ecr.Repository(
            self,
            "Resource",
            repository_name=name,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            encryption=ecr.RepositoryEncryption.KMS,
            encryption_key=key,
            removal_policy=removal_policy,
            empty_on_delete=removal_policy is RemovalPolicy.DESTROY,
            lifecycle_rules=[
                ecr.LifecycleRule(
                    description="Uploads that failed",
                    tag_status=ecr.TagStatus.UNTAGGED,
                    max_image_age=Duration.days(_UNTAGGED_DAYS),
                )
            ],
        )
