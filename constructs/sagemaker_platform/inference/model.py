"""A model: a container image and, usually, data in S3."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.foundation import use_of_key
from sagemaker_platform.network import INetwork
from sagemaker_platform.security import Allow, ExecutionRole, write_logs

_ECR_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/"
    r"(?P<repository>[a-z0-9._/-]+?)(:[\w.-]+)?(@sha256:[0-9a-f]{64})?"
)


@dataclass(frozen=True, kw_only=True)
class ModelSource:
    """Where a model comes from.

    Args:
        image: URI of the container in ECR, in the endpoint's region.
        data: S3 URI of the model: one ``.tar.gz`` file, or a prefix that ends in ``/``
            and is copied as it is. Absent, the image holds the model.
        environment: environment variables of the container.
        data_key_arn: key that encrypts the data, if it is another than the endpoint's.
    """

    image: str
    data: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    data_key_arn: str | None = None


class Model(Construct):
    """A SageMaker model in the VPC, with a role that reads no other model.

    It has no name of its own: every property of a model is create-only, so that a change
    makes a new model beside the old one.

    Raises:
        ValueError: the image is not in ECR, or the data not in S3.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: ModelSource,
        network: INetwork,
        key: kms.IKey,
        log_group_name: str,
        statements: Sequence[Allow] = (),
    ) -> None:
        super().__init__(scope, id)
        self.security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=network.vpc,
            description=f"Model containers of {self.node.path}",
            allow_all_outbound=False,
        )
        self.security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "HTTPS")
        self.role = ExecutionRole(
            self,
            "ExecutionRole",
            description=f"Runs the model {self.node.path}",
            statements=[
                *_pull(self, source.image),
                *_read_data(self, source),
                *_work_in_vpc(self),
                *_watch(self, log_group_name),
                *use_of_key(key),
                *statements,
            ],
        ).role
        container = sagemaker.CfnModel.ContainerDefinitionProperty(
            image=source.image,
            mode="SingleModel",
            environment=dict(source.environment) or None,
            model_data_source=_data_source(source.data),
        )
        self.resource = sagemaker.CfnModel(
            self,
            "Resource",
            execution_role_arn=self.role.role_arn,
            primary_container=container,
            vpc_config=sagemaker.CfnModel.VpcConfigProperty(
                subnets=list(network.private_subnet_ids),
                security_group_ids=[self.security_group.security_group_id],
            ),
        )


def _data_source(uri: str | None) -> sagemaker.CfnModel.ModelDataSourceProperty | None:
    if uri is None:
        return None
    if not uri.startswith("s3://"):
        raise ValueError(f"expected model data at s3://bucket/key, got {uri}")
    prefix = uri.endswith("/")
    return sagemaker.CfnModel.ModelDataSourceProperty(
        s3_data_source=sagemaker.CfnModel.S3DataSourceProperty(
            s3_uri=uri,
            s3_data_type="S3Prefix" if prefix else "S3Object",
            compression_type="None" if prefix else "Gzip",
        )
    )


def _pull(scope: Construct, image: str) -> list[Allow]:
    match = _ECR_IMAGE.fullmatch(image)
    if match is None:
        raise ValueError(f"expected an image in ECR, got {image}")
    repository = (
        f"arn:{Stack.of(scope).partition}:ecr:{match['region']}:{match['account']}"
        f":repository/{match['repository']}"
    )
    return [
        Allow(
            actions=[
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            resources=[repository],
        ),
        Allow(
            actions=["ecr:GetAuthorizationToken"],
            resources=["*"],
            wildcard_reason="IAM cannot restrict this action to a resource.",
        ),
    ]


def _read_data(scope: Construct, source: ModelSource) -> list[Allow]:
    if source.data is None:
        return []
    bucket, _, object_key = source.data.removeprefix("s3://").partition("/")
    arn = f"arn:{Stack.of(scope).partition}:s3:::{bucket}"
    prefix = object_key.endswith("/")
    statements = [
        Allow(
            actions=["s3:GetObject"],
            resources=[f"{arn}/{object_key}{'*' if prefix else ''}"],
            wildcard_reason="The files of one model, below its prefix." if prefix else None,
        ),
        Allow(
            actions=["s3:ListBucket"],
            resources=[arn],
            conditions={"StringLike": {"s3:prefix": f"{object_key}{'*' if prefix else ''}"}},
        ),
    ]
    if source.data_key_arn is not None:
        statements.append(Allow(actions=["kms:Decrypt"], resources=[source.data_key_arn]))
    return statements


def _work_in_vpc(scope: Construct) -> list[Allow]:
    stack = Stack.of(scope)
    return [
        Allow(
            actions=[
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcEndpoints",
                "ec2:DescribeVpcs",
            ],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these actions to a resource.",
        ),
        Allow(
            actions=[
                "ec2:CreateNetworkInterface",
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            resources=[
                stack.format_arn(service="ec2", resource=kind, resource_name="*")
                for kind in ("network-interface", "security-group", "subnet")
            ],
            wildcard_reason="SageMaker makes the interfaces of the containers; ids are new.",
        ),
    ]


def _watch(scope: Construct, log_group_name: str) -> list[Allow]:
    return [
        Allow(
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={
                "StringLike": {"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/*"]}
            },
            wildcard_reason="IAM restricts this action by namespace only.",
        ),
        write_logs(scope, log_group_name),
    ]
