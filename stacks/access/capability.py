"""Personas, as a capability: on when there is any, also one that only users of Studio have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import all_activities
from stacks.capability import Capability, NetworkRequirements

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.access.settings import PersonaSettings
    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.settings import EnvironmentSettings


class Access(Capability["Mapping[str, PersonaSettings]", "AccessStack"]):
    """Roles of personas."""

    key = "personas"
    has_block = False

    @classmethod
    @override
    def settings_in(cls, environment: EnvironmentSettings) -> Mapping[str, PersonaSettings] | None:
        return environment.all_personas or None

    @override
    def network_requirements(self, scope: Construct) -> NetworkRequirements:
        known = all_activities()
        return NetworkRequirements(
            interface_endpoints=[
                endpoint
                for persona in self.settings.values()
                for activity in persona.activities or ()
                for endpoint in known[activity].interface_endpoints
            ]
        )

    @override
    def build(self, context: BuildContext) -> AccessStack:
        from stacks.access.stack import AccessStack

        return AccessStack(
            context.stage,
            "access",
            shared=context.shared,
            personas=self.settings,
            environment=self.environment,
            context=context,
        )
