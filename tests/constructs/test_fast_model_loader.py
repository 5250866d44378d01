from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import App, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.inference import ModelSource, Sharding
from sagemaker_platform.inference.fast_model_loader import FastModelLoader
from sagemaker_platform.network import ImportedNetwork

IMAGE = "763104351884.dkr.ecr.eu-west-1.amazonaws.com/djl-inference:1"
SOURCE = ModelSource(
    image=IMAGE,
    data="s3://models/chat/",
    environment={"OPTION_DTYPE": "bf16", "SERVING_FAIL_FAST": "true"},
)
SHARDING = Sharding(instance_type="ml.g6e.12xlarge", tensor_parallel_degree=4, max_hours=3)


def loader(
    stack: Stack,
    *,
    source: ModelSource = SOURCE,
    sharding: Sharding = SHARDING,
    name: str = "dev-chat",
    removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
) -> FastModelLoader:
    key = kms.Key(stack, "Key")
    return FastModelLoader(
        stack,
        "Loader",
        name=name,
        source=source,
        sharding=sharding,
        bucket=DataBucket(
            stack,
            "Shards",
            key=key,
            access_logs=s3.Bucket.from_bucket_name(stack, "Logs", "logs"),
            removal_policy=removal_policy,
        ).bucket,
        network=ImportedNetwork(
            stack,
            "Network",
            vpc_id="vpc-1",
            cidr="10.0.0.0/16",
            availability_zones=["eu-west-1a", "eu-west-1b"],
            private_subnet_ids=["subnet-a", "subnet-b"],
        ),
        key=key,
        log_retention_days=30,
        removal_policy=removal_policy,
    )


def parts(stack: Stack) -> dict[int, dict[str, Any]]:
    """The parts of the wait by their numbers."""
    found = Template.from_stack(stack).find_resources("Custom::FastModelLoader").values()
    return {int(part["Properties"]["Part"]): dict(part) for part in found}


def job_name(stack: Stack, **arguments: Any) -> str:
    loader(stack, **arguments)
    return str(parts(stack)[1]["Properties"]["JobName"])


def job_names(*variants: dict[str, Any]) -> list[str]:
    """Return the names of jobs from one synth, each in a stack of its own."""
    app = App(builtin_cloud_formation_validation=False)
    made = [Stack(app, f"Stack{number}") for number, _ in enumerate(variants)]
    for stack, arguments in zip(made, variants, strict=True):
        loader(stack, **arguments)
    return [parts(stack)[1]["Properties"]["JobName"] for stack in made]


def test_the_job_gets_all_parameters(stack: Stack) -> None:
    loader(stack)
    properties = parts(stack)[1]["Properties"]
    assert properties["SourceUri"] == "s3://models/chat/"
    assert properties["Image"] == IMAGE
    assert properties["InstanceType"] == "ml.g6e.12xlarge"
    assert properties["Environment"] == {
        "OPTION_DTYPE": "bf16",
        "OPTION_LOAD_FORMAT": "sagemaker_fast_model_loader",
        "OPTION_TENSOR_PARALLEL_DEGREE": "4",
    }
    assert properties["SubnetIds"] == ["subnet-a", "subnet-b"]
    assert properties["MaxRuntimeSeconds"] == "10800"
    assert properties["DeleteOutput"] == "false"
    assert f"/fast-model-loader/{properties['JobName']}/" in str(properties["OutputUri"])


def test_the_wait_is_as_long_as_the_job(stack: Stack) -> None:
    loader(stack)
    found = parts(stack)
    assert sorted(found) == [1, 2, 3, 4]
    assert len(found) * 50 >= 3 * 60
    assert all(part["Properties"]["Parts"] == "4" for part in found.values())
    names = {
        number: name
        for name, resource in Template.from_stack(stack).to_json()["Resources"].items()
        for number in found
        if resource is not None and resource == found[number]
    }
    for number in (2, 3, 4):
        assert names[number - 1] in found[number]["DependsOn"]


def test_the_endpoint_loads_the_shards(stack: Stack) -> None:
    made = loader(stack)
    properties = parts(stack)[1]["Properties"]
    assert stack.resolve(made.source.data) == properties["OutputUri"]
    assert made.source.environment == {
        "OPTION_DTYPE": "bf16",
        "OPTION_LOAD_FORMAT": "sagemaker_fast_model_loader",
        "OPTION_TENSOR_PARALLEL_DEGREE": "4",
        "SERVING_FAIL_FAST": "true",
    }
    assert made.source.compressed is False
    assert made.source.sharding is None
    assert made.source.after is not None


def test_what_decides_about_the_shards_makes_another_job() -> None:
    names = job_names(
        {},
        {"source": replace(SOURCE, data="s3://models/chat-2/")},
        {"source": replace(SOURCE, image=f"{IMAGE}2")},
        {"source": replace(SOURCE, environment={"OPTION_DTYPE": "fp16"})},
        {"sharding": replace(SHARDING, instance_type="ml.g6e.48xlarge")},
        {"sharding": replace(SHARDING, tensor_parallel_degree=2)},
        {"sharding": replace(SHARDING, revision="2")},
        {"name": "dev-chat-2"},
    )
    assert len(set(names)) == len(names)


def test_what_does_not_decide_keeps_the_job() -> None:
    names = job_names(
        {},
        {},
        {"sharding": replace(SHARDING, max_hours=8)},
        {"source": replace(SOURCE, environment={**SOURCE.environment, "LOG_LEVEL": "debug"})},
        {"removal_policy": RemovalPolicy.DESTROY},
    )
    assert len(set(names)) == 1


def test_names_of_jobs_are_short_enough(stack: Stack) -> None:
    name = job_name(stack, name=f"{'a' * 45}-{'b' * 17}")
    assert len(name) <= 63
    assert "--" not in name


def test_shards_go_only_where_data_may_be_lost(stack: Stack) -> None:
    loader(stack, removal_policy=RemovalPolicy.DESTROY)
    assert parts(stack)[1]["Properties"]["DeleteOutput"] == "true"


def test_the_function_touches_the_shards_of_this_model_alone(stack: Stack) -> None:
    loader(stack)
    policies = Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy").values()
    statements = [
        statement
        for policy in policies
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    [jobs] = [s for s in statements if "sagemaker:CreateOptimizationJob" in s["Action"]]
    assert ":optimization-job/dev-chat-????????????????'" in str(jobs["Resource"])
    [objects] = [s for s in statements if "s3:DeleteObjectVersion" in s["Action"]]
    assert "/fast-model-loader/dev-chat-????????????????/*" in str(objects["Resource"])
    [passed] = [s for s in statements if "iam:PassRole" in s["Action"]]
    assert passed["Condition"] == {
        "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
    }


def test_the_job_reads_the_model_and_writes_the_shards(stack: Stack) -> None:
    name = job_name(stack)
    policies = Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy")
    [policy] = [text for text in map(str, policies.values()) if "ecr:BatchGetImage" in text]
    assert ":s3:::models/chat/*" in policy
    assert f"/fast-model-loader/{name}/*" in policy
    assert "ec2:CreateNetworkInterface" in policy


@pytest.mark.parametrize("data", [None, "s3://models/chat/model.tar.gz"])
def test_refuses_an_invalid_prefix(stack: Stack, data: str | None) -> None:
    with pytest.raises(ValueError, match=f"expected a prefix .*, got {data}"):
        loader(stack, source=replace(SOURCE, data=data))


def test_long_names_that_begin_alike_are_two_jobs() -> None:
    """Else the deletion of one would take the shards of the other."""
    jobs = job_names(*({"name": f"{'x' * 46}-{end}"} for end in ("one", "two")))
    assert len(set(jobs)) == 2
    assert max(map(len, jobs)) <= 63
