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
    """`automatic`: AWS denies at once. `manual`: AWS tells `alarm_emails`, and denies when a person
    approves in the console."""
    compared: Literal["actual", "forecast"] = "actual"
    """What is compared with the threshold: what was spent this month, or what AWS expects."""
    threshold_percent: Annotated[float, Field(gt=0, le=1000)] = 100
    """Percentage of the budget at which AWS acts."""


class BudgetSettings(Settings):
    """A cap on the cost per month, and a budget of AWS with alerts."""

    max_usd_per_month: Usd
    """US dollars per month. A synth fails if what the environment runs in any case can cost more,
    or if a part of it has no price. AWS tells `alarm_emails` at 80 % and 100 % of it, and when
    it forecasts more; its figure includes what is billed by use."""
    autoscaling: Literal["maximum", "minimum"] = "maximum"
    """Which end of autoscaling the cap is compared with. With `minimum`, the alerts alone watch
    what scaling out costs."""
    teams: Annotated[dict[str, Usd], Field(max_length=50)] = {}
    """US dollars per month by team: those that users of Studio, endpoints and clusters name, and
    those with a quota of Task Governance. The value of `owner`, or of the tag `team` of the
    environment, stands for everything that no other team has."""
    discounts: Annotated[
        dict[str, Annotated[float, Field(gt=0, le=1)]], AfterValidator(_known_services)
    ] = {}
    """Factor on the list prices of a service, such as `sagemaker: 0.72` with a Savings Plan that
    saves 28 %."""
    alerts: bool = True
    """Create budgets of AWS with alerts. A payer account must have activated the tags `environment`
    and `team` for cost allocation."""
    action: ActionSettings | None = None
    """Deny new jobs, apps and endpoints to all personas when the budget of the environment is used
    up. If omitted, alerts alone."""
    anomaly_detection: AnomalyDetectionSettings | None = None
    """Alerts for unusual costs of the account. If omitted, there are none."""
    bill_export: BillExportSettings | None = None
    """The bill of the account in a bucket, with views of Athena by team, user, endpoint and
    cluster, for personas with the activity `read_costs`. If omitted, there is none."""
    dashboard: bool = False
    """Create a dashboard of what runs and what idles."""
