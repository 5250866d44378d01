"""Where MLflow keeps models, plots and other files."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import DataBucket, access_to_bucket, put_statement
from sagemaker_platform.foundation.bucket_access import LIST_ACTIONS, PUT_ACTIONS, READ_ACTIONS
from sagemaker_platform.security import WildcardStatement, grant

_CERTAIN_CHARACTERS = 20


@checks_types
class ArtifactStore(Construct):
    """A bucket for artifacts, with a folder for each MLflow that writes to it.

    MLflow's client reads and writes artifacts itself, without the server: users who track
    experiments need access to the bucket too. No user may delete objects: what a new
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
        self.bucket = DataBucket(
            self,
            "Bucket",
            key=key,
            access_logs=access_logs,
            removal_policy=removal_policy,
            noncurrent_days=noncurrent_days,
        ).bucket

    def uri(self, folder: str) -> str:
        """Return the S3 URI of a folder."""
        return f"s3://{self.bucket.bucket_name}/{folder}"

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading all artifacts."""
        return grant(grantee, self.access_statements())

    def grant_read_put(self, grantee: iam.IGrantable, *folders: str) -> iam.Grant:
        """Grant reading all artifacts, and adding artifacts below the folders."""
        return grant(grantee, self.access_statements(*folders))

    def access_statements(self, *folders: str) -> Sequence[iam.PolicyStatement]:
        """Return the permissions to read all artifacts, and to add some below the folders."""
        return [
            *access_to_bucket(self.bucket, write=False),
            *(put_statement(self.bucket, folder) for folder in folders),
            self._key_statement(),
        ]

    def access_statements_by_name(self, *folders: str) -> Sequence[iam.PolicyStatement]:
        """Return the same statements, without a reference to the bucket.

        Their policy can be created before the bucket, in a stack that does not wait for it. They
        recognize the bucket by the beginning of its generated name, in this account:
        CloudFormation begins the name with that of the stack, in lower case (source:
        CloudFormation User Guide, "Name type"). It may shorten long names, so that only the
        first 20 characters count.
        """
        stack = Stack.of(self)
        name = stack.stack_name.lower()
        prefix = f"{name}-" if len(name) <= _CERTAIN_CHARACTERS else name[:_CERTAIN_CHARACTERS]
        arn = f"arn:{stack.partition}:s3:::{prefix}*"
        statements = [(LIST_ACTIONS, arn), (READ_ACTIONS, f"{arn}/*")]
        statements += [(PUT_ACTIONS, f"{arn}/{folder}/*") for folder in folders]
        return [
            *(
                WildcardStatement(
                    actions=actions,
                    resources=[resource],
                    conditions={"StringEquals": {"aws:ResourceAccount": stack.account}},
                    wildcard_reason=f"Buckets of {stack.stack_name} in this account: "
                    "CloudFormation generates the end of the name.",
                )
                for actions, resource in statements
            ),
            self._key_statement(),
        ]

    def _key_statement(self) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[self._key.key_arn],
            conditions={
                "StringEquals": {"kms:ViaService": f"s3.{Stack.of(self).region}.amazonaws.com"}
            },
        )
