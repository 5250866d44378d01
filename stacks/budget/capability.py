"""The budget, as a capability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.budget.regions import BUDGET
from stacks.capability import Capability
from stacks.fields import close_to, validation_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.budget.settings import BudgetSettings
    from stacks.budget.stack import BudgetStack
    from stacks.capability import BuildContext
    from stacks.foundation.stack import FoundationStack


class BudgetCapability(Capability["BudgetSettings", "BudgetStack | None"]):
    """A cap on the cost of the environment, and a budget of AWS with alerts."""

    key = "budget"
    summary = "A cap on the cost per month, and a budget of AWS with alerts."
    features = (BUDGET,)

    @classmethod
    @override
    def settings_type(cls) -> type[BudgetSettings]:
        from stacks.budget.settings import BudgetSettings

        return BudgetSettings

    @override
    def validate(self) -> None:
        if self.settings.alerts:
            BUDGET.check(
                self.environment.region,
                at="budget",
                fix="set alerts: false in it to keep the cap alone",
            )
            self.environment.check_alarms("the alerts of a budget go there")
        known = list(self._teams())
        for team in self.settings.teams:
            if team not in known:
                hint = close_to(team, known) or f"; must be one of {', '.join(known)}"
                raise validation_error(
                    f"must be a team of the environment{hint}",
                    at=f"budget.teams.{team}",
                    value=self.settings.teams[team],
                )

    def _teams(self) -> Iterator[str]:
        """Yield the owner, and the teams that have a quota of a cluster."""
        from stacks.hyperpod.capability import HyperPod

        yield self.environment.tags.get("team", self.environment.owner)
        hyperpod = self.environment.find(HyperPod)
        for cluster in hyperpod.settings.eks_clusters if hyperpod else ():
            if cluster.task_governance is not None:
                yield from (team.name for team in cluster.task_governance.teams)

    @override
    def configure_foundation(self, foundation: FoundationStack) -> None:
        from sagemaker_platform.costs import BUDGET as METADATA
        from sagemaker_platform.costs import Budget

        budget = Budget(
            max_usd_per_month=self.settings.max_usd_per_month,
            autoscaling=self.settings.autoscaling,
            teams=self.settings.teams,
            discounts=self.settings.discounts,
        )
        # The checks of a synth read the cap here: they need no settings.
        foundation.node.add_metadata(METADATA, budget.as_metadata())
        if self.settings.alerts:
            foundation.environment_key.grant_budgets_send()
            foundation.alarms.grant_budgets_publish()

    @override
    def build(self, context: BuildContext) -> BudgetStack | None:
        if not self.settings.alerts:
            return None
        from stacks.budget.stack import BudgetStack

        return BudgetStack(
            context.stage,
            "budget",
            shared=context.shared,
            max_usd_per_month=self.settings.max_usd_per_month,
        )
