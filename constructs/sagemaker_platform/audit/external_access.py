"""Findings of IAM Access Analyzer, told by a topic."""

from aws_cdk import aws_accessanalyzer as accessanalyzer
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.audit.findings import tell_findings


@checks_types
class ExternalAccess(Construct):
    """Tells of resources of the account that policies open to other accounts or to everyone.

    IAM Access Analyzer reads policies of buckets, keys, roles, topics, queues, functions, secrets,
    repositories and others. An account has one analyzer of external access in a region: without
    `name`, it tells of the findings of an analyzer that exists.

    Args:
        topic: tells of each active finding; its policy must let EventBridge publish, as
            `AlarmTopic` does.
        key: encrypts events that could not be delivered; its policy must let EventBridge use it,
            see `EnvironmentKey.grant_events_queue`.
        name: name of the analyzer to create; None if the account has one in this region.
    """

    def __init__(
        self, scope: Construct, id: str, *, topic: sns.ITopic, key: kms.IKey, name: str | None
    ) -> None:
        super().__init__(scope, id)
        self.analyzer = (
            None
            if name is None
            else accessanalyzer.CfnAnalyzer(self, "Resource", type="ACCOUNT", analyzer_name=name)
        )
        # AWS EventBridge reference, "IAM Access Analyzer events", read 2026-11-27.
        tell_findings(
            self,
            service="Access Analyzer",
            description="Access from outside that IAM Access Analyzer finds",
            pattern={
                "source": ["aws.access-analyzer"],
                "detail-type": ["Access Analyzer Finding"],
                "detail": {"status": ["ACTIVE"]},
            },
            message=(
                '"IAM Access Analyzer: <resource> can be reached from outside the '
                "account (public: <public>). Finding <finding>: remove the access, or "
                'archive the finding if it is intended. Account <account>, <region>."'
            ),
            values={
                "resource": "$.detail.resource",
                "public": "$.detail.isPublic",
                "finding": "$.detail.id",
            },
            topic=topic,
            key=key,
        )
