"""Where data comes from: databases and applications elsewhere, other accounts, and crawlers."""

from sagemaker_platform.sources.application_connection import Application, ApplicationConnection
from sagemaker_platform.sources.catalog_policy import CatalogPolicy, share_resources
from sagemaker_platform.sources.connection import Database, DatabaseConnection
from sagemaker_platform.sources.crawler import Crawler, CrawlerEncryption
from sagemaker_platform.sources.data_quality import DataQuality
from sagemaker_platform.sources.federated_catalog import FederatedCatalog
from sagemaker_platform.sources.ingestion_bucket import IngestionBucket, ingestion_key
from sagemaker_platform.sources.monitoring import DataPlaneMonitoring
from sagemaker_platform.sources.zero_etl import (
    ApplicationSource,
    LakehouseIntegration,
    LakehouseTarget,
    TableBucketTarget,
    WarehouseIntegration,
    ZeroEtlTarget,
)

__all__ = [
    "Application",
    "ApplicationConnection",
    "ApplicationSource",
    "CatalogPolicy",
    "Crawler",
    "CrawlerEncryption",
    "DataPlaneMonitoring",
    "DataQuality",
    "Database",
    "DatabaseConnection",
    "FederatedCatalog",
    "IngestionBucket",
    "LakehouseIntegration",
    "LakehouseTarget",
    "TableBucketTarget",
    "WarehouseIntegration",
    "ZeroEtlTarget",
    "ingestion_key",
    "share_resources",
]
