"""Wires the endpoints."""

from aws_cdk import CfnOutput
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.inference import (
    Autoscaling,
    DataCapture,
    EndpointAlarms,
    RealTimeEndpoint,
    TrafficShift,
)
from sagemaker_platform.network import INetwork
from stacks.base import EnvironmentStack
from stacks.inference.settings import EndpointSettings, InferenceSettings
from stacks.inference.sources import source_of
from stacks.settings import EnvironmentSettings


class InferenceStack(EnvironmentStack):
    """The endpoints of an environment, and the bucket of what they capture."""

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
        captures = None
        if any(endpoint.data_capture for endpoint in settings.endpoints):
            captures = DataBucket(
                self,
                "Captures",
                key=key,
                access_logs=access_logs,
                removal_policy=self.removal_policy,
            )
        for endpoint in settings.endpoints:
            name = f"{environment.name}-{endpoint.name}"
            RealTimeEndpoint(
                self,
                f"Endpoint-{endpoint.name}",
                name=name,
                source=source_of(endpoint, [endpoint.instance_type]),
                instance_type=endpoint.instance_type,
                instance_count=endpoint.instance_count,
                network=network,
                key=key,
                alarm_topic=alarm_topic,
                log_retention_days=environment.log_retention_days,
                removal_policy=self.removal_policy,
                autoscaling=_autoscaling(endpoint),
                data_capture=_data_capture(endpoint, captures),
                alarms=EndpointAlarms(**endpoint.alarms.model_dump()),
                traffic_shift=TrafficShift(**endpoint.deployment.model_dump(exclude_none=True)),
            )
            CfnOutput(self, f"{endpoint.name}-name", value=name)


def _autoscaling(endpoint: EndpointSettings) -> Autoscaling | None:
    if endpoint.autoscaling is None:
        return None
    return Autoscaling(**endpoint.autoscaling.model_dump())


def _data_capture(endpoint: EndpointSettings, bucket: DataBucket | None) -> DataCapture | None:
    if endpoint.data_capture is None or bucket is None:
        return None
    return DataCapture(bucket=bucket, sampling_percentage=endpoint.data_capture.sampling_percentage)
