"""Sends changes of state in SageMaker to a topic, as readable lines."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_some
from sagemaker_platform.events.dead_letters import accept_events, watched_dead_letters
from sagemaker_platform.events.kinds import KINDS, EventKind
from sagemaker_platform.events.rules import tell_topic
from sagemaker_platform.security import format_arn


@checks_types
class EventNotices(Construct):
    """Rules on the default bus that send changes of state to a topic, with a dead-letter queue.

    AWS services send their events to the default bus of the account and the region only, so there
    is no bus of its own: it would need a rule that forwards to it. EventBridge may send an event
    twice, and keeps no order.

    Args:
        states: which states of which kind are told, see `KINDS`.
        topic: receives the notices. Its policy must let ``events.amazonaws.com`` publish, as that
            of `AlarmTopic` does.
        key: encrypts the dead-letter queue. Its policy must let ``events.amazonaws.com`` use it
            for queues, see `EnvironmentKey.grant_events_queue`.
        name_prefixes: how names of the resources begin. Defaults to all in the account and region.
        untold_endpoints: endpoints that send their own notices.
        for_chat: write messages in the schema of custom notifications of Amazon Q Developer in chat
            applications, which ignores other text.

    Attributes:
        dead_letters: queue of notices that EventBridge could not deliver.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        states: Mapping[str, Sequence[str]],
        topic: sns.ITopic,
        key: kms.IKey,
        name_prefixes: Sequence[str] = (),
        untold_endpoints: Sequence[str] = (),
        for_chat: bool = False,
    ) -> None:
        super().__init__(scope, id)
        require_some("states", list(states))
        for kind, wanted in states.items():
            if kind not in KINDS:
                raise ValueError(f"states: got {kind!r}; must be one of {', '.join(KINDS)}")
            require_some(f"states of {kind}", wanted)
        self._topic = topic
        self._prefixes = name_prefixes
        self._untold = untold_endpoints
        self._for_chat = for_chat
        self.dead_letters = watched_dead_letters(
            self,
            "DeadLetters",
            key=key,
            topic=topic,
            alarm_id="Undelivered",
            description="Notices of events do not reach the topic: see the dead-letter queue",
            tell_when_over=True,
        )
        rules = [self._rule(kind, KINDS[kind], wanted) for kind, wanted in states.items()]
        accept_events(self.dead_letters, [rule.attr_arn for rule in rules])

    def _rule(self, key: str, kind: EventKind, states: Sequence[str]) -> events.CfnRule:
        values = {"name": kind.name, "state": kind.status, **kind.values}
        return tell_topic(
            self,
            "".join(word.capitalize() for word in key.split("_")),
            description=f"Notices of {key.replace('_', ' ')}: {', '.join(states)}"[:512],
            pattern={
                "source": ["aws.sagemaker"],
                "detail-type": list(kind.detail_types),
                "detail": self._detail(key, kind, states),
            },
            message=self._message(kind),
            values={
                "account": "$.account",
                "region": "$.region",
                **{name: f"$.detail.{path}" for name, path in values.items()},
            },
            topic=self._topic,
            dead_letters=self.dead_letters,
            target_id="Topic",
        )

    def _detail(self, key: str, kind: EventKind, states: Sequence[str]) -> dict[str, Any]:
        detail: dict[str, Any] = _nested(kind.status, list(states))
        if self._prefixes:
            detail |= _nested(
                kind.name, [{"prefix": self._start(kind, one)} for one in self._prefixes]
            )
        if key == "endpoints" and self._untold:
            arns = [
                format_arn(self, service="sagemaker", resource="endpoint", resource_name=name)
                for name in self._untold
            ]
            detail["EndpointArn"] = [{"anything-but": arns}]
        if key == "model_approvals" and "PendingManualApproval" not in states:
            # Otherwise, each later change of an approved version is told again. (Documentation of
            # the event, "UpdatedModelPackageFields".)
            detail["UpdatedModelPackageFields"] = ["ModelApprovalStatus"]
        return detail

    def _start(self, kind: EventKind, prefix: str) -> str:
        """Return how the name, or the ARN in its place, of a resource begins."""
        if not kind.arn_of:
            return prefix
        return format_arn(self, service="sagemaker", resource=kind.arn_of, resource_name=prefix)

    def _message(self, kind: EventKind) -> str:
        line = f"{kind.message} Account <account>, <region>."
        if not self._for_chat:
            return f'"{line}"'
        title, _, _ = kind.message.partition(". Details")
        content = {"textType": "client-markdown", "title": title.rstrip("."), "description": line}
        return json.dumps({"version": "1.0", "source": "custom", "content": content})


def _nested(path: str, value: Sequence[Any]) -> dict[str, Any]:
    """Return a pattern that matches a value at a path such as ``a.b``."""
    first, _, rest = path.partition(".")
    return {first: _nested(rest, value) if rest else value}
