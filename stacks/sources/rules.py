"""Rules between sources and the rest of an environment."""

from collections.abc import Sequence

from stacks.arns import parse_arn
from stacks.fields import validation_error
from stacks.sources.settings import SourcesSettings


def check_sources(
    sources: SourcesSettings,
    *,
    account: str,
    layers: Sequence[str],
    table_buckets: Sequence[str],
    closed: bool,
    warehouse: bool,
    keeps_case: bool,
) -> None:
    """Check sources against the rest of the environment.

    Args:
        sources: the settings.
        account: the environment's.
        layers: names of the lakehouse's layers; empty without a lakehouse.
        table_buckets: names of its table buckets.
        closed: whether there is no way to the internet.
        warehouse: whether there is a warehouse.
        keeps_case: whether that keeps the case of names.
    """
    for index, connection in enumerate(sources.connections):
        host = connection.host or ""
        if connection.type == "SNOWFLAKE" and closed and ".privatelink." not in host:
            raise validation_error(
                "requires internet access, but network.nat_gateways is none. Use a "
                "PrivateLink host (*.privatelink.snowflakecomputing.com), or add NAT "
                "gateways",
                at=f"sources.connections.{index}.host",
                value=connection.host,
            )
    for key in ("zero_etl", "crawlers", "data_quality"):
        for index, block in enumerate(getattr(sources, key)):
            if block.layer is not None and block.layer not in layers:
                there = f"there are: {', '.join(layers)}" if layers else "there is no lakehouse"
                raise validation_error(
                    f"must be a layer of the lakehouse; {there}",
                    at=f"sources.{key}.{index}.layer",
                    value=block.layer,
                )
    for index, bucket in enumerate(sources.ingestion):
        if account in bucket.accounts:
            raise validation_error(
                "must be another account, because this account needs no ingestion bucket",
                at=f"sources.ingestion.{index}.accounts",
                value=bucket.accounts,
            )
    for index, integration in enumerate(sources.zero_etl):
        at = f"sources.zero_etl.{index}"
        if integration.table_bucket is not None and integration.table_bucket not in table_buckets:
            there = f"there are: {', '.join(table_buckets)}" if table_buckets else "there is none"
            raise validation_error(
                f"must be a table bucket of the lakehouse; {there}",
                at=f"{at}.table_bucket",
                value=integration.table_bucket,
            )
        if integration.source_arn is not None:
            source = parse_arn(integration.source_arn)
            if source.account != account and integration.target == "warehouse":
                raise validation_error(
                    (
                        f"must be of account {account}, because the integration is created in "
                        "the account of its source"
                    ),
                    at=f"{at}.source_arn",
                    value=integration.source_arn,
                )
        if integration.target == "warehouse" and not warehouse:
            raise validation_error(
                "requires a `warehouse` block; add one to this environment",
                at=f"{at}.target",
                value=integration.target,
            )
        if integration.target == "warehouse" and not keeps_case:
            raise validation_error(
                "needs warehouse.case_sensitive_identifiers true",
                at=f"{at}.target",
                value=integration.target,
            )
