"""Scratch space, as a capability."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from stacks.access.extension import Activity, Grants, OffersActivities
from stacks.capability import Capability, NetworkNeeds, UniqueName
from stacks.fields import fault

if TYPE_CHECKING:
    from custom.scratch.settings import ScratchSettings
    from custom.scratch.stack import ScratchStack
    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.foundation.stack import FoundationStack


class Scratch(Capability["ScratchSettings", "ScratchStack"], OffersActivities):
    """Files of a day."""

    key = "scratch"
    summary = "Scratch space."
    before = "personas"
    activities = {"use_scratch": Activity(needs="scratch", personas=["data_scientist"])}

    @classmethod
    def settings_type(cls) -> type[ScratchSettings]:
        from custom.scratch.settings import ScratchSettings

        return ScratchSettings

    def check(self) -> None:
        if self.environment.stage == "production" and self.settings.days > 30:
            raise fault("must be at most 30 in production", at="scratch.days", value=self.settings.days)

    def prepare(self, foundation: FoundationStack) -> NetworkNeeds:
        return NetworkNeeds(interface_endpoints=["SQS"])

    def unique_names(self) -> Iterable[UniqueName]:
        name = self.settings.name
        yield UniqueName(made=f"scratch {name}", keys=["scratch", "name"], value=name)

    def grants(self, access: AccessStack, context: BuildContext) -> Grants:
        made = context.result(Scratch)
        assert made is not None
        return Grants(activities={"use_scratch": made.statements})

    def build(self, context: BuildContext) -> ScratchStack:
        from custom.scratch.stack import ScratchStack

        return ScratchStack(context.stage, "scratch", shared=context.shared, settings=self.settings)


CAPABILITY = Scratch
