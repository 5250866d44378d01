"""Blueprints of a team in DataZone: templates, and their configuration in an account.

It refuses what the service refuses: a name that exists, also as a managed blueprint, a template
that is not in S3, a configuration of a blueprint that does not exist, and the deletion of one that
parts of projects use.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.datazone_catalog import Item, hashed_id
from operations.rehearsal.server.store import Store

OPERATIONS = (
    "CreateEnvironmentBlueprint",
    "DeleteEnvironmentBlueprint",
    "DeleteEnvironmentBlueprintConfiguration",
    "GetEnvironmentBlueprint",
    "GetEnvironmentBlueprintConfiguration",
    "ListEnvironmentBlueprints",
    "PutEnvironmentBlueprintConfiguration",
    "UpdateEnvironmentBlueprint",
)
_OF_S3 = re.compile(r"https://[a-z0-9.-]+\.s3\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/\S+")
_SUMMARY = ("id", "name", "description", "provider", "provisioningProperties")
_MANAGED = ("DataLake", "RedshiftServerless", "S3Bucket", "Tooling", "ToolingLite")
_CONFIGURATION = "BlueprintConfiguration"


def blueprints_of(operation: str, given: Item, store: Store, used: Mapping[str, list[str]]) -> Item:
    """Return the output of a call about blueprints.

    Args:
        operation: the operation.
        given: its input.
        store: blueprints of the account, by the domain and their ID.
        used: names of the parts of projects that come from a blueprint, by its ID.

    Raises:
        ApiError: if DataZone refuses it.
    """
    domain = given["domainIdentifier"]
    if operation == "ListEnvironmentBlueprints":
        return {"items": list(_listed(given, store))}
    if operation == "CreateEnvironmentBlueprint":
        return _created(given, store)
    identifier = given.get("identifier") or given["environmentBlueprintIdentifier"]
    found = store.get("Blueprint", f"{domain}/{identifier}")
    if operation == "DeleteEnvironmentBlueprintConfiguration":
        store.remove(_CONFIGURATION, f"{domain}/{identifier}")
        return {}
    if found is None:
        raise ApiError("ResourceNotFoundException", f"Blueprint {identifier} was not found")
    if operation.endswith("Configuration"):
        return _configured(operation, given, store)
    if operation == "DeleteEnvironmentBlueprint":
        if names := used.get(identifier):
            raise ApiError("ConflictException", f"Environments use the blueprint: {names}")
        store.remove("Blueprint", f"{domain}/{identifier}")
        store.remove(_CONFIGURATION, f"{domain}/{identifier}")
        return {}
    if operation == "UpdateEnvironmentBlueprint":
        _check_template(given)
        found = {**found, **_values(given)}
        store.put("Blueprint", f"{domain}/{identifier}", found)
    return _shown(found)


def configured_blueprints(domain: str, store: Store) -> Iterable[str]:
    """Return the IDs of the blueprints that are enabled in an account."""
    return [
        one["environmentBlueprintId"]
        for one in store.all(_CONFIGURATION)
        if one["domainId"] == domain
    ]


def used_blueprints(projects: Iterable[Item]) -> dict[str, list[str]]:
    """Return the parts of projects by the ID of their blueprint."""
    found: dict[str, list[str]] = {}
    for project in projects:
        for name in project["parts"]:
            identifier = project.get("blueprints", {}).get(name, "")
            found.setdefault(identifier, []).append(f"{project['name']}/{name}")
    return found


def of_blueprint(environments: Iterable[Item], project: Item, wanted: str | None) -> list[Item]:
    """Return the environments of a project that come from a blueprint; None: all."""
    made = project.get("blueprints", {})
    return [one for one in environments if wanted is None or made.get(one["name"]) == wanted]


def _created(given: Item, store: Store) -> Item:
    domain, name = given["domainIdentifier"], given["name"]
    names = [one["name"] for one in store.all("Blueprint") if one["domainId"] == domain]
    if name in names or name in _MANAGED:
        raise ApiError("ConflictException", f"A blueprint with the name {name} exists")
    _check_template(given)
    made = {
        "id": hashed_id(domain, name, "blueprint"),
        "name": name,
        "domainId": domain,
        "provider": "Amazon SageMaker",
        **_values(given),
    }
    store.put("Blueprint", f"{domain}/{made['id']}", made)
    return _shown(made)


def _configured(operation: str, given: Item, store: Store) -> Item:
    domain, identifier = given["domainIdentifier"], given["environmentBlueprintIdentifier"]
    if operation.startswith("Put"):
        keys = ("enabledRegions", "provisioningRoleArn", "manageAccessRoleArn")
        # AWS overwrites the whole configuration.
        made = {
            "domainId": domain,
            "environmentBlueprintId": identifier,
            **{key: given[key] for key in keys if key in given},
        }
        store.put(_CONFIGURATION, f"{domain}/{identifier}", made)
    found = store.get(_CONFIGURATION, f"{domain}/{identifier}")
    if found is None:
        raise ApiError("ResourceNotFoundException", f"Blueprint {identifier} is not enabled")
    return found


def _check_template(given: Item) -> None:
    url = given["provisioningProperties"]["cloudFormation"]["templateUrl"]
    if not _OF_S3.fullmatch(url):
        raise ApiError("ValidationException", "Access denied to blueprint template")


def _listed(given: Item, store: Store) -> Iterable[Item]:
    for one in store.all("Blueprint"):
        if one["domainId"] == given["domainIdentifier"] and one["name"].startswith(
            given.get("name", "")
        ):
            yield {key: one[key] for key in _SUMMARY if key in one}


def _values(given: Item) -> dict[str, Any]:
    keys = ("description", "provisioningProperties", "userParameters")
    return {key: given[key] for key in keys if key in given}


def _shown(found: Item) -> Item:
    return {key: value for key, value in found.items() if key != "domainId"}
