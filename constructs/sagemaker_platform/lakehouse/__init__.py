"""Lakehouse storage: layers of data, table buckets, and a workgroup to query them."""

from sagemaker_platform.lakehouse.catalog_statement import see_catalog
from sagemaker_platform.lakehouse.data_location import DataLocation
from sagemaker_platform.lakehouse.data_target import DataTarget
from sagemaker_platform.lakehouse.existing_table_bucket import ExistingTableBucket
from sagemaker_platform.lakehouse.glue_table import (
    GlueIcebergTable,
    TableMaintenanceRole,
    TableOptimizers,
)
from sagemaker_platform.lakehouse.iceberg import (
    IcebergColumn,
    IcebergPartition,
    IcebergSort,
    IcebergTable,
)
from sagemaker_platform.lakehouse.iceberg_types import (
    IcebergList,
    IcebergMap,
    IcebergStruct,
    IcebergType,
)
from sagemaker_platform.lakehouse.lake_formation import LakeFormation
from sagemaker_platform.lakehouse.layer import EVERYBODY, ExistingLakehouseLayer, LakehouseLayer
from sagemaker_platform.lakehouse.query_workgroup import NamedQueryWorkgroup, QueryWorkgroup
from sagemaker_platform.lakehouse.resource_link import ResourceLink
from sagemaker_platform.lakehouse.s3_tables_catalog import (
    ExistingS3TablesCatalog,
    S3TablesCatalog,
)
from sagemaker_platform.lakehouse.spark_workgroup import SparkWorkgroup
from sagemaker_platform.lakehouse.table_bucket import (
    TableBucket,
    TableMaintenance,
    TableReplica,
)

__all__ = [
    "EVERYBODY",
    "DataLocation",
    "DataTarget",
    "ExistingLakehouseLayer",
    "ExistingS3TablesCatalog",
    "ExistingTableBucket",
    "GlueIcebergTable",
    "IcebergColumn",
    "IcebergList",
    "IcebergMap",
    "IcebergPartition",
    "IcebergSort",
    "IcebergStruct",
    "IcebergTable",
    "IcebergType",
    "LakeFormation",
    "LakehouseLayer",
    "NamedQueryWorkgroup",
    "QueryWorkgroup",
    "ResourceLink",
    "S3TablesCatalog",
    "SparkWorkgroup",
    "TableBucket",
    "TableMaintenance",
    "TableMaintenanceRole",
    "TableOptimizers",
    "TableReplica",
    "see_catalog",
]
