"""What followers need besides the versions: artifacts, images and the key of the artifacts."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from sagemaker_platform.arguments import require_each, require_some
from sagemaker_platform.model_registry.follower import Follower, accounts_of, is_running


def share_artifacts(bucket: s3.IBucket, *, folder: str, followers: Sequence[Follower]) -> None:
    """Let the containers of followers read one folder of a bucket.

    It adds to the bucket policy. The policy of an imported bucket stays as it is.

    Args:
        bucket: the bucket of the artifacts.
        folder: the folder, such as ``models/churn``.
        followers: environments whose containers read it.
    """
    _check(followers)
    running = is_running(bucket, followers)
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            principals=accounts_of(followers),
            actions=["s3:GetObject"],
            resources=[f"{bucket.bucket_arn}/{folder}/*"],
            conditions={**running},
        )
    )
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            principals=accounts_of(followers),
            actions=["s3:ListBucket"],
            resources=[bucket.bucket_arn],
            conditions={**running, "StringLike": {"s3:prefix": f"{folder}/*"}},
        )
    )


def share_images(repository: ecr.IRepository, *, followers: Sequence[Follower]) -> None:
    """Let the containers of followers come from a repository.

    It adds to the policy of the repository. Amazon ECR decrypts images itself: who pulls needs
    no key (Amazon ECR User Guide, "Encryption at rest").

    Args:
        repository: the repository of the images.
        followers: environments whose roles pull images.
    """
    _check(followers)
    repository.add_to_resource_policy(
        iam.PolicyStatement(
            principals=accounts_of(followers),
            actions=[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            conditions={**is_running(repository, followers)},
        )
    )


def share_key(key: kms.IKey, *, buckets: str, followers: Sequence[Follower]) -> None:
    """Let the containers of followers decrypt objects of the owner's buckets.

    It adds to the key policy. The policy of an imported key stays as it is: its owner adds the
    statement.

    Args:
        key: the key of the artifacts.
        buckets: name of the buckets, with wildcards. The key policy cannot refer to a bucket
            that the key encrypts; the bucket policy names the objects.
        followers: environments whose roles decrypt.
    """
    _check(followers)
    stack = Stack.of(key)
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=accounts_of(followers),
            actions=["kms:Decrypt"],
            resources=["*"],
            conditions={
                **is_running(key, followers),
                "StringEquals": {"kms:ViaService": f"s3.{stack.region}.amazonaws.com"},
                "StringLike": {
                    # The ARN of the bucket where it uses an S3 Bucket Key, or of the object.
                    "kms:EncryptionContext:aws:s3:arn": f"arn:{stack.partition}:s3:::{buckets}"
                },
            },
        )
    )


def _check(followers: Sequence[Follower]) -> None:
    require_some("followers", followers)
    require_each("followers", followers, Follower)
