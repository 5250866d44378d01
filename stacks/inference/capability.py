"""Endpoints, as a capability."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import AccessContribution, Activity, OffersActivities, Statements
from stacks.arns import parse_arn
from stacks.capability import Capability, NetworkRequirements, ResourceName
from stacks.fields import close_to, validation_error
from stacks.inference.regions import ANALYZER, CLARIFY, INFERENCE_COMPONENT
from stacks.teams import NamesTeams

if TYPE_CHECKING:
    from constructs import Construct
    from pydantic_core import PydanticCustomError

    from sagemaker_platform.inference.endpoint import Endpoint
    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.foundation.stack import FoundationStack
    from stacks.inference.monitoring_settings import MonitoringSettings
    from stacks.inference.settings import InferenceSettings
    from stacks.settings import EnvironmentSettings


class Inference(
    Capability["InferenceSettings", "Mapping[str, Endpoint]"], OffersActivities, NamesTeams
):
    """Endpoints that serve models; the outputs are the endpoints by name."""

    key = "inference"
    summary = "Endpoints."
    features = (ANALYZER, CLARIFY, INFERENCE_COMPONENT)
    activities = {
        "read_monitors": Activity(
            requires="an endpoint with `monitoring`",
            personas=("data_scientist", "ml_engineer"),
            order=99,
            policy="capability",
            interface_endpoints=["CLOUDWATCH_MONITORING"],
        )
    }

    @classmethod
    @override
    def settings_type(cls) -> type[InferenceSettings]:
        from stacks.inference.settings import InferenceSettings

        return InferenceSettings

    @override
    def teams(self) -> Iterable[str]:
        return [one.team for one in self.settings.endpoints if one.team is not None]

    @override
    def validate(self) -> None:
        from stacks.inference.router_rules import check_place

        inference, environment = self.settings, self.environment
        environment.check_alarms("endpoints in production send alarms there")
        for index, endpoint in enumerate(inference.endpoints):
            # What the activity deploy_endpoints may change.
            if endpoint.name.startswith("user-"):
                raise validation_error(
                    (
                        "must not begin with user-, which is reserved for endpoints that "
                        "people create"
                    ),
                    at=f"inference.endpoints.{index}.name",
                    value=endpoint.name,
                )
        api = inference.api
        if api and not environment.network.interface_endpoints and not api.vpc_endpoints:
            raise validation_error(
                "must name an interface endpoint, because network.interface_endpoints is "
                "none and clients in the environment's VPC cannot reach the API",
                at="inference.api.vpc_endpoints",
                value=api.vpc_endpoints,
            )
        inference.check_region(environment.region)
        check_place(self)
        self._check_downloads()
        self._check_monitoring()

    @override
    def among(self, others: Sequence[EnvironmentSettings]) -> Iterable[PydanticCustomError]:
        from stacks.inference.router_rules import wrong_destinations, wrong_routers
        from stacks.model_registry.environments import wrong_groups

        return [
            *wrong_groups(self, others),
            *wrong_destinations(self, others),
            *wrong_routers(self, others),
        ]

    @override
    def warnings(self) -> Iterable[str]:
        from stacks.foundation.key_rules import events_queue_warnings
        from stacks.inference.warning_rules import inference_warnings

        yield from inference_warnings(self.settings)
        if self._has_rules:
            yield from events_queue_warnings(self.environment, self.key)
        for index, _ in self._monitored():
            yield (
                f"inference.endpoints[{index}].monitoring: SageMaker Model Monitor is "
                "closed to new customers. Before you deploy to an account that never used "
                "it, ask AWS, or look for schedules in the console"
            )

    def _monitored(self) -> Iterator[tuple[int, MonitoringSettings]]:
        from stacks.inference.monitoring_settings import MonitoredSettings

        for index, endpoint in enumerate(self.settings.endpoints):
            if isinstance(endpoint, MonitoredSettings) and endpoint.monitoring is not None:
                yield index, endpoint.monitoring

    def _check_monitoring(self) -> None:
        """Refuse monitors without an image in the region, and pipelines that do not exist."""
        for index, monitoring in self._monitored():
            at = f"inference.endpoints.{index}.monitoring"
            for kind, _ in monitoring.monitors:
                (CLARIFY if kind in ("bias", "explainability") else ANALYZER).check(
                    self.environment.region, at=f"{at}.{kind}"
                )
            retraining = monitoring.retraining
            pipelines = getattr(self.environment, "pipelines", None)
            if retraining is None or pipelines is None:
                # Without the block, the pipeline is created elsewhere.
                continue
            names = [one.name for one in pipelines.definitions]
            if retraining.pipeline not in names:
                raise validation_error(
                    f"must be one of pipelines.definitions{close_to(retraining.pipeline, names)}",
                    at=f"{at}.retraining.pipeline",
                    value=retraining.pipeline,
                )

    def _check_downloads(self) -> None:
        """Refuse models that containers in a closed network would download."""
        network = self.environment.network
        if network.existing is not None or network.nat_gateways != "none":
            return
        for index, endpoint in enumerate(self.settings.endpoints):
            # AWS runs serverless containers outside of the VPC.
            if endpoint.type != "serverless":
                for path, model in endpoint.models():
                    model.check_download(at=f"inference.endpoints.{index}{path}")
        for index, transform in enumerate(self.settings.batch_transforms):
            transform.check_download(at=f"inference.batch_transforms.{index}")

    @override
    def network_requirements(self, scope: Construct) -> NetworkRequirements:
        from sagemaker_platform.inference import RealTimeEndpoint, invoke_any

        services = list(RealTimeEndpoint.INTERFACE_ENDPOINTS)
        if any(True for _ in self._monitored()):
            from sagemaker_platform.inference.monitoring import EndpointMonitoring

            services += EndpointMonitoring.INTERFACE_ENDPOINTS
        policies = {"SAGEMAKER_RUNTIME": [invoke_any(scope, prefix=f"{self.environment.name}-")]}
        if self.settings.routers:
            from sagemaker_platform.inference import InferenceRouter, invoke_any_router

            services += InferenceRouter.INTERFACE_ENDPOINTS
            policies["SAGEMAKER_INFERENCE_ROUTER_RUNTIME"] = [
                invoke_any_router(scope, prefix=f"{self.environment.name}-")
            ]
        if self.settings.api is not None:
            from sagemaker_platform.inference.private_api import PrivateApi, call_any_api

            services += PrivateApi.INTERFACE_ENDPOINTS
            policies["APIGATEWAY"] = [call_any_api(scope)]
        return NetworkRequirements(interface_endpoints=services, endpoint_policies=policies)

    @property
    def _has_rules(self) -> bool:
        """Whether EventBridge tells of endpoints or jobs."""
        return bool(self.settings.endpoints or self.settings.batch_transforms)

    @override
    def configure_foundation(self, foundation: FoundationStack) -> None:
        if self._has_rules:
            foundation.environment_key.grant_events_queue()
        accounts = {
            parse_arn(str(one.arn)).account
            for router in self.settings.routers
            for target in router.targets
            if target.asynchronous
            for one in target.destinations
            if one.arn
        } - {self.environment.account}
        if accounts:
            from sagemaker_platform.inference import share_requests_key

            share_requests_key(
                foundation.key,
                accounts=sorted(accounts),
                buckets=f"{self.environment.name}-inference-rou*",
            )

    @override
    def resource_names(self) -> Iterable[ResourceName]:
        for index, endpoint in enumerate(self.settings.endpoints):
            yield ResourceName(
                resource=f"endpoint {self.environment.name}-{endpoint.name}",
                keys=["inference", "endpoints", index, "name"],
                value=endpoint.name,
            )
        for index, router in enumerate(self.settings.routers):
            yield ResourceName(
                resource=f"inference router {self.environment.name}-{router.name}",
                keys=["inference", "routers", index, "name"],
                value=router.name,
            )
        for index, transform in enumerate(self.settings.batch_transforms):
            yield ResourceName(
                resource=f"batch transform {self.environment.name}-{transform.name}",
                keys=["inference", "batch_transforms", index, "name"],
                value=transform.name,
            )

    @override
    def available_activities(self) -> Collection[str]:
        return self.activities.keys() if any(True for _ in self._monitored()) else ()

    @override
    def contribute_access(self, access: AccessStack, context: BuildContext) -> AccessContribution:
        from sagemaker_platform.access import invoke_endpoints, read_monitors
        from stacks.inference.router_mapping import call_routers
        from stacks.names import name_of_stack

        prefix = f"{self.environment.name}-"
        endpoints, routers = self.settings.endpoints, self.settings.routers
        activities: dict[str, Statements] = {}
        asynchronous = any(one.type == "asynchronous" for one in endpoints) or any(
            target.asynchronous for router in routers for target in router.targets
        )
        if asynchronous or routers:
            activities["invoke_endpoints"] = lambda: [
                *invoke_endpoints(
                    access,
                    prefix=prefix,
                    requests_key=context.shared.key if asynchronous else None,
                ),
                *call_routers(access, routers, prefix=prefix),
            ]
        if self.available_activities():
            stacks = name_of_stack(self.environment.name, "inference")
            activities["read_monitors"] = lambda: read_monitors(
                access, prefix=prefix, reports=f"{stacks}*reports*"
            )
        return AccessContribution(activities=activities)

    @override
    def build(self, context: BuildContext) -> Mapping[str, Endpoint]:
        from stacks.access.capability import Access
        from stacks.inference.stack import InferenceStack

        settings, access = self.settings, context.outputs(Access)
        callers = access.roles_with("invoke_endpoints") if access else []
        endpoints: dict[str, Endpoint] = {}

        def stack(id: str, part: InferenceSettings, others: Mapping[str, Endpoint]) -> None:
            made = InferenceStack(
                context.stage,
                id,
                shared=context.shared,
                settings=part,
                callers=callers,
                others=others,
            )
            endpoints.update(made.endpoints)

        for number, share in settings.shares.items():
            stack(f"inference-{number}", share, {})
        # Routers alone need no stack of endpoints.
        others = settings.batch_transforms or settings.api is not None
        if (settings.endpoints and not settings.shares) or others:
            stack("inference", settings, endpoints)
        if settings.routers:
            from stacks.inference.routers_stack import RoutersStack

            RoutersStack(
                context.stage,
                "inference-routers",
                shared=context.shared,
                settings=settings,
                endpoints=endpoints,
                callers=callers,
            )
        return endpoints
