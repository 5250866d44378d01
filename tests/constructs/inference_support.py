"""What the tests of endpoints share."""

from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.inference import EndpointContext
from sagemaker_platform.network import ImportedNetwork

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/model:1"


def context(stack: Stack, key: kms.IKey) -> EndpointContext:
    return EndpointContext(
        network=ImportedNetwork(
            stack,
            "Network",
            vpc_id="vpc-1",
            cidr="10.0.0.0/16",
            availability_zones=["eu-west-1a", "eu-west-1b"],
            private_subnet_ids=["subnet-a", "subnet-b"],
        ),
        key=key,
        alarm_topic=sns.Topic(stack, "Topic"),
        log_retention_days=30,
        removal_policy=RemovalPolicy.DESTROY,
    )


def bucket(stack: Stack, id: str, key: kms.IKey) -> s3.IBucket:
    return DataBucket(
        stack,
        id,
        key=key,
        access_logs=s3.Bucket.from_bucket_name(stack, f"{id}Logs", "logs"),
        removal_policy=RemovalPolicy.RETAIN,
    ).bucket


def properties(template: Template, type_name: str) -> dict[str, Any]:
    [resource] = template.find_resources(type_name).values()
    return dict(resource["Properties"])


def model_alarms(template: Template) -> dict[str, Any]:
    """Return the alarms of models, without that of the stack's dead-letter queue."""
    found = template.find_resources("AWS::CloudWatch::Alarm")
    queues = {key for key, one in found.items() if one["Properties"].get("Namespace") == "AWS/SQS"}
    assert len(queues) == 1
    return {key: one for key, one in found.items() if key not in queues}


def statement(template: Template, action: str) -> dict[str, Any]:
    policies = template.find_resources("AWS::IAM::ManagedPolicy").values()
    [found] = [
        statement
        for policy in policies
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if action in statement["Action"]
    ]
    return dict(found)
