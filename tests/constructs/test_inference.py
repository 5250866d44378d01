from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Match, Template

from sagemaker_platform.catalog.local_disks import has_local_storage
from sagemaker_platform.inference import (
    Autoscaling,
    DataCapture,
    EndpointAlarms,
    Instances,
    ModelSource,
    RealTimeEndpoint,
    TrafficShift,
    Variant,
)
from tests.constructs.inference_support import (
    IMAGE,
    bucket,
    context,
    model_alarms,
    properties,
    statement,
)


def endpoint(stack: Stack, **arguments: Any) -> Template:
    key = kms.Key(stack, "Key")
    if arguments.pop("capture", False):
        arguments["data_capture"] = DataCapture(
            bucket=bucket(stack, "Captures", key), sampling_percentage=20
        )
    RealTimeEndpoint(
        stack,
        "Endpoint",
        name="team-churn",
        variants=[
            Variant(
                sources=[
                    arguments.pop(
                        "source", ModelSource(image=IMAGE, data="s3://models/churn/model.tar.gz")
                    )
                ],
                instances=Instances(
                    types=arguments.pop("types", ["ml.m5.large"]),
                    gpus=arguments.pop("gpus", 0),
                ),
                autoscaling=arguments.pop("autoscaling", None),
            ),
            *arguments.pop("further", ()),
        ],
        context=context(stack, key),
        **arguments,
    )
    return Template.from_stack(stack)


def test_volumes_are_encrypted_and_the_model_runs_in_the_vpc(stack: Stack) -> None:
    template = endpoint(stack)
    assert "KmsKeyId" in properties(template, "AWS::SageMaker::EndpointConfig")
    model = properties(template, "AWS::SageMaker::Model")
    assert model["VpcConfig"]["Subnets"] == ["subnet-a", "subnet-b"]
    template.has_resource_properties(
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": "/aws/sagemaker/Endpoints/team-churn",
            "RetentionInDays": 30,
            "KmsKeyId": Match.any_value(),
        },
    )


def test_local_disks_take_no_key(stack: Stack) -> None:
    template = endpoint(stack, types=["ml.g5.xlarge"])
    assert "KmsKeyId" not in properties(template, "AWS::SageMaker::EndpointConfig")


# From AWS's specifications of instance types: which families have local NVMe disks.
WITH_DISKS = [
    *("c5d", "c6gd", "m5d", "m6gd", "r5d", "r6gd", "r7gd"),
    *("dl1", "g4dn", "g5", "g6", "g6e", "g7", "g7e", "trn1", "trn1n", "trn2"),
    *("p4d", "p4de", "p5", "p5e", "p5en", "p6-b200", "p6e-gb200"),
]
WITHOUT = [
    *("c4", "c5", "c6g", "c6gn", "c6i", "c6in", "c7g", "c7i", "c8g", "inf1", "inf2", "m4", "m5"),
    *("m6g", "m6i", "m7i", "m8g", "p2", "p3", "r5", "r6g", "r6i", "r7i", "r8g", "t2"),
]


@pytest.mark.parametrize(
    ("family", "expected"), [(f, True) for f in WITH_DISKS] + [(f, False) for f in WITHOUT]
)
def test_families_with_local_disks(family: str, expected: bool) -> None:
    assert has_local_storage(f"ml.{family}.xlarge") is expected


@pytest.mark.parametrize(
    ("data", "kind", "compression", "resource"),
    [
        ("s3://models/a/model.tar.gz", "S3Object", "Gzip", "models/a/model.tar.gz"),
        ("s3://models/a/", "S3Prefix", "None", "models/a/*"),
    ],
)
def test_model_data_is_a_file_or_a_prefix(
    stack: Stack, data: str, kind: str, compression: str, resource: str
) -> None:
    template = endpoint(stack, source=ModelSource(image=IMAGE, data=data))
    model = properties(template, "AWS::SageMaker::Model")
    source = model["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]
    assert source == {"S3Uri": data, "S3DataType": kind, "CompressionType": compression}
    assert resource in str(statement(template, "s3:GetObject")["Resource"])


def test_role_pulls_one_image(stack: Stack) -> None:
    found = statement(endpoint(stack), "ecr:BatchGetImage")
    assert "123456789012:repository/team/model'" in str(found["Resource"])


def test_data_of_another_key(stack: Stack) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    source = ModelSource(image=IMAGE, data="s3://models/a/", data_key_arn=key)
    policies = endpoint(stack, source=source).find_resources("AWS::IAM::ManagedPolicy")
    assert key in str(policies)


def test_the_role_of_a_model_sees_the_alarms_that_roll_back(stack: Stack) -> None:
    template = endpoint(stack)
    deployment = properties(template, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    watched = [a["AlarmName"]["Ref"] for a in deployment["AutoRollbackConfiguration"]["Alarms"]]
    seen = statement(template, "cloudwatch:DescribeAlarms")["Resource"]
    assert sorted(one["Fn::GetAtt"][0] for one in seen) == sorted(watched)
    role = properties(template, "AWS::SageMaker::Model")["ExecutionRoleArn"]["Fn::GetAtt"][0]
    attached = [
        policy["Properties"].get("Roles")
        for policy in template.find_resources("AWS::IAM::ManagedPolicy").values()
    ]
    assert [{"Ref": role}] in attached


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (ModelSource(image="docker.io/library/python"), "expected an image in ECR"),
        (ModelSource(image=IMAGE, data="https://a/b"), "expected model data at s3://"),
        (ModelSource(image=IMAGE, data="s3://a/b/", compressed=True), "expected a file to unpack"),
    ],
)
def test_refuses_sources(stack: Stack, source: ModelSource, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        endpoint(stack, source=source)


def test_capture_is_encrypted_and_allowed(stack: Stack) -> None:
    template = endpoint(stack, capture=True)
    capture = properties(template, "AWS::SageMaker::EndpointConfig")["DataCaptureConfig"]
    assert capture["EnableCapture"] is True
    assert capture["InitialSamplingPercentage"] == 20
    assert capture["KmsKeyId"]
    assert [o["CaptureMode"] for o in capture["CaptureOptions"]] == ["Input", "Output"]
    put = statement(template, "s3:PutObject")
    assert put["Action"] == ["s3:AbortMultipartUpload", "s3:PutObject"]
    assert "/team-churn/*" in str(put["Resource"])


def test_responses_alone_are_captured(stack: Stack) -> None:
    capture = DataCapture(
        bucket=bucket(stack, "Captures", kms.Key(stack, "CaptureKey")),
        sampling_percentage=5,
        requests=False,
        json_content_types=["application/json"],
    )
    found = properties(endpoint(stack, data_capture=capture), "AWS::SageMaker::EndpointConfig")
    assert found["DataCaptureConfig"]["CaptureOptions"] == [{"CaptureMode": "Output"}]
    assert found["DataCaptureConfig"]["CaptureContentTypeHeader"] == {
        "JsonContentTypes": ["application/json"]
    }


def test_scaling_keeps_what_it_reached(stack: Stack) -> None:
    template = endpoint(
        stack,
        autoscaling=Autoscaling(min_capacity=2, max_capacity=5, invocations=60),
    )
    assert properties(template, "AWS::SageMaker::Endpoint")["RetainAllVariantProperties"] is True
    target = properties(template, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 5)
    assert "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint" in str(target["RoleARN"])
    # Registered after the endpoint, whose name it takes from it.
    assert "EndpointName" in str(target["ResourceId"])
    template.has_resource_properties(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 60,
                "ScaleInCooldown": 300,
                "ScaleOutCooldown": 60,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
                },
            }
        },
    )


def test_a_fixed_number_of_instances_follows_the_settings(stack: Stack) -> None:
    template = endpoint(stack)
    assert properties(template, "AWS::SageMaker::Endpoint")["RetainAllVariantProperties"] is False
    template.resource_count_is("AWS::ApplicationAutoScaling::ScalableTarget", 0)


@pytest.mark.parametrize(("latency_ms", "alarms"), [(None, 1), (250, 2)])
def test_an_update_rolls_back_on_every_alarm(
    stack: Stack, latency_ms: int | None, alarms: int
) -> None:
    template = endpoint(stack, alarms=EndpointAlarms(latency_ms=latency_ms))
    found = model_alarms(template)
    assert len(found) == alarms
    for alarm in found.values():
        assert alarm["Properties"]["AlarmActions"]
        assert alarm["Properties"]["TreatMissingData"] == "notBreaching"
    deployment = properties(template, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    watched = deployment["AutoRollbackConfiguration"]["Alarms"]
    assert {alarm["AlarmName"]["Ref"] for alarm in watched} == set(found)
    if latency_ms is not None:
        template.has_resource_properties(
            "AWS::CloudWatch::Alarm",
            {"MetricName": "ModelLatency", "Threshold": 250_000, "ExtendedStatistic": "p99"},
        )


@pytest.mark.parametrize(
    ("shift", "routing"),
    [
        (TrafficShift(), {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 300}),
        (
            TrafficShift(strategy="canary", step_percent=20, wait_seconds=60),
            {
                "Type": "CANARY",
                "WaitIntervalInSeconds": 60,
                "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 20},
            },
        ),
        (
            TrafficShift(strategy="linear", step_percent=25),
            {
                "Type": "LINEAR",
                "WaitIntervalInSeconds": 300,
                "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 25},
            },
        ),
    ],
)
def test_traffic_shifts(stack: Stack, shift: TrafficShift, routing: dict[str, Any]) -> None:
    template = endpoint(stack, traffic_shift=shift)
    deployment = properties(template, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    assert deployment["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"] == routing


def test_a_rolling_update_has_batches_and_no_second_fleet(stack: Stack) -> None:
    shift = TrafficShift(
        strategy="rolling", step_percent=25, rollback_percent=50, wait_seconds=60, max_minutes=30
    )
    template = endpoint(stack, traffic_shift=shift)
    deployment = properties(template, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    assert "BlueGreenUpdatePolicy" not in deployment
    assert deployment["RollingUpdatePolicy"] == {
        "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 25},
        "RollbackMaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
        "MaximumExecutionTimeoutInSeconds": 1800,
        "WaitIntervalInSeconds": 60,
    }
    assert deployment["AutoRollbackConfiguration"]["Alarms"]


def challenger(**arguments: Any) -> Variant:
    return Variant(
        name="challenger",
        sources=[ModelSource(image=IMAGE)],
        instances=Instances(types=["ml.m5.large"]),
        **arguments,
    )


def test_variants_have_a_model_a_weight_and_alarms_each(stack: Stack) -> None:
    template = endpoint(
        stack,
        further=[challenger(weight=0.1)],
        autoscaling=Autoscaling(min_capacity=1, max_capacity=5, invocations=60),
    )
    configuration = properties(template, "AWS::SageMaker::EndpointConfig")
    assert [
        (v["VariantName"], v["InitialVariantWeight"]) for v in configuration["ProductionVariants"]
    ] == [("AllTraffic", 1), ("challenger", 0.1)]
    assert len({str(v["ModelName"]) for v in configuration["ProductionVariants"]}) == 2
    deployed = properties(template, "AWS::SageMaker::Endpoint")
    assert len(deployed["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]) == 4
    # Counts are kept, but a change of weights is meant.
    assert deployed["RetainAllVariantProperties"] is True
    assert deployed["ExcludeRetainedVariantProperties"] == [
        {"VariantPropertyType": "DesiredWeight"}
    ]


def test_an_update_watches_no_more_alarms_than_sagemaker_takes(stack: Stack) -> None:
    further = [
        Variant(
            name=f"v{number}",
            sources=[ModelSource(image=IMAGE)],
            instances=Instances(types=["ml.g5.xlarge"], gpus=1),
        )
        for number in range(5)
    ]
    template = endpoint(stack, types=["ml.g5.xlarge"], gpus=1, further=further)
    assert len(model_alarms(template)) == 18
    deployment = properties(template, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    watched = [a["AlarmName"]["Ref"] for a in deployment["AutoRollbackConfiguration"]["Alarms"]]
    assert len(watched) == len(set(watched)) == 10
    assert sum("ServerErrors" in name for name in watched) == 6


def test_a_shadow_gets_copies_and_no_traffic(stack: Stack) -> None:
    template = endpoint(stack, shadow=challenger(weight=0.5))
    configuration = properties(template, "AWS::SageMaker::EndpointConfig")
    assert len(configuration["ProductionVariants"]) == 1
    [shadow] = configuration["ShadowProductionVariants"]
    assert (shadow["VariantName"], shadow["InitialVariantWeight"]) == ("challenger", 0.5)
    # A version without callers wakes no one.
    assert len(model_alarms(template)) == 2


def test_refuses_a_shadow_of_several(stack: Stack) -> None:
    with pytest.raises(ValueError, match="expected one variant with a shadow, got 2"):
        endpoint(
            stack,
            further=[challenger()],
            shadow=Variant(
                name="s",
                sources=[ModelSource(image=IMAGE)],
                instances=Instances(types=["ml.m5.large"]),
            ),
        )


def test_refuses_disks_of_two_kinds(stack: Stack) -> None:
    with pytest.raises(ValueError, match="all have local disks, or none"):
        endpoint(stack, types=["ml.m5.large", "ml.g5.xlarge"])


def test_pools_have_priorities(stack: Stack) -> None:
    template = endpoint(stack, types=["ml.g6.xlarge", "ml.g5.xlarge"])
    [variant] = properties(template, "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    assert "InstanceType" not in variant
    assert variant["InstancePools"] == [
        {"InstanceType": "ml.g6.xlarge", "Priority": 1},
        {"InstanceType": "ml.g5.xlarge", "Priority": 2},
    ]


def test_memory_of_all_gpus_is_watched(stack: Stack) -> None:
    template = endpoint(stack, types=["ml.g5.12xlarge"], gpus=4)
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "Namespace": "/aws/sagemaker/Endpoints",
            "MetricName": "GPUMemoryUtilization",
            "Threshold": 380,
        },
    )


def test_rollback_alarms_see_the_new_configuration_only(stack: Stack) -> None:
    """Else the errors of the old instances would take back the update that mends them."""
    template = endpoint(stack, types=["ml.g5.xlarge"], gpus=1)
    [configuration] = template.find_resources("AWS::SageMaker::EndpointConfig")
    deployment = properties(template, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    watched = [a["AlarmName"]["Ref"] for a in deployment["AutoRollbackConfiguration"]["Alarms"]]
    alarms = template.find_resources("AWS::CloudWatch::Alarm")
    metrics = {alarms[name]["Properties"]["MetricName"] for name in watched}
    assert metrics == {"Invocation5XXErrors", "ModelLatency"}
    assert "GPUMemoryUtilization" in str(alarms)
    for name in watched:
        assert {
            "Name": "EndpointConfigName",
            "Value": {"Fn::GetAtt": [configuration, "EndpointConfigName"]},
        } in alarms[name]["Properties"]["Dimensions"]


def test_alarms_can_be_off(stack: Stack) -> None:
    off = EndpointAlarms(
        server_errors_per_minute=None, latency_ms=None, accelerator_memory_percent=None
    )
    template = endpoint(stack, types=["ml.g5.xlarge"], gpus=1, alarms=off)
    assert len(model_alarms(template)) == 0
    deployment = properties(template, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    assert "AutoRollbackConfiguration" not in deployment


def test_an_update_without_rollback_keeps_its_alarms(stack: Stack) -> None:
    template = endpoint(stack, traffic_shift=TrafficShift(rollback=False))
    assert len(model_alarms(template)) == 2
    deployment = properties(template, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    assert "AutoRollbackConfiguration" not in deployment
