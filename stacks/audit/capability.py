"""Audit, as a capability."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import Activity, OffersActivities
from stacks.capability import Capability, ResourceName
from stacks.fields import validation_error

if TYPE_CHECKING:
    from stacks.access.settings import PersonaSettings
    from stacks.audit.settings import AuditSettings
    from stacks.audit.stack import AuditStack
    from stacks.capability import BuildContext
    from stacks.foundation.stack import FoundationStack


class Audit(Capability["AuditSettings", "AuditStack"], OffersActivities):
    """A trail of what happens in the account, and findings of access from outside."""

    key = "audit"
    summary = "A locked trail with data events, and findings of access from outside."
    activities = {
        # Only the stack of the trail knows its resources. The trail records administrators too:
        # they do not read it.
        "read_trail": Activity(
            requires="`audit` without `organization_trail`",
            personas=("auditor",),
            order=125,
            policy="later",
            interface_endpoints=("CLOUDTRAIL",),
        )
    }

    @classmethod
    @override
    def settings_type(cls) -> type[AuditSettings]:
        from stacks.audit.settings import AuditSettings

        return AuditSettings

    @override
    def validate(self) -> None:
        if self.settings.access_analyzer != "none":
            self.environment.check_alarms("findings of Access Analyzer go there")
        if self.settings.macie != "none":
            from stacks.audit.regions import MACIE

            self.environment.check_alarms("findings of Macie go there")
            MACIE.check(self.environment.region, at="audit.macie")
        if self.settings.organization_trail and not self._tells:
            raise validation_error(
                "creates nothing with organization_trail, without an analyzer and without macie. "
                "Use `access_analyzer: exists`, or remove the block",
                at="audit.access_analyzer",
                value="none",
            )

    @override
    def warnings(self) -> Iterable[str]:
        from stacks.foundation.key_rules import events_queue_warnings

        if self._tells:
            yield from events_queue_warnings(self.environment, self.key)
        if self.settings.macie != "none" and self.environment.foundation.key_arn is not None:
            yield (
                "foundation.key_arn: Macie reads objects with this key, whose policy is yours. Add "
                "the statement of docs/audit.md to it"
            )
        if not self._makes_trail:
            return
        if self.environment.foundation.key_arn is not None:
            yield (
                "foundation.key_arn: the trail encrypts with this key, whose policy is yours. Add "
                "the statement of docs/audit.md to it before the first deploy"
            )
        if self.settings.trail.lock == "compliance":
            yield (
                f"audit.trail.lock: compliance keeps each log file for {self.settings.kept_days} "
                "days; neither you nor AWS can shorten that, and the bucket stays as long"
            )

    @property
    def _tells(self) -> bool:
        """Whether it tells of findings."""
        return self.settings.access_analyzer != "none" or self.settings.macie != "none"

    @property
    def _makes_trail(self) -> bool:
        return self.settings.organization_trail is None

    @override
    def available_activities(self) -> Collection[str]:
        return self.activities.keys() if self._makes_trail else ()

    @override
    def attached_policies(self, name: str, persona: PersonaSettings) -> int:
        return int("read_trail" in (persona.activities or ()))

    @override
    def resource_names(self) -> Iterable[ResourceName]:
        if self.settings.access_analyzer == "create":
            given = "access_analyzer" in self.settings.model_fields_set
            yield ResourceName(
                resource="analyzer of external access",
                keys=["audit", "access_analyzer"] if given else ["audit"],
                value="create",
                fix="Set access_analyzer: exists in one of them, and deploy the other first",
            )

        if self.settings.macie == "create":
            yield ResourceName(
                resource="session of Amazon Macie",
                keys=["audit", "macie"],
                value="create",
                fix="Set macie: exists in one of them, and deploy the other first",
            )

    @override
    def configure_foundation(self, foundation: FoundationStack) -> None:
        from stacks.audit.stack import trail_arn

        if self._makes_trail:
            foundation.environment_key.grant_trail_write(trail_arn(foundation))
        if self._tells:
            foundation.environment_key.grant_events_queue()
        if self.settings.macie != "none":
            foundation.environment_key.grant_macie_read()

    @override
    def build(self, context: BuildContext) -> AuditStack:
        from stacks.access.capability import Access
        from stacks.audit.stack import AuditStack

        return AuditStack(
            context.stage,
            "audit",
            shared=context.shared,
            settings=self.settings,
            access=context.outputs(Access),
        )
