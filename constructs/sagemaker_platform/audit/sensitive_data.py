"""Sensitive data that Amazon Macie finds, told by a topic."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_macie as macie
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.audit.findings import tell_findings


@checks_types
class SensitiveData(Construct):
    """Tells of sensitive data that Amazon Macie finds in buckets. It changes no tag and no grant.

    An account has one session of Macie in a region: with `create=False`, it tells of the findings
    of a session that exists. CloudFormation has no jobs of Macie, and no switch for automated
    discovery: people start them.

    Args:
        topic: tells of each finding; its policy must let EventBridge publish, as `AlarmTopic` does.
        key: encrypts events that could not be delivered; its policy must let EventBridge use it,
            see `EnvironmentKey.grant_events_queue`. Macie reads objects with the key of their
            bucket, see `EnvironmentKey.grant_macie_read`.
        bucket_prefix: how names of the buckets begin whose findings are told.
        create: whether to turn Macie on.
        removal_policy: with DESTROY, Macie is turned off with the stack, and its findings are lost.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        topic: sns.ITopic,
        key: kms.IKey,
        bucket_prefix: str,
        create: bool,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        self.session = (
            macie.CfnSession(
                self,
                "Resource",
                finding_publishing_frequency="FIFTEEN_MINUTES",
                status="ENABLED",
            )
            if create
            else None
        )
        if self.session is not None:
            self.session.apply_removal_policy(removal_policy)
        # Amazon Macie User Guide, "EventBridge event schema for Macie findings", read 2026-11-27.
        tell_findings(
            self,
            service="Macie",
            description="Sensitive data that Macie finds in buckets of the environment",
            pattern={
                "source": ["aws.macie"],
                "detail-type": ["Macie Finding"],
                "detail": {
                    "type": [{"prefix": "SensitiveData:"}],
                    "resourcesAffected": {"s3Bucket": {"name": [{"prefix": bucket_prefix}]}},
                },
            },
            message=(
                '"Amazon Macie: <type> in <object> of the bucket <bucket> (severity: <severity>). '
                "Finding <finding>: compare it with the data class of the store. "
                'Account <account>, <region>."'
            ),
            values={
                "type": "$.detail.type",
                "bucket": "$.detail.resourcesAffected.s3Bucket.name",
                "object": "$.detail.resourcesAffected.s3Object.key",
                "severity": "$.detail.severity.description",
                "finding": "$.detail.id",
            },
            topic=topic,
            key=key,
        )
