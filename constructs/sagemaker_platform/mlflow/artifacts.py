"""Where MLflow keeps models, plots and other files."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.security import grant


class ArtifactStore(Construct):
    """A bucket for artifacts, with a folder for each MLflow that writes to it.

    MLflow's client reads and writes artifacts itself, beside the server: whoever tracks
    experiments needs access to the bucket too. Nobody may delete objects: what a new
    version replaces can be brought back for a while.

    Args:
        key: encrypts every object.
        access_logs: bucket that receives the access logs.
        removal_policy: with DESTROY all artifacts are deleted together with the bucket.
        noncurrent_days: how long a replaced version can be brought back.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        key: kms.IKey,
        access_logs: s3.IBucket,
        removal_policy: RemovalPolicy,
        noncurrent_days: int = 30,
    ) -> None:
        super().__init__(scope, id)
        self._key = key
        self.data = DataBucket(
            self,
            "Bucket",
            key=key,
            access_logs=access_logs,
            removal_policy=removal_policy,
            noncurrent_days=noncurrent_days,
        )

    def uri(self, folder: str) -> str:
        """Return the S3 URI of a folder."""
        return f"s3://{self.data.bucket.bucket_name}/{folder}"

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading all artifacts."""
        return grant(grantee, self.access_statements())

    def grant_read_put(self, grantee: iam.IGrantable, *folders: str) -> iam.Grant:
        """Grant reading all artifacts, and adding artifacts below the folders."""
        return grant(grantee, self.access_statements(*folders))

    def access_statements(self, *folders: str) -> Sequence[iam.PolicyStatement]:
        """Return what it takes to read all artifacts, and to add some below the folders."""
        return [*self._objects(folders), self.key_statement()]

    def key_statement(self) -> iam.PolicyStatement:
        """Return what it takes to use the key for objects in S3."""
        return iam.PolicyStatement(
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[self._key.key_arn],
            conditions={
                "StringEquals": {"kms:ViaService": f"s3.{Stack.of(self).region}.amazonaws.com"}
            },
        )

    def allow_in_bucket_policy(self, roles: Sequence[iam.IRole], *folders: str) -> None:
        """Allow roles to read all artifacts and to add some below the folders, but not the key.

        The bucket policy allows it, so that the policies of the roles need not wait for the
        bucket. The roles must be in the account of the bucket.

        Args:
            roles: who tracks experiments.
            folders: folders that the roles add objects to.
        """
        for statement in self._objects(folders) if roles else ():
            self.data.bucket.add_to_resource_policy(
                iam.PolicyStatement(
                    actions=statement.actions,
                    resources=statement.resources,
                    principals=[iam.ArnPrincipal(role.role_arn) for role in roles],
                )
            )

    def _objects(self, folders: Sequence[str]) -> list[iam.PolicyStatement]:
        return [
            *self.data.access_statements(write=False),
            *(self.data.put_statement(folder) for folder in folders),
        ]
