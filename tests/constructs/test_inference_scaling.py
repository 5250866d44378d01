"""What moves capacity, and the five parts of scaling to zero."""

from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Match, Template

from sagemaker_platform.foundation import Metric
from sagemaker_platform.inference import (
    AsynchronousEndpoint,
    Autoscaling,
    Component,
    ComponentEndpoint,
    Compute,
    Instances,
    InstanceScaling,
    ModelSource,
    RealTimeEndpoint,
    ScheduledCapacity,
    Serverless,
    ServerlessEndpoint,
    Step,
    StepScaling,
    Variant,
)
from sagemaker_platform.inference.autoscaling import CopyAutoscaling
from tests.constructs.inference_support import IMAGE, bucket, context, properties

POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
SOURCE = ModelSource(image=IMAGE)


def real_time(stack: Stack, settings: Autoscaling) -> Template:
    RealTimeEndpoint(
        stack,
        "Endpoint",
        name="team-churn",
        variants=[
            Variant(
                sources=[SOURCE],
                instances=Instances(types=["ml.m5.large"]),
                autoscaling=settings,
            )
        ],
        context=context(stack, kms.Key(stack, "Key")),
    )
    return Template.from_stack(stack)


def components(stack: Stack, **scaling: Any) -> Template:
    ComponentEndpoint(
        stack,
        "Endpoint",
        name="team-llm",
        components=[
            Component(
                name="chat",
                source=SOURCE,
                compute=Compute(accelerators=1, min_memory_mb=1024),
                autoscaling=Autoscaling(max_capacity=4, **scaling),
            )
        ],
        instances=Instances(types=["ml.g5.xlarge"]),
        scaling=InstanceScaling(min_instances=0, max_instances=2),
        context=context(stack, kms.Key(stack, "Key")),
    )
    return Template.from_stack(stack)


def asynchronous(stack: Stack, **scaling: Any) -> Template:
    key = kms.Key(stack, "Key")
    AsynchronousEndpoint(
        stack,
        "Endpoint",
        name="team-docs",
        sources=[SOURCE],
        instances=Instances(types=["ml.g5.xlarge"]),
        data=bucket(stack, "Data", key),
        autoscaling=Autoscaling(max_capacity=4, **scaling),
        context=context(stack, key),
    )
    return Template.from_stack(stack)


def tracked(template: Template) -> list[dict[str, Any]]:
    kind = {"Properties": {"PolicyType": "TargetTrackingScaling"}}
    return [
        policy["Properties"]["TargetTrackingScalingPolicyConfiguration"]
        for policy in template.find_resources(POLICY, kind).values()
    ]


def wake_up(template: Template, metric: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the alarm on a metric, and the step policy that is its only action."""
    [alarm] = template.find_resources(
        "AWS::CloudWatch::Alarm", {"Properties": {"MetricName": metric}}
    ).values()
    [action] = alarm["Properties"]["AlarmActions"]
    policy = template.find_resources(POLICY)[action["Ref"]]
    return alarm["Properties"], policy["Properties"]


def test_components_get_all_five_parts_of_scaling_to_zero(stack: Stack) -> None:
    template = components(stack, min_capacity=0, concurrent_requests=8, scale_to_zero=True)

    configuration = properties(template, "AWS::SageMaker::EndpointConfig")
    [variant] = configuration["ProductionVariants"]
    assert variant["ManagedInstanceScaling"]["MinInstanceCount"] == 0
    assert properties(template, TARGET)["MinCapacity"] == 0
    [tracking] = tracked(template)
    assert tracking["PredefinedMetricSpecification"] == {
        "PredefinedMetricType": "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution"
    }
    alarm, policy = wake_up(template, "NoCapacityInvocationFailures")
    assert policy["PolicyType"] == "StepScaling"
    assert policy["StepScalingPolicyConfiguration"] == {
        "AdjustmentType": "ChangeInCapacity",
        "Cooldown": 60,
        "MetricAggregationType": "Maximum",
        "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
    }
    assert alarm["Dimensions"] == [{"Name": "InferenceComponentName", "Value": "team-llm-chat"}]
    assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Sum", 60, 1)
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (
        1,
        "GreaterThanOrEqualToThreshold",
    )


def test_a_request_for_an_adapter_wakes_its_component_up(stack: Stack) -> None:
    """Clients name the adapter, and the metric has the name that clients call."""
    CopyAutoscaling(
        stack,
        "Autoscaling",
        component_name="team-llm-chat",
        settings=Autoscaling(min_capacity=0, max_capacity=2, invocations=60, scale_to_zero=True),
        after=[],
        adapters=["legal"],
    )
    alarms = Template.from_stack(stack).find_resources(
        "AWS::CloudWatch::Alarm", {"Properties": {"MetricName": "NoCapacityInvocationFailures"}}
    )
    woken_by = {
        alarm["Properties"]["Dimensions"][0]["Value"]: alarm["Properties"]["AlarmActions"]
        for alarm in alarms.values()
    }
    assert set(woken_by) == {"team-llm-chat", "team-llm-chat-legal"}
    assert woken_by["team-llm-chat"] == woken_by["team-llm-chat-legal"]


def test_what_may_be_gone_is_not_missed(stack: Stack) -> None:
    """The wake-up is the only alarm on it: no one is notified, and no update rolls back."""
    template = components(stack, min_capacity=0, invocations=60, scale_to_zero=True)
    component = properties(template, "AWS::SageMaker::InferenceComponent")
    alarms = component["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert not [alarm for alarm in alarms if "NoCapacity" in str(alarm)]


def test_what_must_not_be_gone_is_missed(stack: Stack) -> None:
    template = components(stack, min_capacity=1, invocations=60)
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm", {"MetricName": "NoCapacityInvocationFailures"}
    )
    template.resource_count_is(POLICY, 1)


def test_copies_are_registered_after_their_component(stack: Stack) -> None:
    template = components(stack, min_capacity=1, invocations=60)
    [target] = template.find_resources(TARGET).values()
    [component] = template.find_resources("AWS::SageMaker::InferenceComponent")
    assert component in target["DependsOn"]
    assert target["Properties"]["ResourceId"] == "inference-component/team-llm-chat"
    assert target["Properties"]["ScalableDimension"] == (
        "sagemaker:inference-component:DesiredCopyCount"
    )


def test_a_queue_wakes_an_asynchronous_endpoint_up(stack: Stack) -> None:
    template = asynchronous(stack, min_capacity=0, backlog=5, scale_to_zero=True)

    assert properties(template, TARGET)["MinCapacity"] == 0
    [tracking] = tracked(template)
    assert tracking["TargetValue"] == 5
    assert tracking["CustomizedMetricSpecification"] == {
        "Namespace": "AWS/SageMaker",
        "MetricName": "ApproximateBacklogSizePerInstance",
        "Statistic": "Average",
        "Dimensions": [{"Name": "EndpointName", "Value": "team-docs"}],
    }
    alarm, policy = wake_up(template, "HasBacklogWithoutCapacity")
    assert alarm["Dimensions"] == [{"Name": "EndpointName", "Value": "team-docs"}]
    assert policy["StepScalingPolicyConfiguration"]["StepAdjustments"] == [
        {"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}
    ]


def test_a_queue_without_instances_is_an_alarm_where_there_should_be_some(stack: Stack) -> None:
    template = asynchronous(stack, min_capacity=1, backlog=5)
    [alarm] = template.find_resources(
        "AWS::CloudWatch::Alarm", {"Properties": {"MetricName": "HasBacklogWithoutCapacity"}}
    ).values()
    assert alarm["Properties"]["AlarmActions"] == [{"Ref": topic_of(template)}]


def topic_of(template: Template) -> str:
    [topic] = template.find_resources("AWS::SNS::Topic")
    return topic


@pytest.mark.parametrize(
    ("settings", "metric"),
    [
        ({"invocations": 60}, "SageMakerVariantInvocationsPerInstance"),
        (
            {"concurrent_requests": 4},
            "SageMakerVariantConcurrentRequestsPerModelHighResolution",
        ),
    ],
)
def test_variants_track(stack: Stack, settings: dict[str, Any], metric: str) -> None:
    template = real_time(stack, Autoscaling(min_capacity=1, max_capacity=3, **settings))
    [tracking] = tracked(template)
    assert tracking["PredefinedMetricSpecification"] == {"PredefinedMetricType": metric}
    assert tracking["TargetValue"] == next(iter(settings.values()))


def test_custom_metrics_schedules_and_steps(stack: Stack) -> None:
    metric = Metric(namespace="Shop", name="Rows", dimensions={"Shop": "x"}, statistic="Sum")
    template = real_time(
        stack,
        Autoscaling(
            min_capacity=1,
            max_capacity=9,
            custom_metric=metric,
            custom_target=50,
            schedules=[
                ScheduledCapacity(
                    name="day",
                    expression="cron(0 8 ? * MON-FRI *)",
                    time_zone="Europe/Dublin",
                    min_capacity=4,
                    max_capacity=9,
                )
            ],
            steps=StepScaling(
                metric=metric,
                threshold=100,
                steps=[Step(above=0, change=1), Step(above=500, change=3)],
                cooldown_seconds=90,
            ),
        ),
    )
    [tracking] = tracked(template)
    assert tracking["CustomizedMetricSpecification"]["Dimensions"] == [
        {"Name": "Shop", "Value": "x"}
    ]
    assert properties(template, TARGET)["ScheduledActions"] == [
        {
            "ScheduledActionName": "day",
            "Schedule": "cron(0 8 ? * MON-FRI *)",
            "Timezone": "Europe/Dublin",
            "ScalableTargetAction": {"MinCapacity": 4, "MaxCapacity": 9},
        }
    ]
    alarm, policy = wake_up(template, "Rows")
    assert alarm["Threshold"] == 100
    assert policy["StepScalingPolicyConfiguration"]["Cooldown"] == 90
    assert policy["StepScalingPolicyConfiguration"]["StepAdjustments"] == [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 500, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 500, "ScalingAdjustment": 3},
    ]


def test_provisioned_concurrency_tracks_its_use(stack: Stack) -> None:
    ServerlessEndpoint(
        stack,
        "Endpoint",
        name="team-rules",
        source=ModelSource(image=IMAGE, data="s3://models/rules/model.tar.gz"),
        serverless=Serverless(memory_mb=2048, max_concurrency=20, provisioned_concurrency=2),
        autoscaling=Autoscaling(min_capacity=1, max_capacity=5, utilization=0.7),
        context=context(stack, kms.Key(stack, "Key")),
    )
    template = Template.from_stack(stack)
    assert properties(template, TARGET)["ScalableDimension"] == (
        "sagemaker:variant:DesiredProvisionedConcurrency"
    )
    [tracking] = tracked(template)
    assert tracking["TargetValue"] == 0.7
    assert tracking["PredefinedMetricSpecification"] == {
        "PredefinedMetricType": "SageMakerVariantProvisionedConcurrencyUtilization"
    }
    template.has_resource_properties(
        "AWS::SageMaker::Endpoint", Match.object_like({"RetainAllVariantProperties": True})
    )
