"""Scaling an endpoint's instances with its load."""

from dataclasses import dataclass

from aws_cdk import Duration, Stack
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class Autoscaling:
    """Target tracking on the number of invocations.

    Args:
        min_instances: never fewer, at least 1.
        max_instances: never more.
        invocations_per_instance: what one instance should handle per minute.
        scale_in_cooldown_seconds: wait after instances were removed.
        scale_out_cooldown_seconds: wait after instances were added.
    """

    min_instances: int
    max_instances: int
    invocations_per_instance: int
    scale_in_cooldown_seconds: int = 300
    scale_out_cooldown_seconds: int = 60


class VariantAutoscaling(Construct):
    """Registers one variant of an endpoint with Application Auto Scaling.

    The service acts through its own service-linked role, which AWS makes with the first
    registration in an account.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint: sagemaker.CfnEndpoint,
        variant_name: str,
        settings: Autoscaling,
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
            scalable_dimension="sagemaker:variant:DesiredInstanceCount",
            resource_id=f"endpoint/{endpoint.attr_endpoint_name}/variant/{variant_name}",
            min_capacity=settings.min_instances,
            max_capacity=settings.max_instances,
            role=iam.Role.from_role_arn(self, "ServiceRole", service_role, mutable=False),
        )
        self.target.scale_to_track_metric(
            "Invocations",
            target_value=settings.invocations_per_instance,
            predefined_metric=scaling.PredefinedMetric.SAGEMAKER_VARIANT_INVOCATIONS_PER_INSTANCE,
            scale_in_cooldown=Duration.seconds(settings.scale_in_cooldown_seconds),
            scale_out_cooldown=Duration.seconds(settings.scale_out_cooldown_seconds),
        )
