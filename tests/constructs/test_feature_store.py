from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from sagemaker_platform.feature_store import (
    Feature,
    FeatureGroup,
    OfflineStore,
    OnlineStore,
    ProvisionedThroughput,
    TimeToLive,
)
from sagemaker_platform.lakehouse import ExistingLakehouseLayer, LakehouseLayer

TYPE = "AWS::SageMaker::FeatureGroup"
FEATURES = [Feature(name="id", type="String"), Feature(name="at", type="Fractional")]


def group(stack: Stack, **arguments: Any) -> FeatureGroup:
    defaults = {
        "name": "dev-customers",
        "features": FEATURES,
        "record_identifier": "id",
        "event_time": "at",
        "key": stack.node.try_find_child("Key") or kms.Key(stack, "Key"),
        "removal_policy": RemovalPolicy.RETAIN,
    }
    return FeatureGroup(stack, "Group", **{**defaults, **arguments})


def layer(stack: Stack) -> ExistingLakehouseLayer:
    key = kms.Key(stack, "Key")
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "curated-files")
    return LakehouseLayer.from_database(
        stack, "Layer", database_name="dev_curated", bucket=bucket, key=key
    )


def found(stack: Stack) -> dict[str, Any]:
    [resource] = Template.from_stack(stack).find_resources(TYPE).values()
    return dict(resource)


def test_group_with_an_online_store_has_no_role(stack: Stack) -> None:
    made = group(stack, online=OnlineStore(ttl=TimeToLive(value=6, unit="Hours")))
    properties = found(stack)["Properties"]

    assert made.role is None
    assert set(properties) == {
        "EventTimeFeatureName",
        "FeatureDefinitions",
        "FeatureGroupName",
        "OnlineStoreConfig",
        "RecordIdentifierFeatureName",
    }
    online = properties["OnlineStoreConfig"]
    assert "Key" in str(online.pop("SecurityConfig")["KmsKeyId"])
    assert online == {
        "EnableOnlineStore": True,
        "StorageType": "Standard",
        "TtlDuration": {"Unit": "Hours", "Value": 6},
    }
    assert properties["FeatureDefinitions"][1] == {"FeatureName": "at", "FeatureType": "Fractional"}


@pytest.mark.parametrize(("iceberg", "table_format"), [(True, "Iceberg"), (False, "Glue")])
def test_offline_store_is_a_table_of_the_layer(
    stack: Stack, iceberg: bool, table_format: str
) -> None:
    group(stack, offline=OfflineStore(layer=layer(stack), table="customers", iceberg=iceberg))
    offline = found(stack)["Properties"]["OfflineStoreConfig"]

    assert offline["DataCatalogConfig"] == {
        "Catalog": "AwsDataCatalog",
        "Database": "dev_curated",
        "TableName": "customers",
    }
    assert (offline["TableFormat"], offline["DisableGlueTableCreation"]) == (table_format, False)
    assert offline["S3StorageConfig"]["S3Uri"] == "s3://curated-files/features/dev-customers"
    assert "Key" in str(offline["S3StorageConfig"]["KmsKeyId"])


def test_role_writes_one_folder_and_one_table(stack: Stack) -> None:
    group(stack, offline=OfflineStore(layer=layer(stack), table="customers"))
    template = Template.from_stack(stack)
    [policy] = template.find_resources("AWS::IAM::ManagedPolicy").values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    reached = {
        action: str(one["Resource"])
        for one in statements
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }

    assert all("*" not in action for action in reached)
    assert ":s3:::curated-files/features/dev-customers/*" in reached["s3:PutObject"]
    assert "table/dev_curated/customers" in reached["glue:UpdateTable"]
    assert "s3:DeleteObject" not in reached
    [role] = template.find_resources("AWS::IAM::Role").values()
    [trust] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert "aws:SourceAccount" in str(trust["Condition"])


def test_group_waits_for_its_role_and_is_kept_with_it(stack: Stack) -> None:
    group(stack, offline=OfflineStore(layer=layer(stack), table="customers"))
    template = Template.from_stack(stack)
    kept = {
        name
        for name, one in template.to_json()["Resources"].items()
        if one.get("DeletionPolicy") == "Retain"
    }
    policies = set(template.find_resources("AWS::IAM::ManagedPolicy"))
    roles = set(template.find_resources("AWS::IAM::Role"))

    assert kept >= policies | roles | set(template.find_resources(TYPE))
    assert set(found(stack)["DependsOn"]) == policies | roles


def test_throughput_is_reserved(stack: Stack) -> None:
    throughput = ProvisionedThroughput(read_units=5, write_units=1)
    group(stack, online=OnlineStore(), throughput=throughput, tags={"team": "a"}, description="d")
    properties = found(stack)["Properties"]

    assert properties["ThroughputConfig"] == {
        "ThroughputMode": "Provisioned",
        "ProvisionedReadCapacityUnits": 5,
        "ProvisionedWriteCapacityUnits": 1,
    }
    assert properties["Tags"] == [{"Key": "team", "Value": "a"}]
    assert properties["Description"] == "d"


@pytest.mark.parametrize(
    ("verb", "own", "others"), [("read", "GetRecord", "PutRecord"), ("write", "PutRecord", "Get")]
)
def test_grants_reach_one_group(stack: Stack, verb: str, own: str, others: str) -> None:
    made = group(stack, online=OnlineStore())
    role = iam.Role(stack, "Reader", assumed_by=iam.AccountRootPrincipal())
    getattr(made, f"grant_{verb}")(role)
    [policy] = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    records, key = policy["Properties"]["PolicyDocument"]["Statement"]

    assert f"sagemaker:{own}" in records["Action"]
    assert not any(action.startswith(f"sagemaker:{others}") for action in records["Action"])
    assert "feature-group/dev-customers" in str(records["Resource"])
    assert key["Action"] == "kms:Decrypt"
    assert "sagemaker." in str(key["Condition"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"online": None}, "must have an online or an offline store"),
        ({"online": OnlineStore(), "features": []}, "features: got"),
    ],
)
def test_wrong_arguments(stack: Stack, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        group(stack, **arguments)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Feature(name="a", type="Vector"), "type: got"),  # type: ignore[arg-type]
        (lambda: OnlineStore(storage="standard"), "storage: got"),  # type: ignore[arg-type]
        (lambda: TimeToLive(value=1, unit="Years"), "unit: got"),  # type: ignore[arg-type]
    ],
)
def test_wrong_words(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
