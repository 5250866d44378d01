"""Scratch space, as a capability."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import AccessContribution, Activity, OffersActivities
from stacks.capability import Capability, NetworkRequirements, ResourceName
from stacks.fields import validation_error

if TYPE_CHECKING:
    from constructs import Construct

    from custom.scratch.settings import ScratchSettings
    from custom.scratch.stack import ScratchStack
    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext


class Scratch(Capability["ScratchSettings", "ScratchStack"], OffersActivities):
    """Files of a day."""

    key = "scratch"
    summary = "Scratch space."
    before = "personas"
    activities = {"use_scratch": Activity(needs="scratch", personas=["data_scientist"])}

    @classmethod
    @override
    def settings_type(cls) -> type[ScratchSettings]:
        from custom.scratch.settings import ScratchSettings

        return ScratchSettings

    @override
    def validate(self) -> None:
        if self.environment.stage == "production" and self.settings.days > 30:
            raise validation_error(
                "must be at most 30 in production", at="scratch.days", value=self.settings.days
            )

    @override
    def network_requirements(self, scope: Construct) -> NetworkRequirements:
        return NetworkRequirements(interface_endpoints=["SQS"])

    @override
    def resource_names(self) -> Iterable[ResourceName]:
        name = self.settings.name
        yield ResourceName(made=f"scratch {name}", keys=["scratch", "name"], value=name)

    @override
    def grants(self, access: AccessStack, context: BuildContext) -> AccessContribution:
        made = context.outputs(Scratch)
        assert made is not None
        return AccessContribution(activities={"use_scratch": made.statements})

    @override
    def build(self, context: BuildContext) -> ScratchStack:
        from custom.scratch.stack import ScratchStack

        return ScratchStack(context.stage, "scratch", shared=context.shared, settings=self.settings)


CAPABILITY = Scratch
