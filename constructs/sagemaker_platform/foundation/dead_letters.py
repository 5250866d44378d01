"""Queues of what could not be delivered."""

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from sagemaker_platform.security import acknowledge


def dead_letter_queue(scope: Construct, id: str, *, key: kms.IKey) -> sqs.Queue:
    """Create a queue that keeps for 14 days what could not be delivered.

    Args:
        scope: where it is created.
        id: its id.
        key: encrypts the messages.
    """
    queue = sqs.Queue(
        scope, id, encryption_master_key=key, enforce_ssl=True, retention_period=Duration.days(14)
    )
    acknowledge(
        queue, ["AwsSolutions-SQS3"], reason="Is a dead-letter queue, and has none of its own."
    )
    return queue
