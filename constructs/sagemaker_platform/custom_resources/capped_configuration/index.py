"""Copies an endpoint configuration, and adds a cap on requests from other regions to the copy.

`CrossRegionTrafficConfig` is a parameter of CreateEndpointConfig, and no property of
AWS::SageMaker::EndpointConfig. So CloudFormation creates the configuration with all that it knows
and this handler copies it. A configuration cannot change: another configuration or another cap
makes another copy, and CloudFormation has the earlier copy deleted once the endpoint has moved.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError
from ..common.waiting import Item, poll, start_wait

# Time-out of a request, and of one call of the function.
TIMEOUT_SECONDS = 10 * 60.0
CALL_TIMEOUT_SECONDS = 60.0

_NAME_LENGTH = 63
# SageMaker answers with this code for a configuration that does not exist.
_NONE = ("ValidationException",)
# Members of the description that a request does not have.
_DESCRIBED = ("CreationTime", "EndpointConfigArn", "EndpointConfigName", "ResponseMetadata")


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the copy after what it is made of; `is_complete` does all the work."""
    if event["RequestType"] == "Delete":
        return start_wait(event["PhysicalResourceId"])
    properties = event["ResourceProperties"]
    text = json.dumps([properties["EndpointConfigName"], _cap(properties)], sort_keys=True)
    suffix = f"-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    prefix = properties["NamePrefix"]
    return start_wait(f"{prefix[: _NAME_LENGTH - len(suffix)]}{suffix}")


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Create the copy unless it exists, or delete it.

    Raises:
        CustomResourceError: SageMaker refuses a call for good, or the time-out has passed.
    """
    name = event["PhysicalResourceId"]
    caller = Caller(name, CALL_TIMEOUT_SECONDS)
    sagemaker = client("sagemaker")
    properties = event["ResourceProperties"]

    def delete() -> None:
        caller.call(
            "copy", sagemaker.delete_endpoint_config, not_found=_NONE, EndpointConfigName=name
        )

    def create() -> None:
        describe = sagemaker.describe_endpoint_config
        if caller.call("copy", describe, not_found=_NONE, EndpointConfigName=name):
            return
        original = properties["EndpointConfigName"]
        found = caller.call("original", describe, not_found=_NONE, EndpointConfigName=original)
        if found is None:
            raise CustomResourceError(
                f"endpoint configuration {original} does not exist. Deploy again: CloudFormation "
                "creates it"
            )
        request = {key: value for key, value in found.items() if value and key not in _DESCRIBED}
        caller.call(
            "copy",
            sagemaker.create_endpoint_config,
            **request,
            EndpointConfigName=name,
            CrossRegionTrafficConfig=_cap(properties),
            Tags=properties.get("Tags", []),
        )

    step = delete if event["RequestType"] == "Delete" else create
    return poll(event, step, timeout_seconds=TIMEOUT_SECONDS)


def _cap(properties: Mapping[str, Any]) -> dict[str, int]:
    """Return the cap as the API takes it: CloudFormation writes numbers as strings."""
    return {key: int(value) for key, value in properties["Cap"].items()}
