from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from sagemaker_platform.network import ImportedNetwork, INetwork
from sagemaker_platform.warehouse import (
    Capacity,
    ManagedStorageCatalog,
    ScheduledSnapshots,
    UsageLimit,
    UsageLimits,
    Warehouse,
    WarehouseAlarms,
)

SOURCE = "arn:aws:rds:eu-west-1:111111111111:cluster:orders"


def network(stack: Stack, zones: int = 3) -> INetwork:
    letters = "abc"[:zones]
    return ImportedNetwork(
        stack,
        "Network",
        vpc_id="vpc-0a1b2c3d4e5f67890",
        cidr="10.0.0.0/16",
        availability_zones=[f"eu-west-1{letter}" for letter in letters],
        private_subnet_ids=[f"subnet-0a1b2c3{letter}" for letter in letters],
    )


def warehouse(stack: Stack, **more: Any) -> Warehouse:
    arguments: dict[str, Any] = {
        "name": "team-warehouse",
        "database_name": "sales",
        "admin_username": "sales_admin",
        "capacity": Capacity(base=8),
        "network": more.get("network") or network(stack),
        "key": kms.Key(stack, "Key"),
        "audit_logs": ["userlog"],
        "log_retention_days": 30,
        "removal_policy": RemovalPolicy.RETAIN,
    }
    return Warehouse(stack, "Warehouse", **(arguments | more))


def one(stack: Stack, kind: str) -> dict[str, Any]:
    [found] = Template.from_stack(stack).find_resources(kind).values()
    return dict(found)


def test_nothing_is_reached_from_outside(stack: Stack) -> None:
    warehouse(stack)
    workgroup = one(stack, "AWS::RedshiftServerless::Workgroup")["Properties"]
    assert workgroup["PubliclyAccessible"] is False
    assert workgroup["EnhancedVpcRouting"] is True
    assert workgroup["SubnetIds"] == ["subnet-0a1b2c3a", "subnet-0a1b2c3b", "subnet-0a1b2c3c"]
    parameters = {p["ParameterKey"]: p["ParameterValue"] for p in workgroup["ConfigParameters"]}
    assert parameters["require_ssl"] == "true"
    group = one(stack, "AWS::EC2::SecurityGroup")["Properties"]
    [rule] = group["SecurityGroupIngress"]
    assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"]) == ("10.0.0.0/16", 5439, 5439)


def test_the_password_is_made_by_aws_under_the_key(stack: Stack) -> None:
    warehouse(stack)
    namespace = one(stack, "AWS::RedshiftServerless::Namespace")["Properties"]
    assert namespace["ManageAdminPassword"] is True
    assert "AdminUserPassword" not in namespace
    assert namespace["KmsKeyId"] == namespace["AdminPasswordSecretKmsKeyId"]


@pytest.mark.parametrize(
    ("policy", "expected"), [(RemovalPolicy.RETAIN, "Retain"), (RemovalPolicy.DESTROY, "Delete")]
)
def test_data_is_kept_unless_it_may_go(stack: Stack, policy: RemovalPolicy, expected: str) -> None:
    warehouse(stack, removal_policy=policy, final_snapshot_days=3)
    namespace = one(stack, "AWS::RedshiftServerless::Namespace")
    assert namespace["DeletionPolicy"] == expected
    assert namespace["Properties"]["FinalSnapshotName"] == "team-warehouse-final"


def test_the_capacity_is_a_base_or_a_target(stack: Stack) -> None:
    for arguments in ({}, {"base": 8, "price_performance_level": 50}):
        with pytest.raises(ValueError, match="must be exactly one of them"):
            Capacity(**arguments)
    warehouse(stack, capacity=Capacity(price_performance_level=50))
    workgroup = one(stack, "AWS::RedshiftServerless::Workgroup")["Properties"]
    assert workgroup["PricePerformanceTarget"] == {"Level": 50, "Status": "ENABLED"}
    assert "BaseCapacity" not in workgroup


def test_two_zones_are_too_few(stack: Stack) -> None:
    with pytest.raises(ValueError, match="expected private subnets in three zones"):
        warehouse(stack, network=network(stack, zones=2))


def test_people_query_one_workgroup_and_see_their_own_statements(stack: Stack) -> None:
    statements = warehouse(stack).query_statements()
    for statement in statements:
        assert not any("*" in action for action in statement.actions)
        if "*" in statement.resources:
            assert statement.conditions == {
                "StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}
            }


def test_people_query_the_workgroup_that_tags_identify(stack: Stack) -> None:
    """Their policy can be created before the warehouse."""
    made = warehouse(stack, identifying_tags={"environment": "dev"})
    found = {statement.actions[0]: statement for statement in made.query_statements()}
    for action, kind in (
        ("redshift-serverless:GetCredentials", "workgroup"),
        ("redshift-serverless:GetNamespace", "namespace"),
    ):
        assert found[action].conditions == {"StringEquals": {"aws:ResourceTag/environment": "dev"}}
        assert found[action].resources == [
            stack.format_arn(service="redshift-serverless", resource=kind, resource_name="*")
        ]


def test_integrations_write_from_the_named_sources_only(stack: Stack) -> None:
    warehouse(stack, inbound_integrations=[SOURCE])
    policy = one(stack, "AWS::RedshiftServerless::Namespace")["Properties"]
    for statement in policy["NamespaceResourcePolicy"]["Statement"]:
        assert statement["Condition"] == {"StringEquals": {"aws:SourceArn": [SOURCE]}}


def test_limits_are_handed_to_the_handler_and_watched(stack: Stack) -> None:
    made = warehouse(stack)
    key = kms.Key(stack, "Other")
    limits = UsageLimits(
        stack,
        "Limits",
        warehouse=made,
        limits=[UsageLimit(period="daily", rpu_hours=10, action="deactivate")],
        key=key,
        log_retention_days=30,
    )
    alarms = WarehouseAlarms(
        stack,
        "Alarms",
        warehouse=made,
        failed_queries=1,
        queued_queries=2,
        max_capacity=16,
        topic=sns.Topic(stack, "Topic"),
    )
    alarms.usage_limit("daily", limits.limit_id("daily"))
    resource = one(stack, "Custom::RedshiftUsageLimits")["Properties"]
    assert resource["Limits"] == [{"Period": "daily", "Amount": 10, "BreachAction": "deactivate"}]
    found = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    assert len(found) == 4
    assert any("DailyId" in str(alarm["Properties"].get("Metrics")) for alarm in found)
    assert all(alarm["Properties"]["AlarmActions"] for alarm in found)


def test_snapshots_have_separate_names(stack: Stack) -> None:
    made = warehouse(stack)
    ScheduledSnapshots(
        stack,
        "Snapshots",
        warehouse=made,
        schedule="rate(1 day)",
        retention_days=9,
        key=kms.Key(stack, "Other"),
    )
    target = one(stack, "AWS::Scheduler::Schedule")["Properties"]["Target"]
    assert target["Arn"]["Fn::Join"][1][-1].endswith("aws-sdk:redshiftserverless:createSnapshot")
    assert "<aws.scheduler.execution-id>" in target["Input"]


@pytest.mark.parametrize("read", [True, False])
def test_the_catalog_comes_after_the_registration_and_is_closed(stack: Stack, read: bool) -> None:
    made = warehouse(stack)
    ManagedStorageCatalog(
        stack,
        "Catalog",
        name="team_warehouse",
        warehouse=made,
        read_elsewhere=read,
        key=kms.Key(stack, "Other"),
        log_retention_days=30,
    )
    template = Template.from_stack(stack)
    catalog = one(stack, "AWS::Glue::Catalog")
    properties = catalog["Properties"]
    assert properties["CreateDatabaseDefaultPermissions"] == []
    assert properties["CreateTableDefaultPermissions"] == []
    assert ("CatalogProperties" in properties) is read
    [location] = template.find_resources("AWS::LakeFormation::Resource")
    [registration] = template.find_resources("Custom::RedshiftRegistration")
    assert location in catalog["DependsOn"]
    assert registration in one(stack, "AWS::LakeFormation::Resource")["DependsOn"]
