"""The export of the bill of an account."""

from collections.abc import Mapping
from typing import get_args

from aws_cdk import Stack, Token
from aws_cdk import aws_bcmdataexports as exports
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.budget.bill_bucket import EXPORT_REGION
from sagemaker_platform.budget.bill_columns import Granularity, export_query


@checks_types
class BillExport(Construct):
    """An export of the Cost and Usage Report (CUR) 2.0 to a bucket, several times a day.

    It covers the costs of its account. In the management account of an organization it has those
    of all accounts. AWS checks the policy of the bucket when the export is created, so the stack
    of the bucket must be deployed before. (AWS Data Exports User Guide.)

    Args:
        name: name of the export, and of the folder in the bucket.
        bucket_name: name of a `BillBucket`.
        bucket_region: its region.
        granularity: what period a line of the bill is about. Defaults to days.
        tags: tags of the export. Defaults to those of the stack.

    Raises:
        ValueError: the stack is not in us-east-1, where AWS Data Exports is.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        bucket_name: str,
        bucket_region: str,
        granularity: Granularity = "daily",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        region = Stack.of(self).region
        if not Token.is_unresolved(region) and region != EXPORT_REGION:
            raise ValueError(
                f"{self.node.path}: got a stack in {region}; must be in {EXPORT_REGION}, where AWS "
                "Data Exports is. Use a separate stack"
            )
        if granularity not in get_args(Granularity):
            raise ValueError(
                f"granularity: got {granularity!r}; must be one of "
                f"{', '.join(get_args(Granularity))}"
            )
        export = exports.CfnExport
        self.resource = export(
            self,
            "Resource",
            export=export.ExportProperty(
                name=name,
                description=f"Bill for {self.node.path}",
                data_query=export.DataQueryProperty(
                    query_statement=export_query(),
                    table_configurations={
                        "COST_AND_USAGE_REPORT": {
                            "TIME_GRANULARITY": granularity.upper(),
                            "INCLUDE_RESOURCES": "TRUE",
                            "INCLUDE_SPLIT_COST_ALLOCATION_DATA": "FALSE",
                            "INCLUDE_MANUAL_DISCOUNT_COMPATIBILITY": "FALSE",
                        }
                    },
                ),
                destination_configurations=export.DestinationConfigurationsProperty(
                    s3_destination=export.S3DestinationProperty(
                        s3_bucket=bucket_name,
                        s3_prefix=PREFIX,
                        s3_region=bucket_region,
                        s3_output_configurations=export.S3OutputConfigurationsProperty(
                            compression="PARQUET",
                            format="PARQUET",
                            output_type="CUSTOM",
                            overwrite="OVERWRITE_REPORT",
                        ),
                    )
                ),
                refresh_cadence=export.RefreshCadenceProperty(frequency="SYNCHRONOUS"),
            ),
            tags=[
                export.ResourceTagProperty(key=key, value=value)
                for key, value in sorted((tags or {}).items())
            ]
            or None,
        )


PREFIX = "cur2"
"""Folder of all exports in the bucket."""


def data_folder(export_name: str) -> str:
    """Return the folder in the bucket that has the folders of months of an export.

    (AWS Data Exports User Guide, "Understanding export delivery".)
    """
    return f"{PREFIX}/{export_name}/data"
