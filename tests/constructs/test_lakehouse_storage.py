"""Layers that age and are copied, Iceberg tables, table buckets, and their catalog."""

from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from sagemaker_platform.foundation import DataLifecycle, Replication
from sagemaker_platform.lakehouse import (
    ExistingS3TablesCatalog,
    IcebergColumn,
    IcebergList,
    IcebergMap,
    IcebergPartition,
    IcebergSort,
    IcebergStruct,
    IcebergTable,
    LakehouseLayer,
    S3TablesCatalog,
    TableBucket,
    TableMaintenance,
    TableOptimizers,
    TableReplica,
)

ORDERS = IcebergTable(
    name="orders",
    description="Orders",
    columns=[
        IcebergColumn(name="id", type="long", required=True, description="Number"),
        IcebergColumn(name="ordered_at", type="timestamptz"),
    ],
    partitions=[IcebergPartition(column="ordered_at", transform="day", name="ordered_at_day")],
    order=[IcebergSort(column="id", descending=True, nulls_first=False)],
)
PLAIN = IcebergTable(name="plain", columns=[IcebergColumn(name="id", type="long")])


def layer(stack: Stack, **more: Any) -> LakehouseLayer:
    return LakehouseLayer(
        stack,
        "Raw",
        database_name="team_raw",
        key=kms.Key(stack, "Key"),
        access_logs=s3.Bucket.from_bucket_name(stack, "Logs", "logs"),
        removal_policy=RemovalPolicy.RETAIN,
        **more,
    )


def table_bucket(stack: Stack, **more: Any) -> TableBucket:
    return TableBucket(
        stack,
        "Events",
        name="team-events",
        key=kms.Key(stack, "Key"),
        removal_policy=RemovalPolicy.RETAIN,
        **more,
    )


def resources(stack: Stack, kind: str) -> list[dict[str, Any]]:
    return [dict(found) for found in Template.from_stack(stack).find_resources(kind).values()]


def one(stack: Stack, kind: str) -> dict[str, Any]:
    [found] = resources(stack, kind)
    properties: dict[str, Any] = found["Properties"]
    return properties


def test_objects_move_and_go_as_they_grow_old(stack: Stack) -> None:
    layer(
        stack,
        noncurrent_days=7,
        lifecycle=DataLifecycle(
            infrequent_access_days=30, glacier_instant_retrieval_days=90, expiration_days=365
        ),
    )
    versions, ages = one(stack, "AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    assert versions["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
    assert ages["ExpirationInDays"] == 365
    assert ages["Transitions"] == [
        {"StorageClass": "STANDARD_IA", "TransitionInDays": 30},
        {"StorageClass": "GLACIER_IR", "TransitionInDays": 90},
    ]


def test_intelligent_tiering_archives(stack: Stack) -> None:
    layer(
        stack,
        lifecycle=DataLifecycle(intelligent_tiering_days=0, archive_days=90, deep_archive_days=180),
    )
    bucket = one(stack, "AWS::S3::Bucket")
    [_, ages] = bucket["LifecycleConfiguration"]["Rules"]
    assert ages["Transitions"] == [{"StorageClass": "INTELLIGENT_TIERING", "TransitionInDays": 0}]
    [configuration] = bucket["IntelligentTieringConfigurations"]
    assert configuration["Tierings"] == [
        {"AccessTier": "ARCHIVE_ACCESS", "Days": 90},
        {"AccessTier": "DEEP_ARCHIVE_ACCESS", "Days": 180},
    ]


def test_copies_belong_to_the_other_account(stack: Stack) -> None:
    key = "arn:aws:kms:eu-central-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    layer(
        stack,
        replication=Replication(
            bucket_arn="arn:aws:s3:::copies",
            account="222222222222",
            region="eu-central-1",
            key_arn=key,
            role_name="team-raw-replication",
        ),
    )
    [rule] = one(stack, "AWS::S3::Bucket")["ReplicationConfiguration"]["Rules"]
    assert rule["Destination"] == {
        "AccessControlTranslation": {"Owner": "Destination"},
        "Account": "222222222222",
        "Bucket": "arn:aws:s3:::copies",
        "EncryptionConfiguration": {"ReplicaKmsKeyID": key},
    }
    assert rule["SourceSelectionCriteria"] == {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    assert one(stack, "AWS::IAM::Role")["RoleName"] == "team-raw-replication"
    statements = one(stack, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    [encrypt] = [s for s in statements if s["Action"] == "kms:Encrypt"]
    assert encrypt["Resource"] == key
    [puts] = [s for s in statements if "s3:ReplicateObject" in s["Action"]]
    assert puts["Resource"] == "arn:aws:s3:::copies/*"


def test_glue_makes_an_iceberg_table_of_version_2(stack: Stack) -> None:
    layer(stack).add_table(ORDERS, TableOptimizers())
    table = one(stack, "AWS::Glue::Table")
    given = table["OpenTableFormatInput"]["IcebergInput"]
    assert (given["MetadataOperation"], given["Version"]) == ("CREATE", "2")
    made = given["IcebergTableInput"]
    assert made["Schema"]["Fields"] == [
        {"Id": 1, "Name": "id", "Type": "long", "Required": True, "Doc": "Number"},
        {"Id": 2, "Name": "ordered_at", "Type": "timestamptz", "Required": False},
    ]
    assert made["PartitionSpec"]["Fields"] == [
        {"SourceId": 2, "Transform": "day", "Name": "ordered_at_day", "FieldId": 1000}
    ]
    assert made["WriteOrder"] == {
        "OrderId": 1,
        "Fields": [
            {
                "SourceId": 1,
                "Transform": "identity",
                "Direction": "desc",
                "NullOrder": "nulls-last",
            }
        ],
    }
    assert made["Location"]["Fn::Join"][1][-1] == "/tables/orders/"
    assert made["Properties"] == {"comment": "Orders"}


def test_a_plain_table_says_nothing_it_need_not(stack: Stack) -> None:
    layer(stack).add_table(PLAIN, TableOptimizers())
    made = one(stack, "AWS::Glue::Table")["OpenTableFormatInput"]["IcebergInput"]
    assert set(made["IcebergTableInput"]) == {"Location", "Schema"}


def test_optimizers_come_after_table_and_role(stack: Stack) -> None:
    layer(stack).add_table(ORDERS, TableOptimizers(snapshot_days=14, orphan_file_days=7))
    [table] = Template.from_stack(stack).find_resources("AWS::Glue::Table")
    [role] = Template.from_stack(stack).find_resources("AWS::IAM::Role")
    found = {}
    for resource in resources(stack, "AWS::Glue::TableOptimizer"):
        assert {table, role} <= set(resource["DependsOn"])
        properties = resource["Properties"]
        found[properties["Type"]] = properties["TableOptimizerConfiguration"]
    assert set(found) == {"compaction", "retention", "orphan_file_deletion"}
    retention = found["retention"]["RetentionConfiguration"]["IcebergConfiguration"]
    assert retention["SnapshotRetentionPeriodInDays"] == 14
    orphans = found["orphan_file_deletion"]["OrphanFileDeletionConfiguration"]
    assert orphans["IcebergConfiguration"]["OrphanFileRetentionPeriodInDays"] == 7


def test_optimizers_that_are_off_are_not_there(stack: Stack) -> None:
    off = TableOptimizers(compaction_strategy=None, snapshot_days=None, orphan_file_days=None)
    layer(stack).add_table(ORDERS, off)
    assert resources(stack, "AWS::Glue::TableOptimizer") == []


def test_maintenance_reaches_one_database(stack: Stack) -> None:
    layer(stack).add_table(ORDERS, TableOptimizers())
    statements = one(stack, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    [update] = [s for s in statements if "glue:UpdateTable" in s["Action"]]
    tables = [str(r) for r in update["Resource"] if "table/" in str(r)]
    assert ["team_raw/*" in table for table in tables] == [True]
    [trust] = one(stack, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "glue.amazonaws.com"}
    assert "aws:SourceAccount" in trust["Condition"]["StringEquals"]


@pytest.mark.parametrize(
    ("partitions", "order"),
    [
        ([IcebergPartition(column="when", transform="day", name="when_day")], []),
        ([], [IcebergSort(column="when")]),
    ],
)
def test_a_column_that_is_not_there(
    partitions: list[IcebergPartition], order: list[IcebergSort]
) -> None:
    columns = [IcebergColumn(name="id", type="long")]
    with pytest.raises(ValueError, match=r"\['when'\] are not among \['id'\]"):
        IcebergTable(name="t", columns=columns, partitions=partitions, order=order)


def test_table_bucket_is_encrypted_and_refuses_plain_text(stack: Stack) -> None:
    table_bucket(stack, intelligent_tiering=True, unreferenced_days=5, noncurrent_days=6)
    bucket = one(stack, "AWS::S3Tables::TableBucket")
    assert bucket["EncryptionConfiguration"]["SSEAlgorithm"] == "aws:kms"
    assert bucket["StorageClassConfiguration"] == {"StorageClass": "INTELLIGENT_TIERING"}
    assert bucket["UnreferencedFileRemoval"] == {
        "Status": "Enabled",
        "UnreferencedDays": 5,
        "NoncurrentDays": 6,
    }
    [deny] = one(stack, "AWS::S3Tables::TableBucketPolicy")["ResourcePolicy"]["Statement"]
    assert (deny["Effect"], deny["Principal"]) == ("Deny", "*")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_key_lets_maintenance_of_this_bucket_use_it(stack: Stack) -> None:
    table_bucket(stack)
    statements = one(stack, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    [found] = [s for s in statements if "maintenance.s3tables" in str(s["Principal"])]
    assert found["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    context = found["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"]
    assert context["Fn::Join"][1][-1] == ":bucket/team-events/*"


def test_all_tables_are_copied_by_a_role_that_comes_first(stack: Stack) -> None:
    copies = "arn:aws:s3tables:eu-central-1:555555555555:bucket/copies"
    key = "arn:aws:kms:eu-central-1:555555555555:key/1234"
    table_bucket(
        stack,
        replicas=[TableReplica(table_bucket_arn=copies, key_arn=key)],
        replication_role_name="team-events-table-copies",
    )
    [bucket] = resources(stack, "AWS::S3Tables::TableBucket")
    [role_id] = Template.from_stack(stack).find_resources("AWS::IAM::Role")
    configuration = bucket["Properties"]["ReplicationConfiguration"]
    assert configuration["Role"] == {"Fn::GetAtt": [role_id, "Arn"]}
    assert configuration["Rules"] == [{"Destinations": [{"DestinationTableBucketARN": copies}]}]
    assert role_id in bucket["DependsOn"]
    role = one(stack, "AWS::IAM::Role")
    assert role["RoleName"] == "team-events-table-copies"
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "replication.s3tables.amazonaws.com"}
    statements = one(stack, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    there = [s for s in statements if copies in str(s["Resource"])]
    assert {action for s in there for action in s["Action"]} == {
        "s3tables:CreateNamespace",
        "s3tables:CreateTable",
        "s3tables:GetTableData",
        "s3tables:PutTableData",
        "s3tables:PutTableMaintenanceConfiguration",
        "s3tables:UpdateTableMetadataLocation",
    }
    [keys] = [s for s in statements if "kms:Encrypt" in s["Action"]]
    assert key in keys["Resource"]


def test_tables_of_a_bucket_come_after_their_namespace(stack: Stack) -> None:
    bucket = table_bucket(stack)
    bucket.add_namespace("web")
    bucket.add_table(
        "web",
        ORDERS,
        TableMaintenance(target_file_size_mib=128, snapshot_max_age_hours=24, snapshots_to_keep=2),
    )
    [namespace] = Template.from_stack(stack).find_resources("AWS::S3Tables::Namespace")
    [table] = resources(stack, "AWS::S3Tables::Table")
    assert namespace in table["DependsOn"]
    properties = table["Properties"]
    assert properties["Compaction"] == {"Status": "enabled", "TargetFileSizeMB": 128}
    assert properties["SnapshotManagement"] == {
        "Status": "enabled",
        "MaxSnapshotAgeHours": 24,
        "MinSnapshotsToKeep": 2,
    }
    metadata = properties["IcebergMetadata"]
    assert [f["Name"] for f in metadata["IcebergSchemaV2"]["SchemaV2FieldList"]] == [
        "id",
        "ordered_at",
    ]
    assert metadata["IcebergPartitionSpec"]["Fields"][0]["SourceId"] == 2
    assert metadata["IcebergSortOrder"]["Fields"][0]["SourceId"] == 1


NESTED = IcebergTable(
    name="nested",
    columns=[
        IcebergColumn(
            name="device",
            type=IcebergStruct(
                fields=[("model", "string"), ("screen", IcebergStruct(fields=[("x", "int")]))]
            ),
        ),
        IcebergColumn(name="tags", type=IcebergList(element="string")),
        IcebergColumn(name="timings", type=IcebergMap(key="string", value="double")),
    ],
)


def test_nested_types_are_numbered_after_all_columns(stack: Stack) -> None:
    """Iceberg's own engines number a level before those below it."""
    bucket = table_bucket(stack)
    bucket.add_namespace("web")
    bucket.add_table("web", NESTED, TableMaintenance())
    schema = one(stack, "AWS::S3Tables::Table")["IcebergMetadata"]["IcebergSchemaV2"]
    device, tags, timings = schema["SchemaV2FieldList"]
    assert [device["Id"], tags["Id"], timings["Id"]] == [1, 2, 3]
    model = {"id": 4, "name": "model", "required": False, "type": "string"}
    within = [{"id": 6, "name": "x", "required": False, "type": "int"}]
    screen = {
        "id": 5,
        "name": "screen",
        "required": False,
        "type": {"type": "struct", "fields": within},
    }
    assert device["Type"] == {"type": "struct", "fields": [model, screen]}
    assert tags["Type"] == {
        "type": "list",
        "element-id": 7,
        "element": "string",
        "element-required": False,
    }
    assert timings["Type"] == {
        "type": "map",
        "key-id": 8,
        "key": "string",
        "value-id": 9,
        "value": "double",
        "value-required": False,
    }


def test_tables_of_a_layer_have_no_nested_types(stack: Stack) -> None:
    raw = layer(stack)
    with pytest.raises(ValueError, match=r"primitive types, got nested \['device', 'tags'"):
        raw.add_table(NESTED, TableOptimizers())


def test_the_catalog_comes_after_its_registration(stack: Stack) -> None:
    S3TablesCatalog(
        stack,
        "Catalog",
        role_name="team-s3-tables",
        keys=[kms.Key(stack, "Key")],
        removal_policy=RemovalPolicy.RETAIN,
    )
    [catalog] = resources(stack, "AWS::Glue::Catalog")
    assert catalog["Properties"]["Name"] == "s3tablescatalog"
    assert catalog["Properties"]["FederatedCatalog"]["ConnectionName"] == "aws:s3tables"
    assert catalog["Properties"]["CreateTableDefaultPermissions"] == []
    [registration] = Template.from_stack(stack).find_resources("AWS::LakeFormation::Resource")
    assert registration in catalog["DependsOn"]
    assert one(stack, "AWS::LakeFormation::Resource")["WithFederation"] is True
    for kind in ("AWS::Glue::Catalog", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"):
        assert [r["DeletionPolicy"] for r in resources(stack, kind)] == ["Retain"]
    trust = one(stack, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert {a for s in trust for a in [s["Action"]] if isinstance(a, str)} == {"sts:AssumeRole"}
    assert ["sts:SetContext", "sts:SetSourceIdentity"] in [s["Action"] for s in trust]


def test_a_catalog_that_exists_is_given_the_key(stack: Stack) -> None:
    ExistingS3TablesCatalog(stack, "Catalog", role_name="theirs", keys=[kms.Key(stack, "Key")])
    assert resources(stack, "AWS::Glue::Catalog") == []
    policy = one(stack, "AWS::IAM::ManagedPolicy")
    assert policy["Roles"] == ["theirs"]
    use, look = policy["PolicyDocument"]["Statement"]
    assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    # Data are encrypted through Amazon S3 (AWS: AmazonS3TablesLakeFormationServiceRole).
    assert "s3." in str(use["Condition"]["StringLike"]["kms:ViaService"])
    assert look["Action"] == "kms:DescribeKey"
    assert "s3tables." in str(look["Condition"]["StringLike"]["kms:ViaService"])
