"""A trail that records calls of APIs, in a locked bucket."""

from collections.abc import Sequence
from typing import Literal

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.audit.data_events import data_event_selectors
from sagemaker_platform.foundation import DataBucket, access_to_bucket, encrypted_log_group
from sagemaker_platform.security import AccessPolicy, WildcardStatement, format_arn, grant


@checks_types
class AuditTrail(Construct):
    """A trail of all regions with data events, encrypted, validated, and locked against deletion.

    It delivers to its own bucket, and to a log group for alarms and recent queries.
    The key's policy must let the trail use it, see `EnvironmentKey.grant_trail_write`.

    Args:
        name: name of the trail, unique in account and region.
        key: encrypts log files, digests and the log group.
        access_logs: bucket that receives the access logs of the trail's bucket.
        retention_days: how long log files are kept, and locked.
        lock: ``governance`` lets principals with s3:BypassGovernanceRetention delete log files;
            ``compliance`` lets nothing delete them, also not the account's root user.
        log_group_days: how long the log group keeps events; one of the periods of CloudWatch Logs.
        data_events: services whose calls on data are recorded; see `DATA_EVENTS`.
        bucket_prefixes: how names of the buckets and table buckets begin whose objects and tables
            are recorded.
        without_buckets: how names of buckets begin that are left out.
        management_events: whether calls that manage resources are recorded.
        removal_policy: of the bucket, which keeps its policy too. A bucket with locked objects
            cannot be deleted.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key: kms.IKey,
        access_logs: s3.IBucket,
        retention_days: int,
        log_group_days: int,
        data_events: Sequence[str],
        bucket_prefixes: Sequence[str],
        without_buckets: Sequence[str] = (),
        lock: Literal["governance", "compliance"] = "governance",
        management_events: bool = True,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        if not (data_events or management_events):
            raise ValueError(
                "data_events: got none without management_events; a trail must record something"
            )
        arn = AuditTrail.arn_of(self, name)
        period = Duration.days(retention_days)
        retention = s3.ObjectLockRetention
        self.bucket = DataBucket(
            self,
            "Logs",
            key=key,
            access_logs=access_logs,
            removal_policy=removal_policy,
            # A day later than the lock ends.
            expiration_days=retention_days + 1,
            noncurrent_days=1,
            lock=(
                retention.compliance(period)
                if lock == "compliance"
                else retention.governance(period)
            ),
        ).bucket
        self._admit(arn)
        group = encrypted_log_group(
            self,
            "Events",
            key=key,
            retention_days=log_group_days,
            removal_policy=removal_policy,
        )
        role = self._role(arn, group.log_group_name)
        self.resource = cloudtrail.CfnTrail(
            self,
            "Resource",
            trail_name=name,
            is_logging=True,
            s3_bucket_name=self.bucket.bucket_name,
            kms_key_id=key.key_arn,
            enable_log_file_validation=True,
            # Calls of IAM and STS are recorded in us-east-1.
            is_multi_region_trail=True,
            include_global_service_events=True,
            cloud_watch_logs_log_group_arn=group.log_group_arn,
            cloud_watch_logs_role_arn=role.role_arn,
            advanced_event_selectors=[
                *([_management_events()] if management_events else []),
                *data_event_selectors(
                    data_events,
                    buckets=[self._bucket_arn(prefix) for prefix in bucket_prefixes],
                    without=[self._bucket_arn(prefix) for prefix in without_buckets],
                    table_buckets=[self._table_bucket_arn(prefix) for prefix in bucket_prefixes],
                ),
            ],
        )
        self.arn = arn
        self._key, self._group = key, group
        self.log_group_name = group.log_group_name
        self.resource.node.add_dependency(role, self.bucket)

    @staticmethod
    def arn_of(scope: Construct, name: str) -> str:
        """Return the ARN of a trail of the account and region of a scope."""
        return format_arn(scope, service="cloudtrail", resource="trail", resource_name=name)

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading the trail and validating its log files."""
        return grant(grantee, self.read_statements())

    def read_statements(self) -> list[iam.PolicyStatement]:
        """Return what it takes to read the trail and to validate its log files; it changes nothing.

        (AWS CLI Command Reference, "cloudtrail validate-logs", read 2026-11-27; the command calls
        DescribeTrails and ListPublicKeys.)
        """
        return [
            *access_to_bucket(self.bucket, write=False),
            iam.PolicyStatement(
                actions=["kms:Decrypt"],
                resources=[self._key.key_arn],
                conditions={
                    "StringEquals": {"kms:ViaService": f"s3.{Stack.of(self).region}.amazonaws.com"}
                },
            ),
            iam.PolicyStatement(
                actions=[
                    "logs:DescribeLogStreams",
                    "logs:FilterLogEvents",
                    "logs:GetLogEvents",
                    "logs:StartQuery",
                ],
                resources=[self._group.log_group_arn],
            ),
            iam.PolicyStatement(
                actions=[
                    "cloudtrail:GetEventSelectors",
                    "cloudtrail:GetTrail",
                    "cloudtrail:GetTrailStatus",
                ],
                resources=[self.arn],
            ),
            WildcardStatement(
                actions=[
                    "cloudtrail:DescribeTrails",
                    "cloudtrail:ListPublicKeys",
                    "cloudtrail:LookupEvents",
                    "logs:GetQueryResults",
                    "logs:StopQuery",
                ],
                resources=["*"],
                wildcard_reason="An auditor looks up calls; IAM knows no resources for that.",
            ),
        ]

    def _bucket_arn(self, prefix: str) -> str:
        return f"arn:{Stack.of(self).partition}:s3:::{prefix}"

    def _table_bucket_arn(self, prefix: str) -> str:
        return format_arn(self, service="s3tables", resource="bucket", resource_name=prefix)

    def _admit(self, arn: str) -> None:
        """Let the trail write into its bucket.

        (AWS CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail", read 2026-11-27.)
        """
        trail = iam.ServicePrincipal("cloudtrail.amazonaws.com")
        account = Stack.of(self).account
        for statement in (
            iam.PolicyStatement(
                principals=[trail],
                actions=["s3:GetBucketAcl"],
                resources=[self.bucket.bucket_arn],
                conditions={"StringEquals": {"aws:SourceArn": arn}},
            ),
            iam.PolicyStatement(
                principals=[trail],
                actions=["s3:PutObject"],
                resources=[f"{self.bucket.bucket_arn}/AWSLogs/{account}/*"],
                conditions={
                    "StringEquals": {
                        "aws:SourceArn": arn,
                        "s3:x-amz-acl": "bucket-owner-full-control",
                    }
                },
            ),
        ):
            self.bucket.add_to_resource_policy(statement)

    def _role(self, arn: str, log_group_name: str) -> iam.Role:
        stack = Stack.of(self)
        policy = AccessPolicy(
            self,
            "Policy",
            description="Writes the events of the trail",
            statements=[
                WildcardStatement(
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[
                        format_arn(
                            self,
                            service="logs",
                            resource="log-group",
                            resource_name=(
                                f"{log_group_name}:log-stream:"
                                f"{stack.account}_CloudTrail_{stack.region}*"
                            ),
                            arn_format=ArnFormat.COLON_RESOURCE_NAME,
                        )
                    ],
                    wildcard_reason="CloudTrail numbers its log streams in one log group.",
                )
            ],
        )
        return iam.Role(
            self,
            "Role",
            description="Writes the events of the trail",
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal("cloudtrail.amazonaws.com"),
                {"StringEquals": {"aws:SourceAccount": stack.account, "aws:SourceArn": arn}},
            ),
            managed_policies=[policy.managed_policy],
        )


def _management_events() -> cloudtrail.CfnTrail.AdvancedEventSelectorProperty:
    return cloudtrail.CfnTrail.AdvancedEventSelectorProperty(
        name="Management events",
        field_selectors=[
            cloudtrail.CfnTrail.AdvancedFieldSelectorProperty(
                field="eventCategory", equal_to=["Management"]
            )
        ],
    )
