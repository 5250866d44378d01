"""Rules of inference routers: within an environment, and among environments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from stacks.arns import Arn, parse_arn, partition_of
from stacks.fields import close_to, validation_error

if TYPE_CHECKING:
    from pydantic_core import PydanticCustomError

    from stacks.inference.capability import Inference
    from stacks.inference.router_settings import (
        DestinationSettings,
        RouterSettings,
        RoutingTargetSettings,
    )
    from stacks.inference.settings import AnyEndpoint, InferenceSettings
    from stacks.settings import EnvironmentSettings


class _Place(NamedTuple):
    """A destination in the settings.

    Attributes:
        at: its path below ``inference``.
        target: its target.
        destination: the destination.
        router: name of its router in the settings.
    """

    at: str
    target: RoutingTargetSettings
    destination: DestinationSettings
    router: str


def check_routers(inference: InferenceSettings) -> None:
    """Refuse routers whose destinations in this environment do not fit."""
    names = [one.name.replace("-", "") for one in inference.routers]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise validation_error(
                "must be unique: an earlier router has the same name if hyphens are ignored",
                at=f"routers.{index}.name",
                value=inference.routers[index].name,
            )
    if not inference.routers and "router_alarm_minutes" in inference.model_fields_set:
        raise validation_error(
            "must be omitted without routers. Add routers, or remove the line",
            at="router_alarm_minutes",
            value=inference.router_alarm_minutes,
        )
    endpoints = {one.name: one for one in inference.endpoints}
    for at, target, one, _ in _places(inference.routers):
        if one.endpoint is None:
            continue
        if one.endpoint not in endpoints:
            raise validation_error(
                f"must be an endpoint{close_to(one.endpoint, list(endpoints))}",
                at=f"{at}.endpoint",
                value=one.endpoint,
            )
        rule = _mode_rule(endpoints[one.endpoint], target, one.component)
        if rule is not None:
            key, text, value = rule
            raise validation_error(text, at=f"{at}.{key}", value=value or one.endpoint)


def router_outputs(inference: InferenceSettings) -> Iterator[tuple[str, str, str]]:
    """Yield each output of a router, with the path and value of the key that names it."""
    for index, router in enumerate(inference.routers):
        at = f"routers.{index}"
        yield f"{router.name}-router-arn", f"{at}.name", router.name
        if any(target.asynchronous for target in router.targets):
            yield f"{router.name}-bucket", f"{at}.name", router.name
        for number, one in enumerate(router.invokers):
            yield f"{router.name}-{one.name}-role", f"{at}.invokers.{number}.name", one.name


def check_place(inference: Inference) -> None:
    """Refuse ARNs of routers and endpoints that are of this environment itself."""
    environment, settings = inference.environment, inference.settings
    here = (environment.account, environment.region)
    for at, _, one, _ in _places(settings.routers):
        if one.arn is None:
            continue
        arn, prefix = parse_arn(one.arn), f"endpoint/{environment.name}-"
        if (arn.account, arn.region) == here and arn.resource.startswith(prefix):
            name = arn.resource.removeprefix(prefix)
            raise validation_error(
                f"must be an endpoint of another environment. Write endpoint: {name}",
                at=f"inference.{at}.arn",
                value=one.arn,
            )
    for index, endpoint in enumerate(settings.endpoints):
        for number, router in enumerate(getattr(endpoint, "routers", ())):
            if parse_arn(router).account == environment.account:
                raise validation_error(
                    "must be a router of another account: in one account, the permissions of the "
                    "caller decide. Remove the line",
                    at=f"inference.endpoints.{index}.routers.{number}",
                    value=router,
                )


def wrong_destinations(
    inference: Inference, others: Sequence[EnvironmentSettings]
) -> Iterator[PydanticCustomError]:
    """Yield an error for each destination that another environment does not offer."""
    environment = inference.environment
    for at, target, one, router in _places(inference.settings.routers):
        if one.arn is None:
            continue
        arn = parse_arn(one.arn)
        owner = _owner(arn, "endpoint", others)
        if owner is None:
            continue
        name = arn.resource.removeprefix(f"endpoint/{owner.name}-")
        endpoints = {one.name: one for one in _endpoints(owner)}
        endpoint = endpoints.get(name)
        if endpoint is None:
            rule: tuple[str, str, str] | None = (
                "arn",
                f"must be an endpoint of {owner.name}{close_to(name, list(endpoints))}",
                one.arn,
            )
        else:
            component = one.component
            full = f"{owner.name}-{endpoint.name}-"
            if component is not None and component.startswith(full):
                component = component.removeprefix(full)
            rule = _mode_rule(endpoint, target, component, full) or _offer_rule(
                endpoint, arn, environment, owner, router
            )
        if rule is not None:
            key, text, value = rule
            yield validation_error(text, at=f"inference.{at}.{key}", value=value or one.arn)


def wrong_routers(
    inference: Inference, others: Sequence[EnvironmentSettings]
) -> Iterator[PydanticCustomError]:
    """Yield an error for each router that an endpoint admits and that does not call it."""
    environment = inference.environment
    for index, endpoint in enumerate(inference.settings.endpoints):
        for number, value in enumerate(getattr(endpoint, "routers", ())):
            arn = parse_arn(value)
            owner = _owner(arn, "inference-router", others)
            if owner is None:
                continue
            name = arn.resource.removeprefix(f"inference-router/{owner.name}-")
            routers = {one.name: one for one in _routers(owner)}
            places = list(_places([routers[name]])) if name in routers else []
            wanted = endpoint_arn(environment, endpoint.name)
            if any(one.destination.arn == wanted for one in places):
                continue
            rule = (
                f"must be a router that calls this endpoint. Add {wanted} to the destinations of "
                f"router {name} of {owner.name}, or remove the line"
                if places
                else f"must be a router of {owner.name}" + close_to(name, list(routers))
            )
            yield validation_error(
                rule, at=f"inference.endpoints.{index}.routers.{number}", value=value
            )


def endpoint_arn(environment: EnvironmentSettings, name: str) -> str:
    """Return the ARN of an endpoint of an environment."""
    return _arn(environment, "endpoint", name)


def router_arn(environment: EnvironmentSettings, name: str) -> str:
    """Return the ARN of a router of an environment."""
    return _arn(environment, "inference-router", name)


def _arn(environment: EnvironmentSettings, kind: str, name: str) -> str:
    return (
        f"arn:{partition_of(environment.region)}:sagemaker:{environment.region}:"
        f"{environment.account}:{kind}/{environment.name}-{name}"
    )


def _mode_rule(
    endpoint: AnyEndpoint,
    target: RoutingTargetSettings,
    component: str | None,
    prefix: str = "",
) -> tuple[str, str, str] | None:
    """Return key, rule and value if an endpoint does not fit a target; None if it fits.

    Source: SageMaker API, ``RoutingTarget``: real-time and asynchronous destinations do not mix,
    and InstancePoolOrder needs two instance types or more.
    """
    key = "arn" if prefix else "endpoint"
    if target.asynchronous is None and endpoint.type == "asynchronous":
        return key, "is asynchronous, but the target is not. Add asynchronous: {} to the target", ""
    if target.asynchronous is not None and endpoint.type != "asynchronous":
        return key, f"must be an asynchronous endpoint, as the target is: got {endpoint.type}", ""
    if endpoint.type == "serverless":
        return (
            key,
            "must have instances, because SageMaker does not route to serverless endpoints",
            "",
        )
    pools = getattr(endpoint, "instance_pools", None) or []
    if target.routing_preference == "instance_pool_order" and len(pools) < 2:
        return key, "must have two or more instance_pools for instance_pool_order", ""
    components = [one.name for one in getattr(endpoint, "components", ())]
    if components and component is None:
        names = ", ".join(f"{prefix}{one}" for one in components)
        return key, f"has inference components. Add component: one of {names}", ""
    if component is not None and component not in components:
        hint = close_to(component, components) if components else ", which has none"
        return "component", f"must be a component of endpoint {endpoint.name}{hint}", component
    return None


def _offer_rule(
    endpoint: AnyEndpoint,
    arn: Arn,
    environment: EnvironmentSettings,
    owner: EnvironmentSettings,
    router: str,
) -> tuple[str, str, str] | None:
    """Return the rule about what the owner of an endpoint must offer a router."""
    wanted = router_arn(environment, router)
    if arn.account != environment.account and wanted not in getattr(endpoint, "routers", ()):
        return (
            "arn",
            f"must be an endpoint that allows the router. Add {wanted} to routers of "
            f"endpoint {endpoint.name} of {owner.name}",
            "",
        )
    if endpoint.type == "asynchronous" and not endpoint.routed_data:
        return (
            "arn",
            "must be an endpoint that may read the router's requests. Add the bucket and key of "
            f"router {router} to routed_data of endpoint {endpoint.name} of {owner.name}",
            "",
        )
    return None


def _owner(
    arn: Arn, kind: str, others: Iterable[EnvironmentSettings]
) -> EnvironmentSettings | None:
    """Return the environment whose name an ARN has; the longest name, as one may begin another."""
    found = [
        one
        for one in others
        if (one.account, one.region) == (arn.account, arn.region)
        and arn.resource.startswith(f"{kind}/{one.name}-")
    ]
    return max(found, key=lambda one: len(one.name), default=None)


def _endpoints(environment: EnvironmentSettings) -> Sequence[AnyEndpoint]:
    found = _inference(environment)
    return found.endpoints if found else ()


def _routers(environment: EnvironmentSettings) -> Sequence[RouterSettings]:
    found = _inference(environment)
    return found.routers if found else ()


def _inference(environment: EnvironmentSettings) -> InferenceSettings | None:
    from stacks.inference.capability import Inference

    found = environment.find(Inference)
    return found.settings if found else None


def _places(routers: Sequence[RouterSettings]) -> Iterator[_Place]:
    for index, router in enumerate(routers):
        for number, target in enumerate(router.targets):
            for position, one in enumerate(target.destinations):
                at = f"routers.{index}.targets.{number}.destinations.{position}"
                yield _Place(at, target, one, router.name)
