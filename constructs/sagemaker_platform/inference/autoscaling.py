"""Scaling instances, copies or provisioned concurrency with the load."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration, Names, Stack, TimeZone
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import Metric, alarm


@checks_types
@dataclass(frozen=True, kw_only=True)
class ScheduledCapacity:
    """Other limits from a time on.

    Args:
        name: name of the schedule.
        expression: ``cron(…)`` or ``at(…)`` of Application Auto Scaling.
        time_zone: name of a time zone. Defaults to UTC.
        min_capacity: minimum from then on.
        max_capacity: never more from then on.
    """

    name: str
    expression: str
    time_zone: str | None = None
    min_capacity: int
    max_capacity: int


@checks_types
@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a step policy.

    Args:
        above: distance of the metric from the alarm's threshold, at which the step begins.
        change: how much capacity is added.
    """

    above: float
    change: int


@checks_types
@dataclass(frozen=True, kw_only=True)
class StepScaling:
    """Adding capacity in steps while a metric is too high.

    Args:
        metric: what is watched.
        threshold: the steps begin here.
        steps: in ascending order, the first at 0.
        cooldown_seconds: wait after capacity was added.
    """

    metric: Metric
    threshold: float
    steps: Sequence[Step]
    cooldown_seconds: int = 60


@checks_types
@dataclass(frozen=True, kw_only=True)
class Autoscaling:
    """Limits of a capacity, and what moves it between them.

    Args:
        min_capacity: never fewer.
        max_capacity: never more.
        invocations: tracks the invocations of an instance, or of a copy, per minute.
        concurrent_requests: tracks the requests that an instance, or a copy, works on at
            the same time; SageMaker measures it every ten seconds.
        utilization: tracks the share of provisioned concurrency in use, from 0 to 1.
        backlog: tracks the queued requests of an asynchronous endpoint per instance.
        custom_metric: tracks a metric of your own.
        custom_target: value of ``custom_metric`` to hold.
        schedules: other limits at given times.
        steps: adds capacity in steps.
        scale_to_zero: lets capacity reach zero, and wakes it with the first request.
        scale_in_cooldown_seconds: wait after capacity was removed.
        scale_out_cooldown_seconds: wait after capacity was added.
    """

    min_capacity: int
    max_capacity: int
    invocations: int | None = None
    concurrent_requests: float | None = None
    utilization: float | None = None
    backlog: float | None = None
    custom_metric: Metric | None = None
    custom_target: float | None = None
    schedules: Sequence[ScheduledCapacity] = ()
    steps: StepScaling | None = None
    scale_to_zero: bool = False
    scale_in_cooldown_seconds: int = 300
    scale_out_cooldown_seconds: int = 60


class _ScaledCapacity(Construct):
    """Registers a capacity with Application Auto Scaling, and its policies.

    The service acts through its own service-linked role, which AWS makes with the first
    registration in an account.
    """

    _dimension: str
    _invocations = scaling.PredefinedMetric.SAGEMAKER_VARIANT_INVOCATIONS_PER_INSTANCE
    _concurrency = (
        scaling.PredefinedMetric.SAGEMAKER_VARIANT_CONCURRENT_REQUESTS_PER_MODEL_HIGH_RESOLUTION
    )

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        resource_id: str,
        settings: Autoscaling,
        after: Sequence[IDependable] = (),
    ) -> None:
        super().__init__(scope, id)
        service_role = Stack.of(self).format_arn(
            service="iam",
            region="",
            resource="role",
            resource_name="aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
            "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
        )
        self.target = scaling.ScalableTarget(
            self,
            "Target",
            service_namespace=scaling.ServiceNamespace.SAGEMAKER,
            scalable_dimension=self._dimension,
            resource_id=resource_id,
            min_capacity=0 if settings.scale_to_zero else settings.min_capacity,
            max_capacity=settings.max_capacity,
            role=iam.Role.from_role_arn(self, "ServiceRole", service_role, mutable=False),
        )
        if after:
            self.target.node.add_dependency(*after)
        self._settings = settings
        self._track("Invocations", settings.invocations, predefined=self._invocations)
        self._track("Concurrency", settings.concurrent_requests, predefined=self._concurrency)
        self._track(
            "Utilization",
            settings.utilization,
            predefined=(
                scaling.PredefinedMetric.SAGEMAKER_VARIANT_PROVISIONED_CONCURRENCY_UTILIZATION
            ),
        )
        if settings.custom_metric is not None:
            self._track("CustomMetric", settings.custom_target, custom=settings.custom_metric)
        for schedule in settings.schedules:
            self.target.scale_on_schedule(
                schedule.name,
                schedule=scaling.Schedule.expression(schedule.expression),
                time_zone=TimeZone.of(schedule.time_zone) if schedule.time_zone else None,
                min_capacity=schedule.min_capacity,
                max_capacity=schedule.max_capacity,
            )
        if settings.steps is not None:
            steps = settings.steps
            self._add_on_alarm(
                "Steps",
                metrics={"": steps.metric},
                threshold=steps.threshold,
                evaluation_periods=1,
                steps=steps.steps,
                cooldown_seconds=steps.cooldown_seconds,
                description=f"Adds capacity to {resource_id}",
            )

    def _track(
        self,
        id: str,
        value: float | None,
        *,
        predefined: scaling.PredefinedMetric | None = None,
        custom: Metric | None = None,
    ) -> None:
        if value is None:
            return
        self.target.scale_to_track_metric(
            id,
            target_value=value,
            predefined_metric=predefined,
            custom_metric=cloudwatch.Metric(
                namespace=custom.namespace,
                metric_name=custom.name,
                dimensions_map=dict(custom.dimensions),
                statistic=custom.statistic,
                period=Duration.minutes(custom.period_minutes),
            )
            if custom
            else None,
            scale_in_cooldown=Duration.seconds(self._settings.scale_in_cooldown_seconds),
            scale_out_cooldown=Duration.seconds(self._settings.scale_out_cooldown_seconds),
        )

    def _add_on_alarm(
        self,
        id: str,
        *,
        metrics: Mapping[str, Metric],
        threshold: float,
        evaluation_periods: int,
        steps: Sequence[Step],
        cooldown_seconds: int,
        description: str,
    ) -> None:
        """Add capacity while one of some metrics is at the threshold or above.

        Args:
            id: of the policy, and what the alarms' ids begin with.
            metrics: by what their alarms' ids end with.
            threshold: of each.
            evaluation_periods: of each.
            steps: what is added.
            cooldown_seconds: wait after capacity was added.
            description: of the alarms.
        """
        policy = scaling.CfnScalingPolicy(
            self,
            id,
            policy_name=f"{Names.unique_id(self)}{id}",
            policy_type="StepScaling",
            scaling_target_id=self.target.scalable_target_id,
            step_scaling_policy_configuration={
                "adjustmentType": "ChangeInCapacity",
                "cooldown": cooldown_seconds,
                "metricAggregationType": "Maximum",
                "stepAdjustments": [
                    {
                        "metricIntervalLowerBound": step.above,
                        "metricIntervalUpperBound": following.above if following else None,
                        "scalingAdjustment": step.change,
                    }
                    for step, following in zip(steps, [*steps[1:], None], strict=True)
                ],
            },
        )
        for end, metric in metrics.items():
            alarm(
                self,
                f"{id}Alarm{end}",
                description=description,
                metric=metric,
                comparison="GreaterThanOrEqualToThreshold",
                threshold=threshold,
                periods=evaluation_periods,
                actions=[policy.ref],
            )


class VariantAutoscaling(_ScaledCapacity):
    """Scales the instances of a variant.

    An asynchronous endpoint can reach zero instances: it wakes up while requests wait and
    no instance is there (AWS: "Autoscale an asynchronous endpoint").
    """

    _dimension = "sagemaker:variant:DesiredInstanceCount"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint_name: str,
        variant_name: str,
        settings: Autoscaling,
        name: str | None = None,
        after: Sequence[IDependable] = (),
    ) -> None:
        super().__init__(
            scope,
            id,
            resource_id=f"endpoint/{endpoint_name}/variant/{variant_name}",
            settings=settings,
            after=after,
        )
        # Metrics of an asynchronous queue belong to the endpoint, not to a variant.
        dimensions = {"EndpointName": name or endpoint_name}
        if settings.backlog is not None:
            self._track(
                "Backlog",
                settings.backlog,
                custom=Metric(
                    namespace="AWS/SageMaker",
                    name="ApproximateBacklogSizePerInstance",
                    dimensions=dimensions,
                ),
            )
        if settings.scale_to_zero:
            waiting = Metric(
                namespace="AWS/SageMaker", name="HasBacklogWithoutCapacity", dimensions=dimensions
            )
            self._add_on_alarm(
                "WakeUp",
                metrics={"": waiting},
                threshold=1,
                evaluation_periods=2,
                steps=[Step(above=0, change=1)],
                cooldown_seconds=150,
                description=f"{name or endpoint_name}: wakes up, since requests wait",
            )


class ConcurrencyAutoscaling(_ScaledCapacity):
    """Scales the provisioned concurrency of a serverless variant."""

    _dimension = "sagemaker:variant:DesiredProvisionedConcurrency"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint_name: str,
        variant_name: str,
        settings: Autoscaling,
    ) -> None:
        super().__init__(
            scope,
            id,
            resource_id=f"endpoint/{endpoint_name}/variant/{variant_name}",
            settings=settings,
        )


class CopyAutoscaling(_ScaledCapacity):
    """Scales the copies of an inference component.

    With ``scale_to_zero``, no copy is left without requests, and the endpoint's instances
    go too if their least number is 0. The first request then fails, raises an alarm of one
    minute, and that alarm adds a copy, which takes minutes: clients have to try again
    (AWS: "Scale an endpoint to zero instances"). Clients of an adapter name the adapter, which
    runs on the copies of its component: a request for it wakes those up too.

    Args:
        component_name: name of the component.
        settings: limits, and what moves the number of copies.
        after: constructs that must exist first.
        adapters: what names of adapters add to that of the component.
    """

    _dimension = "sagemaker:inference-component:DesiredCopyCount"
    _invocations = scaling.PredefinedMetric.SAGEMAKER_INFERENCE_COMPONENT_INVOCATIONS_PER_COPY
    _concurrency = scaling.PredefinedMetric.SAGEMAKER_INFERENCE_COMPONENT_CONCURRENT_REQUESTS_PER_COPY_HIGH_RESOLUTION  # noqa: E501

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        component_name: str,
        settings: Autoscaling,
        after: Sequence[IDependable],
        adapters: Sequence[str] = (),
    ) -> None:
        super().__init__(
            scope,
            id,
            resource_id=f"inference-component/{component_name}",
            settings=settings,
            after=after,
        )
        if settings.scale_to_zero:
            names = {
                "": component_name,
                **{f"-{name}": f"{component_name}-{name}" for name in adapters},
            }
            self._add_on_alarm(
                "WakeUp",
                metrics={
                    end: Metric(
                        namespace="AWS/SageMaker",
                        name="NoCapacityInvocationFailures",
                        dimensions={"InferenceComponentName": name},
                        statistic="Sum",
                    )
                    for end, name in names.items()
                },
                threshold=1,
                evaluation_periods=1,
                steps=[Step(above=0, change=1)],
                cooldown_seconds=60,
                description=f"{component_name}: wakes up, since a request found no copy",
            )
