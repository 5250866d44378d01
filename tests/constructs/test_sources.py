import json
from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.lakehouse import LakehouseLayer
from sagemaker_platform.network import ImportedNetwork
from sagemaker_platform.sources import (
    Crawler,
    CrawlerEncryption,
    Database,
    DatabaseConnection,
    DataPlaneMonitoring,
    DataQuality,
    FederatedCatalog,
    IngestionBucket,
    LakehouseIntegration,
    LakehouseTarget,
    WarehouseIntegration,
    ingestion_key,
)

TABLE = "arn:aws:dynamodb:eu-west-1:111111111111:table/carts"
CLUSTER = "arn:aws:rds:eu-west-1:111111111111:cluster:orders"


@pytest.fixture
def key(stack: Stack) -> kms.Key:
    return kms.Key(stack, "Key")


@pytest.fixture
def logs(stack: Stack) -> s3.IBucket:
    return s3.Bucket.from_bucket_name(stack, "Logs", "logs")


@pytest.fixture
def layer(stack: Stack, key: kms.Key, logs: s3.IBucket) -> LakehouseLayer:
    return LakehouseLayer(
        stack,
        "Raw",
        database_name="team_raw",
        key=key,
        access_logs=logs,
        removal_policy=RemovalPolicy.RETAIN,
    )


def connection(stack: Stack, key: kms.Key, database: Database, **more: Any) -> DatabaseConnection:
    network = ImportedNetwork(
        stack,
        "Network",
        vpc_id="vpc-0a1b2c3d4e5f67890",
        cidr="10.0.0.0/16",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        private_subnet_ids=["subnet-0a1b2c3a", "subnet-0a1b2c3b"],
    )
    return DatabaseConnection(
        stack,
        "Connection",
        name="team-sales",
        database=database,
        network=network,
        zone="eu-west-1a",
        key=key,
        removal_policy=RemovalPolicy.DESTROY,
        **more,
    )


POSTGRESQL = Database(
    type="POSTGRESQL", host="db.example.com", port=5433, database="sales", username="reader"
)


def found(stack: Stack, kind: str) -> list[dict[str, Any]]:
    return [dict(resource) for resource in Template.from_stack(stack).find_resources(kind).values()]


def properties(stack: Stack, kind: str) -> dict[str, Any]:
    [resource] = found(stack, kind)
    return dict(resource["Properties"])


def test_a_connection_asks_for_tls_and_holds_no_password(stack: Stack, key: kms.Key) -> None:
    connection(stack, key, POSTGRESQL)
    given = properties(stack, "AWS::Glue::Connection")["ConnectionInput"]
    assert given["ConnectionProperties"] == {
        "HOST": "db.example.com",
        "PORT": "5433",
        "DATABASE": "sales",
        "JDBC_ENFORCE_SSL": "true",
    }
    assert given["PhysicalConnectionRequirements"]["SubnetId"] == "subnet-0a1b2c3a"
    secret = properties(stack, "AWS::SecretsManager::Secret")
    assert json.loads(secret["GenerateSecretString"]["SecretStringTemplate"]) == {
        "username": "reader"
    }
    assert "SecretString" not in secret
    [secret_id] = Template.from_stack(stack).find_resources("AWS::SecretsManager::Secret")
    assert given["AuthenticationConfiguration"]["SecretArn"] == {"Fn::GetAtt": [secret_id, "Id"]}


def test_a_connection_reaches_the_database_and_aws_only(stack: Stack, key: kms.Key) -> None:
    connection(stack, key, POSTGRESQL)
    group = properties(stack, "AWS::EC2::SecurityGroup")
    reached = {(rule["CidrIp"], rule["FromPort"]) for rule in group["SecurityGroupEgress"]}
    assert reached == {("0.0.0.0/0", 443), ("10.0.0.0/16", 5433)}
    [own] = found(stack, "AWS::EC2::SecurityGroupIngress")
    assert own["Properties"]["SourceSecurityGroupId"] == own["Properties"]["GroupId"]


def test_a_given_secret_is_used(stack: Stack, key: kms.Key) -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:reader-a1B2c3"
    database = Database(type="MYSQL", host="db", port=3306, database="d", secret_arn=arn)
    made = connection(stack, key, database)
    assert found(stack, "AWS::SecretsManager::Secret") == []
    assert made.secret_statements()[0].resources == [arn]


def test_dynamodb_needs_neither_secret_nor_network(stack: Stack, key: kms.Key) -> None:
    made = connection(stack, key, Database(type="DYNAMODB"))
    assert (made.secret_arn, made.security_group) == (None, None)
    assert "PhysicalConnectionRequirements" not in properties(stack, "AWS::Glue::Connection")


def test_a_catalog_is_closed_and_comes_after_connector_and_registration(
    stack: Stack, key: kms.Key, logs: s3.IBucket
) -> None:
    spill = DataBucket(
        stack, "Spill", key=key, access_logs=logs, removal_policy=RemovalPolicy.DESTROY
    ).bucket
    FederatedCatalog(
        stack,
        "Catalog",
        name="team_sales",
        connection=connection(
            stack,
            key,
            POSTGRESQL,
            athena=FederatedCatalog.athena_properties(stack, "team_sales", spill),
        ),
        spill=spill,
        key=key,
    )
    template = Template.from_stack(stack)
    given = properties(stack, "AWS::Glue::Connection")["ConnectionInput"]["AthenaProperties"]
    assert "athenafederatedcatalog_team_sales" in str(given["lambda_function_arn"])
    [catalog] = found(stack, "AWS::Glue::Catalog")
    assert catalog["Properties"]["CreateTableDefaultPermissions"] == []
    assert catalog["Properties"]["FederatedCatalog"]["ConnectionName"] == "team-sales"
    [location] = template.find_resources("AWS::LakeFormation::Resource")
    assert location in catalog["DependsOn"]
    [source] = template.find_resources("AWS::Athena::DataCatalog")
    [registered] = found(stack, "AWS::LakeFormation::Resource")
    assert source in registered["DependsOn"]
    assert registered["Properties"]["WithFederation"] is True


def test_athena_makes_the_connection_to_snowflake(
    stack: Stack, key: kms.Key, logs: s3.IBucket
) -> None:
    spill = DataBucket(
        stack, "Spill", key=key, access_logs=logs, removal_policy=RemovalPolicy.DESTROY
    ).bucket
    database = Database(
        type="SNOWFLAKE",
        host="ab12345.snowflakecomputing.com",
        database="MARKET",
        warehouse="WH",
        username="READER",
    )
    made = connection(
        stack,
        key,
        database,
        athena=FederatedCatalog.athena_properties(stack, "team_market", spill),
        catalog_name="team_market",
    )
    FederatedCatalog(stack, "Catalog", name="team_market", connection=made, spill=spill, key=key)
    assert found(stack, "AWS::Glue::Connection") == []
    given = properties(stack, "AWS::Athena::DataCatalog")["Parameters"]
    assert given["connection-type"] == "SNOWFLAKE"
    text = "".join(map(str, given["connection-properties"]["Fn::Join"][1]))
    assert '"WAREHOUSE":"WH"' in text
    assert '"SubnetId":"subnet-0a1b2c3a"' in text
    assert "SecretArn" in text
    [location] = found(stack, "AWS::LakeFormation::Resource")
    assert "connection/athenafederatedcatalog_team_market" in str(
        location["Properties"]["ResourceArn"]
    )


def test_a_name_too_long_for_athena(stack: Stack, key: kms.Key, logs: s3.IBucket) -> None:
    spill = DataBucket(
        stack, "Spill", key=key, access_logs=logs, removal_policy=RemovalPolicy.DESTROY
    ).bucket
    with pytest.raises(ValueError, match="at most 41 characters"):
        FederatedCatalog(
            stack,
            "Catalog",
            name="x" * 42,
            connection=connection(stack, key, POSTGRESQL),
            spill=spill,
            key=key,
        )


def test_integrations_into_a_layer_share_its_role(
    stack: Stack, key: kms.Key, layer: LakehouseLayer
) -> None:
    target = LakehouseTarget(stack, "Target", layer=layer, key=key)
    for name in ("carts", "wishes"):
        LakehouseIntegration(
            stack,
            name,
            name=f"team-{name}",
            source=TABLE,
            target_arn=target.arn,
            after=[target],
            key=key,
            refresh_minutes=30,
        )
    [resource] = Template.from_stack(stack).find_resources("AWS::Glue::IntegrationResourceProperty")
    for integration in found(stack, "AWS::Glue::Integration"):
        assert resource in integration["DependsOn"]
        assert integration["Properties"]["IntegrationConfig"] == {"RefreshInterval": "30 minutes"}


@pytest.mark.parametrize(
    ("source", "kind"), [(TABLE, "AWS::Redshift::Integration"), (CLUSTER, "AWS::RDS::Integration")]
)
def test_integrations_into_the_warehouse(stack: Stack, source: str, kind: str) -> None:
    WarehouseIntegration(
        stack, "Integration", name="team-orders", source_arn=source, namespace_arn="arn:x"
    )
    assert properties(stack, kind)["SourceArn"] == source


def test_other_accounts_write_below_their_id_and_read_nothing(
    stack: Stack, logs: s3.IBucket
) -> None:
    accounts = ["555555555555", "666666666666"]
    key = ingestion_key(
        stack,
        "Ingestion",
        alias="team-ingestion",
        accounts=accounts,
        removal_policy=RemovalPolicy.DESTROY,
    )
    IngestionBucket(
        stack,
        "Bucket",
        accounts=accounts,
        key=key,
        access_logs=logs,
        removal_policy=RemovalPolicy.DESTROY,
    )
    statements = [
        statement
        for statement in properties(stack, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
        if any(account in str(statement["Principal"]) for account in accounts)
    ]
    assert len(statements) == 2
    for account, statement in zip(accounts, statements, strict=True):
        assert account in str(statement["Principal"])
        assert str(statement["Resource"]).count(f"/{account}/*") == 1
        assert not any("Get" in action for action in statement["Action"])
    bucket = properties(stack, "AWS::S3::Bucket")
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    policy = properties(stack, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    assert "kms:ViaService" in str(policy[1]["Condition"])


def test_a_crawler_reads_what_others_have_written(
    stack: Stack, key: kms.Key, layer: LakehouseLayer, logs: s3.IBucket
) -> None:
    bucket = IngestionBucket(
        stack,
        "Bucket",
        accounts=["555555555555"],
        key=ingestion_key(
            stack,
            "Ingestion",
            alias="team-ingestion",
            accounts=["555555555555"],
            removal_policy=RemovalPolicy.DESTROY,
        ),
        access_logs=logs,
        removal_policy=RemovalPolicy.DESTROY,
    )
    Crawler(
        stack,
        "Crawler",
        layer=layer,
        connection=None,
        path="",
        key=key,
        files=bucket,
        encryption=CrawlerEncryption(stack, "Encryption", name="team", key=key),
    )
    given = properties(stack, "AWS::Glue::Crawler")
    assert given["DatabaseName"] == "team_raw"
    [target] = given["Targets"]["S3Targets"]
    name = stack.resolve(bucket.bucket.bucket_name)
    assert name in target["Path"]["Fn::Join"][1]


@pytest.mark.parametrize("new_folders_only", [True, False])
def test_a_crawler_of_new_folders_changes_no_tables(
    stack: Stack, key: kms.Key, layer: LakehouseLayer, new_folders_only: bool
) -> None:
    Crawler(
        stack,
        "Crawler",
        layer=layer,
        connection=None,
        path="landing/",
        key=key,
        encryption=CrawlerEncryption(stack, "Encryption", name="team", key=key),
        new_folders_only=new_folders_only,
    )
    given = properties(stack, "AWS::Glue::Crawler")
    assert (given["SchemaChangePolicy"]["UpdateBehavior"] == "LOG") is new_folders_only
    assert given["CrawlerSecurityConfiguration"] == "team"


def test_a_crawler_of_a_database_uses_a_connection_of_its_kind(
    stack: Stack, key: kms.Key, layer: LakehouseLayer
) -> None:
    encryption = CrawlerEncryption(stack, "Encryption", name="team", key=key)
    made = connection(stack, key, POSTGRESQL)
    for name in ("One", "Two"):
        Crawler(
            stack,
            name,
            layer=layer,
            connection=made,
            path="sales/public/%",
            key=key,
            encryption=encryption,
        )
    kinds = [
        resource["Properties"]["ConnectionInput"]["ConnectionType"]
        for resource in found(stack, "AWS::Glue::Connection")
    ]
    assert sorted(kinds) == ["JDBC", "POSTGRESQL"]
    for crawler in found(stack, "AWS::Glue::Crawler"):
        [target] = crawler["Properties"]["Targets"]["JdbcTargets"]
        assert target == {"ConnectionName": "team-sales-jdbc", "Path": "sales/public/%"}


def test_rules_are_evaluated_on_schedule_and_low_scores_told(
    stack: Stack, key: kms.Key, layer: LakehouseLayer
) -> None:
    DataQuality(
        stack,
        "Quality",
        name="team-orders",
        layer=layer,
        table="orders",
        rules=['IsComplete "id"', "RowCount > 0"],
        key=key,
        schedule="rate(1 day)",
    )
    monitoring = DataPlaneMonitoring(
        stack,
        "Monitoring",
        name="team-data-plane",
        key=key,
        log_retention_days=30,
        topic=sns.Topic(stack, "Topic"),
    )
    monitoring.data_quality("team-orders", min_score_percent=75)
    monitoring.dashboard()
    ruleset = properties(stack, "AWS::Glue::DataQualityRuleset")
    allowed = [
        statement
        for policy in found(stack, "AWS::IAM::ManagedPolicy")
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    [assets] = [s for s in allowed if "data-quality-assets" in str(s["Resource"])]
    assert assets["Action"] == "s3:GetObject"
    assert any("glue:GetDataQualityRulesetEvaluationRun" in s["Action"] for s in allowed)
    assert ruleset["Ruleset"] == 'Rules = [\n    IsComplete "id",\n    RowCount > 0\n]'
    target = properties(stack, "AWS::Scheduler::Schedule")["Target"]
    assert "startDataQualityRulesetEvaluationRun" in str(target["Arn"])
    pattern = properties(stack, "AWS::Events::Rule")["EventPattern"]
    assert pattern["detail"]["score"] == [{"numeric": ["<", 0.75]}]
    alarm = properties(stack, "AWS::CloudWatch::Alarm")
    assert alarm["MetricName"] == "MatchedEvents"
    assert len(alarm["AlarmActions"]) == 1
