"""Rules of queries, crawlers, integrations and the warehouse.

Sources: https://aws.amazon.com/athena/pricing/, https://aws.amazon.com/glue/pricing/,
https://aws.amazon.com/redshift/pricing/ (Serverless: by RPU and second, while queries run).
"""

from collections.abc import Iterable

from sagemaker_platform.catalog.prices import PriceKey
from sagemaker_platform.costs.charge import Charge, used
from sagemaker_platform.costs.resource import Resource
from sagemaker_platform.costs.rules.operations import secret

_WORK = PriceKey("glue", "jobs and crawlers", "computing")


def _work_group(resource: Resource) -> Iterable[Charge]:
    engine = resource.part("WorkGroupConfiguration", "EngineVersion").get("SelectedEngineVersion")
    if "PySpark" in str(engine) or "Spark" in str(engine):
        key = PriceKey("athena", "Spark", "computing")
        yield used("Spark sessions", "athena_spark_dpu_hours", key, "DPU-hour")
        return
    key = PriceKey("athena", "queries", "data scanned")
    yield used("data that queries scan", "athena_scanned_tb", key, "TB")


def _crawler(resource: Resource) -> Iterable[Charge]:
    yield used("crawler while it runs", "crawler_dpu_hours", _WORK, "DPU-hour")


def _rule_set(resource: Resource) -> Iterable[Charge]:
    yield used("data quality while it runs", "data_quality_dpu_hours", _WORK, "DPU-hour")


def _optimizer(resource: Resource) -> Iterable[Charge]:
    key = PriceKey("glue", "table optimizer", "computing")
    yield used("table optimizer while it runs", "optimizer_dpu_hours", key, "DPU-hour")


def _glue_integration(resource: Resource) -> Iterable[Charge]:
    key = PriceKey("glue", "zero-ETL integration", "data")
    yield used("data that an integration copies", "zero_etl_gb", key, "GB")


def _data_catalog(resource: Resource) -> Iterable[Charge]:
    key = PriceKey("glue", "data catalog", "requests")
    note = "the first million requests a month of an account are free"
    yield used("catalog requests", "catalog_requests", key, "1,000,000 requests", note=note)


def _work_group_of_redshift(resource: Resource) -> Iterable[Charge]:
    base = resource.properties.get("BaseCapacity")
    text = f"warehouse while queries run, from {base} RPU" if base else "warehouse in use"
    key = PriceKey("redshift", "serverless", "computing")
    yield used(text, "warehouse_rpu_hours", key, "RPU-hour")


def _namespace_of_redshift(resource: Resource) -> Iterable[Charge]:
    key = PriceKey("redshift", "serverless", "storage")
    yield used("data of the warehouse", "warehouse_storage_gb", key, "GB-month")
    if resource.properties.get("ManageAdminPassword"):
        yield secret("secret of the warehouse's administrator")


RULES = {
    "AWS::Athena::WorkGroup": _work_group,
    "AWS::Glue::Crawler": _crawler,
    "AWS::Glue::DataQualityRuleset": _rule_set,
    "AWS::Glue::Database": _data_catalog,
    "AWS::Glue::Integration": _glue_integration,
    "AWS::Glue::TableOptimizer": _optimizer,
    "AWS::RedshiftServerless::Namespace": _namespace_of_redshift,
    "AWS::RedshiftServerless::Workgroup": _work_group_of_redshift,
}
