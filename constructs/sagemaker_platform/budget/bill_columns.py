"""Columns of the bill that an export has, and the views over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

PARTITION = "billing_period"
"""Month of the bill, such as ``2026-11``. AWS names the folders by it."""

COLUMNS: Mapping[str, str] = {
    "identity_line_item_id": "string",
    "line_item_usage_account_id": "string",
    "line_item_line_item_type": "string",
    "line_item_line_item_description": "string",
    "line_item_product_code": "string",
    "line_item_operation": "string",
    "line_item_usage_type": "string",
    "line_item_resource_id": "string",
    "line_item_usage_start_date": "timestamp",
    "line_item_usage_end_date": "timestamp",
    "line_item_usage_amount": "double",
    "line_item_currency_code": "string",
    "line_item_unblended_cost": "double",
    "pricing_unit": "string",
    "product_instance_type": "string",
    "product_region_code": "string",
    "reservation_effective_cost": "double",
    "reservation_reservation_a_r_n": "string",
    "reservation_unused_amortized_upfront_fee_for_billing_period": "double",
    "reservation_unused_recurring_fee": "double",
    "savings_plan_savings_plan_a_r_n": "string",
    "savings_plan_savings_plan_effective_cost": "double",
    "savings_plan_total_commitment_to_date": "double",
    "savings_plan_used_commitment": "double",
    "resource_tags": "map<string,string>",
}
"""Types in Glue of the exported columns. (AWS Data Exports User Guide, "Cost and Usage Report (CUR)
2.0" of the table dictionary, read 2026-11-27.)"""

Granularity = Literal["hourly", "daily", "monthly"]
"""What period a line of the bill is about."""


def export_query() -> str:
    """Return the query of the export."""
    return f"SELECT {', '.join(COLUMNS)} FROM COST_AND_USAGE_REPORT"  # noqa: S608


@dataclass(frozen=True, kw_only=True)
class BillView:
    """A view over the bill.

    Attributes:
        name: name of the view.
        description: what a row is.
        columns: its columns, with their types in Athena.
        query: its query; ``{table}`` stands for the table of the bill, and ``{endpoints}``,
            ``{lineage}`` and ``{assets}`` for what is joined with it.
    """

    name: str
    description: str
    columns: Mapping[str, str]
    query: str


def _tag(key: str) -> str:
    """Return the value of a tag, NULL without it.

    In the bill, keys are in lower case with underscores, after ``user_``. (AWS Cloud Intelligence
    Dashboards, "Add cost allocation tags": ``resource_tags['user_cost_center']``.)
    """
    name = "".join(one if one.isalnum() else "_" for one in key.lower())
    return f"NULLIF(ELEMENT_AT(resource_tags, 'user_{name}'), '')"


def _of_arn(pattern: str, arn: str = "line_item_resource_id") -> str:
    """Return a part of an ARN, NULL if it is another one."""
    return f"NULLIF(REGEXP_EXTRACT({arn}, '{pattern}', 1), '')"


# What a line costs when fees of Savings Plans and reservations are spread over what they cover.
# (AWS Well-Architected Labs, CUR Query Library, "Amortized cost".)
_AMORTIZED = """\
CASE line_item_line_item_type
    WHEN 'SavingsPlanCoveredUsage' THEN savings_plan_savings_plan_effective_cost
    WHEN 'SavingsPlanRecurringFee'
      THEN savings_plan_total_commitment_to_date - savings_plan_used_commitment
    WHEN 'SavingsPlanNegation' THEN 0
    WHEN 'SavingsPlanUpfrontFee' THEN 0
    WHEN 'DiscountedUsage' THEN reservation_effective_cost
    WHEN 'RIFee'
      THEN reservation_unused_amortized_upfront_fee_for_billing_period
        + reservation_unused_recurring_fee
    WHEN 'Fee'
      THEN CASE WHEN COALESCE(reservation_reservation_a_r_n, '') = ''
        THEN line_item_unblended_cost ELSE 0 END
    ELSE line_item_unblended_cost
  END"""
_HOURS = "CASE WHEN LOWER(pricing_unit) IN ('hrs', 'hours') THEN line_item_usage_amount ELSE 0 END"
_COMMON = {
    PARTITION: (PARTITION, "varchar"),
    "usage_date": ("CAST(line_item_usage_start_date AS DATE)", "date"),
    "environment": (_tag("environment"), "varchar"),
    "service": ("line_item_product_code", "varchar"),
    "currency": ("line_item_currency_code", "varchar"),
}
_SUMS = {
    "unblended_cost": ("SUM(line_item_unblended_cost)", "double"),
    "amortized_cost": (f"SUM({_AMORTIZED})", "double"),
}
_INSTANCE = {"instance_type": ("NULLIF(product_instance_type, '')", "varchar")}
_RUNS = {"instance_hours": (f"SUM({_HOURS})", "double")}


def _view(
    name: str,
    description: str,
    *,
    groups: Mapping[str, tuple[str, str]],
    sums: Mapping[str, tuple[str, str]],
    where: Sequence[str] = (),
) -> BillView:
    keys = {**_COMMON, **groups}
    columns = {**keys, **sums}
    selected = ",\n  ".join(f"{expression} AS {key}" for key, (expression, _) in columns.items())
    condition = f"WHERE {' AND '.join(where)}\n" if where else ""
    numbers = ", ".join(str(number) for number in range(1, len(keys) + 1))
    return BillView(
        name=name,
        description=description,
        columns={key: kind for key, (_, kind) in columns.items()},
        query=f"SELECT\n  {selected}\nFROM {{table}}\n{condition}GROUP BY {numbers}",
    )


_TEAM = f"COALESCE({_tag('team')}, {_tag('owner')})"
_PROFILE = _tag("sagemaker:user-profile-arn")
_USER = f"COALESCE({_tag('user')}, {_of_arn('([^/]+)$', _PROFILE)})"
_ENDPOINT = _of_arn(":endpoint/([^/]+)")
_CLUSTER = _of_arn(":cluster/([^/]+)")

VIEWS: Sequence[BillView] = (
    _view(
        "cost_by_team",
        "Cost of a team per day and service: the tag team, or else owner; NULL without both",
        groups={"team": (_TEAM, "varchar")},
        sums=_SUMS,
    ),
    _view(
        "cost_by_user",
        "Cost of a user of Studio per day, of apps, jobs and other resources with their tag",
        groups={"user_name": (_USER, "varchar"), "team": (_TEAM, "varchar"), **_INSTANCE},
        sums={**_RUNS, **_SUMS},
        where=[f"{_USER} IS NOT NULL"],
    ),
    _view(
        "cost_by_endpoint",
        "Cost of an endpoint of SageMaker per day and instance type",
        groups={"endpoint": (_ENDPOINT, "varchar"), "team": (_TEAM, "varchar"), **_INSTANCE},
        sums={**_RUNS, **_SUMS},
        where=["line_item_product_code = 'AmazonSageMaker'", f"{_ENDPOINT} IS NOT NULL"],
    ),
    _view(
        "cost_by_cluster",
        "Cost of a cluster of HyperPod (by its ID) or EKS (by its name) per day and instance type",
        groups={"cluster": (_CLUSTER, "varchar"), "team": (_TEAM, "varchar"), **_INSTANCE},
        sums={**_RUNS, **_SUMS},
        where=[
            "line_item_product_code IN ('AmazonSageMaker', 'AmazonEKS')",
            f"{_CLUSTER} IS NOT NULL",
        ],
    ),
)
