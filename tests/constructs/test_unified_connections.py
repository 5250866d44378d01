"""Connections of projects: what AWS takes for each kind of target, and who may use them."""

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from sagemaker_platform.unified_studio import (
    Connection,
    ConnectionRole,
    athena_workgroup,
    glue_sessions,
    hyperpod_cluster,
    lakehouse_catalog,
    mlflow_tracking,
    redshift_workgroup,
    s3_bucket,
)
from sagemaker_platform.unified_studio.connection import ConnectionTarget

PROJECT = "arn:aws:iam::123456789012:role/datazone_usr_role_a_b"


@pytest.mark.parametrize(
    ("target", "props"),
    [
        (athena_workgroup("dev"), {"AthenaProperties": {"WorkgroupName": "dev"}}),
        (hyperpod_cluster("dev-a"), {"HyperPodProperties": {"ClusterName": "dev-a"}}),
        (
            lakehouse_catalog(lineage=True),
            {"LakehouseProperties": {"GlueLineageSyncEnabled": True}},
        ),
        (mlflow_tracking("arn:x"), {"MlflowProperties": {"TrackingServerArn": "arn:x"}}),
        # AWS takes folders only.
        (s3_bucket("data"), {"S3Properties": {"S3Uri": "s3://data/"}}),
        (
            redshift_workgroup("dev", database="db", host="h.example.com", port=5439),
            {
                "RedshiftProperties": {
                    "DatabaseName": "db",
                    "Host": "h.example.com",
                    "Port": 5439,
                    "Storage": {"WorkgroupName": "dev"},
                }
            },
        ),
        (
            glue_sessions(glue_version="5.0", worker_type="G.1X", workers=2, idle_minutes=60),
            {
                "SparkGlueProperties": {
                    "GlueVersion": "5.0",
                    "IdleTimeout": 60,
                    "NumberOfWorkers": 2,
                    "WorkerType": "G.1X",
                }
            },
        ),
    ],
)
def test_targets(target: ConnectionTarget, props: dict[str, Any]) -> None:
    stack = Stack(App(), "One")
    Connection(stack, "One", domain_id="dzd-0123", environment_id="e", name="one", target=target)

    [found] = Template.from_stack(stack).find_resources("AWS::DataZone::Connection").values()
    assert found["Properties"] == {
        "DomainIdentifier": "dzd-0123",
        "EnvironmentIdentifier": "e",
        "Name": "one",
        "Props": props,
    }


def test_access_role_trusts_the_project_alone() -> None:
    stack = Stack(App(), "One")
    statement = iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::b/*"])
    made = ConnectionRole(stack, "Access", project_role_arn=PROJECT, statements=[statement])
    Connection(
        stack,
        "One",
        domain_id="dzd-0123",
        environment_id="e",
        name="one",
        target=s3_bucket("b"),
        access_role=made.role,
    )

    template = Template.from_stack(stack)
    [(name, role)] = template.find_resources("AWS::IAM::Role").items()
    statements = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert {one["Principal"]["AWS"] for one in statements} == {PROJECT}
    assert sorted(
        action
        for one in statements
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    ) == ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
    [found] = template.find_resources("AWS::DataZone::Connection").values()
    location = found["Properties"]["AwsLocation"]
    assert location == {"AccessRole": {"Fn::GetAtt": [name, "Arn"]}}
