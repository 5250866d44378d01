"""Inference routers and policies of endpoints, as SageMaker keeps them."""

import time
from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import Records
from operations.rehearsal.server.store import Store

OPERATIONS = (
    "CreateInferenceRouter",
    "DeleteEndpointPolicy",
    "DeleteInferenceRouter",
    "DescribeInferenceRouter",
    "GetEndpointPolicy",
    "PutEndpointPolicy",
    "UpdateInferenceRouter",
)
_POLICY, _ROUTER = "EndpointPolicy", "InferenceRouter"


def answer(
    operation: str, arguments: Mapping[str, Any], records: Records, owner: Owner
) -> dict[str, Any]:
    """Return the output of a call.

    A router is changing until it is described twice, so that handlers meet a conflict.

    Raises:
        ApiError: there is no such thing, or the router is changing.
    """
    store = Store("sagemaker", records, owner)
    if operation.endswith(_POLICY):
        return _policy(operation, arguments, store, owner)
    name = arguments["InferenceRouterName"]
    router = store.get(_ROUTER, name)
    if operation == "CreateInferenceRouter":
        if router is not None:
            raise ApiError("ResourceAlreadyExists", f"The router {name} exists")
        return _write(arguments, store, owner, "Creating")
    if router is None:
        raise ApiError("ResourceNotFound", f"The router {name} does not exist")
    if operation == "DescribeInferenceRouter":
        return _describe(router, store)
    if router["Status"] != "InService":
        raise ApiError("ConflictException", f"The router is {router['Status']}")
    if operation == "UpdateInferenceRouter":
        return _write({**router, **arguments}, store, owner, "Updating")
    store.remove(_ROUTER, name)
    return {}


def _write(given: Mapping[str, Any], store: Store, owner: Owner, status: str) -> dict[str, Any]:
    name = given["InferenceRouterName"]
    arn = owner.arn("sagemaker", f"inference-router/{name}")
    now = time.time()
    kept = {key: value for key, value in given.items() if key != "ClientToken"}
    store.put(
        _ROUTER,
        name,
        {
            "CreationTime": now,
            **kept,
            "InferenceRouterArn": arn,
            "Status": status,
            "LastModifiedTime": now,
        },
    )
    return {"InferenceRouterArn": arn}


def _describe(router: dict[str, Any], store: Store) -> dict[str, Any]:
    described = {key: value for key, value in router.items() if key != "Tags"}
    targets = [
        {
            **target,
            "Destinations": [{**one, "RoutingStatus": "Unknown"} for one in target["Destinations"]],
        }
        for target in router["RoutingTargets"]
    ]
    store.put(_ROUTER, router["InferenceRouterName"], {**router, "Status": "InService"})
    return {**described, "RoutingTargets": targets}


def _policy(
    operation: str, arguments: Mapping[str, Any], store: Store, owner: Owner
) -> dict[str, Any]:
    name = arguments["EndpointName"]
    arn = owner.arn("sagemaker", f"endpoint/{name}")
    if operation == "PutEndpointPolicy":
        store.put(_POLICY, name, arguments)
    elif operation == "DeleteEndpointPolicy":
        store.remove(_POLICY, name)
        return {}
    found = store.get(_POLICY, name)
    if found is None:
        raise ApiError("ValidationException", f"The endpoint {name} has no policy")
    return (
        {**found, "EndpointArn": arn} if operation == "GetEndpointPolicy" else {"EndpointArn": arn}
    )
