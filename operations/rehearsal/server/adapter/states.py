"""State of each stack: its status, the resources in progress, and those that failed."""

from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import stacks

_BEGINS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")

Event = dict[str, Any]


def stack_states() -> list[dict[str, Any]]:
    """Return all stacks of all accounts and regions, also deleted ones."""
    states = []
    for (account, region, name), stack in list(cloudformation._stacks._data.items()):
        key = (account, region, stack.get("StackId"))
        events = list(cloudformation._stack_events._data.get(key, []))
        last = {event["LogicalResourceId"]: event for event in events}
        states.append(
            {
                "account": account,
                "region": region,
                "stack": name,
                "status": stack.get("StackStatus", ""),
                "events": len(events),
                "busy": [
                    _event(event)
                    for event in last.values()
                    if event["ResourceStatus"].endswith("_IN_PROGRESS")
                    and event["LogicalResourceId"] != name
                ],
                "failed": [
                    _event(event)
                    for event in _last_operation(events, name)
                    if event["ResourceStatus"].endswith("_FAILED")
                    and event["LogicalResourceId"] != name
                ],
                "retained": [
                    _event(event) for event in events if event["ResourceStatus"] == "DELETE_SKIPPED"
                ],
            }
        )
    return states


def unprotect(account: str, region: str, name: str) -> None:
    """Disable the termination protection of a stack."""
    stack = cloudformation._stacks._data.get((account, region, name))
    if stack is not None:
        stack["EnableTerminationProtection"] = False


def failed_dependent(account: str, region: str, name: str, logical_id: str) -> str | None:
    """Return a resource that could not be deleted and depends on another; None if there is none."""
    stack = cloudformation._stacks._data.get((account, region, name)) or {}
    resources = stack.get("_resources", {})
    definitions = (stack.get("_template") or {}).get("Resources", {})
    for other, resource in resources.items():
        if other != logical_id and resource.get("ResourceStatus") == "DELETE_FAILED":
            needed = stacks._with_dependencies([other], definitions, set(resources))
            if logical_id in needed:
                return str(other)
    return None


def _event(event: Event) -> dict[str, str]:
    return {
        "logical_id": event["LogicalResourceId"],
        "physical_id": event["PhysicalResourceId"],
        "type": event["ResourceType"],
        "status": event["ResourceStatus"],
        "reason": event["ResourceStatusReason"],
    }


def _last_operation(events: list[Event], stack: str) -> list[Event]:
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if event["LogicalResourceId"] == stack and event["ResourceStatus"] in _BEGINS:
            return events[index:]
    return events
