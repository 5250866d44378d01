"""Queues for what EventBridge could not deliver or start."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from sagemaker_platform.foundation import Metric, alarm, dead_letter_queue

_OF_STACK = "EventDeadLetters"
# Names that CloudFormation generates begin with the name of the stack, which it may cut.
_LEAST_OF_STACK_NAME = 24


def watched_dead_letters(
    scope: Construct,
    id: str,
    *,
    key: kms.IKey,
    topic: sns.ITopic,
    alarm_id: str,
    description: str,
    tell_when_over: bool = False,
) -> sqs.Queue:
    """Create an encrypted dead-letter queue, with an alarm on its first message.

    Args:
        scope: where the queue and the alarm are made.
        id: construct id of the queue.
        key: encrypts the queue. Its policy must let EventBridge use it, see
            `EnvironmentKey.grant_events_queue`.
        topic: receives the alarm.
        alarm_id: construct id of the alarm.
        description: what is wrong if there is a message.
        tell_when_over: whether the topic is told when the queue is empty again.
    """
    queue = dead_letter_queue(scope, id, key=key)
    alarm(
        scope,
        alarm_id,
        description=description,
        metric=Metric(
            namespace="AWS/SQS",
            name="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": queue.queue_name},
            statistic="Maximum",
            period_minutes=5,
        ),
        comparison="GreaterThanThreshold",
        threshold=0,
        periods=1,
        actions=[topic.topic_arn],
        ok_actions=[topic.topic_arn] if tell_when_over else (),
    )
    return queue


def accept_events(queue: sqs.Queue, rule_arns: Sequence[str]) -> None:
    """Let rules write into a queue what they could not deliver.

    EventBridge does so itself, without the role of a target (EventBridge User Guide, "Using
    dead-letter queues").
    """
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions={"ArnEquals": {"aws:SourceArn": list(rule_arns)}},
        )
    )


def rules_of_stack(scope: Construct) -> str:
    """Return the ARN of the rules of a stack that have no names, with a wildcard."""
    stack = Stack.of(scope)
    start = stack.stack_name[:_LEAST_OF_STACK_NAME]
    return stack.format_arn(service="events", resource="rule", resource_name=f"{start}*")


def dead_letters_of_stack(scope: Construct, *, key: kms.IKey, topic: sns.ITopic) -> sqs.IQueue:
    """Return the queue of a stack for its rules without names, which it makes once.

    A policy of a queue has at most 20 statements and 8,192 characters, too few for the ARN of
    each rule (Amazon SQS Developer Guide, "Amazon SQS policy quotas").

    Args:
        scope: a construct of the stack.
        key: encrypts the queue, see `watched_dead_letters`.
        topic: receives the alarm.
    """
    stack = Stack.of(scope)
    known = stack.node.try_find_child(_OF_STACK)
    if isinstance(known, _DeadLetters):
        return known.queue
    return _DeadLetters(stack, _OF_STACK, key=key, topic=topic).queue


class _DeadLetters(Construct):
    def __init__(self, scope: Construct, id: str, *, key: kms.IKey, topic: sns.ITopic) -> None:
        super().__init__(scope, id)
        self.queue = watched_dead_letters(
            self,
            "Queue",
            key=key,
            topic=topic,
            alarm_id="Undelivered",
            description="Events did not reach their target: see the dead-letter queue",
            tell_when_over=True,
        )
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.queue.queue_arn],
                conditions={"ArnLike": {"aws:SourceArn": rules_of_stack(self)}},
            )
        )
