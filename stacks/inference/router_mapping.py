"""Settings of routers to arguments of constructs."""

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.inference import (
    AsynchronousEndpoint,
    AsynchronousRouting,
    CrossRegionCap,
    Destination,
    Endpoint,
    Invoker,
    RoutedRequests,
    RoutingPreference,
    RoutingTarget,
    invoke_any_router,
    invoke_destinations,
    router_arn,
)
from stacks.inference.invoker_settings import InvokerSettings
from stacks.inference.router_settings import (
    CrossRegionTrafficSettings,
    DestinationSettings,
    RoutedDataSettings,
    RouterSettings,
    RoutingTargetSettings,
)

_PREFERENCES: Mapping[str, RoutingPreference] = {
    "local_region_first": "LocalRegionFirst",
    "instance_pool_order": "InstancePoolOrder",
}


def invoker_of(settings: InvokerSettings) -> Invoker:
    """Return who may call an endpoint or a router."""
    principal: iam.IPrincipal
    if settings.role_arn is not None:
        principal = iam.ArnPrincipal(settings.role_arn)
    else:
        principal = iam.AccountPrincipal(settings.account)
    return Invoker(name=settings.name, principal=principal)


def cap_of(settings: CrossRegionTrafficSettings | None) -> CrossRegionCap | None:
    """Return the cap on requests from other regions."""
    return None if settings is None else CrossRegionCap(**settings.model_dump())


def routed_of(scope: Construct, settings: Sequence[RoutedDataSettings]) -> list[RoutedRequests]:
    """Return the buckets of routers of other accounts and regions."""
    found = []
    for number, one in enumerate(settings):
        parent = Construct(scope, f"Routed-{one.bucket_arn.rpartition(':')[2]}-{number}")
        found.append(
            RoutedRequests(
                bucket=s3.Bucket.from_bucket_arn(parent, "Bucket", one.bucket_arn),
                key=kms.Key.from_key_arn(parent, "Key", one.key_arn),
            )
        )
    return found


def target_of(
    scope: Construct,
    settings: RoutingTargetSettings,
    *,
    endpoints: Mapping[str, Endpoint],
    data: s3.IBucket | None,
) -> RoutingTarget:
    """Return a routing target.

    Args:
        scope: a construct of the stack, for its account and region.
        settings: the target.
        endpoints: endpoints of the environment by name.
        data: bucket of requests and results, for an asynchronous target.
    """
    asynchronous = settings.asynchronous
    return RoutingTarget(
        name=settings.name,
        destinations=[_destination(scope, one, endpoints) for one in settings.destinations],
        asynchronous=None
        if asynchronous is None or data is None
        else AsynchronousRouting(
            data=data,
            max_backlog_seconds=asynchronous.max_backlog_seconds,
            success_topic_arn=asynchronous.success_topic_arn,
            error_topic_arn=asynchronous.error_topic_arn,
        ),
        preference=_PREFERENCES[settings.routing_preference],
    )


def call_routers(
    scope: Construct, routers: Sequence[RouterSettings], *, prefix: str
) -> list[iam.PolicyStatement]:
    """Return what people need to call routers, and their destinations elsewhere through them.

    Args:
        scope: a construct of the stack, for its account and region.
        routers: the routers.
        prefix: beginning of the names of the environment.
    """
    if not routers:
        return []
    statements: list[iam.PolicyStatement] = [invoke_any_router(scope, prefix=prefix)]
    for router in routers:
        arn = router_arn(scope, f"{prefix}{router.name}")
        for asynchronous in (False, True):
            arns = [
                arn
                for target in router.targets
                if (target.asynchronous is not None) is asynchronous
                for one in target.destinations
                if one.arn is not None
                for arn in Destination(endpoint_arn=str(one.arn), component=one.component).arns
            ]
            if arns:
                statements.append(
                    invoke_destinations(arn, list(dict.fromkeys(arns)), asynchronous=asynchronous)
                )
    return statements


def _destination(
    scope: Construct, settings: DestinationSettings, endpoints: Mapping[str, Endpoint]
) -> Destination:
    if settings.endpoint is None:
        return Destination(endpoint_arn=str(settings.arn), component=settings.component)
    endpoint = endpoints[settings.endpoint]
    return Destination(
        endpoint_arn=Stack.of(scope).format_arn(
            service="sagemaker", resource="endpoint", resource_name=endpoint.name
        ),
        component=f"{endpoint.name}-{settings.component}" if settings.component else None,
        role=endpoint.model.runner.role if isinstance(endpoint, AsynchronousEndpoint) else None,
    )
