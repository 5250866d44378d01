"""Settings of endpoints."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Self

from pydantic import Field, Tag, model_validator

from stacks.fields import Settings, close_to, one_of_types, validation_error
from stacks.inference.api_settings import ApiSettings
from stacks.inference.asynchronous_settings import AsynchronousSettings
from stacks.inference.capacity import MAX_STACKS, PARTITION, check_capacity
from stacks.inference.common_settings import Off
from stacks.inference.component_settings import InferenceComponentsSettings
from stacks.inference.model_settings import ModelSettings
from stacks.inference.multi_settings import MultiContainerSettings, MultiModelSettings
from stacks.inference.real_time_settings import RealTimeSettings
from stacks.inference.regions import INFERENCE_COMPONENT
from stacks.inference.router_rules import check_routers, router_outputs
from stacks.inference.router_settings import RouterSettings
from stacks.inference.serverless_settings import ServerlessSettings
from stacks.inference.transform_settings import BatchTransformSettings

AnyEndpoint = Annotated[
    Annotated[RealTimeSettings, Tag("<real_time>")]
    | Annotated[InferenceComponentsSettings, Tag("<inference_components>")]
    | Annotated[AsynchronousSettings, Tag("<asynchronous>")]
    | Annotated[ServerlessSettings, Tag("<serverless>")]
    | Annotated[MultiModelSettings, Tag("<multi_model>")]
    | Annotated[MultiContainerSettings, Tag("<multi_container>")],
    one_of_types(
        "real_time",
        "inference_components",
        "asynchronous",
        "serverless",
        "multi_model",
        "multi_container",
    ),
]


class InferenceSettings(Settings):
    """Endpoints that serve models."""

    endpoints: Annotated[list[AnyEndpoint], Field(min_length=1, max_length=100)] = []
    """The endpoints. A stack has capacity for about 15."""
    endpoint_stacks: Annotated[int, Field(ge=1, le=MAX_STACKS)] = 1
    """Number of stacks for the endpoints. Decide before the first deploy: a different number
    moves endpoints between stacks, which a deployment refuses."""
    batch_transforms: Annotated[list[BatchTransformSettings], Field(max_length=25)] = []
    """Batch transform jobs."""
    api: ApiSettings | None = None
    """A private REST API in front of endpoints. Optional. If omitted, clients call SageMaker
    Runtime."""

    routers: Annotated[list[RouterSettings], Field(min_length=1, max_length=10)] = []
    """Inference routers. Each sends requests to endpoints of several regions or accounts."""
    router_alarm_minutes: Annotated[int, Field(ge=1, le=1440)] | Off = 5
    """Time after which an unhealthy destination of a router raises an alarm. `none` turns the
    alarm off."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.endpoints and not self.batch_transforms and not self.routers:
            raise validation_error("must have endpoints, batch_transforms or routers")
        check_routers(self)
        transforms = [transform.name.replace("-", "") for transform in self.batch_transforms]
        for index, name in enumerate(transforms):
            if name in transforms[:index]:
                raise validation_error(
                    "must be unique: an earlier job has the same name if hyphens are ignored",
                    at=f"batch_transforms.{index}.name",
                    value=self.batch_transforms[index].name,
                )
        # Names of outputs have no hyphens.
        names = [endpoint.name.replace("-", "") for endpoint in self.endpoints]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise validation_error(
                    (
                        "must be unique: an earlier endpoint has the same name if hyphens are "
                        "ignored"
                    ),
                    at=f"endpoints.{index}.name",
                    value=self.endpoints[index].name,
                )
        self._check_outputs()
        if self.api is not None:
            self._check_api(self.api)
        check_capacity(self)
        return self

    def _check_outputs(self) -> None:
        """Refuse names that join to the same output: a + b-c and a-b + c."""
        outputs = [
            *(
                (f"{endpoint.name}-bucket", f"endpoints.{index}.name", endpoint.name)
                for index, endpoint in enumerate(self.endpoints)
                if endpoint.type == "asynchronous"
            ),
            *(
                (f"{one.name}-bucket", f"batch_transforms.{index}.name", one.name)
                for index, one in enumerate(self.batch_transforms)
            ),
            *((f"{one.name}-name", "", "") for one in self.endpoints),
            *(
                (f"{endpoint.name}-{one.name}-role", f"{at}.{number}.name", one.name)
                for index, endpoint in enumerate(self.endpoints)
                for number, one in enumerate(endpoint.invokers)
                for at in [f"endpoints.{index}.invokers"]
            ),
            *router_outputs(self),
        ]
        seen: set[str] = set()
        for output, at, value in outputs:
            name = output.replace("-", "")
            if name in seen:
                raise validation_error(
                    (
                        "must be another name, because an earlier one also creates the output "
                        f"{output}"
                    ),
                    at=at,
                    value=value,
                )
            seen.add(name)

    def _check_api(self, api: ApiSettings) -> None:
        kinds = {endpoint.name: endpoint.type for endpoint in self.endpoints}
        for index, name in enumerate(api.endpoints):
            if name not in kinds:
                raise validation_error(
                    f"must be an endpoint{close_to(name, list(kinds))}",
                    at=f"api.endpoints.{index}",
                    value=name,
                )
            if kinds[name] == "asynchronous":
                raise validation_error(
                    (
                        "must be synchronous, because requests of asynchronous endpoints are "
                        "in S3. Use invokers of the endpoint"
                    ),
                    at=f"api.endpoints.{index}",
                    value=name,
                )
        if not self.endpoints_of_api:
            raise validation_error(
                "requires an endpoint that responds synchronously",
                at="api.callers",
                value=api.callers,
            )

    @property
    def shares(self) -> Mapping[int, "InferenceSettings"]:
        """What each stack holds that has only endpoints, by its number from 1 on."""
        if self.endpoint_stacks == 1:
            return {}
        return {
            number: self.model_copy(
                update={"endpoints": endpoints, "batch_transforms": [], "api": None, "routers": []}
            )
            for number, endpoints in PARTITION.split(self.endpoints, self.endpoint_stacks).items()
        }

    @property
    def endpoints_of_api(self) -> list[str]:
        """Names of the endpoints behind the API."""
        if self.api is None:
            return []
        return self.api.endpoints or [
            endpoint.name for endpoint in self.endpoints if endpoint.type != "asynchronous"
        ]

    def check_region(self, region: str) -> None:
        """Refuse what the environment's region does not have."""
        for index, endpoint in enumerate(self.endpoints):
            if endpoint.type == "inference_components":
                INFERENCE_COMPONENT.check(region, at=f"inference.endpoints.{index}.type")
        for path, model in self.models():
            model.check_region(region, at=f"inference.{path}")

    def models(self) -> Iterator[tuple[str, ModelSettings]]:
        """Return every model, with its path below ``inference``."""
        for index, endpoint in enumerate(self.endpoints):
            for path, model in endpoint.models():
                yield f"endpoints.{index}{path}", model
        for index, transform in enumerate(self.batch_transforms):
            yield f"batch_transforms.{index}", transform
