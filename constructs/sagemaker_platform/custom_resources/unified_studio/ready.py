"""A project is ready when all parts that its profile creates with it are active."""

from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, PendingError
from ..common.waiting import Item

_FAILED = {
    "CREATE_FAILED",
    "DELETE_FAILED",
    "INACCESSIBLE",
    "SUSPENDED",
    "UPDATE_FAILED",
    "VALIDATION_FAILED",
}
_FAILED_DEPLOYMENTS = ("FAILED_VALIDATION", "FAILED_DEPLOYMENT")


def step(event: Mapping[str, Any], caller: Caller) -> Item | None:
    """Look once; the resource creates nothing, so it deletes nothing.

    Properties: `Domain`, `Project`, `Environments`, the names of the parts, and `Tooling`, the
    name of the part that connections belong to. Returns the attributes.

    Raises:
        PendingError: a part is not active yet.
        CustomResourceError: a part failed, or the project is gone.
    """
    if event["RequestType"] == "Delete":
        return None
    properties: Item = event["ResourceProperties"]
    datazone = client("datazone")
    domain, identifier = properties["Domain"], properties["Project"]
    project = caller.require(
        "project", datazone.get_project, domainIdentifier=domain, identifier=identifier
    )
    name, details = project["name"], project.get("environmentDeploymentDetails") or {}
    status = details.get("overallDeploymentStatus", "")
    if status in _FAILED_DEPLOYMENTS:
        raise CustomResourceError(f"project {name}: {status}: {_reasons(details)}")
    environments = {
        one["name"]: one
        for one in caller.list_all(
            datazone.list_environments,
            "items",
            "nextToken",
            "nextToken",
            domainIdentifier=domain,
            projectIdentifier=identifier,
        )
        if one.get("status") != "DELETED"
    }
    found = {part: str(one.get("status", "")) for part, one in environments.items()}
    if broken := [f"{part} is {state}" for part, state in found.items() if state in _FAILED]:
        raise CustomResourceError(
            f"project {name}: {', '.join(sorted(broken))}. Look at its stacks DataZone-Env-* in "
            "CloudFormation, and delete the project in the portal to begin anew"
        )
    # A part that is not listed may only be early.
    waiting = [
        f"{part} is {found.get(part) or 'not there yet'}"
        for part in properties["Environments"]
        if found.get(part) != "ACTIVE"
    ]
    if waiting or status in ("PENDING_DEPLOYMENT", "IN_PROGRESS"):
        raise PendingError(waiting or [f"project {name} is {status}"])
    tooling = environments[properties["Tooling"]]["id"]
    return {"ToolingId": tooling, **_user_role(domain, tooling, caller)}


def _user_role(domain: str, environment: str, caller: Caller) -> Item:
    """Return the role that AWS created for the project. It comes with Tooling."""
    found = caller.require(
        "environment",
        client("datazone").get_environment,
        domainIdentifier=domain,
        identifier=environment,
    )
    roles = [
        one["value"]
        for one in found.get("provisionedResources") or []
        if one.get("name") == "userRoleArn" and one.get("value")
    ]
    return {"UserRoleArn": roles[0]} if roles else {}


def _reasons(details: Item) -> str:
    found = [
        f"{part}: {' '.join(str(one.get(key, '')) for key in ('code', 'message')).strip()}"
        for part, reasons in (details.get("environmentFailureReasons") or {}).items()
        for one in reasons
    ]
    return "; ".join(found) or "Amazon DataZone gives no reason"
