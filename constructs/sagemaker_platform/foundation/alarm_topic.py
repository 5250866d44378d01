"""The topic to which the alarms of an environment are sent."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from sagemaker_platform.arguments import checks_types


@checks_types
class AlarmTopic(Construct):
    """An encrypted, TLS-only SNS topic that CloudWatch alarms and EventBridge rules publish to.

    With `grant_prometheus_publish`, alerts of Prometheus too; with `grant_budgets_publish`, those
    of AWS Budgets; with `grant_anomalies_publish`, those of AWS Cost Anomaly Detection.

    Args:
        key: encrypts the messages; its policy must let ``cloudwatch.amazonaws.com``
            and ``events.amazonaws.com`` use it, as `EnvironmentKey` does.
        emails: addresses that receive the alarms. Each confirms once, by a mail that AWS
            sends when the topic is deployed.
    """

    def __init__(self, scope: Construct, id: str, *, key: kms.IKey, emails: Sequence[str]) -> None:
        super().__init__(scope, id)
        self.topic = sns.Topic(self, "Resource", master_key=key, enforce_ssl=True)
        # A topic with a policy of its own loses SNS's default one, under which the
        # account's alarms could publish.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        stack = Stack.of(self)
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={
                    "ArnLike": {
                        "aws:SourceArn": stack.format_arn(
                            service="events", resource="rule", resource_name="*"
                        )
                    }
                },
            )
        )
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))

    def grant_prometheus_publish(self) -> None:
        """Let workspaces of Amazon Managed Service for Prometheus send their alerts.

        The key must let it too, see `EnvironmentKey.grant_prometheus_send`. (AWS: "Giving Amazon
        Managed Service for Prometheus permission to send alert messages to your topic".)
        """
        stack = Stack.of(self)
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("aps.amazonaws.com")],
                actions=["sns:GetTopicAttributes", "sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {
                        "aws:SourceArn": stack.format_arn(
                            service="aps", resource="workspace", resource_name="*"
                        )
                    },
                },
            )
        )

    def grant_budgets_publish(self) -> None:
        """Let budgets of the account send their alerts.

        The key must let it too, see `EnvironmentKey.grant_budgets_send`. (AWS: "Creating an Amazon
        SNS topic for budget notifications",
        https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html)
        """
        stack = Stack.of(self)
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("budgets.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {
                        "aws:SourceArn": stack.format_arn(
                            service="budgets",
                            region="",
                            resource="*",
                            arn_format=ArnFormat.NO_RESOURCE_NAME,
                        )
                    },
                },
            )
        )

    def grant_anomalies_publish(self) -> None:
        """Let AWS Cost Anomaly Detection tell of unusual costs of the account.

        The key must let it too, see `EnvironmentKey.grant_anomalies_send`. (AWS: "Creating an
        Amazon SNS topic for anomaly notifications",
        https://docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html)
        """
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("costalerts.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
