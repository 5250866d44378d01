"""Findings of AWS's security services, told by a topic."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.events.dead_letters import accept_events, watched_dead_letters
from sagemaker_platform.events.rules import tell_topic


def tell_findings(
    scope: Construct,
    *,
    service: str,
    description: str,
    pattern: Mapping[str, Any],
    message: str,
    values: Mapping[str, str],
    topic: sns.ITopic,
    key: kms.IKey,
) -> None:
    """Send findings to a topic; an alarm tells of those that do not reach it.

    Args:
        scope: where the rule ``Findings``, the queue ``DeadLetters`` and its alarm are made.
        service: what the service is called in the alarm.
        description: of the rule.
        pattern: of the events.
        message: the line, as a template in JSON; ``<account>`` and ``<region>`` have a value.
        values: paths of the other variables in the event.
        topic: receives findings and the alarm.
        key: encrypts the queue.
    """
    dead_letters = watched_dead_letters(
        scope,
        "DeadLetters",
        key=key,
        topic=topic,
        alarm_id="Undelivered",
        description=f"Findings of {service} do not reach the topic: see the queue",
        tell_when_over=True,
    )
    rule = tell_topic(
        scope,
        "Findings",
        description=description,
        pattern=pattern,
        message=message,
        values={"account": "$.account", "region": "$.region", **values},
        topic=topic,
        dead_letters=dead_letters,
        target_id="Topic",
    )
    accept_events(dead_letters, [rule.attr_arn])
