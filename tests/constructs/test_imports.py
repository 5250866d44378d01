"""What teams have already, used by constructs of this package."""

from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template

from sagemaker_platform.foundation import DataBucket, access_to_bucket, tell_eventbridge
from sagemaker_platform.hyperpod import ClusterSecurityGroup, HyperPodCluster
from sagemaker_platform.inference import DataCapture, Endpoint
from sagemaker_platform.lakehouse import LakehouseLayer, QueryWorkgroup, TableBucket
from sagemaker_platform.mlflow import MlflowApp, MlflowTrackingServer
from sagemaker_platform.network import INetwork, network_of
from sagemaker_platform.security import grant
from sagemaker_platform.studio import Space, StudioDomain, UserProfile
from sagemaker_platform.warehouse import Warehouse
from tests.constructs.every_construct import NAMESPACE_ARN, WORKGROUP_ARN

MLFLOW_APP = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-ABC"


def new_role(stack: Stack) -> iam.Role:
    return iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def existing_bucket(stack: Stack) -> s3.IBucket:
    return s3.Bucket.from_bucket_name(stack, "Bucket", "team-data")


def existing_key(stack: Stack) -> kms.IKey:
    return kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:123456789012:key/1")


def test_statements_for_an_existing_bucket(stack: Stack) -> None:
    grant(new_role(stack), access_to_bucket(existing_bucket(stack), write=True))
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::S3::Bucket", 0)
    assert "team-data" in policy_of(stack)


def test_existing_bucket_cannot_turn_on_events(stack: Stack) -> None:
    with pytest.raises(ValueError, match="got an imported bucket; must be a bucket of this app"):
        tell_eventbridge(existing_bucket(stack))


def test_construct_in_place_of_its_bucket_is_refused(stack: Stack) -> None:
    made = DataBucket(
        stack,
        "Files",
        key=existing_key(stack),
        access_logs=existing_bucket(stack),
        removal_policy=RemovalPolicy.RETAIN,
    )
    given: Any = made
    message = "bucket: got the DataBucket Stack/Files; must be an s3.IBucket. Pass its attribute bu"
    with pytest.raises(TypeError, match=message):
        access_to_bucket(given, write=False)
    with pytest.raises(TypeError, match=message):
        DataCapture(bucket=given, sampling_percentage=20)


def test_existing_vpc_is_a_network(stack: Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", ip_addresses=ec2.IpAddresses.cidr("10.1.0.0/16"))
    assert len(network_of(vpc).private_subnet_ids) == len(vpc.private_subnets)
    ClusterSecurityGroup(stack, "Nodes", network=vpc)
    Template.from_stack(stack).has_resource_properties(
        "AWS::EC2::SecurityGroup", {"VpcId": stack.resolve(vpc.vpc_id)}
    )


def test_vpc_without_private_subnets_is_refused(stack: Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=["eu-west-1a"]
    )
    with pytest.raises(ValueError, match="got a VPC without private or isolated subnets"):
        ClusterSecurityGroup(stack, "Nodes", network=vpc)


def test_subnet_in_place_of_a_vpc_is_refused(stack: Stack) -> None:
    subnet: Any = ec2.Subnet.from_subnet_id(stack, "Subnet", "subnet-1")
    with pytest.raises(TypeError, match=r"Stack/Subnet; must be a network or an ec2\.IVpc"):
        ClusterSecurityGroup(stack, "Nodes", network=subnet)


def test_existing_endpoint_grants_and_measures(stack: Stack) -> None:
    endpoint = Endpoint.from_endpoint_name(stack, "Endpoint", "churn")
    endpoint.grant_invoke(new_role(stack))
    latency = endpoint.metric_model_latency()
    latency.create_alarm(stack, "Slow", threshold=1_000_000, evaluation_periods=3)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::SageMaker::Endpoint", 0)
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "Namespace": "AWS/SageMaker",
            "MetricName": "ModelLatency",
            "ExtendedStatistic": "p99",
            "Period": 60,
            "Dimensions": Match.array_with([{"Name": "EndpointName", "Value": "churn"}]),
        },
    )


def test_existing_tracking_server_grants_tracking(stack: Stack) -> None:
    server = MlflowTrackingServer.from_tracking_server_name(stack, "Server", "team")
    assert server.grant_track(new_role(stack)).success
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::SageMaker::MlflowTrackingServer", 0)
    [policy] = template.find_resources("AWS::IAM::Policy").values()
    assert "mlflow-tracking-server/team" in str(policy)


def test_existing_workgroup_grants_and_measures(stack: Stack) -> None:
    workgroup = QueryWorkgroup.from_workgroup_name(
        stack, "Queries", "team", key=existing_key(stack), results=None
    )
    workgroup.grant_use(new_role(stack))
    workgroup.metric_processed_bytes().create_alarm(
        stack, "Scans", threshold=10**12, evaluation_periods=1
    )
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Athena::WorkGroup", 0)
    [policy] = template.find_resources("AWS::IAM::Policy").values()
    assert "workgroup/team" in str(policy)
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "Namespace": "AWS/Athena",
            "MetricName": "ProcessedBytes",
            "Statistic": "Sum",
            "Dimensions": [{"Name": "WorkGroup", "Value": "team"}],
        },
    )


def test_existing_app_grants_tracking(stack: Stack) -> None:
    app = MlflowApp.from_app_arn(stack, "App", MLFLOW_APP)
    app.grant_track(new_role(stack))
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::SageMaker::MlflowApp", 0)
    [policy] = template.find_resources("AWS::IAM::Policy").values()
    assert MLFLOW_APP in str(policy)


def test_existing_warehouse_grants_and_measures(stack: Stack) -> None:
    warehouse = Warehouse.from_workgroup_arn(
        stack, "Warehouse", name="team", workgroup_arn=WORKGROUP_ARN, namespace_arn=NAMESPACE_ARN
    )
    warehouse.grant_query(new_role(stack))
    warehouse.metric_compute_capacity().create_alarm(
        stack, "Busy", threshold=64, evaluation_periods=3
    )
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::RedshiftServerless::Workgroup", 0)
    [policy] = template.find_resources("AWS::IAM::Policy").values()
    assert WORKGROUP_ARN in str(policy)
    assert NAMESPACE_ARN in str(policy)
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "Namespace": "AWS/Redshift-Serverless",
            "MetricName": "ComputeCapacity",
            "Dimensions": [{"Name": "Workgroup", "Value": "team"}],
        },
    )


def policy_of(stack: Stack) -> str:
    [policy] = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    return str(policy)


def test_existing_layer_grants_data_and_tables(stack: Stack) -> None:
    layer = LakehouseLayer.from_database(
        stack,
        "Layer",
        database_name="sales",
        bucket=existing_bucket(stack),
        key=existing_key(stack),
    )
    layer.grant_read(new_role(stack))
    policy = policy_of(stack)
    assert "table/sales/*" in policy
    assert "team-data" in policy
    assert "key/1" in policy
    assert "glue:UpdateTable" not in policy
    Template.from_stack(stack).resource_count_is("AWS::Glue::Database", 0)


def test_existing_layer_is_registered_with_lake_formation(stack: Stack) -> None:
    layer = LakehouseLayer.from_database(
        stack,
        "Layer",
        database_name="sales",
        bucket=existing_bucket(stack),
        key=existing_key(stack),
    )
    layer.register(hybrid=True)
    [resource] = Template.from_stack(stack).find_resources("AWS::LakeFormation::Resource").values()
    assert "team-data" in str(resource["Properties"]["ResourceArn"])


def test_existing_table_bucket_grants_tables(stack: Stack) -> None:
    tables = TableBucket.from_table_bucket_name(
        stack, "Tables", "team-tables", key=existing_key(stack)
    )
    tables.grant_read_write(new_role(stack))
    policy = policy_of(stack)
    assert "bucket/team-tables" in policy
    assert "s3tables:PutTableData" in policy
    assert "key/1" in policy
    Template.from_stack(stack).resource_count_is("AWS::S3Tables::TableBucket", 0)


def test_existing_cluster_grants_and_measures(stack: Stack) -> None:
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:cluster/0a1b2c3d4e5f"
    cluster = HyperPodCluster.from_cluster_attributes(stack, "Cluster", name="research", arn=arn)
    cluster.grant_describe(new_role(stack))
    cluster.metric_unhealthy_nodes().create_alarm(
        stack, "Unhealthy", threshold=1, evaluation_periods=1
    )
    assert arn in policy_of(stack)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::SageMaker::Cluster", 0)
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "Namespace": "SageMakerPlatform/HyperPod",
            "MetricName": "UnhealthyNodes",
            "Statistic": "Sum",
            "Period": 300,
            "Dimensions": [{"Name": "ClusterName", "Value": "research"}],
        },
    )


def test_existing_domain_takes_users_and_spaces(stack: Stack, network: INetwork) -> None:
    domain = StudioDomain.from_domain_id(stack, "Domain", "d-0a1b2c3d4e5f", network=network)
    alice = UserProfile(stack, "Alice", domain=domain, name="alice")
    Space(stack, "Space", owner=alice, name="work", sharing="Private", app="JupyterLab")
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::SageMaker::Domain", 0)
    for kind in ("UserProfile", "Space"):
        template.has_resource(
            f"AWS::SageMaker::{kind}",
            {"DeletionPolicy": "Retain", "Properties": {"DomainId": "d-0a1b2c3d4e5f"}},
        )
