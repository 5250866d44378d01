"""Personas, as a capability: on when there is any, also one that only users of Studio have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.capability import Capability

if TYPE_CHECKING:
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
