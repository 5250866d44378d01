"""Refuses environments that cost more than their budget."""

from collections.abc import Callable, Iterator
from pathlib import Path

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyValidationStack,
    PolicyViolatingResource,
    PolicyViolation,
)

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.catalog import PriceList
from sagemaker_platform.costs import CostedStage, check_cap, estimate


@checks_types
@jsii.implements(IPolicyValidationPlugin)
class CostCap:
    """Compares the estimated cost of each stage with the budget in the metadata of its stacks.

    A stage without a budget is not looked at. What runs in any case and has no price is a
    finding too: its cost is unknown.

    Args:
        prices: returns the prices, and is called if a stage has a budget. Defaults to those of
            this package.
        price_file: file in which a team records its prices, for messages.
    """

    def __init__(
        self, prices: Callable[[], PriceList] = PriceList.shipped, *, price_file: str = "prices.csv"
    ) -> None:
        self._prices = prices
        self._price_file = price_file

    @property
    def name(self) -> str:
        """The name in the report, and the prefix of acknowledgements."""
        return "Cost Cap"

    @property
    def version(self) -> str:
        """The version of the check."""
        return "1"

    @property
    def rule_ids(self) -> list[str]:
        """Nothing: CDK wants the rules for its statistics only."""
        return []

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Compare all stages of the app with their budgets."""
        first: dict[Path, PolicyValidationStack] = {}
        for stack in context.stack_templates:
            first.setdefault(Path(stack.template_path).parent, stack)
        violations = [one for folder in first for one in self._check(folder, first[folder])]
        return PolicyValidationPluginReport(success=not violations, violations=violations)

    def _check(self, folder: Path, first: PolicyValidationStack) -> Iterator[PolicyViolation]:
        stage = CostedStage.read(folder, folder.name)
        if stage.budget.max_usd_per_month is None:
            return
        found = estimate(stage.stacks, prices=self._prices(), discounts=stage.budget.discounts)
        for one in check_cap(stage.budget, found, price_file=self._price_file):
            yield PolicyViolation(
                rule_name=one.rule,
                description=one.message,
                severity="error",
                violating_resources=[
                    PolicyViolatingResource(
                        construct_path=first.stack_construct_path,
                        template_path=first.template_path,
                        locations=[],
                    )
                ],
            )
