"""Wires notices of events."""

from collections.abc import Sequence

from aws_cdk import CfnOutput
from constructs import Construct

from sagemaker_platform.events import EventNotices
from stacks.base import EnvironmentStack
from stacks.events.settings import EventsSettings
from stacks.shared import SharedResources


class EventsStack(EnvironmentStack):
    """Rules of EventBridge that send events to the alarm topic."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: EventsSettings,
        endpoints: Sequence[str],
    ) -> None:
        super().__init__(scope, id, environment=shared.environment, description="notices of events")
        EventNotices(
            self,
            "Notices",
            states=settings.states,
            topic=shared.alarm_topic,
            key=shared.key,
            name_prefixes=settings.name_prefixes,
            untold_endpoints=endpoints,
            for_chat=settings.for_chat,
        )
        # Chat tools and other receivers of the notices subscribe to it.
        CfnOutput(self, "TopicArn", value=shared.alarm_topic.topic_arn)
