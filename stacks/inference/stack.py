"""Wires the endpoints."""

from functools import cached_property

from aws_cdk import CfnOutput
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.inference import (
    AsynchronousEndpoint,
    ComponentEndpoint,
    DataCapture,
    Endpoint,
    RealTimeEndpoint,
    ServerlessEndpoint,
    Surroundings,
)
from sagemaker_platform.network import INetwork
from stacks.base import EnvironmentStack
from stacks.inference import arguments
from stacks.inference.asynchronous import AsynchronousSettings
from stacks.inference.common import DataCaptureSettings
from stacks.inference.components import InferenceComponentsSettings
from stacks.inference.real_time import (
    MultiContainerSettings,
    MultiModelSettings,
    RealTimeSettings,
)
from stacks.inference.serverless import ServerlessSettings
from stacks.inference.settings import AnyEndpoint, InferenceSettings
from stacks.inference.sources import source_of
from stacks.settings import EnvironmentSettings


class InferenceStack(EnvironmentStack):
    """The endpoints of an environment, and the buckets of what they keep."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: EnvironmentSettings,
        settings: InferenceSettings,
        network: INetwork,
        key: kms.IKey,
        access_logs: s3.IBucket,
        alarm_topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, id, environment=environment, description="endpoints")
        self._access_logs = access_logs
        self._around = Surroundings(
            network=network,
            key=key,
            alarm_topic=alarm_topic,
            log_retention_days=environment.log_retention_days,
            removal_policy=self.removal_policy,
        )
        for endpoint in settings.endpoints:
            name = f"{environment.name}-{endpoint.name}"
            self._endpoint(f"Endpoint-{endpoint.name}", name, endpoint)
            CfnOutput(self, f"{endpoint.name}-name", value=name)

    @cached_property
    def _captures(self) -> DataBucket:
        """The bucket of captured requests, made when it is first needed."""
        return self._bucket("Captures")

    def _capture(self, settings: DataCaptureSettings | None) -> DataCapture | None:
        return None if settings is None else arguments.data_capture_of(settings, self._captures)

    def _bucket(self, id: str, *, expiration_days: int | None = None) -> DataBucket:
        return DataBucket(
            self,
            id,
            key=self._around.key,
            access_logs=self._access_logs,
            removal_policy=self.removal_policy,
            expiration_days=expiration_days,
        )

    def _endpoint(self, id: str, name: str, endpoint: AnyEndpoint) -> Endpoint:
        match endpoint:
            case RealTimeSettings() | MultiModelSettings() | MultiContainerSettings():
                return self._real_time(id, name, endpoint)
            case InferenceComponentsSettings():
                return self._components(id, name, endpoint)
            case AsynchronousSettings():
                return self._asynchronous(id, name, endpoint)
            case ServerlessSettings():
                return self._serverless(id, name, endpoint)

    def _real_time(
        self,
        id: str,
        name: str,
        endpoint: RealTimeSettings | MultiModelSettings | MultiContainerSettings,
    ) -> Endpoint:
        isolated = not isinstance(endpoint, MultiModelSettings) and endpoint.network_isolation
        return RealTimeEndpoint(
            self,
            id,
            name=name,
            variants=arguments.variants_of(endpoint),
            shadow=arguments.shadow_of(endpoint.shadow)
            if isinstance(endpoint, RealTimeSettings)
            else None,
            surroundings=self._around,
            network_isolation=isolated,
            data_capture=self._capture(endpoint.data_capture),
            alarms=arguments.alarms_of(endpoint.alarms),
            traffic_shift=arguments.traffic_shift_of(endpoint.deployment),
            metrics=arguments.metrics_of(endpoint.metrics),
        )

    def _components(self, id: str, name: str, endpoint: InferenceComponentsSettings) -> Endpoint:
        return ComponentEndpoint(
            self,
            id,
            name=name,
            components=[
                arguments.component_of(one, endpoint.instance_types) for one in endpoint.components
            ],
            instances=arguments.instances_of(endpoint),
            surroundings=self._around,
            scaling=arguments.instance_scaling_of(endpoint),
            network_isolation=endpoint.network_isolation,
            data_capture=self._capture(endpoint.data_capture),
            traffic_shift=arguments.traffic_shift_of(endpoint.deployment),
            metrics=arguments.metrics_of(endpoint.metrics),
        )

    def _asynchronous(self, id: str, name: str, endpoint: AsynchronousSettings) -> Endpoint:
        data = self._bucket(f"Requests-{endpoint.name}", expiration_days=endpoint.result_days)
        CfnOutput(self, f"{endpoint.name}-bucket", value=data.bucket.bucket_name)
        return AsynchronousEndpoint(
            self,
            id,
            name=name,
            sources=[source_of(endpoint, endpoint.instance_types)],
            instances=arguments.instances_of(endpoint, endpoint),
            data=data,
            surroundings=self._around,
            max_concurrent_invocations=endpoint.max_concurrent_invocations_per_instance,
            notifications=arguments.notifications_of(endpoint.notifications),
            autoscaling=arguments.autoscaling_of(endpoint.autoscaling),
            alarms=arguments.alarms_of(endpoint.alarms),
            traffic_shift=arguments.traffic_shift_of(endpoint.deployment),
            metrics=arguments.metrics_of(endpoint.metrics),
        )

    def _serverless(self, id: str, name: str, endpoint: ServerlessSettings) -> Endpoint:
        return ServerlessEndpoint(
            self,
            id,
            name=name,
            source=source_of(endpoint),
            serverless=arguments.serverless_of(endpoint),
            surroundings=self._around,
            autoscaling=arguments.autoscaling_of(endpoint.autoscaling),
            alarms=arguments.alarms_of(endpoint.alarms),
            traffic_shift=arguments.traffic_shift_of(endpoint.deployment),
        )
