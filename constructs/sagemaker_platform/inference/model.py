"""A model: a container image and, usually, data in S3."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IDependable

from sagemaker_platform.arguments import checks_types, require_one_of, require_some
from sagemaker_platform.catalog.server_options import find_model_id
from sagemaker_platform.foundation import use_of_key
from sagemaker_platform.inference.registered_models import decrypt_registered
from sagemaker_platform.network import INetwork, network_of
from sagemaker_platform.security import (
    ExecutionRole,
    WildcardStatement,
    acknowledge,
    pull_images,
    put_metrics,
    repository_of,
    work_in_vpc,
    write_logs,
)

Invocation = Literal["Serial", "Direct"]
"""How several containers of a model are called: one after the other, or each by its name."""


@checks_types
@dataclass(frozen=True, kw_only=True)
class Sharding:
    """How a model is sharded.

    Args:
        instance_type: what the shards are made for, and the job runs on.
        tensor_parallel_degree: number of shards' ranks: accelerators of one copy.
        max_hours: how long the job may take.
        revision: changes when the data under the same URI has changed.
    """

    instance_type: str
    tensor_parallel_degree: int
    max_hours: int = 3
    revision: str = ""


@checks_types
@dataclass(frozen=True, kw_only=True)
class ModelSource:
    """Where a model comes from.

    Args:
        image: URI of the container in ECR, in the endpoint's region.
        data: S3 URI of the model: one file, or a prefix that ends in ``/`` and is copied as
            it is. Absent, the image holds the model.
        compressed: whether SageMaker unpacks the file. Defaults to true for ``.tar.gz``.
        environment: environment variables of the container.
        model_package_arn: version in a model registry that the model is made of; then image
            and data are what that version says, for the role to read.
        hub_content_arn: reference in a private hub through which SageMaker reads the data.
        accept_eula: whether the license of the data is accepted.
        data_key_arn: key that encrypts the data, if it is another than the endpoint's. Defaults
            to any key of the account that has the version, for the objects of ``data`` only.
        sharding: how the data is sharded before it is served; see `FastModelLoader`.
        after: constructs that must exist before the model, such as data that is still created.
        hostname: name of the container among several.
        cache_models: of a container that loads many models: keep those it has loaded in
            memory.
    """

    image: str
    data: str | None = None
    compressed: bool | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    model_package_arn: str | None = None
    hub_content_arn: str | None = None
    accept_eula: bool = False
    data_key_arn: str | None = None
    sharding: Sharding | None = None
    after: IDependable | None = None
    hostname: str | None = None
    cache_models: bool = True


@dataclass(frozen=True, kw_only=True)
class Runner:
    """What containers run as: their role, and where they are in the network.

    Args:
        role: pulls the images and reads the model data.
        security_group: of the containers; None outside of a VPC.
        subnet_ids: private subnets.
    """

    role: iam.Role
    security_group: ec2.SecurityGroup | None
    subnet_ids: Sequence[str]


def make_runner(
    scope: Construct,
    *,
    sources: Sequence[ModelSource],
    network: INetwork | ec2.IVpc | None,
    key: kms.IKey,
    log_group_names: Sequence[str],
    statements: Sequence[iam.PolicyStatement] = (),
    what: str = "the model",
) -> Runner:
    """Make the role and the security group of containers, as children of a construct.

    Args:
        scope: construct that runs the containers.
        sources: the role pulls these images and reads these data, and no others.
        network: the containers run in its private subnets; None, outside of a VPC.
        key: the role may use it.
        log_group_names: the role writes to these log groups.
        statements: further permissions of the role.
        what: what runs, for the description of the role.
    """
    network = None if network is None else network_of(network)
    security_group = None if network is None else _security_group(scope, network)
    role = ExecutionRole(
        scope,
        "ExecutionRole",
        description=f"Runs {what} {scope.node.path}",
        statements=[
            *_pull(scope, sources),
            *(
                found
                for data, key_arn in dict.fromkeys(
                    place for source in sources for place in _places(source)
                )
                for found in read_data(scope, data, key_arn)
            ),
            *decrypt_registered(scope, sources),
            *(work_in_vpc(scope) if network is not None else ()),
            put_metrics(),
            *(write_logs(scope, name) for name in log_group_names),
            *use_of_key(key),
            *statements,
        ],
    ).role
    return Runner(
        role=role,
        security_group=security_group,
        subnet_ids=[] if network is None else list(network.private_subnet_ids),
    )


def _places(source: ModelSource) -> Iterator[tuple[str | None, str | None]]:
    """Yield where containers read: the data, and a model in S3 that a variable names."""
    yield source.data, source.data_key_arn
    found = find_model_id(source.environment)
    if found is not None and found[1].startswith("s3://"):
        yield f"{found[1].rstrip('/')}/", source.data_key_arn


def _security_group(scope: Construct, network: INetwork) -> ec2.SecurityGroup:
    """Create a security group that allows outbound TLS to AWS and other hosts."""
    security_group = ec2.SecurityGroup(
        scope,
        "SecurityGroup",
        vpc=network.vpc,
        description=f"Model containers of {scope.node.path}",
        allow_all_outbound=False,
    )
    security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "HTTPS")
    return security_group


class Model(Construct):
    """A SageMaker model in the VPC, with a role that reads no other model.

    It has no fixed name: every property of a model is create-only, so that a change
    makes a new model next to the old one.

    Args:
        sources: one container, or up to 15 that share an endpoint.
        runner: role and security group of the containers. If omitted, the model creates both,
            which requires ``network``, ``key`` and ``log_group_name``.
        statements: what else a role of the model's own may do.
        runner_sources: sources of further models that run as this one does.
        multi_model: the container loads one of many models below its data's prefix with
            each request.
        invocation: of several containers: ``Serial``, each takes the answer of the one
            before; or ``Direct``, clients name the container.
        network_isolation: the containers reach nothing, not even S3; SageMaker copies the
            model data for them.
        serverless: runs outside of the VPC, since AWS offers no other way for serverless
            endpoints.

    Raises:
        ValueError: an image is not in ECR, or data not in S3.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        sources: Sequence[ModelSource],
        runner: Runner | None = None,
        network: INetwork | ec2.IVpc | None = None,
        key: kms.IKey | None = None,
        log_group_name: str | None = None,
        statements: Sequence[iam.PolicyStatement] = (),
        runner_sources: Sequence[ModelSource] = (),
        multi_model: bool = False,
        invocation: Invocation = "Serial",
        network_isolation: bool = False,
        serverless: bool = False,
    ) -> None:
        super().__init__(scope, id)
        require_some("sources", sources)
        require_one_of("invocation", invocation, Invocation)
        if runner is None:
            if (network is None and not serverless) or key is None or log_group_name is None:
                raise ValueError("expected a runner, or network, key and log_group_name")
            runner = make_runner(
                self,
                sources=[*sources, *runner_sources],
                network=network,
                key=key,
                log_group_names=[log_group_name],
                statements=statements,
            )
        self.runner = runner
        containers = [
            _container(source, multi_model=multi_model, serverless=serverless) for source in sources
        ]
        several = len(containers) > 1
        self.resource = sagemaker.CfnModel(
            self,
            "Resource",
            execution_role_arn=runner.role.role_arn,
            primary_container=None if several else containers[0],
            containers=containers if several else None,
            inference_execution_config=sagemaker.CfnModel.InferenceExecutionConfigProperty(
                mode=invocation
            )
            if several
            else None,
            enable_network_isolation=True if network_isolation else None,
            vpc_config=None
            if runner.security_group is None
            else sagemaker.CfnModel.VpcConfigProperty(
                subnets=list(runner.subnet_ids),
                security_group_ids=[runner.security_group.security_group_id],
            ),
        )
        if serverless:
            acknowledge(
                self.resource,
                ["CloudFormation-Validate::MODEL_IN_VPC"],
                reason="AWS runs serverless containers outside of any VPC.",
            )
        for source in sources:
            if source.after is not None:
                self.resource.node.add_dependency(source.after)


def models_by_type(
    scope: Construct,
    id: str,
    sources: Mapping[str, Sequence[ModelSource]],
    *,
    runner: Runner,
    invocation: Invocation = "Serial",
    network_isolation: bool = False,
) -> Mapping[str, str]:
    """Create a model for each instance type that needs a separate one. Return the names.

    Args:
        scope: the endpoint.
        id: beginning of the ids of the models.
        sources: sources by instance type.
        runner: what the containers run as.
        invocation: of several containers.
        network_isolation: the containers reach nothing.
    """
    return {
        name: Model(
            scope,
            f"{id}-{name.removeprefix('ml.').replace('.', '-')}",
            sources=of_type,
            runner=runner,
            invocation=invocation,
            network_isolation=network_isolation,
        ).resource.attr_model_name
        for name, of_type in sources.items()
    }


def _container(
    source: ModelSource, *, multi_model: bool, serverless: bool
) -> sagemaker.CfnModel.ContainerDefinitionProperty:
    if multi_model:
        # ModelDataSource is neither for many models nor for serverless endpoints (AWS:
        # ``ContainerDefinition``).
        return sagemaker.CfnModel.ContainerDefinitionProperty(
            image=source.image,
            mode="MultiModel",
            container_hostname=source.hostname,
            environment=dict(source.environment) or None,
            model_data_url=source.data,
            multi_model_config=sagemaker.CfnModel.MultiModelConfigProperty(
                model_cache_setting="Enabled" if source.cache_models else "Disabled"
            ),
        )
    if source.model_package_arn is not None:
        # Image and data would contradict it (AWS: "CreateModel", ContainerDefinition).
        return sagemaker.CfnModel.ContainerDefinitionProperty(
            model_package_name=source.model_package_arn,
            container_hostname=source.hostname,
            environment=dict(source.environment) or None,
        )
    return sagemaker.CfnModel.ContainerDefinitionProperty(
        image=source.image,
        mode="SingleModel",
        container_hostname=source.hostname,
        environment=dict(source.environment) or None,
        model_data_url=source.data if serverless else None,
        model_data_source=None if serverless else _data_source(source),
    )


def _data_source(source: ModelSource) -> sagemaker.CfnModel.ModelDataSourceProperty | None:
    uri, compressed = source.data, source.compressed
    if uri is None:
        return None
    if not uri.startswith("s3://"):
        raise ValueError(f"expected model data at s3://bucket/key, got {uri}")
    prefix = uri.endswith("/")
    if prefix and compressed:
        raise ValueError(f"expected a file to unpack, got the prefix {uri}")
    if compressed is None:
        compressed = uri.endswith(".tar.gz")
    return sagemaker.CfnModel.ModelDataSourceProperty(
        s3_data_source=sagemaker.CfnModel.S3DataSourceProperty(
            s3_uri=uri,
            s3_data_type="S3Prefix" if prefix else "S3Object",
            compression_type="Gzip" if compressed else "None",
            model_access_config=sagemaker.CfnModel.ModelAccessConfigProperty(accept_eula=True)
            if source.accept_eula
            else None,
            hub_access_config=sagemaker.CfnModel.HubAccessConfigProperty(
                hub_content_arn=source.hub_content_arn
            )
            if source.hub_content_arn
            else None,
        )
    )


def _pull(scope: Construct, sources: Sequence[ModelSource]) -> list[iam.PolicyStatement]:
    repositories = dict.fromkeys(repository_of(scope, source.image) for source in sources)
    return pull_images(list(repositories))


def read_data(scope: Construct, data: str | None, key_arn: str | None) -> list[iam.PolicyStatement]:
    """Return the statements to read one model's data.

    Args:
        scope: a construct of the stack, for its partition.
        data: S3 URI of a file, or of a prefix that ends in ``/``; None, there is no data.
        key_arn: key that encrypts it, if it is another than the endpoint's.
    """
    if data is None:
        return []
    bucket, _, object_key = data.removeprefix("s3://").partition("/")
    arn = f"arn:{Stack.of(scope).partition}:s3:::{bucket}"
    prefix = object_key.endswith("/")
    statements = [
        WildcardStatement(
            actions=["s3:GetObject"],
            resources=[f"{arn}/{object_key}{'*' if prefix else ''}"],
            wildcard_reason="The files of one model, below its prefix." if prefix else None,
        ),
        iam.PolicyStatement(
            actions=["s3:ListBucket"],
            resources=[arn],
            conditions={"StringLike": {"s3:prefix": f"{object_key}{'*' if prefix else ''}"}},
        ),
    ]
    if key_arn is not None:
        statements.append(iam.PolicyStatement(actions=["kms:Decrypt"], resources=[key_arn]))
    return statements
