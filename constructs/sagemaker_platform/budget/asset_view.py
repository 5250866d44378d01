"""The view that joins assets of the catalog, the lineage of models, and the bill."""

from collections.abc import Mapping

from sagemaker_platform.budget.bill_columns import BillView

EXPORT_BUCKET = "aws-sagemaker-catalog"
"""Table bucket into which Amazon DataZone exports the catalog."""
EXPORT_DATABASE, EXPORT_TABLE = "asset_metadata", "asset"
"""Database and table of the export. (AWS, skill "querying-aws-sagemaker-catalog" of
aws/agent-toolkit-for-aws, and SageMaker Unified Studio User Guide, "Exporting asset metadata", read
2026-11-27; as all names of its columns.)"""

LINEAGE = "lineage"
"""Name of the table of lineage."""
LINEAGE_COLUMNS: Mapping[str, str] = {
    "endpoint": "string",
    "model_packages": "string",
    "training_jobs": "string",
    "data": "string",
    "table_arn": "string",
}

_QUERY = """\
WITH newest AS (
  SELECT MAX(CAST(snapshot_time AS DATE)) AS day FROM {assets}
), used AS (
  SELECT DISTINCT table_arn, endpoint, model_packages FROM {lineage} WHERE table_arn <> ''
), paid AS (
  SELECT endpoint, billing_period, currency,
    SUM(instance_hours) AS instance_hours,
    SUM(unblended_cost) AS unblended_cost,
    SUM(amortized_cost) AS amortized_cost
  FROM {endpoints}
  GROUP BY 1, 2, 3
)
SELECT
  one.asset_id AS asset_id,
  one.asset_name AS asset_name,
  one.resource_type_enum AS resource_type,
  one.resource_id AS resource_id,
  ELEMENT_AT(one.extended_metadata, 'owningEntityId') AS owner_id,
  used.endpoint AS endpoint,
  used.model_packages AS model_packages,
  paid.billing_period AS billing_period,
  paid.currency AS currency,
  paid.instance_hours AS instance_hours,
  paid.unblended_cost AS unblended_cost,
  paid.amortized_cost AS amortized_cost
FROM {assets} AS one
JOIN newest ON CAST(one.snapshot_time AS DATE) = newest.day
LEFT JOIN used ON used.table_arn = one.resource_id
LEFT JOIN paid ON paid.endpoint = used.endpoint"""

ASSET_VIEW = BillView(
    name="cost_by_asset",
    description=(
        "Assets of the catalog, the endpoints whose models were trained with them, and what these "
        "cost per month"
    ),
    columns={
        **dict.fromkeys(
            (
                "asset_id",
                "asset_name",
                "resource_type",
                "resource_id",
                "owner_id",
                "endpoint",
                "model_packages",
                "billing_period",
                "currency",
            ),
            "varchar",
        ),
        **dict.fromkeys(("instance_hours", "unblended_cost", "amortized_cost"), "double"),
    },
    query=_QUERY,
)
"""One row for an asset, an endpoint and a month. An endpoint stands at each asset that it goes back
to, so its cost is not a share: do not sum it up over assets."""
