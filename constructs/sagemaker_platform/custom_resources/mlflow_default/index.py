"""Makes an MLflow App the default of a Studio domain, in addition to its other domains.

CloudFormation has no property for the default. The API has a list of domains, which each update
replaces. So each step reads the App, adds or removes the one domain, and keeps the other domains.
"""

from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, PendingError
from ..common.waiting import Item, poll, start_wait

# Time-out of a request, and of one call of the function.
TIMEOUT_SECONDS = 50 * 60.0
CALL_TIMEOUT_SECONDS = 60.0

_CHANGING = ("Creating", "Updating")
_DELETED = ("Deleting", "Deleted")


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; `is_complete` does all the work."""
    if event["RequestType"] == "Delete":
        return start_wait(event["PhysicalResourceId"])
    properties = event["ResourceProperties"]
    app = properties["AppArn"].rpartition("/")[2]
    return start_wait(f"default-of-{properties['DomainId']}-is-{app}")


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Do what can be done now, and tell whether the App has or has not the domain, as wanted.

    Raises:
        CustomResourceError: SageMaker refuses a call for good, or the time-out has passed.
    """
    properties, deletes = event["ResourceProperties"], event["RequestType"] == "Delete"
    app, domain = properties["AppArn"], properties["DomainId"]
    caller = Caller(event["PhysicalResourceId"], CALL_TIMEOUT_SECONDS)
    return poll(
        event,
        lambda: _update(caller, app, domain, deletes=deletes),
        timeout_seconds=TIMEOUT_SECONDS,
    )


def _update(caller: Caller, app: str, domain: str, *, deletes: bool) -> None:
    sagemaker = client("sagemaker")
    # An update may take effect at once; the second look saves a wait.
    for _ in range(2):
        found = caller.call(f"MLflow App {app}", sagemaker.describe_mlflow_app, Arn=app)
        if found is None and not deletes:
            raise CustomResourceError(
                f"MLflow App {app} does not exist; it must exist to be the default of {domain}. "
                "Create it, or remove the resource"
            )
        if found is None or (deletes and found["Status"] in _DELETED):
            return
        status, domains = found["Status"], found.get("DefaultDomainIdList", [])
        if status in _CHANGING:
            raise PendingError([f"MLflow App {app} is {status}"])
        if (domain in domains) is not deletes:
            return
        changed = {*domains} - {domain} if deletes else {*domains, domain}
        caller.call(
            f"default domains of {app}",
            sagemaker.update_mlflow_app,
            Arn=app,
            DefaultDomainIdList=sorted(changed),
        )
    raise PendingError([f"MLflow App {app} is updating"])
