"""Endpoints, as a capability."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from stacks.access.extension import Grants, OffersActivities
from stacks.capability import Capability, NetworkNeeds, UniqueName
from stacks.fields import fault

if TYPE_CHECKING:
    from sagemaker_platform.inference.endpoint import Endpoint
    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.foundation.stack import FoundationStack
    from stacks.inference.settings import InferenceSettings


class Inference(Capability["InferenceSettings", "Mapping[str, Endpoint]"], OffersActivities):
    """Endpoints that serve models; the result is the endpoints by name."""

    key = "inference"
    summary = "Endpoints."

    @classmethod
    def settings_type(cls) -> type[InferenceSettings]:
        from stacks.inference.settings import InferenceSettings

        return InferenceSettings

    def check(self) -> None:
        inference, environment = self.settings, self.environment
        environment.check_alarms("endpoints in production have alarms")
        for index, endpoint in enumerate(inference.endpoints):
            # What the activity deploy_endpoints may change.
            if endpoint.name.startswith("user-"):
                raise fault(
                    "must not begin with user-, which endpoints made by hand do",
                    at=f"inference.endpoints.{index}.name",
                    value=endpoint.name,
                )
        api = inference.api
        if api and environment.network.interface_endpoints == "none" and not api.vpc_endpoints:
            raise fault(
                "must name some: network.interface_endpoints is none, so nobody in the "
                "environment's VPC reaches the API",
                at="inference.api.vpc_endpoints",
                value=api.vpc_endpoints,
            )
        inference.check_region(environment.region)

    def prepare(self, foundation: FoundationStack) -> NetworkNeeds:
        from sagemaker_platform.inference import RealTimeEndpoint, invoke_any

        services = list(RealTimeEndpoint.INTERFACE_ENDPOINTS)
        policies = {"SAGEMAKER_RUNTIME": [invoke_any(foundation, prefix=f"{self.environment.name}-")]}
        if self.settings.api is not None:
            from sagemaker_platform.inference.private_api import PrivateApi, call_any_api

            services += PrivateApi.INTERFACE_ENDPOINTS
            policies["APIGATEWAY"] = [call_any_api(foundation)]
        return NetworkNeeds(interface_endpoints=services, endpoint_policies=policies)

    def unique_names(self) -> Iterable[UniqueName]:
        for index, endpoint in enumerate(self.settings.endpoints):
            yield UniqueName(
                made=f"endpoint {self.environment.name}-{endpoint.name}",
                keys=["inference", "endpoints", index, "name"],
                value=endpoint.name,
            )
        for index, transform in enumerate(self.settings.batch_transforms):
            yield UniqueName(
                made=f"batch transform {self.environment.name}-{transform.name}",
                keys=["inference", "batch_transforms", index, "name"],
                value=transform.name,
            )

    def grants(self, access: AccessStack, context: BuildContext) -> Grants:
        if all(endpoint.type != "asynchronous" for endpoint in self.settings.endpoints):
            return Grants()
        from sagemaker_platform.access import invoke_endpoints

        return Grants(
            activities={
                "invoke_endpoints": lambda: invoke_endpoints(
                    access, prefix=f"{self.environment.name}-", requests_key=context.shared.key
                )
            }
        )

    def build(self, context: BuildContext) -> Mapping[str, Endpoint]:
        from stacks.access.capability import Access
        from stacks.inference.stack import InferenceStack

        settings, access = self.settings, context.result(Access)
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
        if not settings.shares or settings.batch_transforms or settings.api is not None:
            stack("inference", settings, endpoints)
        return endpoints
