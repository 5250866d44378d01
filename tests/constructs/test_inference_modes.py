"""Components, queues, and endpoints without instances."""

from collections.abc import Sequence
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Match, Template

from sagemaker_platform.inference import (
    Adapter,
    AsynchronousEndpoint,
    Component,
    ComponentEndpoint,
    Compute,
    Instances,
    InstanceScaling,
    ModelSource,
    Notifications,
    Placement,
    RealTimeEndpoint,
    Serverless,
    ServerlessEndpoint,
    TrafficShift,
    Variant,
)
from tests.constructs.inference_support import (
    IMAGE,
    bucket,
    context,
    properties,
    statement,
)

COMPONENT = "AWS::SageMaker::InferenceComponent"
GPU = Compute(accelerators=1, min_memory_mb=1024)


def components(stack: Stack, entries: Sequence[Component], **arguments: Any) -> Template:
    ComponentEndpoint(
        stack,
        "Endpoint",
        **{
            "name": "team-llm",
            "components": entries,
            "instances": Instances(types=["ml.g5.12xlarge"], gpus=4),
            "context": context(stack, kms.Key(stack, "Key")),
            **arguments,
        },
    )
    return Template.from_stack(stack)


def chat(**arguments: Any) -> Component:
    return Component(
        **{"name": "chat", "source": ModelSource(image=IMAGE), "compute": GPU, **arguments}
    )


def named(template: Template) -> dict[str, dict[str, Any]]:
    return {
        resource["Properties"]["InferenceComponentName"]: dict(resource)
        for resource in template.find_resources(COMPONENT).values()
    }


def test_the_role_and_the_network_are_the_endpoints(stack: Stack) -> None:
    """A variant of components has no model: they bring theirs."""
    template = components(stack, [chat(source=ModelSource(image=IMAGE, data="s3://models/chat/"))])
    configuration = properties(template, "AWS::SageMaker::EndpointConfig")
    [variant] = configuration["ProductionVariants"]
    assert "ModelName" not in variant
    assert "InitialVariantWeight" not in variant
    assert configuration["VpcConfig"]["Subnets"] == ["subnet-a", "subnet-b"]
    model = properties(template, "AWS::SageMaker::Model")
    assert model["ExecutionRoleArn"] == configuration["ExecutionRoleArn"]
    assert model["VpcConfig"] == configuration["VpcConfig"]
    assert "models/chat/*" in str(statement(template, "s3:GetObject")["Resource"])


def test_components_share_one_role_and_have_a_log_group_each(stack: Stack) -> None:
    template = components(stack, [chat(), chat(name="embed")])
    template.resource_count_is("AWS::IAM::Role", 1)
    groups = [
        g["Properties"]["LogGroupName"]
        for g in template.find_resources("AWS::Logs::LogGroup").values()
    ]
    assert sorted(groups) == [
        "/aws/sagemaker/Endpoints/team-llm",
        "/aws/sagemaker/InferenceComponents/team-llm-chat",
        "/aws/sagemaker/InferenceComponents/team-llm-embed",
    ]


def test_a_component_says_what_a_copy_needs(stack: Stack) -> None:
    template = components(
        stack,
        [
            chat(
                compute=Compute(
                    accelerators=2, cpu_cores=4, min_memory_mb=2048, max_memory_mb=4096
                ),
                copies=3,
                cache_data=False,
                placement=Placement(strategy="BINPACK", max_zone_imbalance=1),
                container_startup_timeout_seconds=900,
            )
        ],
    )
    component = properties(template, COMPONENT)
    assert component["RuntimeConfig"] == {"CopyCount": 3}
    specification = component["Specification"]
    assert specification["ComputeResourceRequirements"] == {
        "NumberOfAcceleratorDevicesRequired": 2,
        "NumberOfCpuCoresRequired": 4,
        "MinMemoryRequiredInMb": 2048,
        "MaxMemoryRequiredInMb": 4096,
    }
    assert specification["DataCacheConfig"] == {"EnableCaching": False}
    assert specification["SchedulingConfig"] == {
        "PlacementStrategy": "BINPACK",
        "AvailabilityZoneBalance": {"EnforcementMode": "PERMISSIVE", "MaxImbalance": 1},
    }
    assert specification["StartupParameters"] == {
        "ContainerStartupHealthCheckTimeoutInSeconds": 900
    }


def test_other_types_other_needs(stack: Stack) -> None:
    by_type = [("ml.g6.12xlarge", GPU), ("ml.g5.12xlarge", Compute(cpu_cores=1, min_memory_mb=512))]
    template = components(
        stack,
        [chat(compute=None, compute_by_type=by_type)],
        instances=Instances(types=["ml.g6.12xlarge", "ml.g5.12xlarge"], gpus=4),
    )
    component = properties(template, COMPONENT)
    assert "Specification" not in component
    assert [
        (s["InstanceType"], s["ComputeResourceRequirements"]["MinMemoryRequiredInMb"])
        for s in component["Specifications"]
    ] == [("ml.g6.12xlarge", 1024), ("ml.g5.12xlarge", 512)]


def test_an_adapter_has_no_compute_and_comes_after_its_base(stack: Stack) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    legal = Adapter(name="legal", data="s3://adapters/legal.tar.gz", data_key_arn=key)
    template = components(stack, [chat(adapters=[legal])])
    found = named(template)
    adapter = found["team-llm-chat-legal"]
    assert adapter["Properties"]["Specification"] == {
        "BaseInferenceComponentName": "team-llm-chat",
        "Container": {"ArtifactUrl": "s3://adapters/legal.tar.gz"},
    }
    assert "RuntimeConfig" not in adapter["Properties"]
    [base] = [
        logical_id
        for logical_id, r in template.find_resources(COMPONENT).items()
        if r["Properties"]["InferenceComponentName"] == "team-llm-chat"
    ]
    assert base in adapter["DependsOn"]
    assert "adapters/legal.tar.gz" in str(statement(template, "s3:GetObject")["Resource"])
    decrypts = [
        one["Resource"]
        for policy in template.find_resources("AWS::IAM::ManagedPolicy").values()
        for one in policy["Properties"]["PolicyDocument"]["Statement"]
        if "kms:Decrypt" in one["Action"]
    ]
    assert key in str(decrypts)


def test_a_component_is_updated_in_batches_that_its_own_alarms_take_back(stack: Stack) -> None:
    shift = TrafficShift(step_percent=20, rollback_percent=100, wait_seconds=60, max_minutes=30)
    template = components(stack, [chat(traffic_shift=shift), chat(name="embed")])
    deployment = named(template)["team-llm-chat"]["Properties"]["DeploymentConfig"]
    assert deployment["RollingUpdatePolicy"] == {
        "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 20},
        "RollbackMaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 100},
        "MaximumExecutionTimeoutInSeconds": 1800,
        "WaitIntervalInSeconds": 60,
    }
    alarms = template.find_resources("AWS::CloudWatch::Alarm")
    watched = [a["AlarmName"]["Ref"] for a in deployment["AutoRollbackConfiguration"]["Alarms"]]
    assert [alarms[name]["Properties"]["MetricName"] for name in watched] == [
        "Invocation5XXErrors",
        "ModelLatency",
    ]
    for name in watched:
        assert alarms[name]["Properties"]["Dimensions"] == [
            {"Name": "InferenceComponentName", "Value": "team-llm-chat"}
        ]


def test_instances_come_and_go(stack: Stack) -> None:
    scaling = InstanceScaling(
        min_instances=1, max_instances=4, scale_in="CONSOLIDATION", max_step=2, cooldown_minutes=30
    )
    template = components(stack, [chat()], scaling=scaling)
    [variant] = properties(template, "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    assert variant["ManagedInstanceScaling"] == {
        "Status": "ENABLED",
        "MinInstanceCount": 1,
        "MaxInstanceCount": 4,
        "ScaleInPolicy": {
            "Strategy": "CONSOLIDATION",
            "MaximumStepSize": 2,
            "CooldownInMinutes": 30,
        },
    }


def test_refuses_names_that_are_too_long(stack: Stack) -> None:
    with pytest.raises(ValueError, match="at most 63 characters, got team-llm-ccc"):
        components(stack, [chat(name="c" * 60)])


def asynchronous(stack: Stack, **arguments: Any) -> Template:
    key = kms.Key(stack, "Key")
    AsynchronousEndpoint(
        stack,
        "Endpoint",
        name="team-docs",
        sources=[ModelSource(image=IMAGE)],
        instances=Instances(types=["ml.m5.large"]),
        data=bucket(stack, "Data", key),
        context=context(stack, key),
        **arguments,
    )
    return Template.from_stack(stack)


def test_requests_and_results_are_encrypted_and_apart(stack: Stack) -> None:
    template = asynchronous(stack, max_concurrent_invocations=4)
    found = properties(template, "AWS::SageMaker::EndpointConfig")["AsyncInferenceConfig"]
    assert found["ClientConfig"] == {"MaxConcurrentInvocationsPerInstance": 4}
    output = found["OutputConfig"]
    assert output["KmsKeyId"]
    assert "/team-docs/output" in str(output["S3OutputPath"])
    assert "/team-docs/failures" in str(output["S3FailurePath"])
    assert "NotificationConfig" not in output
    assert "/team-docs/input/*" in str(statement(template, "s3:GetObject")["Resource"])


def test_topics_are_encrypted_and_the_model_may_publish(stack: Stack) -> None:
    template = asynchronous(stack, notifications=Notifications(topics=True, with_response=True))
    output = properties(template, "AWS::SageMaker::EndpointConfig")["AsyncInferenceConfig"]
    told = output["OutputConfig"]["NotificationConfig"]
    assert told["IncludeInferenceResponseIn"] == [
        "SUCCESS_NOTIFICATION_TOPIC",
        "ERROR_NOTIFICATION_TOPIC",
    ]
    topics = {told["SuccessTopic"]["Ref"], told["ErrorTopic"]["Ref"]}
    published = statement(template, "sns:Publish")["Resource"]
    assert {one["Ref"] for one in published} == topics
    for topic in topics:
        assert template.find_resources("AWS::SNS::Topic")[topic]["Properties"]["KmsMasterKeyId"]


def test_the_bucket_notifies_eventbridge_without_a_function(stack: Stack) -> None:
    template = asynchronous(stack, notifications=Notifications(events=True))
    template.has_resource_properties(
        "AWS::S3::Bucket",
        {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}},
    )
    template.resource_count_is("AWS::Lambda::Function", 0)


def test_an_old_request_is_an_alarm_that_rolls_nothing_back(stack: Stack) -> None:
    template = asynchronous(stack)
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {"MetricName": "ApproximateAgeOfOldestRequest", "AlarmActions": Match.any_value()},
    )
    deployment = properties(template, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    assert "OldestRequest" not in str(deployment)
    assert "NoCapacity" not in str(deployment)


def test_serverless_has_no_instances_no_vpc_and_no_volume(stack: Stack) -> None:
    ServerlessEndpoint(
        stack,
        "Endpoint",
        name="team-rules",
        source=ModelSource(image=IMAGE, data="s3://models/rules/model.tar.gz"),
        serverless=Serverless(memory_mb=2048, max_concurrency=20),
        context=context(stack, kms.Key(stack, "Key")),
    )
    template = Template.from_stack(stack)
    configuration = properties(template, "AWS::SageMaker::EndpointConfig")
    [variant] = configuration["ProductionVariants"]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 20}
    assert not {"InstanceType", "InitialInstanceCount"} & set(variant)
    assert "KmsKeyId" not in configuration
    model = properties(template, "AWS::SageMaker::Model")
    assert "VpcConfig" not in model
    container = model["PrimaryContainer"]
    assert container["ModelDataUrl"] == "s3://models/rules/model.tar.gz"
    assert "ModelDataSource" not in container
    template.resource_count_is("AWS::EC2::SecurityGroup", 0)
    assert "ec2:CreateNetworkInterface" not in str(template.to_json())


def variant(stack: Stack, **arguments: Any) -> dict[str, Any]:
    RealTimeEndpoint(
        stack,
        "Endpoint",
        name="team-many",
        variants=[Variant(instances=Instances(types=["ml.m5.large"]), **arguments)],
        context=context(stack, kms.Key(stack, "Key")),
        network_isolation=True,
    )
    return properties(Template.from_stack(stack), "AWS::SageMaker::Model")


def test_many_models_are_a_prefix(stack: Stack) -> None:
    source = ModelSource(image=IMAGE, data="s3://models/shops/", cache_models=False)
    model = variant(stack, sources=[source], multi_model=True)
    assert model["PrimaryContainer"] == {
        "Image": IMAGE,
        "Mode": "MultiModel",
        "ModelDataUrl": "s3://models/shops/",
        "MultiModelConfig": {"ModelCacheSetting": "Disabled"},
    }


def test_several_containers_are_called_by_their_names(stack: Stack) -> None:
    sources = [ModelSource(image=IMAGE, hostname=name) for name in ("one", "two")]
    model = variant(stack, sources=sources, invocation="Direct")
    assert [c["ContainerHostname"] for c in model["Containers"]] == ["one", "two"]
    assert model["InferenceExecutionConfig"] == {"Mode": "Direct"}
    assert model["EnableNetworkIsolation"] is True
    assert "PrimaryContainer" not in model
