"""An asynchronous endpoint: requests wait in S3 and in a queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each
from sagemaker_platform.foundation import put_statement, tell_eventbridge, use_of_key
from sagemaker_platform.inference.alarms import EndpointAlarms, instance_alarms
from sagemaker_platform.inference.autoscaling import Autoscaling, VariantAutoscaling
from sagemaker_platform.inference.dashboard import EndpointDashboard, show_queue
from sagemaker_platform.inference.deployment import TrafficShift
from sagemaker_platform.inference.endpoint import (
    Endpoint,
    EndpointContext,
    EndpointMetrics,
)
from sagemaker_platform.inference.instances import Instances
from sagemaker_platform.inference.model import Model, ModelSource, models_by_type
from sagemaker_platform.inference.named_endpoint import VARIANT
from sagemaker_platform.inference.routed_requests import RoutedRequests
from sagemaker_platform.security import WildcardStatement


@checks_types
@dataclass(frozen=True, kw_only=True)
class Notifications:
    """Who is told that a result is there.

    Args:
        topics: make one SNS topic for results and one for failures.
        with_response: put results of up to 128 KB into the message.
        events: let the bucket tell EventBridge of each object, results among them.
    """

    topics: bool = False
    with_response: bool = False
    events: bool = False


@checks_types
class AsynchronousEndpoint(Endpoint):
    """An endpoint that takes requests of up to 1 GB and answers in S3, within an hour each.

    A client puts its request below ``<name>/input/``, calls ``InvokeEndpointAsync`` with
    that object, and finds the answer below ``<name>/output/`` or ``<name>/failures/``.

    Args:
        name: name of the endpoint, unique in account and region.
        sources: the model's container, or several in a row.
        instances: what the model runs on.
        data: bucket of requests and results.
        context: network, key, topic and so on.
        sources_by_type: the containers on instance types that need others.
        network_isolation: the containers reach nothing.
        max_concurrent_invocations: requests that an instance works on at the same time;
            if omitted, SageMaker chooses.
        notifications: if omitted, clients look into the bucket.
        autoscaling: if omitted, the number of instances is fixed.
        alarms: thresholds.
        traffic_shift: how an update moves the traffic.
        metrics: metrics to publish. Defaults to SageMaker's default metrics.
        routed: requests that routers of other accounts and regions send. Defaults to none.

    Attributes:
        succeeded: topic of results, if there is one.
        failed: topic of failures, if there is one.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        sources: Sequence[ModelSource],
        instances: Instances,
        data: s3.IBucket,
        context: EndpointContext,
        sources_by_type: Mapping[str, Sequence[ModelSource]] | None = None,
        network_isolation: bool = False,
        max_concurrent_invocations: int | None = None,
        notifications: Notifications | None = None,
        autoscaling: Autoscaling | None = None,
        alarms: EndpointAlarms | None = None,
        traffic_shift: TrafficShift | None = None,
        metrics: EndpointMetrics | None = None,
        routed: Sequence[RoutedRequests] = (),
    ) -> None:
        require_each("sources", sources, ModelSource)
        require_each("routed", routed, RoutedRequests)
        super().__init__(scope, id, name=name, context=context)
        self._data = data
        told, alarms = notifications or Notifications(), alarms or EndpointAlarms()
        self.succeeded = self._topic("Succeeded") if told.topics else None
        self.failed = self._topic("Failed") if told.topics else None
        if told.events:
            tell_eventbridge(data)
        self.model = Model(
            self,
            "Model",
            sources=[self._sharded("FastModelLoader", one, name=name) for one in sources],
            network=context.network,
            key=context.key,
            log_group_name=self.log_group_name,
            network_isolation=network_isolation,
            runner_sources=[one for of in (sources_by_type or {}).values() for one in of],
            statements=[
                *self._data_statements(),
                *(statement for one in routed for statement in one.statements()),
                *(
                    iam.PolicyStatement(actions=["sns:Publish"], resources=[topic.topic_arn])
                    for topic in (self.succeeded, self.failed)
                    if topic is not None
                ),
            ],
        )
        configuration = self._configure(
            variants=[
                instances.to_property(
                    VARIANT,
                    model_name=self.model.resource.attr_model_name,
                    weight=1,
                    models_by_type=models_by_type(
                        self,
                        "Model",
                        sources_by_type or {},
                        runner=self.model.runner,
                        network_isolation=network_isolation,
                    ),
                )
            ],
            instances=[instances],
            metrics=metrics,
            async_inference_config=self._asynchronous(max_concurrent_invocations, told),
        )
        group = instance_alarms(
            self,
            "Alarms",
            endpoint_name=name,
            variant_name=VARIANT,
            gpus=instances.gpus,
            settings=alarms,
            topic=context.alarm_topic,
            kind="asynchronous",
            configuration_name=configuration,
        )
        self._alarm_groups, self._instances = [group], instances
        self._scaled = autoscaling is not None
        queue = {"EndpointName": name}
        if alarms.oldest_request_seconds is not None:
            group.add(
                "OldestRequest",
                metric="ApproximateAgeOfOldestRequest",
                dimensions=queue,
                statistic="Maximum",
                threshold=alarms.oldest_request_seconds,
                datapoints=3,
                meaning="requests wait too long",
                # That many wait is no fault of the new version.
                watched=False,
            )
        scaled_to_zero = autoscaling is not None and autoscaling.scale_to_zero
        if alarms.no_capacity and not scaled_to_zero:
            group.add(
                "NoCapacity",
                metric="HasBacklogWithoutCapacity",
                dimensions=queue,
                statistic="Maximum",
                threshold=0,
                datapoints=3,
                meaning="requests wait and no instance is there",
                watched=False,
            )
        self.resource = self._serve(
            configuration,
            deployment=(traffic_shift or TrafficShift()).to_property(group.alarm_names),
            roles=[self.model.runner.role],
            retain=autoscaling is not None,
        )
        if autoscaling is not None:
            VariantAutoscaling(
                self,
                "Autoscaling",
                endpoint_name=self.resource.attr_endpoint_name,
                variant_name=VARIANT,
                settings=autoscaling,
                name=name,
            )

    def invoke_statements(self) -> list[iam.PolicyStatement]:
        """Return what a role needs to send requests and to fetch their results."""
        bucket = self._data.bucket_arn
        return [
            iam.PolicyStatement(
                actions=["sagemaker:InvokeEndpointAsync"],
                resources=[self._arn("endpoint", self.name)],
            ),
            put_statement(self._data, f"{self.name}/input"),
            WildcardStatement(
                actions=["s3:GetObject"],
                resources=[f"{bucket}/{self.name}/output/*", f"{bucket}/{self.name}/failures/*"],
                wildcard_reason="Results of one endpoint: their keys are not known beforehand.",
            ),
            *use_of_key(self.context.key),
        ]

    def grant_requests(self, roles: Sequence[iam.IRole]) -> None:
        """Add roles of this account to the bucket's policy, to send requests and fetch results.

        Their own policies must allow calling the endpoint and using the key; `grant_invoke`
        grants both, and access to the bucket, where the bucket's policy is not needed.
        """
        if not roles:
            return
        bucket = self._data
        for action, folders in (
            ("s3:PutObject", ["input"]),
            ("s3:GetObject", ["output", "failures"]),
        ):
            bucket.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ArnPrincipal(role.role_arn) for role in roles],
                    actions=[action],
                    resources=[f"{bucket.bucket_arn}/{self.name}/{folder}/*" for folder in folders],
                )
            )

    def _show(self, dashboard: EndpointDashboard) -> None:
        show_queue(
            dashboard,
            endpoint_name=self.name,
            variant_name=VARIANT,
            gpus=self._instances.gpus,
            instances=None if self._scaled else self._instances.count,
            usd_per_hour=self._instances.usd_per_hour,
        )

    def _topic(self, id: str) -> sns.Topic:
        return sns.Topic(self, id, master_key=self.context.key, enforce_ssl=True)

    def _data_statements(self) -> list[iam.PolicyStatement]:
        bucket = self._data.bucket_arn
        return [
            WildcardStatement(
                actions=["s3:GetObject"],
                resources=[f"{bucket}/{self.name}/input/*"],
                wildcard_reason="Requests to one endpoint: their keys are not known beforehand.",
            ),
            put_statement(self._data, f"{self.name}/output"),
            put_statement(self._data, f"{self.name}/failures"),
        ]

    def _asynchronous(
        self, max_concurrent: int | None, told: Notifications
    ) -> sagemaker.CfnEndpointConfig.AsyncInferenceConfigProperty:
        where = f"s3://{self._data.bucket_name}/{self.name}"
        both = ["SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"]
        return sagemaker.CfnEndpointConfig.AsyncInferenceConfigProperty(
            client_config=None
            if max_concurrent is None
            else sagemaker.CfnEndpointConfig.AsyncInferenceClientConfigProperty(
                max_concurrent_invocations_per_instance=max_concurrent
            ),
            output_config=sagemaker.CfnEndpointConfig.AsyncInferenceOutputConfigProperty(
                kms_key_id=self.context.key.key_arn,
                s3_output_path=f"{where}/output",
                s3_failure_path=f"{where}/failures",
                notification_config=None
                if self.succeeded is None or self.failed is None
                else sagemaker.CfnEndpointConfig.AsyncInferenceNotificationConfigProperty(
                    success_topic=self.succeeded.topic_arn,
                    error_topic=self.failed.topic_arn,
                    include_inference_response_in=both if told.with_response else None,
                ),
            ),
        )
