"""Wires the budget."""

from constructs import Construct

from sagemaker_platform.budget import MonthlyBudget
from stacks.base import EnvironmentStack
from stacks.shared import SharedResources


class BudgetStack(EnvironmentStack):
    """The budget of AWS. Its figure is also the cap that the checks of a synth read."""

    def __init__(
        self, scope: Construct, id: str, *, shared: SharedResources, max_usd_per_month: float
    ) -> None:
        environment = shared.environment
        super().__init__(scope, id, environment=environment, description="budget and its alerts")
        MonthlyBudget(
            self,
            "Monthly",
            usd=max_usd_per_month,
            tag_key="environment",
            tag_value=environment.name,
            topic=shared.alarm_topic,
            tags=environment.all_tags,
        )
