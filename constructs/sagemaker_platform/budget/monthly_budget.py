"""A budget per month for everything that has some tags."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_some

_ALERTS = (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))
_Expression = budgets.CfnBudget.ExpressionProperty


@checks_types
class MonthlyBudget(Construct):
    """A budget per month, with alerts at 80 % and 100 % of it, and when 100 % is forecast.

    AWS looks at the costs a few times a day, so an alert comes hours late. The tags must be
    active cost allocation tags: without that, the budget stays at zero. (AWS: "Activating
    user-defined cost allocation tags".)

    The alerts and their topic cannot change without a new budget, so the people who get them
    belong into the subscriptions of the topic.

    Args:
        usd: US dollars per month.
        cost_tags: tags of the costs that count; a cost must have all of them.
        other_cost_tags: values by key of a tag: costs that have one of them do not count. Defaults
            to none.
        topic: topic that gets the alerts. Its policy, and that of its key, must let
            ``budgets.amazonaws.com`` publish; see `AlarmTopic.grant_budgets_publish`.
        tags: tags of the budget itself. Defaults to none.

    Attributes:
        name: name of the budget.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        usd: float,
        cost_tags: Mapping[str, str],
        topic: sns.ITopic,
        other_cost_tags: Mapping[str, Sequence[str]] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        if usd <= 0:
            raise ValueError(f"usd: got {usd}; must be more than 0")
        require_some("cost_tags", list(cost_tags))
        self.resource = budgets.CfnBudget(
            self,
            "Resource",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=usd, unit="USD"),
                filter_expression=_filter(cost_tags, other_cost_tags or {}),
                metrics=["UnblendedCost"],
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        comparison_operator="GREATER_THAN",
                        notification_type=kind,
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[
                        budgets.CfnBudget.SubscriberProperty(
                            subscription_type="SNS", address=topic.topic_arn
                        )
                    ],
                )
                for kind, percent in _ALERTS
            ],
            resource_tags=[
                budgets.CfnBudget.ResourceTagProperty(key=key, value=value)
                for key, value in sorted((tags or {}).items())
            ]
            or None,
        )
        self.name = self.resource.ref


def _filter(counted: Mapping[str, str], others: Mapping[str, Sequence[str]]) -> _Expression:
    parts = [_tagged(key, [value]) for key, value in counted.items()]
    parts += [
        _Expression(not_=_tagged(key, sorted(values))) for key, values in others.items() if values
    ]
    return parts[0] if len(parts) == 1 else _Expression(and_=parts)


def _tagged(key: str, values: Sequence[str]) -> _Expression:
    return _Expression(
        tags=budgets.CfnBudget.TagValuesProperty(
            key=key, values=list(values), match_options=["EQUALS"]
        )
    )
