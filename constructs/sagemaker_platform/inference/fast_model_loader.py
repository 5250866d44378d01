"""Fast Model Loader: a sharded model that an endpoint streams from S3."""

import hashlib
import json
import math
from dataclasses import replace

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.foundation import put_statement, use_of_key
from sagemaker_platform.functions import WaitingResource
from sagemaker_platform.inference.model import ModelSource, Sharding, make_runner
from sagemaker_platform.network import INetwork, network_of
from sagemaker_platform.security import WildcardStatement

_FOLDER = "fast-model-loader"
_DIGITS = 16
# How long one part of the wait takes, see the handler.
_PART_MINUTES = 50
# Of the optimization job; its name is not documented.
_LOG_GROUP = "/aws/sagemaker/OptimizationJobs"
_LOAD_FORMAT = "sagemaker_fast_model_loader"


class FastModelLoader(Construct):
    """Shards of a model, created by SageMaker's optimization job before the endpoint.

    The job parts the model for one instance type and degree. Its name has a hash of the
    model's URI, image, settings and `Sharding`: the same model is sharded once, whatever
    else changes, and a change makes new shards next to the old, which go when the endpoint
    has moved. CloudFormation waits for up to ``max_hours``, in parts, because it waits an
    hour for one resource. With removal policy DESTROY the shards are deleted with the stack
    or when they are replaced; otherwise they stay and are taken again.

    The container must be LMI, whose variables have the prefix ``OPTION_``, and reach S3: an
    endpoint in network isolation cannot stream shards (AWS: ``sagemaker-serve``, which
    refuses it). AWS advises inference components without ``NumberOfCpuCoresRequired``. That
    the endpoint loads the shards, and where the job logs, only AWS can show.

    Args:
        name: what the job's name begins with; unique in account and region, with its hash.
        source: the model as it is; its data is a prefix.
        sharding: how it is sharded.
        bucket: receives the shards.
        network: the job runs in its private subnets.
        key: encrypts shards and logs.
        log_retention_days: how long the waiting functions' logs are kept; one of the periods
            that CloudWatch Logs offers.
        removal_policy: of the shards.

    Attributes:
        source: the sharded model, with the settings that load it, made of what is ready.

    Raises:
        ValueError: the data is no prefix.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        source: ModelSource,
        sharding: Sharding,
        bucket: s3.IBucket,
        network: INetwork | ec2.IVpc,
        key: kms.IKey,
        log_retention_days: int,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        network = network_of(network)
        if source.data is None or not source.data.endswith("/"):
            raise ValueError(f"expected a prefix of uncompressed model data, got {source.data}")
        environment = {
            **source.environment,
            "OPTION_LOAD_FORMAT": _LOAD_FORMAT,
            "OPTION_TENSOR_PARALLEL_DEGREE": str(sharding.tensor_parallel_degree),
        }
        options = {k: v for k, v in sorted(environment.items()) if k.startswith("OPTION_")}
        base = name[:46].rstrip("-")
        # What is cut off a long name tells two jobs apart, each of which is deleted by itself.
        job = f"{base}-{_digest(source, sharding, options, name[46:])}"
        destroy = removal_policy is RemovalPolicy.DESTROY
        # The hash of another model, or of this one before a change: not another name.
        any_job = f"{base}-{'?' * _DIGITS}"
        runner = make_runner(
            self,
            sources=[source],
            network=network,
            key=key,
            log_group_names=[_LOG_GROUP],
            statements=[
                put_statement(bucket, f"{_FOLDER}/{job}"),
                iam.PolicyStatement(
                    actions=["s3:GetBucketLocation"], resources=[bucket.bucket_arn]
                ),
            ],
            what="the job that parts",
        )
        uri = f"s3://{bucket.bucket_name}/{_FOLDER}/{job}/"
        security_group = runner.security_group
        assert security_group is not None
        properties = {
            "JobName": job,
            "RoleArn": runner.role.role_arn,
            "Image": source.image,
            "SourceUri": source.data,
            "InstanceType": sharding.instance_type,
            "Environment": options,
            "OutputUri": uri,
            "KeyArn": key.key_arn,
            "SecurityGroupIds": [security_group.security_group_id],
            "SubnetIds": list(network.private_subnet_ids),
            "MaxRuntimeSeconds": str(sharding.max_hours * 3600),
            "DeleteOutput": "true" if destroy else "false",
            "Parts": str(_parts(sharding.max_hours)),
        }
        jobs = Stack.of(self).format_arn(
            service="sagemaker", resource="optimization-job", resource_name=any_job.lower()
        )
        waiting = WaitingResource(
            self,
            "Waiting",
            folder="fast_model_loader",
            resource_type="FastModelLoader",
            properties={**properties, "Part": "1"},
            is_complete_statements=[
                iam.PolicyStatement(
                    actions=[
                        "sagemaker:CreateOptimizationJob",
                        "sagemaker:DeleteOptimizationJob",
                        "sagemaker:DescribeOptimizationJob",
                        "sagemaker:StopOptimizationJob",
                    ],
                    resources=[jobs],
                ),
                iam.PolicyStatement(
                    actions=["iam:PassRole"],
                    resources=[runner.role.role_arn],
                    conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
                ),
                *_output_statements(bucket, f"{_FOLDER}/{any_job}"),
                *use_of_key(key),
            ],
            key=key,
            log_retention_days=log_retention_days,
            description="Parting a model",
            poll_seconds=60,
        )
        last = waiting.resource
        for part in range(2, _parts(sharding.max_hours) + 1):
            following = waiting.add(
                self,
                f"Part{part}",
                resource_type="FastModelLoader",
                properties={**properties, "Part": str(part)},
            )
            following.node.add_dependency(last)
            last = following
        self.source = replace(
            source,
            data=uri,
            compressed=False,
            data_key_arn=None,
            environment=environment,
            sharding=None,
            after=last,
        )


def _parts(max_hours: int) -> int:
    """Return how many waits are as long as the job, and a while for it to begin."""
    return math.ceil((max_hours * 60 + 20) / _PART_MINUTES)


def _digest(
    source: ModelSource, sharding: Sharding, options: dict[str, str], rest_of_name: str
) -> str:
    decides: list[object] = [
        source.data, source.image, options, sharding.instance_type, sharding.revision
    ]  # fmt: skip
    if rest_of_name:
        decides.append(rest_of_name)
    text = json.dumps(decides, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _output_statements(bucket: s3.IBucket, output: str) -> list[iam.PolicyStatement]:
    """Return what marks shards as complete, and deletes them."""
    arn = bucket.bucket_arn
    return [
        iam.PolicyStatement(
            actions=["s3:ListBucket", "s3:ListBucketVersions"],
            resources=[arn],
            conditions={"StringLike": {"s3:prefix": [f"{output}/", f"{output}.complete"]}},
        ),
        WildcardStatement(
            actions=["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"],
            resources=[f"{arn}/{output}/*", f"{arn}/{output}.complete"],
            wildcard_reason="Shards of this one model: their number is not known beforehand.",
        ),
    ]
