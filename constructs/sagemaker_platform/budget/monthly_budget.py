"""A budget per month for everything that has a tag."""

from collections.abc import Mapping

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types

_ALERTS = (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))


@checks_types
class MonthlyBudget(Construct):
    """A budget per month, with alerts at 80 % and 100 % of it, and when 100 % is forecast.

    AWS looks at the costs a few times a day, so an alert comes hours late. The tag must be an
    active cost allocation tag: without that, the budget stays at zero. (AWS: "Activating
    user-defined cost allocation tags".)

    The alerts and their topic cannot change without a new budget, so the people who get them
    belong into the subscriptions of the topic.

    Args:
        usd: US dollars per month.
        tag_key: key of the tag that tells which costs count.
        tag_value: value of the tag.
        topic: topic that gets the alerts. Its policy, and that of its key, must let
            ``budgets.amazonaws.com`` publish; see `AlarmTopic.grant_budgets_publish`.
        tags: tags of the budget itself. Defaults to none.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        usd: float,
        tag_key: str,
        tag_value: str,
        topic: sns.ITopic,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        if usd <= 0:
            raise ValueError(f"usd: got {usd}; must be more than 0")
        self.resource = budgets.CfnBudget(
            self,
            "Resource",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=usd, unit="USD"),
                filter_expression=budgets.CfnBudget.ExpressionProperty(
                    tags=budgets.CfnBudget.TagValuesProperty(
                        key=tag_key, values=[tag_value], match_options=["EQUALS"]
                    )
                ),
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
