"""From an endpoint to the models that it serves, and on to where each comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from operations.account import NotAnsweredError, NotFoundInAccountError
from operations.assembly import Json
from operations.trace.accounts import Accounts, account_in
from operations.trace.hop import Hop, Hops, NoEndpointError, Reason, attempt
from operations.trace.origin import FROM_PACKAGE, Origin

OF_MODEL = ("model", "serving image", "model data", "package", *FROM_PACKAGE)
"""Hops after a variant or component, in order."""


@dataclass(frozen=True)
class _Container:
    """A container of a model, or a component without one.

    Attributes:
        package: ARN of the version of the registry that it was made of; empty if there is none.
        image: what was given as image.
        data: where the model data is.
    """

    package: str
    image: str
    data: str


def trace(accounts: Accounts, endpoint: str) -> list[Hop]:
    """Return the hops of all models that an endpoint serves.

    Args:
        accounts: where to ask.
        endpoint: name of the endpoint in SageMaker.

    Raises:
        NoEndpointError: there is no such endpoint, or the credentials may not read it.
    """
    return list(_Trace(accounts, endpoint).hops())


class _Trace:
    def __init__(self, accounts: Accounts, endpoint: str) -> None:
        self._accounts = accounts
        self._name = endpoint
        try:
            self._endpoint = self._ask("describe_endpoint", EndpointName=endpoint)
        except NotFoundInAccountError:
            raise NoEndpointError(
                f"{endpoint}: the account has no such endpoint in this region. Give the name in "
                "SageMaker, <environment>-<name>, and --profile and --region of its environment"
            ) from None
        except NotAnsweredError as error:
            raise NoEndpointError(f"{endpoint}: {error}") from None
        self._home = account_in(self._endpoint["EndpointArn"])

    def _ask(self, operation: str, **parameters: object) -> Json:
        return self._accounts.endpoint.ask("sagemaker", operation, **parameters)

    def hops(self) -> Iterator[Hop]:
        """Yield all hops, from the endpoint on."""
        hops = Hops("")
        found = self._endpoint
        yield hops.known(
            "endpoint",
            found["EndpointArn"],
            f"{found['EndpointStatus']}, changed {found['LastModifiedTime']:%Y-%m-%d %H:%M}",
            call="sagemaker describe-endpoint",
        )
        name, call = found["EndpointConfigName"], "sagemaker describe-endpoint-config"
        configuration = attempt(
            lambda: self._ask("describe_endpoint_config", EndpointConfigName=name),
            gone="the configuration was deleted, which does not stop the endpoint",
        )
        if isinstance(configuration, Reason):
            yield hops.known("configuration", name, call="sagemaker describe-endpoint")
            reason = f"the configuration {name} is not readable: {configuration.text}"
            for variant in found.get("ProductionVariants", []):
                yield from Hops(variant["VariantName"]).all_unknown(OF_MODEL, reason)
            return
        yield hops.known("configuration", configuration["EndpointConfigArn"], call=call)
        variants = [
            *configuration.get("ProductionVariants", []),
            *configuration.get("ShadowProductionVariants", []),
        ]
        for variant in variants:
            if "ModelName" in variant:
                yield from self._variant(variant["VariantName"], variant["ModelName"])
            else:
                yield from self._components(variant["VariantName"])

    def _images(self, variant: str) -> Sequence[str]:
        """Return the images that a variant runs, by digest."""
        return [
            image["ResolvedImage"]
            for key in ("ProductionVariants", "ShadowProductionVariants")
            for one in self._endpoint.get(key, [])
            if one["VariantName"] == variant
            for image in one.get("DeployedImages", [])
            if "ResolvedImage" in image
        ]

    def _variant(self, variant: str, model: str) -> Iterator[Hop]:
        yield from self._model(Hops(variant), model, self._images(variant))

    def _components(self, variant: str) -> Iterator[Hop]:
        hops = Hops(variant)
        names = attempt(
            lambda: [
                one["InferenceComponentName"]
                for one in self._accounts.endpoint.every(
                    "sagemaker",
                    "list_inference_components",
                    "InferenceComponents",
                    EndpointNameEquals=self._name,
                    VariantNameEquals=variant,
                )
            ]
        )
        if isinstance(names, Reason):
            yield hops.unknown("component", names.text, call="sagemaker list-inference-components")
            yield from hops.all_unknown(OF_MODEL, "the components of the variant are unknown")
        elif not names:
            yield hops.unknown(
                "component",
                "the variant has no component, so it serves nothing",
                call="sagemaker list-inference-components",
            )
        else:
            for name in names:
                yield from self._component(name)

    def _component(self, name: str) -> Iterator[Hop]:
        hops, call = Hops(name), "sagemaker describe-inference-component"
        found = attempt(
            lambda: self._ask("describe_inference_component", InferenceComponentName=name),
            gone="the component was deleted meanwhile",
        )
        if isinstance(found, Reason):
            yield hops.unknown("component", found.text, call=call)
            yield from hops.all_unknown(OF_MODEL, "its component is unknown")
            return
        specifications = [
            one
            for one in (found.get("Specification"), *found.get("Specifications", []))
            if one is not None
        ]
        base = next(
            (
                one["BaseInferenceComponentName"]
                for one in specifications
                if one.get("BaseInferenceComponentName")
            ),
            "",
        )
        yield hops.known(
            "component",
            found["InferenceComponentArn"],
            f"{found['InferenceComponentStatus']}{f', an adapter of {base}' if base else ''}",
            call=call,
        )
        models = list(
            dict.fromkeys(one["ModelName"] for one in specifications if "ModelName" in one)
        )
        images = [
            image
            for one in specifications
            if (image := one.get("Container", {}).get("DeployedImage", {}).get("ResolvedImage"))
        ]
        for model in models:
            yield from self._model(hops, model, images)
        if models:
            return
        yield hops.unknown("model", "the component has a container of its own and no model")
        data = next(
            (
                one["Container"]["ArtifactUrl"]
                for one in specifications
                if one.get("Container", {}).get("ArtifactUrl")
            ),
            "",
        )
        yield from self._origin(hops, [_Container("", "", data)], images, call=call)

    def _model(self, hops: Hops, name: str, images: Sequence[str]) -> Iterator[Hop]:
        call = "sagemaker describe-model"
        model = attempt(
            lambda: self._ask("describe_model", ModelName=name),
            gone="the model was deleted, which does not stop the endpoint",
        )
        if isinstance(model, Reason):
            yield hops.known("model", name, call="sagemaker describe-endpoint-config")
            yield from hops.all_unknown(
                OF_MODEL[1:], f"the model {name} is not readable: {model.text}"
            )
            return
        yield hops.known(
            "model",
            model["ModelArn"],
            f"made {model['CreationTime']:%Y-%m-%d %H:%M}",
            call=call,
        )
        found = [
            one
            for one in (model.get("PrimaryContainer"), *model.get("Containers", []))
            if one is not None
        ]
        yield from self._origin(hops, [_container(one) for one in found], images, call=call)

    def _origin(
        self,
        hops: Hops,
        containers: Sequence[_Container],
        images: Sequence[str],
        *,
        call: str,
    ) -> Iterator[Hop]:
        for image in images:
            yield hops.known("serving image", image, call="sagemaker describe-endpoint")
        seen: set[_Container] = set()
        for one in containers:
            if one in seen:
                continue
            seen.add(one)
            if not images and not one.package:
                yield _image(hops, one.image, call=call)
            origin = Origin(hops, self._accounts, self._home, shown_image=bool(images))
            if one.package:
                yield from origin.of_package(one.package)
            else:
                yield from origin.of_data(one.data, call=call)


def _container(found: Json) -> _Container:
    data = found.get("ModelDataUrl") or found.get("ModelDataSource", {}).get(
        "S3DataSource", {}
    ).get("S3Uri", "")
    return _Container(found.get("ModelPackageName", ""), found.get("Image", ""), data)


def _image(hops: Hops, image: str, *, call: str) -> Hop:
    if "@sha256:" in image:
        return hops.known("serving image", image, call=call)
    return hops.unknown(
        "serving image",
        f"the model names {image or 'no image'}, and SageMaker does not say which digest runs",
        call=call,
    )
