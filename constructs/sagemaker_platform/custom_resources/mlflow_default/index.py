"""Makes an MLflow App the default of a Studio domain, in addition to its other domains.

CloudFormation has no property for the default. The API has a list of domains, which each update
replaces. So each step reads the App, adds or removes the one domain, and keeps the other domains.
"""

from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, PendingError
from ..common.waiting import Item, elapsed_seconds, poll, start_wait, started

# Time-out of a request, of an App that another stack creates, and of one call of the function.
TIMEOUT_SECONDS = 50 * 60.0
APP_TIMEOUT_SECONDS = 20 * 60.0
CALL_TIMEOUT_SECONDS = 60.0

_CHANGING = ("Creating", "Updating")
_DELETED = ("Deleting", "Deleted")
# CloudFormation deletes an App whose creation failed, and the next deployment creates another one.
_GONE = (*_DELETED, "CreateFailed")


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; `is_complete` does all the work.

    An update that keeps the domain and the App keeps the name. A resource of an earlier version
    knew the App by its ARN; its name is kept too, or CloudFormation would take back the default.
    """
    if event["RequestType"] == "Delete":
        return start_wait(event["PhysicalResourceId"])
    properties, old = event["ResourceProperties"], event.get("OldResourceProperties", {})
    domain, app = properties["DomainId"], properties["AppName"]
    if old.get("DomainId") == domain and old.get("AppName", app) == app:
        return start_wait(event["PhysicalResourceId"])
    return start_wait(f"default-of-{domain}-is-{app}")


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Do what can be done now, and tell whether the App has or has not the domain, as wanted.

    Raises:
        CustomResourceError: SageMaker refuses a call for good, or the time-out has passed.
    """
    caller = Caller(event["PhysicalResourceId"], CALL_TIMEOUT_SECONDS)
    properties, deletes = event["ResourceProperties"], event["RequestType"] == "Delete"
    return poll(
        event,
        lambda: _update(caller, properties, started(event), deletes=deletes),
        timeout_seconds=TIMEOUT_SECONDS,
    )


def _update(caller: Caller, properties: Mapping[str, str], start: float, *, deletes: bool) -> None:
    sagemaker, domain = client("sagemaker"), properties["DomainId"]
    # A resource of an earlier version has the ARN.
    arn = properties.get("AppArn") or _find(caller, properties["AppName"])
    app = properties.get("AppName", arn)
    # An update may take effect at once; the second look saves a wait.
    for _ in range(2):
        found = arn and caller.call(f"MLflow App {app}", sagemaker.describe_mlflow_app, Arn=arn)
        if deletes and (not found or found["Status"] in _DELETED):
            return
        if not found:
            # Another stack creates it, perhaps at this moment.
            if elapsed_seconds(start) > APP_TIMEOUT_SECONDS:
                raise CustomResourceError(
                    f"MLflow App {app} does not exist after {APP_TIMEOUT_SECONDS:.0f} seconds. "
                    "Deploy the stack of the App first, then this stack again"
                )
            raise PendingError([f"MLflow App {app} does not exist yet"])
        status, domains = found["Status"], found.get("DefaultDomainIdList", [])
        if status in _CHANGING:
            raise PendingError([f"MLflow App {app} is {status}"])
        if (domain in domains) is not deletes:
            return
        changed = {*domains} - {domain} if deletes else {*domains, domain}
        caller.call(
            f"default domains of {app}",
            sagemaker.update_mlflow_app,
            Arn=arn,
            DefaultDomainIdList=sorted(changed),
        )
    raise PendingError([f"MLflow App {app} is updating"])


def _find(caller: Caller, name: str) -> str | None:
    """Return the ARN of the newest App with a name; None if there is none that stays.

    Names are not unique: an App that is kept when its stack is deleted keeps its name.
    """
    apps = caller.list_all(
        client("sagemaker").list_mlflow_apps,
        "Summaries",
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    return next(
        (one["Arn"] for one in apps if one["Name"] == name and one["Status"] not in _GONE), None
    )
