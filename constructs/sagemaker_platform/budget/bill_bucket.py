"""The bucket to which AWS delivers the bill of an account."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import access_to_bucket
from sagemaker_platform.foundation.closed_bucket import closed_bucket
from sagemaker_platform.security import acknowledge_each, grant, in_compliance_packs

EXPORT_REGION = "us-east-1"
"""The region of AWS Data Exports. Buckets may be in any region.

(AWS Data Exports User Guide, "Setting up an Amazon S3 bucket for data exports".)"""

_SERVICES = ("bcm-data-exports.amazonaws.com", "billingreports.amazonaws.com")


@checks_types
class BillBucket(Construct):
    """A bucket for exports of AWS Data Exports of its account.

    Encrypted with S3-managed keys: AWS documents the delivery to such buckets only, and has no key
    policy for its services (AWS Data Exports User Guide, "Setting up an Amazon S3 bucket for data
    exports"; AWS's own template, data-exports-aggregation.yaml of the Cloud Intelligence
    Dashboards, does the same).

    Args:
        name: name of the bucket, unique in the world. The export is in a stack of another region,
            which has to know it.
        access_logs: bucket that receives the access logs.
        removal_policy: with DESTROY the exports are deleted together with the bucket.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        access_logs: s3.IBucket,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        self.name = name
        self.bucket = closed_bucket(
            self,
            key=None,
            removal_policy=removal_policy,
            expiration_days=None,
            # AWS writes the files of a month several times a day.
            noncurrent_days=7,
            name=name,
        )
        resource = self.bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)
        resource.logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(
            destination_bucket_name=access_logs.bucket_name,
            log_file_prefix=f"s3/{self.node.path}/",
        )
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(one) for one in _SERVICES],
                actions=["s3:GetBucketPolicy", "s3:PutObject"],
                resources=[self.bucket.bucket_arn, f"{self.bucket.bucket_arn}/*"],
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {
                        "aws:SourceArn": [
                            f"arn:{stack.partition}:{service}:{EXPORT_REGION}:{stack.account}:{kind}/*"
                            for service, kind in (
                                ("bcm-data-exports", "export"),
                                ("cur", "definition"),
                            )
                        ]
                    },
                },
            )
        )
        acknowledge_each(
            self,
            {
                **dict.fromkeys(
                    in_compliance_packs("S3DefaultEncryptionKMS"),
                    "AWS documents the delivery of bills to S3-managed keys only.",
                ),
                **dict.fromkeys(
                    in_compliance_packs("S3BucketReplicationEnabled"),
                    "AWS delivers the exports of all months again on request.",
                ),
            },
        )

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading the exports."""
        return grant(grantee, self.read_statements())

    def read_statements(self) -> list[iam.PolicyStatement]:
        """Return the permissions to read the exports."""
        return access_to_bucket(self.bucket, write=False)
