"""Inference routers that tasks are about."""

from collections.abc import Iterator, Mapping

from operations.access.world import Environment, World


def routed_targets(world: World, environment: Environment) -> Iterator[Mapping[str, str]]:
    """Yield targets of inference routers whose destinations are known.

    Only the owner of a destination in another account can tell who may call it.
    """
    known = {
        f"{place.account}:endpoint/{one.properties['EndpointName']}"
        for place in world.environments.values()
        for one in place.of_type("AWS::SageMaker::Endpoint")
        if "EndpointName" in one.properties
    }
    for one in environment.of_type("Custom::InferenceRouter"):
        for target in one.properties["RoutingTargets"]:
            places = [each["ResourceArn"].split(":", 4)[4] for each in target["Destinations"]]
            if "AsyncInferenceConfig" not in target and all(
                each in known or each.startswith(f"{environment.account}:") for each in places
            ):
                yield {"name": one.properties["InferenceRouterName"], "target": target["Name"]}
