"""Feature groups: who the templates promise their records to, and what their roles write."""

from collections.abc import Iterator, Mapping
from typing import Any

from operations.access.lake_formation import Data, LakeFormation
from operations.access.resolver import Record
from operations.access.role import Role
from operations.access.world import Environment

FEATURE_GROUP = "AWS::SageMaker::FeatureGroup"
_KEY = ("OnlineStoreConfig", "SecurityConfig", "KmsKeyId")


def promised_groups(environment: Environment, role: Role) -> list[Mapping[str, Any]]:
    """Return the feature groups of an environment, and which of them a persona reads and writes."""
    return [
        {
            "name": record.properties["FeatureGroupName"],
            **({"table": _table_name(record)} if "OfflineStoreConfig" in record.properties else {}),
            "reads": _names(role, "sagemaker:GetRecord", record),
            "writes": _names(role, "sagemaker:PutRecord", record),
        }
        for record in environment.of_type(FEATURE_GROUP)
    ]


def online_keys(environment: Environment, names: set[str]) -> Iterator[str]:
    """Yield the keys of the online stores of feature groups, by the names of the groups."""
    for record in environment.of_type(FEATURE_GROUP):
        found: Any = record.properties
        for part in _KEY:
            found = found.get(part, {})
        if found and record.properties["FeatureGroupName"] in names:
            yield str(found)


def offline_stores(
    environment: Environment, formation: LakeFormation
) -> Iterator[tuple[Record, dict[str, Any]]]:
    """Yield feature groups with an offline store, and what their roles write."""
    place = environment
    for record in environment.of_type(FEATURE_GROUP):
        store = record.properties.get("OfflineStoreConfig")
        if not store:
            continue
        catalog = store["DataCatalogConfig"]
        bucket, _, folder = store["S3StorageConfig"]["S3Uri"].removeprefix("s3://").partition("/")
        bucket_arn = f"arn:{place.partition}:s3:::{bucket}"
        name = record.properties["FeatureGroupName"]
        below = f"{folder}/{place.account}/sagemaker/{place.region}/offline-store/{name}-1767225600"
        objects = f"{bucket_arn}/{below}"
        glue = f"arn:{place.partition}:glue:{place.region}:{place.account}"
        database, table = catalog["Database"], catalog["TableName"]
        yield (
            record,
            {
                "role": record.properties["RoleArn"],
                "key": store["S3StorageConfig"]["KmsKeyId"],
                "bucket": bucket_arn,
                "objects": [f"{objects}/data/part-0.parquet", f"{objects}/metadata/0.json"],
                "glue": [
                    f"{glue}:catalog",
                    f"{glue}:database/{database}",
                    f"{glue}:table/{database}/{table}",
                ],
                "data": Data(place.account, database, table),
                "location": formation.location(objects),
                "location_arn": objects,
            },
        )


def _table_name(record: Record) -> str:
    catalog = record.properties["OfflineStoreConfig"]["DataCatalogConfig"]
    return f"{catalog['Database']}.{catalog['TableName']}"


def _names(role: Role, action: str, record: Record) -> bool:
    return any(
        not one.deny and one.names_action(action) and one.names_resource(record.arn, {})
        for policy in role.policies
        for one in policy.statements
    )
