"""The instances that a variant of an endpoint runs on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_sagemaker as sagemaker

from sagemaker_platform.arguments import checks_types, require_some


@checks_types
@dataclass(frozen=True, kw_only=True)
class Routing:
    """How requests are spread over the instances.

    Args:
        strategy: ``RANDOM``; ``LEAST_OUTSTANDING_REQUESTS``; or ``PREFIX_AWARE``, which
            sends prompts with the same beginning to the same instance.
        prefix_length: how much of a prompt decides, in bytes, from 1024 to 65536; only
            with PREFIX_AWARE.
        concurrency_threshold: an instance with this many requests in flight gets no more,
            whatever the prefix; only with PREFIX_AWARE.
    """

    strategy: Literal["RANDOM", "LEAST_OUTSTANDING_REQUESTS", "PREFIX_AWARE"]
    prefix_length: int | None = None
    concurrency_threshold: int | None = None


@checks_types
@dataclass(frozen=True, kw_only=True)
class Instances:
    """The instances of one variant.

    Args:
        types: hosting instance types. Of several, SageMaker takes the first that it can
            get (AWS: ``InstancePool``); at most five.
        count: instances at the first deployment.
        gpus: GPUs of one instance. If omitted, GPU memory has no alarm.
        usd_per_hour: price of one instance. If omitted, the dashboard shows no costs.
        volume_size_gb: EBS volume of an instance. If omitted, SageMaker chooses. Not for types
            with local disks.
        provision_timeout_seconds: how long to wait for instances, from 300 to 3600.
        model_data_download_timeout_seconds: from 60 to 3600.
        container_startup_timeout_seconds: from 60 to 3600.
        ami_version: driver versions of the host. Defaults to SageMaker's default.
        routing: routing strategy. Defaults to RANDOM.
        capacity_reservation_arn: run only in this reservation, which SageMaker calls a
            training plan too.
    """

    types: Sequence[str]
    count: int = 1
    gpus: int = 0
    usd_per_hour: float | None = None
    volume_size_gb: int | None = None
    provision_timeout_seconds: int | None = None
    model_data_download_timeout_seconds: int | None = None
    container_startup_timeout_seconds: int | None = None
    ami_version: str | None = None
    routing: Routing | None = None
    capacity_reservation_arn: str | None = None

    def __post_init__(self) -> None:
        require_some("types", self.types)

    def to_property(
        self,
        name: str,
        *,
        model_name: str | None,
        weight: float | None = None,
        scaling: sagemaker.CfnEndpointConfig.ManagedInstanceScalingProperty | None = None,
        models_by_type: Mapping[str, str] | None = None,
    ) -> sagemaker.CfnEndpointConfig.ProductionVariantProperty:
        """Return a variant of an endpoint's configuration for CloudFormation."""
        routing, reservation = self.routing, self.capacity_reservation_arn
        several = len(self.types) > 1
        return sagemaker.CfnEndpointConfig.ProductionVariantProperty(
            variant_name=name,
            model_name=model_name,
            instance_type=None if several else self.types[0],
            instance_pools=[
                sagemaker.CfnEndpointConfig.InstancePoolProperty(
                    instance_type=instance_type,
                    priority=priority,
                    model_name_override=(models_by_type or {}).get(instance_type),
                )
                for priority, instance_type in enumerate(self.types, 1)
            ]
            if several
            else None,
            initial_instance_count=self.count,
            initial_variant_weight=weight,
            managed_instance_scaling=scaling,
            volume_size_in_gb=self.volume_size_gb,
            variant_instance_provision_timeout_in_seconds=self.provision_timeout_seconds,
            model_data_download_timeout_in_seconds=self.model_data_download_timeout_seconds,
            container_startup_health_check_timeout_in_seconds=(
                self.container_startup_timeout_seconds
            ),
            inference_ami_version=self.ami_version,
            routing_config=None
            if routing is None
            else sagemaker.CfnEndpointConfig.RoutingConfigProperty(
                routing_strategy=routing.strategy,
                prefix_aware_routing_config=None
                if routing.prefix_length is None or routing.concurrency_threshold is None
                else sagemaker.CfnEndpointConfig.PrefixAwareRoutingConfigProperty(
                    prefix_length=routing.prefix_length,
                    concurrency_threshold=routing.concurrency_threshold,
                ),
            ),
            capacity_reservation_config=None
            if reservation is None
            else sagemaker.CfnEndpointConfig.CapacityReservationConfigProperty(
                capacity_reservation_preference="capacity-reservations-only",
                ml_reservation_arn=reservation,
            ),
        )
