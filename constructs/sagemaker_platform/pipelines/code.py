"""The code of pipelines in a bucket."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct, IDependable

from sagemaker_platform.arguments import checks_types, require_each, require_some
from sagemaker_platform.foundation import use_of_key
from sagemaker_platform.functions import HandledResources
from sagemaker_platform.security import WildcardStatement

_IGNORED = ("__pycache__", ".DS_Store")


@checks_types
class PipelineCode(Construct):
    """Folders of code for the steps of pipelines, each version in a folder named by its content.

    So a change of the code changes the definition in the template, and an execution never reads a
    mixture of two versions. Older versions stay in the bucket. The files are CDK assets: they are
    not in the template, and may be binary.

    Args:
        bucket: bucket that the code is copied to.
        folders: folders of that bucket, such as ``pipelines/churn/code``, that `add` may use.
        key: encrypts the bucket, and the logs of the function that copies.
        log_retention_days: of the function that copies.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket: s3.IBucket,
        folders: Sequence[str],
        key: kms.IKey,
        log_retention_days: int,
    ) -> None:
        require_each("folders", folders, str)
        require_some("folders", folders)
        super().__init__(scope, id)
        self._bucket = bucket
        self._folders = folders
        stack = Stack.of(self)
        self._copies = HandledResources(
            self,
            "Copies",
            folder="pipeline_code",
            statements=[
                WildcardStatement(
                    actions=["s3:PutObject"],
                    resources=[f"{bucket.bucket_arn}/{one}/*" for one in folders],
                    wildcard_reason="Folders of code, whose versions are named by their content.",
                ),
                *use_of_key(key)[:1],
                WildcardStatement(
                    actions=["s3:GetObject"],
                    resources=[
                        f"arn:{stack.partition}:s3:::cdk-*-assets-{stack.account}-{stack.region}/*"
                    ],
                    conditions={"StringEquals": {"aws:ResourceAccount": stack.account}},
                    wildcard_reason="Assets of the account, whatever the qualifier of the CDK.",
                ),
            ],
            key=key,
            log_retention_days=log_retention_days,
            description="Copying the code of pipelines",
        )

    @property
    def role(self) -> iam.IRole:
        """Role of the function that copies."""
        return self._copies.role

    def add(self, id: str, *, source: Path, folder: str) -> tuple[str, IDependable]:
        """Copy a folder of this machine; return its URI in S3, and what its readers wait for.

        Args:
            id: construct id.
            source: folder of this machine.
            folder: folder of the bucket, one of the ``folders``.
        """
        if folder not in self._folders:
            raise ValueError(f"folder: got {folder}; must be one of {', '.join(self._folders)}")
        scope = Construct(self, id)
        asset = s3_assets.Asset(scope, "Asset", path=str(source), exclude=list(_IGNORED))
        version = f"{folder}/{content_digest(source)}"
        bucket = self._bucket.bucket_name
        copy = self._copies.add(
            scope,
            "Copy",
            resource_type="PipelineCode",
            properties={
                "AssetBucket": asset.s3_bucket_name,
                "AssetKey": asset.s3_object_key,
                "Bucket": bucket,
                "Folder": version,
            },
        )
        return f"s3://{bucket}/{version}", copy


def content_digest(source: Path) -> str:
    """Return 16 hexadecimal digits that change with the names and contents of the files."""
    digest = hashlib.sha256()
    for file in sorted(source.rglob("*")):
        if file.is_file() and not set(file.relative_to(source).parts) & set(_IGNORED):
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{file.relative_to(source).as_posix()} {content}\n".encode())
    return digest.hexdigest()[:16]
