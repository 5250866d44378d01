"""What all buckets have in common."""

from functools import cache

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct


def closed_bucket(
    scope: Construct,
    *,
    key: kms.IKey | None,
    removal_policy: RemovalPolicy,
    expiration_days: int | None,
    noncurrent_days: int,
    name: str | None = None,
    lock: s3.ObjectLockRetention | None = None,
) -> s3.Bucket:
    """Make a versioned bucket without public access that answers TLS 1.2 and later only.

    Args:
        scope: the construct that the bucket is the resource of.
        key: encrypts every object. Defaults to keys of S3 (SSE-S3).
        removal_policy: with DESTROY all objects are deleted together with the bucket;
            with RETAIN the bucket keeps its policy too.
        expiration_days: objects are deleted after this many days. Defaults to never.
        noncurrent_days: how long a replaced or deleted version is kept.
        name: name of the bucket. If omitted, CloudFormation generates one.
        lock: how long objects are locked. Defaults to no lock.
    """
    bucket = s3.Bucket(
        scope,
        "Resource",
        bucket_name=name,
        encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
        encryption_key=key,
        bucket_key_enabled=True if key else None,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        versioned=True,
        block_public_access=_block_all(),
        lifecycle_rules=[
            s3.LifecycleRule(
                expiration=None if expiration_days is None else _days(expiration_days),
                noncurrent_version_expiration=_days(noncurrent_days),
                abort_incomplete_multipart_upload_after=_days(7),
            )
        ],
        removal_policy=removal_policy,
        object_lock_enabled=True if lock else None,
        object_lock_default_retention=lock,
        auto_delete_objects=removal_policy is RemovalPolicy.DESTROY,
    )
    if (policy := bucket.policy) is not None:
        policy.apply_removal_policy(removal_policy)
    return bucket


@cache
def _block_all() -> s3.BlockPublicAccess:
    return s3.BlockPublicAccess.BLOCK_ALL


@cache
def _days(count: int) -> Duration:
    return Duration.days(count)
