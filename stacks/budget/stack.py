"""Wires the budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.budget import DenyNewCompute, MonthlyBudget
from stacks.base import EnvironmentStack
from stacks.shared import SharedResources

if TYPE_CHECKING:
    from stacks.budget.mapping import TeamFilter
    from stacks.budget.settings import BudgetSettings


class BudgetStack(EnvironmentStack):
    """The budgets of AWS. Their figures are also the caps that the checks of a synth read."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: BudgetSettings,
        filters: Mapping[str, TeamFilter],
        roles: Sequence[iam.IRole],
    ) -> None:
        environment, topic = shared.environment, shared.alarm_topic
        super().__init__(scope, id, environment=environment, description="budget and its alerts")
        own = {"environment": environment.name}
        budget = MonthlyBudget(
            self,
            "Monthly",
            usd=settings.max_usd_per_month,
            cost_tags=own,
            topic=topic,
            tags=environment.all_tags,
        )
        for team, found in filters.items():
            MonthlyBudget(
                self,
                # A path of the construct tree takes no slash.
                f"Team-{quote(team, safe=' ')}",
                usd=settings.teams[team],
                cost_tags={**own, **found.tags},
                other_cost_tags=found.others,
                topic=topic,
                tags=environment.all_tags,
            )
        for team in settings.teams.keys() - filters.keys():
            self.note(
                f"budget.teams.{team}: each synth checks this cap, but AWS gets no budget "
                "for it, because AWS bills a cluster as a whole and not by quota."
            )
        if (action := settings.action) is not None:
            DenyNewCompute(
                self,
                "DenyNewCompute",
                budget=budget,
                roles=roles,
                topic=topic,
                threshold_percent=action.threshold_percent,
                compared=action.compared,
                approval=action.approval,
                tags=environment.all_tags,
            )
