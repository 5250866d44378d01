"""Lets profiles, blueprints and roles go only after the last project that needs them.

Amazon DataZone deletes the environments of a project after CloudFormation has taken the project for
deleted. Without the provisioning role they would fail for good. At the end, Lake Formation loses
the administrators that AWS added for the blueprints.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, PendingError
from ..common.waiting import Item

_STUCK = ("DELETE_FAILED", "INACCESSIBLE")


def step(event: Mapping[str, Any], caller: Caller) -> None:
    """Wait on a deletion until projects are gone; otherwise do nothing.

    Properties: `Domain`; `Keep`, whether the domain is kept, so that nothing is waited for;
    `Administrators`, ARNs of the roles that AWS adds to the data lake administrators.

    Raises:
        PendingError: projects are still being deleted.
        CustomResourceError: people have projects, or AWS could not delete one.
    """
    properties: Item = event["ResourceProperties"]
    if event["RequestType"] != "Delete" or properties["Keep"] == "true":
        return
    domain = properties["Domain"]
    if caller.call("domain", client("datazone").get_domain, identifier=domain) is not None:
        _wait_for_projects(domain, caller)
    _restore_administrators(properties["Administrators"], caller)


def _wait_for_projects(domain: str, caller: Caller) -> None:
    left, stuck, going = [], [], []
    for project in _listed(caller, "list_projects", domainIdentifier=domain):
        name, status = project["name"], project.get("projectStatus", "")
        environments = [
            one
            for one in _listed(
                caller,
                "list_environments",
                domainIdentifier=domain,
                projectIdentifier=project["id"],
            )
            if one.get("status") != "DELETED"
        ]
        failed = [f"{name}/{one['name']}" for one in environments if one.get("status") in _STUCK]
        if status == "DELETE_FAILED" or failed:
            stuck += failed or [name]
        elif status == "DELETING":
            going.append(f"project {name} is being deleted")
        else:
            left.append(f"{name} (created by {project.get('createdBy') or 'a user'})")
    if left:
        raise CustomResourceError(
            f"the domain has projects of people: {', '.join(sorted(left)[:10])}. Delete them in "
            "the portal, then delete the stack again"
        )
    if going:
        raise PendingError(sorted(going))
    if stuck:
        raise CustomResourceError(
            f"AWS could not delete {', '.join(sorted(stuck)[:10])}. Delete their stacks "
            "DataZone-Env-* in CloudFormation and the projects in the portal, then delete the "
            "stack again"
        )


def _restore_administrators(added: list[str], caller: Caller) -> None:
    formation = client("lakeformation")
    answer = caller.require("settings of Lake Formation", formation.get_data_lake_settings)
    settings: Item = answer.get("DataLakeSettings") or {}
    before = settings.get("DataLakeAdmins") or []
    after = [one for one in before if one["DataLakePrincipalIdentifier"] not in added]
    if len(after) == len(before):
        return
    caller.require(
        "settings of Lake Formation",
        formation.put_data_lake_settings,
        DataLakeSettings={**settings, "DataLakeAdmins": after},
    )
    # Another stack that read before this one may write after it: the next step looks again.
    raise PendingError(["the data lake administrators were just written"])


def _listed(caller: Caller, operation: str, **arguments: Any) -> Iterator[Item]:
    call = getattr(client("datazone"), operation)
    return caller.list_all(call, "items", "nextToken", "nextToken", **arguments)
