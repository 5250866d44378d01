"""Offer files as AWS writes them, with everything in them that is easily read wrongly."""

import json
from pathlib import Path
from typing import Any

PUBLISHED = "2026-10-23T17:21:09Z"


def product(
    usagetype: str,
    usd: str | None = "0.23",
    *,
    unit: str = "Hrs",
    region: str = "us-east-1",
    currency: str = "USD",
    tiers: list[tuple[str, str]] | None = None,
    family: str = "ML Instance",
    **attributes: str,
) -> dict[str, Any]:
    """Return a product and its on-demand term."""
    prices = tiers or [("0", usd or "0")]
    return {
        "product": {
            "productFamily": family,
            "attributes": {"usagetype": usagetype, "regionCode": region, **attributes},
        },
        "term": {
            "effectiveDate": "2026-10-01T00:00:00Z",
            "priceDimensions": {
                f"rate{index}": {
                    "unit": unit,
                    "beginRange": begin,
                    "endRange": "Inf",
                    "pricePerUnit": {currency: price},
                }
                for index, (begin, price) in enumerate(prices)
            },
        },
    }


def offer(*products: dict[str, Any], code: str = "AmazonSageMaker", **changes: Any) -> str:
    """Return the text of an offer file."""
    skus = {f"SKU{index}": one for index, one in enumerate(products)}
    content = {
        "formatVersion": "v1.0",
        "offerCode": code,
        "version": "20261023172109",
        "publicationDate": PUBLISHED,
        "products": {sku: {"sku": sku, **one["product"]} for sku, one in skus.items()},
        "terms": {
            "OnDemand": {sku: {f"{sku}.JRTCKXETXF": one["term"]} for sku, one in skus.items()},
            "Reserved": {},
        },
    }
    return json.dumps(content | changes)


def written(folder: Path, text: str, name: str = "index.json") -> Path:
    """Write an offer file."""
    file = folder / name
    file.write_text(text)
    return file


SAGEMAKER = (
    product("USE1-Host:ml.m5.xlarge", "0.2300000000", component="Hosting",
            instanceName="ml.m5.xlarge", instanceType="ml.m5.xlarge-Hosting"),
    # Without instanceName, as many rows are.
    product("USE1-Host:ml.c7i.large", "0.1190000000", component="Hosting",
            instanceType="ml.c7i.large-Hosting"),
    product("USE1-AsyncInf:ml.m5.xlarge", "0.2310000000", component="AsyncInf",
            instanceName="ml.m5.xlarge"),
    product("USE1-Train:ml.m5.xlarge", "0.2320000000", component="Training",
            instanceName="ml.m5.xlarge"),
    product("USE1-Processing:ml.m5.xlarge", "0.2330000000", component="Processing",
            instanceName="ml.m5.xlarge"),
    product("USE1-Tsform:ml.m5.xlarge", "0.2340000000", component="BatchTransform",
            instanceName="ml.m5.xlarge"),
    product("USE1-Notebk:ml.m5.xlarge", "0.2350000000", component="Notebook",
            instanceName="ml.m5.xlarge"),
    product("USE1-Studio:JupyterLab-ml.m5.xlarge", "0.2360000000", component="Studio-JupyterLab",
            instanceName="ml.m5.xlarge"),
    product("USE1-Cluster:ml.p4d.24xlarge", "25.9100000000", component="Cluster",
            instanceName="ml.p4d.24xlarge"),
    product("USE1-Host:ml.p6-b200.48xlarge", "113.9000000000", component="Hosting",
            instanceName="ml.p6-b200.48xlarge"),
    # Reserved clusters: under OnDemand, with the component of a cluster, or one of their own.
    product("USE1-Cluster:ml.p4d.24xlarge-Reserved", "12.0000000000", component="Cluster",
            instanceName="ml.p4d.24xlarge"),
    product("USE1-ReservedCluster:ml.p4d.24xlarge", "11.0000000000", component="Cluster",
            instanceName="ml.p4d.24xlarge"),
    product("USE1-Cluster:ml.p4d.24xlarge-Reserved", "10.0000000000", component="Cluster-Reserved",
            instanceName="ml.p4d.24xlarge"),
    product("USE1-TrainingPlanUpfrontFee:ml.p5.48xlarge", "1.0000000000",
            instanceName="ml.p5.48xlarge"),
    product("USE1-TrSpt:ml.m5.xlarge", "0.0700000000", component="SpotTraining",
            instanceName="ml.m5.xlarge"),
    # A free tier, and a row that is free.
    product("USE1-Studio:JupyterLab-ml.t3.medium", component="Studio-JupyterLab",
            instanceName="ml.t3.medium", tiers=[("250", "0.0500000000"), ("0", "0.0000000000")]),
    product("USE1-Train:ml.m5.large", "0.0000000000", component="Training",
            instanceName="ml.m5.large"),
    # Another unit than the hour.
    product("USE1-Host:ml.m5.4xlarge", "0.9220000000", unit="Quantity", component="Hosting",
            instanceName="ml.m5.4xlarge"),
    product("USE1-ServerlessInf:Mem-4GB", "0.0000800000", unit="seconds", family="ML Serverless"),
    product("USE1-ServerlessInf:Mem-4GB-Provisioned", "0.0000100000", unit="seconds",
            family="ML Serverless"),
    product("USE1-MLflow:TrackingServerCompute-Medium", "1.4000000000"),
    product("USE1-Studio:VolumeUsage.gp3", "0.1120000000", unit="GB-Mo"),
    product("USE1-Host:VolumeUsage.gp2", "0.1400000000", unit="GB-Mo"),
    product("USE1-Cluster:VolumeUsage.gp2", "0.1500000000", unit="GB-Mo", component="Cluster"),
    product("USE1-FeatureStore:WriteRequestUnits", unit="WriteRequestUnits",
            tiers=[("0", "0.0000000000"), ("1000000", "0.0000012500")]),
    product("USE1-FeatureStore:ReadRequestUnits", "0.0000002500", unit="ReadRequestUnits"),
    product("USE1-FeatureStore:TimedAndPITRStorage", "0.4500000000", unit="GB-Mo"),
    # Another region.
    product("EU-Host:ml.m5.xlarge", "0.2570000000", region="eu-west-1", component="Hosting",
            instanceName="ml.m5.xlarge"),
)  # fmt: skip

EC2 = (
    product("EU-NatGateway-Hours", "0.0480000000", region="eu-west-1", operation="NatGateway"),
    product("EU-NatGateway-Bytes", "0.0490000000", unit="GB", region="eu-west-1",
            operation="NatGateway"),
    # Prices of gateways for a region or with provisioned bandwidth, which are other things.
    product("EU-NatGateway-Hours", "0.0960000000", region="eu-west-1",
            operation="RegionalNatGateway"),
    product("EU-RegionalNatGateway-Hours", "0.0480000000", region="eu-west-1",
            operation="RegionalNatGateway"),
    product("EU-NatGateway-Prvd-Bytes", "0.0010000000", unit="GB", region="eu-west-1",
            operation="NatGateway"),
)  # fmt: skip

KMS = (
    product("eu-west-1-KMS-Keys", "1.0000000000", unit="Keys", region="eu-west-1"),
    product("eu-west-1-KMS-Requests", unit="Requests", region="eu-west-1",
            tiers=[("0", "0.0000000000"), ("20000", "0.0000030000")]),
)  # fmt: skip

FSX = (
    product("USE1-Storage", "0.1400000000", unit="GB-Mo", family="Storage", fileSystemType="Lustre",
            storageType="SSD", deploymentOption="Single-AZ", throughputCapacity="N/A"),
    product("USE1-Storage.SSD.50", "0.1410000000", unit="GB-Mo", family="Storage",
            fileSystemType="Lustre", storageType="SSD", throughputCapacity="50"),
    product("USE1-Storage.SSD.125", "0.1450000000", unit="GB-Mo", family="Storage",
            fileSystemType="Lustre", storageType="SSD", throughputCapacity="125"),
    product("USE1-Storage.SSD.1000", "0.6000000000", unit="GB-Mo", family="Storage",
            fileSystemType="Lustre", storageType="SSD", throughputCapacity="1000"),
    product("USE1-MetadataIOPS", "0.0550000000", unit="IOPS-Mo", family="Provisioned IOPS",
            fileSystemType="Lustre"),
    product("USE1-BackupUsage", "0.0500000000", unit="GB-Mo", family="Storage",
            fileSystemType="Lustre"),
    # Disks, another service with the same usage type, and throughput by another unit.
    product("USE1-Storage.HDD.12", "0.0250000000", unit="GB-Mo", family="Storage",
            fileSystemType="Lustre", storageType="HDD", throughputCapacity="12"),
    product("USE1-Storage", "0.1300000000", unit="GB-Mo", family="Storage",
            fileSystemType="Windows", storageType="SSD"),
    product("USE1-ThroughputCapacity.P2", "0.5200000000", unit="MiBps-Mo",
            family="Provisioned Throughput", fileSystemType="Lustre"),
    product("USE1-Storage.SAZ:SSD", "0.0900000000", unit="GB-Mo", family="Storage",
            fileSystemType="OpenZFS", storageType="SSD", deploymentOption="Single-AZ"),
    product("USE1-Storage.SAZ2:SSD", "0.0910000000", unit="GB-Mo", family="Storage",
            fileSystemType="OpenZFS", storageType="SSD", deploymentOption="Single-AZ_2"),
    product("USE1-ThroughputCapacity.SAZ2", "0.3100000000", unit="MiBps-Mo",
            family="Provisioned Throughput", fileSystemType="OpenZFS",
            deploymentOption="Single-AZ_2"),
    product("USE1-ProvisionedSSDIOPS.SAZ2", "0.0060000000", unit="IOPS-Mo",
            family="Provisioned IOPS", fileSystemType="OpenZFS", deploymentOption="Single-AZ_2"),
    # Several zones, and what watches objects of another storage class.
    product("USE1-Storage.MAZ:SSD", "0.1800000000", unit="GB-Mo", family="Storage",
            fileSystemType="OpenZFS", storageType="SSD", deploymentOption="Multi-AZ"),
    product("USE1-Storage.MAZ:INT_Monitoring", "0.0006000000", unit="GB-Mo", family="Storage",
            fileSystemType="OpenZFS", storageType="INT", deploymentOption="Multi-AZ"),
)  # fmt: skip

REDSHIFT = (
    product("EU-Redshift:ServerlessUsage", "0.3990000000", unit="RPU-Hr", region="eu-west-1",
            family="Serverless"),
    # A reservation, and nodes of clusters.
    product("EU-Redshift:ServerlessUsage-CR-1YR-AU", "2716.0000000000", unit="RPU-Hr",
            region="eu-west-1", family="Serverless"),
    product("EU-Node:ra3.xlplus", "1.2020000000", region="eu-west-1"),
    product("EU-RMS:Serverless", "0.0240000000", unit="GB-Mo", region="eu-west-1"),
    product("EU-RMS:ra3.xlplus", "0.0250000000", unit="GB-Mo", region="eu-west-1"),
)  # fmt: skip

S3 = (
    product("TimedStorage-ByteHrs", unit="GB-Mo", volumeType="Standard",
            tiers=[("0", "0.0230000000"), ("51200", "0.0220000000")]),
    # Each ends like storage of objects and is something else.
    product("Tables-TimedStorage-ByteHrs", unit="GB-Mo", volumeType="Tables",
            tiers=[("51200", "0.0253000000"), ("0", "0.0265000000"), ("512000", "0.0242000000")]),
    product("Tables-TimedStorage-INT-IA-ByteHrs", "0.0144000000", unit="GB-Mo"),
    product("Vectors-TimedStorage-ByteHrs", "0.0600000000", unit="GB-Mo"),
    product("TimedStorage-ByteHrs", "0.0125000000", unit="GB-Mo",
            volumeType="Standard - Infrequent Access"),
    product("Tables-MonitoredObjects", "0.0000250000", unit="Objects"),
    product("Tables-ProcessedBytes", "0.0050000000", unit="GB"),
    product("Tables-CompactedObjects", "0.0000020000", unit="Objects"),
    product("Tables-Requests-Tier1", "0.0000050000", unit="Requests"),
    product("Tables-Requests-Tier2", "0.0000004000", unit="Requests"),
)  # fmt: skip
