"""Keeps an inference router of SageMaker AI, for which CloudFormation has no resource type.

The properties hold the routing targets in the shape of the API. Each call reads the router, and
creates, updates or deletes it if it differs. An update replaces all targets, and SageMaker refuses
it while another runs: then the next call tries again. Nothing is remembered between calls.

A router carries the ID of its stack as a tag. The handler changes no router without it, so that
two stacks with the same name cannot overwrite or delete each other's router.

SageMaker accepts a destination that it cannot read, such as one that another environment has not
created yet. So the order in which environments are deployed does not matter.
"""

import logging
from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, PendingError
from ..common.waiting import Item, poll, start_wait, started

# Time-out of a request, and of one call of the function. AWS: an update takes about 2 minutes.
TIMEOUT_SECONDS = 30 * 60.0
CALL_TIMEOUT_SECONDS = 60.0
OWNER = "sagemaker-platform:stack"
"""Key of the tag with the ID of the stack."""

_CHANGING = ("Creating", "Updating", "Deleting")
_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; `is_complete` does all the work."""
    if event["RequestType"] == "Delete":
        return start_wait(event["PhysicalResourceId"])
    return start_wait(event["ResourceProperties"]["InferenceRouterName"])


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Do what can be done now, and tell whether the router is as wanted.

    Raises:
        CustomResourceError: SageMaker refuses a call for good, the router belongs to another
            stack, or the time-out has passed.
    """
    router = _Router(event)
    deletes = event["RequestType"] == "Delete"
    step = router.delete if deletes else router.write
    return poll(event, step, timeout_seconds=TIMEOUT_SECONDS)


class _Router:
    def __init__(self, event: Mapping[str, Any]) -> None:
        self._name: str = event["PhysicalResourceId"]
        self._stack: str = event["StackId"]
        self._properties: Mapping[str, Any] = event["ResourceProperties"]
        self._old: Mapping[str, Any] = event.get("OldResourceProperties", {})
        self._started = started(event)
        self._caller = Caller(self._name, CALL_TIMEOUT_SECONDS)
        self._sagemaker = client("sagemaker")

    def write(self) -> Item:
        """Create or update the router, and return its attributes once it is as wanted."""
        targets = [_target(one) for one in self._properties["RoutingTargets"]]
        found = self._describe()
        if found is None:
            given = [{"Key": OWNER, "Value": self._stack}, *self._properties.get("Tags", [])]
            self._caller.call(
                "creation",
                self._sagemaker.create_inference_router,
                InferenceRouterName=self._name,
                RoutingTargets=targets,
                Tags=given,
            )
            raise PendingError([f"router {self._name} is being created"])
        arn, status = found["InferenceRouterArn"], found["Status"]
        tags = self._tags(arn)
        if tags.get(OWNER) != self._stack:
            raise CustomResourceError(
                f"an inference router {self._name} exists that is not of this stack. Delete it, "
                "or choose another name"
            )
        if status in _CHANGING:
            raise PendingError([f"router {self._name} is {status}"])
        if status == "Failed" and found["LastModifiedTime"].timestamp() >= self._started:
            reason = found.get("StatusReason", "SageMaker gives no reason")
            raise CustomResourceError(f"inference router {self._name} is Failed: {reason}")
        if status == "Failed" or not _is_as(targets, found["RoutingTargets"]):
            self._caller.call(
                "update",
                self._sagemaker.update_inference_router,
                InferenceRouterName=self._name,
                RoutingTargets=targets,
            )
            raise PendingError([f"router {self._name} is being updated"])
        self._write_tags(arn, tags)
        for target in found["RoutingTargets"]:
            for one in target["Destinations"]:
                if one.get("RoutingStatus") != "Routable":
                    _LOG.warning("%s: %s", one["ResourceArn"], one.get("RoutingStatus"))
        return {"Arn": arn}

    def delete(self) -> None:
        """Delete the router, and wait until it does not exist."""
        found = self._describe()
        if found is None:
            return
        if found["Status"] not in _CHANGING:
            if self._tags(found["InferenceRouterArn"]).get(OWNER) != self._stack:
                _LOG.info("%s is not of this stack and stays", self._name)
                return
            self._caller.call(
                "deletion",
                self._sagemaker.delete_inference_router,
                InferenceRouterName=self._name,
            )
        raise PendingError([f"router {self._name} is being deleted"])

    def _describe(self) -> Item | None:
        return self._caller.call(
            "router",
            self._sagemaker.describe_inference_router,
            InferenceRouterName=self._name,
        )

    def _tags(self, arn: str) -> dict[str, str]:
        found = self._caller.list_all(self._sagemaker.list_tags, "Tags", ResourceArn=arn)
        return {one["Key"]: one["Value"] for one in found}

    def _write_tags(self, arn: str, found: Mapping[str, str]) -> None:
        wanted = {one["Key"]: one["Value"] for one in self._properties.get("Tags", [])}
        added = [
            {"Key": key, "Value": value} for key, value in wanted.items() if found.get(key) != value
        ]
        removed = [
            one["Key"]
            for one in self._old.get("Tags", [])
            if one["Key"] not in wanted and one["Key"] in found
        ]
        if added:
            self._caller.call("tags", self._sagemaker.add_tags, ResourceArn=arn, Tags=added)
        if removed:
            self._caller.call("tags", self._sagemaker.delete_tags, ResourceArn=arn, TagKeys=removed)


def _target(properties: Mapping[str, Any]) -> Item:
    """Return a routing target as the API takes it: CloudFormation writes numbers as strings."""
    target = {**properties}
    asynchronous = target.get("AsyncInferenceConfig")
    if asynchronous is not None:
        seconds = int(asynchronous["ClientConfig"]["MaxTimeInBacklogSeconds"])
        target["AsyncInferenceConfig"] = {
            **asynchronous,
            "ClientConfig": {"MaxTimeInBacklogSeconds": seconds},
        }
    return target


def _is_as(wanted: Any, found: Any) -> bool:
    """Return whether what SageMaker describes has all that is wanted, and no further targets."""
    match wanted:
        case dict():
            return (
                isinstance(found, dict)
                and all(_is_as(value, found.get(key)) for key, value in wanted.items())
                and not ({"AsyncInferenceConfig", "NotificationConfig"} & ({*found} - {*wanted}))
            )
        case list():
            return (
                isinstance(found, list)
                and len(wanted) == len(found)
                and all(_is_as(*pair) for pair in zip(wanted, found, strict=True))
            )
    return bool(wanted == found)
