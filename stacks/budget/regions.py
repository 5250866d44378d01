"""Regions of budgets and of anomaly detection."""

from stacks.regions import Feature, regions_of

BUDGET = Feature(
    name="a budget of AWS",
    resource_type="AWS::Budgets::Budget",
    regions=regions_of("AWS::Budgets::Budget"),
)
BUDGETS_ACTION = Feature(
    name="an action of a budget",
    resource_type="AWS::Budgets::BudgetsAction",
    regions=regions_of("AWS::Budgets::BudgetsAction"),
)
ANOMALY_DETECTION = Feature(
    name="alerts for unusual costs",
    resource_type="AWS::CE::AnomalySubscription",
    regions=regions_of("AWS::CE::AnomalySubscription"),
)
