from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from sagemaker_platform.lakehouse import LakehouseLayer, QueryWorkgroup, SparkWorkgroup


def layer(stack: Stack) -> LakehouseLayer:
    return LakehouseLayer(
        stack,
        "Raw",
        database_name="team_raw",
        key=kms.Key(stack, "Key"),
        access_logs=s3.Bucket.from_bucket_name(stack, "Logs", "logs"),
        removal_policy=RemovalPolicy.RETAIN,
    )


def workgroup(stack: Stack, removal_policy: RemovalPolicy) -> QueryWorkgroup:
    return QueryWorkgroup(
        stack,
        "Queries",
        name="team",
        key=kms.Key(stack, "Key"),
        access_logs=s3.Bucket.from_bucket_name(stack, "Logs", "logs"),
        scan_limit_gib=10,
        result_days=7,
        removal_policy=removal_policy,
    )


def statements(stack: Stack) -> list[dict[str, Any]]:
    [policy] = Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy").values()
    return list(policy["Properties"]["PolicyDocument"]["Statement"])


def test_layer_has_a_database_over_its_bucket(stack: Stack) -> None:
    layer(stack)
    [database] = Template.from_stack(stack).find_resources("AWS::Glue::Database").values()
    assert database["Properties"]["DatabaseName"] == "team_raw"
    assert database["DeletionPolicy"] == "Retain"
    location = database["Properties"]["DatabaseInput"]["LocationUri"]
    assert location["Fn::Join"][1][0] == "s3://"


@pytest.mark.parametrize("write", [False, True])
def test_access_covers_one_database(stack: Stack, write: bool) -> None:
    found = [one.to_json() for one in layer(stack).access_statements(write=write)]
    [catalog] = [s for s in found if "glue:GetTable" in s["Action"]]
    assert ("glue:CreateTable" in catalog["Action"]) is write
    assert not any("*" in action for action in catalog["Action"])
    resources = [str(resource) for resource in catalog["Resource"]]
    assert len(resources) == 3
    assert "catalog" in resources[0]
    assert "database/team_raw" in resources[1]
    assert "table/team_raw/*" in resources[2]


@pytest.mark.parametrize("removal_policy", [RemovalPolicy.RETAIN, RemovalPolicy.DESTROY])
def test_workgroup_enforces_encryption_and_limit(
    stack: Stack, removal_policy: RemovalPolicy
) -> None:
    workgroup(stack, removal_policy)
    [found] = Template.from_stack(stack).find_resources("AWS::Athena::WorkGroup").values()
    configuration = found["Properties"]["WorkGroupConfiguration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["BytesScannedCutoffPerQuery"] == 10 * 1024**3
    encryption = configuration["ResultConfiguration"]["EncryptionConfiguration"]
    assert encryption["EncryptionOption"] == "SSE_KMS"
    destroys = removal_policy is RemovalPolicy.DESTROY
    assert found["Properties"]["RecursiveDeleteOption"] is destroys
    assert found["DeletionPolicy"] == ("Delete" if destroys else "Retain")


def test_query_access_covers_one_workgroup_and_its_results(stack: Stack) -> None:
    found = [one.to_json() for one in workgroup(stack, RemovalPolicy.RETAIN).use_statements()]
    [start] = [s for s in found if "athena:StartQueryExecution" in s["Action"]]
    assert "workgroup/team" in str(start["Resource"])
    assert [s for s in found if "s3:PutObject" in s["Action"]]


def test_results_that_athena_keeps_have_no_bucket(stack: Stack) -> None:
    queries = QueryWorkgroup(
        stack,
        "Queries",
        name="team",
        key=kms.Key(stack, "Key"),
        access_logs=s3.Bucket.from_bucket_name(stack, "Logs", "logs"),
        scan_limit_gib=10,
        result_days=1,
        removal_policy=RemovalPolicy.RETAIN,
        managed_results=True,
    )
    template = Template.from_stack(stack)
    assert template.find_resources("AWS::S3::Bucket") == {}
    [found] = template.find_resources("AWS::Athena::WorkGroup").values()
    configuration = found["Properties"]["WorkGroupConfiguration"]
    managed = configuration["ManagedQueryResultsConfiguration"]
    assert managed["Enabled"] is True
    assert "KmsKey" in managed["EncryptionConfiguration"]
    assert "ResultConfiguration" not in configuration
    [key] = template.find_resources("AWS::KMS::Key").values()
    [athena] = [
        s for s in key["Properties"]["KeyPolicy"]["Statement"] if "athena" in str(s["Principal"])
    ]
    assert "workgroup/team" in str(athena["Condition"]["ArnLike"])
    assert not [s for s in queries.use_statements() if any(a.startswith("s3:") for a in s.actions)]


def test_spark_has_a_role_for_its_workgroup_alone(stack: Stack) -> None:
    data = iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::data/one"])
    spark = SparkWorkgroup(
        stack,
        "Spark",
        name="team-spark",
        key=kms.Key(stack, "Key"),
        access_logs=s3.Bucket.from_bucket_name(stack, "Logs", "logs"),
        result_days=7,
        statements=[data],
        removal_policy=RemovalPolicy.DESTROY,
    )
    template = Template.from_stack(stack)
    [found] = template.find_resources("AWS::Athena::WorkGroup").values()
    configuration = found["Properties"]["WorkGroupConfiguration"]
    assert configuration["EngineVersion"] == {"SelectedEngineVersion": "PySpark engine version 3"}
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert "KmsKey" in configuration["CustomerContentEncryptionConfiguration"]
    [(role_id, role)] = [
        (k, r)
        for k, r in template.find_resources("AWS::IAM::Role").items()
        if "athena" in str(r["Properties"]["AssumeRolePolicyDocument"])
    ]
    assert configuration["ExecutionRole"] == {"Fn::GetAtt": [role_id, "Arn"]}
    [trust] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert "workgroup/team-spark" in str(trust["Condition"]["ArnLike"]["aws:SourceArn"])
    assert any("s3:GetObject" in s["Action"] and "data/one" in str(s) for s in statements(stack))
    [verify] = [s for s in statements(stack) if s["Action"] == "glue:GetDatabase"]
    assert [str(r).rpartition(":")[2].strip("'}]") for r in verify["Resource"]] == [
        "catalog",
        "database/default",
    ]
    [start] = [s for s in spark.own_statements() if "athena:StartSession" in s.actions]
    assert ["workgroup/team-spark" in r for r in start.resources] == [True]


def test_spark_under_lake_formation_asks_for_whole_tables(stack: Stack) -> None:
    """The engine before it knows nothing of Lake Formation."""
    SparkWorkgroup(
        stack,
        "Spark",
        name="team-spark",
        key=kms.Key(stack, "Key"),
        access_logs=s3.Bucket.from_bucket_name(stack, "Logs", "logs"),
        result_days=7,
        statements=[],
        removal_policy=RemovalPolicy.DESTROY,
        governed=True,
    )
    [found] = Template.from_stack(stack).find_resources("AWS::Athena::WorkGroup").values()
    configuration = found["Properties"]["WorkGroupConfiguration"]
    assert configuration["EngineVersion"] == {"SelectedEngineVersion": "Apache Spark version 3.5"}
    [defaults] = configuration["EngineConfiguration"]["Classifications"]
    enabled = "spark.sql.catalog.spark_catalog.glue.lakeformation-enabled"
    assert defaults["Properties"][enabled] == "true"


def test_writers_of_table_buckets_have_results_without_sse_kms(stack: Stack) -> None:
    """Athena refuses to write S3 tables where SSE-KMS encrypts results."""
    queries = QueryWorkgroup(
        stack,
        "Tables",
        name="team-tables",
        key=kms.Key(stack, "TablesKey"),
        access_logs=s3.Bucket.from_bucket_name(stack, "Logs", "logs"),
        scan_limit_gib=1,
        result_days=1,
        removal_policy=RemovalPolicy.RETAIN,
        writes_table_buckets=True,
    )
    template = Template.from_stack(stack)
    [found] = template.find_resources("AWS::Athena::WorkGroup").values()
    configuration = found["Properties"]["WorkGroupConfiguration"]
    assert configuration["ManagedQueryResultsConfiguration"] == {"Enabled": True}
    assert "ResultConfiguration" not in configuration
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert not [s for s in queries.use_statements() if any(a.startswith("s3:") for a in s.actions)]


def test_results_are_in_a_bucket_or_kept_by_athena(stack: Stack) -> None:
    key, logs = kms.Key(stack, "OtherKey"), s3.Bucket.from_bucket_name(stack, "Logs", "logs")
    with pytest.raises(ValueError, match="got managed_results and a bucket"):
        QueryWorkgroup(
            stack,
            "Both",
            name="both",
            key=key,
            access_logs=logs,
            scan_limit_gib=1,
            result_days=1,
            removal_policy=RemovalPolicy.RETAIN,
            managed_results=True,
            bucket=logs,
        )
