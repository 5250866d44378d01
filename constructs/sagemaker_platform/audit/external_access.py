"""Findings of IAM Access Analyzer, told by a topic."""

from aws_cdk import aws_accessanalyzer as accessanalyzer
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import Metric, alarm, dead_letter_queue


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
        dead_letters = dead_letter_queue(self, "DeadLetters", key=key)
        # AWS EventBridge reference, "IAM Access Analyzer events", read 2026-11-27.
        rule = events.CfnRule(
            self,
            "Findings",
            description="Access from outside that IAM Access Analyzer finds",
            event_pattern={
                "source": ["aws.access-analyzer"],
                "detail-type": ["Access Analyzer Finding"],
                "detail": {"status": ["ACTIVE"]},
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="Topic",
                    arn=topic.topic_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                        arn=dead_letters.queue_arn
                    ),
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map={
                            "account": "$.account",
                            "region": "$.region",
                            "resource": "$.detail.resource",
                            "public": "$.detail.isPublic",
                            "finding": "$.detail.id",
                        },
                        input_template=(
                            '"IAM Access Analyzer: <resource> can be reached from outside the '
                            "account (public: <public>). Finding <finding>: remove the access, or "
                            'archive the finding if it is intended. Account <account>, <region>."'
                        ),
                    ),
                )
            ],
        )
        dead_letters.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[dead_letters.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
            )
        )
        alarm(
            self,
            "Undelivered",
            description="Findings of Access Analyzer do not reach the topic: see the queue",
            metric=Metric(
                namespace="AWS/SQS",
                name="ApproximateNumberOfMessagesVisible",
                dimensions={"QueueName": dead_letters.queue_name},
                statistic="Maximum",
                period_minutes=5,
            ),
            comparison="GreaterThanThreshold",
            threshold=0,
            periods=1,
            actions=[topic.topic_arn],
            ok_actions=[topic.topic_arn],
        )
