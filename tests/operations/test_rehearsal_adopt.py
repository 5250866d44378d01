"""Adopting resources of the emulator that were made outside of stacks."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from operations.account import Account
from operations.adopt.adopt import Adopted, adopt
from stacks.loading import load_environments
from tests.operations import existing_resources as existing
from tests.operations.conftest import Client

ACCOUNT = "313131313131"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
Take = Callable[..., Adopted]


class Session:
    """Clients of one account of the emulator."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def client(self, service: str, *, config: Config) -> Any:
        del config
        return self._client(service, ACCOUNT)


@pytest.fixture
def take(client: Client, tmp_path: Path) -> Take:
    def run(kind: Any, identifier: str, name: str = "prod") -> Adopted:
        account = Account(Session(client))
        output = tmp_path / f"{name}.yaml"
        return adopt(kind, identifier, account, region=existing.REGION, output=output)

    return run


@pytest.fixture(scope="module")
def network(client: Client) -> tuple[str, list[str], str]:
    """A VPC, two subnets, and a security group."""
    ec2 = client("ec2", ACCOUNT)
    vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.40.{number}.0/24", AvailabilityZone=f"eu-west-1{zone}"
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="ml", Description="ml", VpcId=vpc)["GroupId"]
    return vpc, subnets, group


@pytest.fixture(scope="module")
def role(client: Client) -> str:
    made = client("iam", ACCOUNT).create_role(
        RoleName="by-hand", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    return str(made["Role"]["Arn"])


def mapped(found: Adopted) -> list[dict[str, str]]:
    assert found.takeover.mappings
    return [dict(one) for each in found.takeover.mappings.values() for one in each.values()]


def test_domain_of_the_emulator(
    client: Client, take: Take, network: tuple[str, list[str], str], role: str
) -> None:
    vpc, subnets, group = network
    sagemaker = client("sagemaker", ACCOUNT)
    arn = sagemaker.create_domain(
        DomainName="lab",
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": role, "SecurityGroups": [group]},
        SubnetIds=subnets,
        VpcId=vpc,
    )["DomainArn"]
    domain = arn.rpartition("/")[2]
    sagemaker.create_user_profile(DomainId=domain, UserProfileName="ada")
    found = take("studio-domain", domain, "lab")
    [environment] = load_environments(files=[str(found.file)])
    assert environment.network.existing is not None
    assert environment.network.existing.private_subnet_ids == subnets
    assert {"DomainId": domain, "UserProfileName": "ada"} in mapped(found)
    # It has a key of AWS, and the environment one of its own.
    assert [one.place for one in found.takeover.replacements] == ["/KmsKeyId"]


def test_endpoint_of_the_emulator(client: Client, take: Take, role: str) -> None:
    sagemaker = client("sagemaker", ACCOUNT)
    sagemaker.create_model(
        ModelName="by-hand",
        ExecutionRoleArn=role,
        PrimaryContainer={"Image": f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/serve:1"},
    )
    sagemaker.create_endpoint_config(
        EndpointConfigName="by-hand",
        ProductionVariants=[
            {
                "VariantName": "AllTraffic",
                "ModelName": "by-hand",
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 2,
            }
        ],
    )
    arn = sagemaker.create_endpoint(EndpointName="prod-churn", EndpointConfigName="by-hand")[
        "EndpointArn"
    ]
    scaling = client("application-autoscaling", ACCOUNT)
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/prod-churn/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=4)
    scaling.put_scaling_policy(
        **target,
        PolicyName="by-hand",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 100.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
            },
        },
    )
    found = take("endpoint", "prod-churn")
    load_environments(files=[str(found.file)])
    assert mapped(found) == [{"EndpointArn": arn}, target]
    assert any("delete-scaling-policy" in one for one in found.takeover.left)
    assert found.takeover.replacements == []


def test_group_of_the_emulator(client: Client, take: Take) -> None:
    sagemaker = client("sagemaker", ACCOUNT)
    arn = sagemaker.create_model_package_group(ModelPackageGroupName="prod-churn")[
        "ModelPackageGroupArn"
    ]
    found = take("model-package-group", "prod-churn")
    load_environments(files=[str(found.file)])
    assert mapped(found) == [{"ModelPackageGroupArn": arn}]


def test_bucket_of_the_emulator(client: Client, take: Take) -> None:
    s3 = client("s3", ACCOUNT)
    s3.create_bucket(
        Bucket="prod-raw", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    client("glue", ACCOUNT).create_database(
        DatabaseInput={"Name": "prod_raw", "LocationUri": "s3://prod-raw/"}
    )
    found = take("lakehouse-bucket", "prod-raw")
    load_environments(files=[str(found.file)])
    assert {"BucketName": "prod-raw"} in mapped(found)
    assert {"DatabaseName": "prod_raw"} in mapped(found)


def test_cluster_of_the_emulator(
    client: Client, take: Take, network: tuple[str, list[str], str], role: str
) -> None:
    _, subnets, group = network
    arn = client("sagemaker", ACCOUNT).create_cluster(
        ClusterName="prod-research",
        InstanceGroups=[
            {
                "InstanceGroupName": name,
                "InstanceType": kind,
                "InstanceCount": 1,
                "ExecutionRole": role,
                "LifeCycleConfig": {"SourceS3Uri": "s3://sagemaker-x/", "OnCreate": "a.sh"},
            }
            for name, kind in (("controller", "ml.m5.xlarge"), ("gpu", "ml.g5.xlarge"))
        ],
        VpcConfig={"SecurityGroupIds": [group], "Subnets": subnets},
    )["ClusterArn"]
    found = take("cluster", "prod-research")
    load_environments(files=[str(found.file)])
    assert mapped(found) == [{"ClusterArn": arn}]
    assert "/VpcConfig/SecurityGroupIds" in {one.place for one in found.takeover.replacements}
