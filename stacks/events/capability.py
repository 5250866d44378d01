"""Notices of events, as a capability."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.capability import Capability

if TYPE_CHECKING:
    from stacks.capability import BuildContext
    from stacks.events.settings import EventsSettings
    from stacks.events.stack import EventsStack
    from stacks.foundation.stack import FoundationStack


class Events(Capability["EventsSettings", "EventsStack"]):
    """What happens in SageMaker is told by the alarm topic."""

    key = "events"
    summary = "Notices of state changes of jobs, endpoints, clusters, models, and pipelines."

    @classmethod
    @override
    def settings_type(cls) -> type[EventsSettings]:
        from stacks.events.settings import EventsSettings

        return EventsSettings

    @override
    def validate(self) -> None:
        self.environment.check_alarms("notices are sent there")

    @override
    def warnings(self) -> Iterable[str]:
        from stacks.foundation.key_rules import events_queue_warnings

        return events_queue_warnings(self.environment, self.key)

    @override
    def configure_foundation(self, foundation: FoundationStack) -> None:
        foundation.environment_key.grant_events_queue()

    @override
    def build(self, context: BuildContext) -> EventsStack:
        from stacks.events.stack import EventsStack
        from stacks.inference.capability import Inference

        inference, name = self.environment.find(Inference), self.environment.name
        endpoints = inference.settings.endpoints if inference else []
        return EventsStack(
            context.stage,
            "events",
            shared=context.shared,
            settings=self.settings,
            endpoints=[f"{name}-{one.name}" for one in endpoints],
        )
