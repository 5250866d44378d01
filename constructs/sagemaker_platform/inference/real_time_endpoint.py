"""A real-time endpoint of one model."""

import re
from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.inference.alarms import EndpointAlarms, VariantAlarms
from sagemaker_platform.inference.autoscaling import Autoscaling, VariantAutoscaling
from sagemaker_platform.inference.deployment import TrafficShift, deployment_config
from sagemaker_platform.inference.model import Model, ModelSource
from sagemaker_platform.network import INetwork
from sagemaker_platform.security import acknowledge, in_compliance_packs

_VARIANT = "AllTraffic"
_LOCAL_STORAGE = re.compile(
    r"ml\.([a-z]+\d+[a-z]*d[a-z]*|dl1|g[5-9]e?|gr6|p[5-9][a-z]*(-[a-z0-9]+)?|trn\d[a-z]*)\."
)


@dataclass(frozen=True, kw_only=True)
class DataCapture:
    """Keeping a sample of requests and responses.

    Args:
        bucket: where they are kept, below ``<endpoint name>/``.
        sampling_percentage: share of the requests, from 1 to 100.
    """

    bucket: DataBucket
    sampling_percentage: int


class RealTimeEndpoint(Construct):
    """An encrypted endpoint in the VPC that scales, watches itself, and rolls back.

    An update starts new instances beside the old ones, moves the traffic, and moves it
    back when an alarm of the endpoint goes off. The number of instances that autoscaling
    has reached is kept. Changing the instance type of a scaled endpoint is refused by
    SageMaker while autoscaling is registered (AWS: "Update endpoints that use auto
    scaling"): turn ``autoscaling`` off, deploy, change.

    Args:
        name: name of the endpoint, unique in account and region; clients call it.
        source: image and data of the model.
        instance_type: hosting instance type.
        instance_count: instances at the first deployment.
        network: the model's containers run in its private subnets.
        key: encrypts the volumes of the instances. Instances with local disks encrypt
            them in hardware and take no key (AWS: ``CreateEndpointConfig``, KmsKeyId).
        alarm_topic: receives the alarms.
        autoscaling: absent, the number of instances is fixed.
        data_capture: absent, requests are not kept.
        alarms: thresholds.
        traffic_shift: how an update moves the traffic.
        log_retention_days: how long the containers' logs are kept; one of the periods that
            CloudWatch Logs offers.
        removal_policy: of the log group.
    """

    INTERFACE_ENDPOINTS = ("SAGEMAKER_RUNTIME",)
    """AWS services that clients inside the VPC call."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        source: ModelSource,
        instance_type: str,
        instance_count: int,
        network: INetwork,
        key: kms.IKey,
        alarm_topic: sns.ITopic,
        log_retention_days: int,
        removal_policy: RemovalPolicy,
        autoscaling: Autoscaling | None = None,
        data_capture: DataCapture | None = None,
        alarms: EndpointAlarms | None = None,
        traffic_shift: TrafficShift | None = None,
    ) -> None:
        super().__init__(scope, id)
        log_group_name = f"/aws/sagemaker/Endpoints/{name}"
        # SageMaker writes to a group of this name, and would make it without key or end.
        # (The L2 takes no number of days.)
        log_group = logs.CfnLogGroup(
            self,
            "LogGroup",
            log_group_name=log_group_name,
            kms_key_id=key.key_arn,
            retention_in_days=log_retention_days,
        )
        log_group.apply_removal_policy(removal_policy)
        self.model = Model(
            self,
            "Model",
            sources=[source],
            network=network,
            key=key,
            log_group_name=log_group_name,
            statements=[data_capture.bucket.put_statement(name)] if data_capture else (),
        )
        local_storage = has_local_storage(instance_type)
        configuration = sagemaker.CfnEndpointConfig(
            self,
            "Configuration",
            kms_key_id=None if local_storage else key.key_arn,
            production_variants=[
                sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                    variant_name=_VARIANT,
                    model_name=self.model.resource.attr_model_name,
                    instance_type=instance_type,
                    initial_instance_count=instance_count,
                    initial_variant_weight=1,
                )
            ],
            data_capture_config=_capture(name, key, data_capture),
        )
        if local_storage:
            acknowledge(
                configuration,
                in_compliance_packs("SageMakerEndpointConfigurationKMSKeyConfigured"),
                reason=f"{instance_type} encrypts its local disks in hardware and takes no key.",
            )
        variant_alarms = VariantAlarms(
            self,
            "Alarms",
            endpoint_name=name,
            variant_name=_VARIANT,
            settings=alarms or EndpointAlarms(),
            topic=alarm_topic,
        )
        self.resource = sagemaker.CfnEndpoint(
            self,
            "Resource",
            endpoint_name=name,
            endpoint_config_name=configuration.attr_endpoint_config_name,
            deployment_config=deployment_config(
                traffic_shift or TrafficShift(), variant_alarms.alarm_names
            ),
            retain_all_variant_properties=autoscaling is not None,
        )
        self.resource.node.add_dependency(log_group)
        if autoscaling is not None:
            VariantAutoscaling(
                self,
                "Autoscaling",
                endpoint=self.resource,
                variant_name=_VARIANT,
                settings=autoscaling,
            )


def has_local_storage(instance_type: str) -> bool:
    """Tell whether instances of a type come with local NVMe disks."""
    return _LOCAL_STORAGE.match(instance_type) is not None


def _capture(
    name: str, key: kms.IKey, settings: DataCapture | None
) -> sagemaker.CfnEndpointConfig.DataCaptureConfigProperty | None:
    if settings is None:
        return None
    return sagemaker.CfnEndpointConfig.DataCaptureConfigProperty(
        enable_capture=True,
        initial_sampling_percentage=settings.sampling_percentage,
        destination_s3_uri=f"s3://{settings.bucket.bucket.bucket_name}/{name}",
        kms_key_id=key.key_arn,
        capture_options=[
            sagemaker.CfnEndpointConfig.CaptureOptionProperty(capture_mode=mode)
            for mode in ("Input", "Output")
        ],
    )
