"""Settings of the budget."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from stacks.budget.anomaly_settings import AnomalyDetectionSettings
from stacks.budget.bill_settings import BillExportSettings
from stacks.fields import Settings, close_to, validation_error

Usd = Annotated[float, Field(gt=0, le=1_000_000_000)]


def _known_services(factors: Mapping[str, float]) -> Mapping[str, float]:
    from sagemaker_platform.catalog import PriceList

    known = sorted({price.key.service for price in PriceList.shipped()})
    for service, factor in factors.items():
        if service not in known:
            hint = close_to(service, known) or f"; must be one of {', '.join(known)}"
            raise validation_error(
                f"must be a service of the price catalog{hint}", at=service, value=factor
            )
    return factors


class ActionSettings(Settings):
    """What AWS denies to people when the budget is used up."""

    approval: Literal["automatic", "manual"] = "manual"
    """`automatic`: AWS denies immediately. `manual`: AWS notifies `alarm_emails`, and denies
    after a person approves in the console."""
    compared: Literal["actual", "forecast"] = "actual"
    """What is compared with the threshold: the actual or the forecasted cost of this month."""
    threshold_percent: Annotated[float, Field(gt=0, le=1000)] = 100
    """Percentage of the budget at which AWS acts."""


class BudgetSettings(Settings):
    """A cap on the cost per month, and a budget of AWS with alerts."""

    max_usd_per_month: Usd
    """US dollars per month. A synth fails if the fixed cost of the environment can exceed it, or
    if a resource has no recorded price. AWS notifies `alarm_emails` at 80 % and 100 %, and when
    it forecasts more. AWS's figure includes usage-based charges."""
    autoscaling: Literal["maximum", "minimum"] = "maximum"
    """Whether the cap is compared with the cost at the minimum or maximum of autoscaling. With
    `minimum`, only the alerts cover the cost of scaling out."""
    teams: Annotated[dict[str, Usd], Field(max_length=50)] = {}
    """US dollars per month by team. Teams are named by Studio users, endpoints, clusters and
    Task Governance quotas. The value of `owner`, or of the environment's tag `team`, covers all
    other resources."""
    discounts: Annotated[
        dict[str, Annotated[float, Field(gt=0, le=1)]], AfterValidator(_known_services)
    ] = {}
    """Factor on the list prices of a service, such as `sagemaker: 0.72` with a Savings Plan that
    saves 28 %."""
    alerts: bool = True
    """Create budgets of AWS with alerts. A payer account must have activated the tags `environment`
    and `team` for cost allocation."""
    action: ActionSettings | None = None
    """Deny new jobs, apps and endpoints to all personas when the budget is used up. Optional. If
    omitted, the budget only sends alerts."""
    anomaly_detection: AnomalyDetectionSettings | None = None
    """Alerts for unusual costs of the account. Optional."""
    bill_export: BillExportSettings | None = None
    """Export of the account's bill to a bucket, with Athena views by team, user, endpoint and
    cluster for personas with the activity `read_costs`. Optional."""
    dashboard: bool = False
    """Create a dashboard of running and idle resources."""
