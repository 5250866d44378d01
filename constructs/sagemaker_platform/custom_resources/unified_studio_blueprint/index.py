"""A blueprint of a team in a domain of Unified Studio, and its configuration in this account.

CloudFormation has no type for such a blueprint, and its type for the configuration finds managed
blueprints only. Every call looks at what there is now, so that a request can be repeated.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, PendingError, RetryableError
from ..common.waiting import Item, retry_advice, wait_until

# The function runs for at most 15 minutes.
TIMEOUT_SECONDS = 780.0
# Time after which the domain knows the role of this function.
NEW_ROLE_SECONDS = 300.0
_DENIED = ("AccessDeniedException", "UnauthorizedException")
_GOING = ("DELETING",)
_GONE = ("DELETED",)
_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)
_Result = TypeVar("_Result")


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Create, change or delete the blueprint with its configuration.

    Properties: `Domain`; `Name`; `Description`; `TemplateUrl`; `Parameters`, each with `Name`,
    `Editable`, `Updatable`, and perhaps `Default` and `Description`; `ProvisioningRole`, ARN of the
    role that deploys the template; `Regions`. Returns the ID as `BlueprintId`.

    Raises:
        CustomResourceError: the name is taken, projects use the blueprint, or Amazon DataZone
            refuses a call, or throttles until the time-out.
    """
    properties: Item = event["ResourceProperties"]
    about = f"blueprint {properties['Name']} of domain {properties['Domain']}"
    _refuse_new_name(event)
    caller = Caller(about, TIMEOUT_SECONDS)
    _LOG.info("%s %s", event["RequestType"], about)
    try:
        if event["RequestType"] == "Delete":
            _as_user(lambda: _delete(properties, caller), caller)
            return {"PhysicalResourceId": event["PhysicalResourceId"]}
        identifier = _as_user(lambda: _put(properties, caller), caller)
    except RetryableError as error:
        raise CustomResourceError(
            f"{about} is not complete after {TIMEOUT_SECONDS:.0f} seconds: {error}. "
            f"{retry_advice(event)}"
        ) from error
    return {
        "PhysicalResourceId": f"{properties['Domain']}/{properties['Name']}",
        "Data": {"BlueprintId": identifier},
    }


def _refuse_new_name(event: Mapping[str, Any]) -> None:
    """Refuse another name: a new blueprint would leave projects with the old one."""
    before = event.get("OldResourceProperties") or {}
    name = event["ResourceProperties"]["Name"]
    if event["RequestType"] == "Update" and before.get("Name", name) != name:
        raise CustomResourceError(
            f"AWS cannot rename the blueprint {before['Name']}. Give it this name again, and add "
            f"{name} as a further blueprint"
        )


def _as_user(step: Callable[[], _Result], caller: Caller) -> _Result:
    """Take a step again while AWS is busy, or the domain does not know this role yet."""
    begun = caller.remaining_seconds

    def retry_if(error: Exception) -> bool:
        new = begun - caller.remaining_seconds < NEW_ROLE_SECONDS
        return isinstance(error, RetryableError) or (new and _is_denied(error))

    try:
        return wait_until(step, timeout_seconds=begun, retry_if=retry_if)
    except CustomResourceError as error:
        if not _is_denied(error):
            raise
        raise CustomResourceError(
            f"{error}. The role of this function must be a user of the domain and an owner of its "
            "root unit. Deploy again",
            error.code,
            error.aws_message,
        ) from error


def _is_denied(error: Exception) -> bool:
    return isinstance(error, CustomResourceError) and error.code in _DENIED


def _put(properties: Item, caller: Caller) -> str:
    """Make the blueprint and its configuration what they should be, and return the ID."""
    datazone, domain = client("datazone"), properties["Domain"]
    wanted = {
        "description": properties["Description"],
        "provisioningProperties": {
            "cloudFormation": {"templateUrl": properties["TemplateUrl"]},
        },
        "userParameters": [_parameter(one) for one in properties["Parameters"]],
    }
    found = _find(properties, caller)
    if found is None:
        # A conflict means that it was made meanwhile: the next attempt finds it.
        made = caller.require(
            "blueprint",
            datazone.create_environment_blueprint,
            domainIdentifier=domain,
            name=properties["Name"],
            **wanted,
        )
        identifier = str(made["id"])
    else:
        identifier = str(found["id"])
        if (url := _other_template(found, properties)) is not None:
            raise CustomResourceError(
                f"the domain has another blueprint with the name {properties['Name']}, with the "
                f"template {url or 'of AWS'}. Delete it in the console, or choose another name"
            )
        if any(found.get(key, _EMPTY[key]) != value for key, value in wanted.items()):
            caller.require(
                "blueprint",
                datazone.update_environment_blueprint,
                domainIdentifier=domain,
                identifier=identifier,
                **wanted,
            )
    _configure(properties, identifier, caller)
    return identifier


_EMPTY: Mapping[str, Any] = {
    "description": "",
    "provisioningProperties": {},
    "userParameters": [],
}


def _parameter(given: Mapping[str, str]) -> Item:
    return {
        "keyName": given["Name"],
        "fieldType": "String",
        "isEditable": given["Editable"] == "true",
        "isOptional": True,
        "isUpdateSupported": given["Updatable"] == "true",
        **({"defaultValue": given["Default"]} if "Default" in given else {}),
        **({"description": given["Description"]} if "Description" in given else {}),
    }


def _find(properties: Item, caller: Caller) -> Item | None:
    """Return the blueprint of the name, whole; None if there is none."""
    datazone, domain = client("datazone"), properties["Domain"]
    for summary in _listed(
        caller,
        datazone.list_environment_blueprints,
        domainIdentifier=domain,
        name=properties["Name"],
        managed=False,
    ):
        if summary["name"] == properties["Name"]:
            return caller.call(
                "blueprint",
                datazone.get_environment_blueprint,
                domainIdentifier=domain,
                identifier=summary["id"],
            )
    return None


def _other_template(found: Item, properties: Item) -> str | None:
    """Return the template of a blueprint that others made: it is in another bucket. None: ours."""
    cloudformation = (found.get("provisioningProperties") or {}).get("cloudFormation") or {}
    url = str(cloudformation.get("templateUrl", ""))
    same = urlsplit(url).netloc == urlsplit(properties["TemplateUrl"]).netloc
    return None if same else url


def _configure(properties: Item, identifier: str, caller: Caller) -> None:
    """Enable the blueprint. AWS overwrites the configuration as a whole."""
    datazone = client("datazone")
    about = {
        "domainIdentifier": properties["Domain"],
        "environmentBlueprintIdentifier": identifier,
    }
    found = caller.call("configuration", datazone.get_environment_blueprint_configuration, **about)
    if (
        found is None
        or found.get("provisioningRoleArn") != properties["ProvisioningRole"]
        or sorted(found.get("enabledRegions") or []) != sorted(properties["Regions"])
    ):
        caller.require(
            "configuration",
            datazone.put_environment_blueprint_configuration,
            enabledRegions=properties["Regions"],
            provisioningRoleArn=properties["ProvisioningRole"],
            **about,
        )


def _delete(properties: Item, caller: Caller) -> None:
    """Delete the configuration and the blueprint, unless parts of projects use it."""
    datazone, domain = client("datazone"), properties["Domain"]
    if caller.call("domain", datazone.get_domain, identifier=domain) is None:
        return
    found = _find(properties, caller)
    if found is None or _other_template(found, properties) is not None:
        return
    identifier = str(found["id"])
    using: list[str] = []
    going: list[str] = []
    for part, status in _parts(domain, identifier, caller):
        (going if status in _GOING else using).append(part)
    if using:
        raise CustomResourceError(
            f"projects use the blueprint {properties['Name']}: {', '.join(sorted(using)[:10])}. "
            "Delete these parts in the portal, or the projects, then deploy again"
        )
    if going:
        raise PendingError([f"{part} is being deleted" for part in sorted(going)])
    caller.call(
        "configuration",
        datazone.delete_environment_blueprint_configuration,
        domainIdentifier=domain,
        environmentBlueprintIdentifier=identifier,
    )
    caller.call(
        "blueprint",
        datazone.delete_environment_blueprint,
        domainIdentifier=domain,
        identifier=identifier,
    )


def _parts(domain: str, blueprint: str, caller: Caller) -> Iterator[tuple[str, str]]:
    """Yield the parts of projects that come from a blueprint, with their status."""
    datazone = client("datazone")
    for project in _listed(caller, datazone.list_projects, domainIdentifier=domain):
        for one in _listed(
            caller,
            datazone.list_environments,
            domainIdentifier=domain,
            projectIdentifier=project["id"],
            environmentBlueprintIdentifier=blueprint,
        ):
            if (status := str(one.get("status", ""))) not in _GONE:
                yield f"{project['name']}/{one['name']}", status


def _listed(caller: Caller, operation: Callable[..., Any], **arguments: Any) -> Iterator[Item]:
    return caller.list_all(operation, "items", "nextToken", "nextToken", **arguments)
