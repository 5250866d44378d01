"""A serverless endpoint: memory and concurrency instead of instances."""

from dataclasses import dataclass

from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.inference.alarms import AlarmGroup, EndpointAlarms
from sagemaker_platform.inference.autoscaling import Autoscaling, ConcurrencyAutoscaling
from sagemaker_platform.inference.dashboard import EndpointDashboard, show_serverless
from sagemaker_platform.inference.deployment import TrafficShift
from sagemaker_platform.inference.endpoint import Endpoint, EndpointContext
from sagemaker_platform.inference.model import Model, ModelSource
from sagemaker_platform.inference.named_endpoint import VARIANT


@checks_types
@dataclass(frozen=True, kw_only=True)
class Serverless:
    """What a serverless variant has in place of instances.

    Args:
        memory_mb: 1024 to 6144, in steps of 1024; processors come with the memory.
        max_concurrency: requests at the same time, beyond which more are refused; at most
            200.
        provisioned_concurrency: of these, how many answer without a cold start; paid for
            while there are no requests. If omitted, none.
        usd_per_gb_second: price of used memory, without provisioned concurrency. If omitted, the
            dashboard shows no costs.
    """

    memory_mb: int
    max_concurrency: int
    provisioned_concurrency: int | None = None
    usd_per_gb_second: float | None = None

    @property
    def usd_per_second(self) -> float | None:
        """Price of a request for each second that it takes."""
        if self.usd_per_gb_second is None:
            return None
        return self.usd_per_gb_second * self.memory_mb / 1024


@checks_types
class ServerlessEndpoint(Endpoint):
    """An endpoint that costs nothing without requests, apart from provisioned concurrency.

    AWS runs the container outside of the VPC, and offers no network isolation, no data
    capture, no GPU and no model data other than one compressed file (AWS: "Deploy models
    with Amazon SageMaker Serverless Inference", feature exclusions).

    Args:
        name: name of the endpoint, unique in account and region.
        source: the model.
        serverless: memory and concurrency.
        context: key, topic and so on; its network is for clients only.
        autoscaling: scales the provisioned concurrency. If omitted, it is fixed.
        alarms: thresholds.
        traffic_shift: how an update moves the traffic.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        source: ModelSource,
        serverless: Serverless,
        context: EndpointContext,
        autoscaling: Autoscaling | None = None,
        alarms: EndpointAlarms | None = None,
        traffic_shift: TrafficShift | None = None,
    ) -> None:
        super().__init__(scope, id, name=name, context=context)
        self.model = Model(
            self,
            "Model",
            sources=[source],
            key=context.key,
            log_group_name=self.log_group_name,
            serverless=True,
        )
        configuration = self._configure(
            variants=[
                sagemaker.CfnEndpointConfig.ProductionVariantProperty(
                    variant_name=VARIANT,
                    model_name=self.model.resource.attr_model_name,
                    initial_variant_weight=1,
                    serverless_config=sagemaker.CfnEndpointConfig.ServerlessConfigProperty(
                        memory_size_in_mb=serverless.memory_mb,
                        max_concurrency=serverless.max_concurrency,
                        provisioned_concurrency=serverless.provisioned_concurrency,
                    ),
                )
            ]
        )
        settings = alarms or EndpointAlarms()
        group = AlarmGroup(
            self,
            "Alarms",
            subject=name,
            dimensions={
                "EndpointName": name,
                "VariantName": VARIANT,
                "EndpointConfigName": configuration,
            },
            topic=context.alarm_topic,
        )
        self._alarm_groups = [group]
        self._serverless = serverless
        group.server_errors(settings)
        group.latency(settings)
        if settings.saturation_percent is not None:
            group.add(
                "Saturation",
                metric="ServerlessConcurrentExecutionsUtilization",
                dimensions={"EndpointName": name, "VariantName": VARIANT},
                statistic="Maximum",
                threshold=settings.saturation_percent / 100,
                datapoints=3,
                meaning="hardly any concurrency is left, beyond which requests are refused",
                watched=False,
            )
        self.resource = self._serve(
            configuration,
            deployment=(traffic_shift or TrafficShift()).to_property(group.alarm_names),
            roles=[self.model.runner.role],
            retain=autoscaling is not None,
        )
        if autoscaling is not None:
            ConcurrencyAutoscaling(
                self,
                "Autoscaling",
                endpoint_name=self.resource.attr_endpoint_name,
                variant_name=VARIANT,
                settings=autoscaling,
            )

    def _show(self, dashboard: EndpointDashboard) -> None:
        show_serverless(
            dashboard,
            endpoint_name=self.name,
            variant_name=VARIANT,
            provisioned=self._serverless.provisioned_concurrency is not None,
            usd_per_second=self._serverless.usd_per_second,
        )
