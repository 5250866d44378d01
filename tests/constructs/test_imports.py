"""What teams have already, used by constructs of this package."""

import pytest
from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template

from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.hyperpod import ClusterSecurityGroup
from sagemaker_platform.inference import Endpoint
from sagemaker_platform.lakehouse import QueryWorkgroup
from sagemaker_platform.mlflow import MlflowApp, MlflowTrackingServer
from sagemaker_platform.network import Network
from sagemaker_platform.warehouse import Warehouse
from tests.constructs.every_construct import NAMESPACE_ARN, WORKGROUP_ARN

MLFLOW_APP = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-ABC"


def new_role(stack: Stack) -> iam.Role:
    return iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def existing_bucket(stack: Stack) -> DataBucket:
    return DataBucket.from_bucket(
        stack,
        "Existing",
        bucket=s3.Bucket.from_bucket_name(stack, "Bucket", "team-data"),
        key=kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:123456789012:key/1"),
    )


def test_existing_bucket_grants_access_and_creates_nothing(stack: Stack) -> None:
    existing_bucket(stack).grant_read_write(new_role(stack))
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::S3::Bucket", 0)
    [policy] = template.find_resources("AWS::IAM::Policy").values()
    assert "team-data" in str(policy)
    assert "key/1" in str(policy)


def test_existing_bucket_cannot_turn_on_events(stack: Stack) -> None:
    with pytest.raises(ValueError, match="got an imported bucket; must be a bucket of this app"):
        existing_bucket(stack).tell_eventbridge()


def test_existing_vpc_is_a_network(stack: Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", ip_addresses=ec2.IpAddresses.cidr("10.1.0.0/16"))
    network = Network.from_vpc(vpc)
    assert len(network.private_subnet_ids) == len(vpc.private_subnets)
    ClusterSecurityGroup(stack, "Nodes", network=network)
    Template.from_stack(stack).has_resource_properties(
        "AWS::EC2::SecurityGroup", {"VpcId": stack.resolve(vpc.vpc_id)}
    )


def test_vpc_without_private_subnets_is_refused(stack: Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=["eu-west-1a"]
    )
    with pytest.raises(ValueError, match="got a VPC without private or isolated subnets"):
        Network.from_vpc(vpc)


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
        stack, "Queries", "team", key=existing_bucket(stack).key, results=None
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
