"""Keeps statements in the resource policy of the account's Glue Data Catalog.

A catalog has one resource policy, to which several stacks and teams may contribute. This handler
changes only statements whose ``Sid`` starts with the prefix of the resource. It writes the policy
on condition that it has not changed since it was read; if it has, the next call starts again.
"""

import json
from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.waiting import Item, poll, start_wait

# Time-out of a request, and of one call of the function.
TIMEOUT_SECONDS = 20 * 60.0
CALL_TIMEOUT_SECONDS = 60.0


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; `is_complete` does all the work."""
    if event["RequestType"] == "Delete":
        return start_wait(event["PhysicalResourceId"])
    return start_wait(f"statements-of-{event['ResourceProperties']['SidPrefix']}")


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Replace the statements, unless the policy has them already.

    Raises:
        CustomResourceError: AWS refuses a call for good, or the time-out has passed.
    """
    properties = event["ResourceProperties"]
    wanted = [] if event["RequestType"] == "Delete" else list(properties["Statements"])
    caller = Caller(event["PhysicalResourceId"], CALL_TIMEOUT_SECONDS)

    def step() -> None:
        _replace_statements(caller, properties["SidPrefix"], wanted)

    return poll(event, step, timeout_seconds=TIMEOUT_SECONDS)


def _replace_statements(caller: Caller, prefix: str, wanted: list[Item]) -> None:
    glue = client("glue")
    subject = "catalog policy"
    found = caller.call(subject, glue.get_resource_policy) or {}
    policy = json.loads(found.get("PolicyInJson") or "{}")
    statements = policy.get("Statement", [])
    if isinstance(statements, dict):
        statements = [statements]
    others = [one for one in statements if not str(one.get("Sid", "")).startswith(prefix)]
    if others + wanted == statements:
        return
    unchanged = {"PolicyHashCondition": found["PolicyHash"]} if found.get("PolicyHash") else {}
    if not others and not wanted:
        caller.call(subject, glue.delete_resource_policy, **unchanged)
        return
    document = {"Version": "2012-10-17", **policy, "Statement": others + wanted}
    exists = {"PolicyExistsCondition": "MUST_EXIST" if statements else "NOT_EXIST"}
    # EnableHybrid is required in accounts that also share with Lake Formation.
    caller.call(
        subject,
        glue.put_resource_policy,
        PolicyInJson=json.dumps(document),
        EnableHybrid="TRUE",
        **exists,
        **unchanged,
    )
