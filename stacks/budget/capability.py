"""The budget, as a capability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import OffersActivities
from stacks.budget.regions import BUDGET, BUDGETS_ACTION
from stacks.capability import Capability
from stacks.fields import close_to, validation_error
from stacks.teams import TEAM_TAG, NamesTeams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.access.settings import PersonaSettings
    from stacks.budget.settings import BudgetSettings
    from stacks.budget.stack import BudgetStack
    from stacks.capability import BuildContext
    from stacks.foundation.stack import FoundationStack


class BudgetCapability(Capability["BudgetSettings", "BudgetStack | None"], OffersActivities):
    """A cap on the cost of the environment, and budgets of AWS with alerts."""

    key = "budget"
    summary = "A cap on the cost per month, and budgets of AWS with alerts."
    features = (BUDGET, BUDGETS_ACTION)

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
        if self.settings.action is not None:
            self._check_action()
        known = list(dict.fromkeys([self._own_team, *self._tagged, *self._with_quota]))
        for team in self.settings.teams:
            if team not in known:
                hint = close_to(team, known) or f"; must be one of {', '.join(known)}"
                raise validation_error(
                    f"must be a team of the environment{hint}",
                    at=f"budget.teams.{team}",
                    value=self.settings.teams[team],
                )

    def _check_action(self) -> None:
        at = "budget.action"
        if not self.settings.alerts:
            raise validation_error(
                "requires alerts: it is part of the budget of AWS. Set alerts: true, or remove it",
                at=at,
            )
        if not self.environment.all_personas:
            raise validation_error(
                "requires a persona, whose role it denies. Add personas, or remove it",
                at=at,
            )
        BUDGETS_ACTION.check(self.environment.region, at=at, fix="remove it")

    @property
    def _own_team(self) -> str:
        tags = self.environment.all_tags
        return tags.get(TEAM_TAG, tags["owner"])

    @property
    def _tagged(self) -> Sequence[str]:
        return [team for one in self.environment.implementing(NamesTeams) for team in one.teams()]

    @property
    def _with_quota(self) -> Sequence[str]:
        return [
            team for one in self.environment.implementing(NamesTeams) for team in one.quota_teams()
        ]

    @override
    def attached_policies(self, name: str, persona: PersonaSettings) -> int:
        # AWS Budgets attaches it when the budget is used up, and fails if there are ten already.
        return int(self.settings.action is not None)

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
        from stacks.access.capability import Access
        from stacks.budget.mapping import team_filters
        from stacks.budget.stack import BudgetStack

        access = context.outputs(Access)
        return BudgetStack(
            context.stage,
            "budget",
            shared=context.shared,
            settings=self.settings,
            filters=team_filters(
                self.settings.teams,
                own=self._own_team,
                own_has_tag=TEAM_TAG in self.environment.tags,
                tagged=self._tagged,
                with_quota=self._with_quota,
            ),
            roles=list(access.roles.values()) if access is not None else [],
        )
