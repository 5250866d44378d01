"""Keeps statements in the one resource policy of the account's Glue Data Catalog.

The policy belongs to everybody: only statements whose ``Sid`` begins with this resource's prefix
are touched. It is written on condition that it is still the one that was read; if it is not, the
next call begins again. `is_complete` does all the work and can be called any number of times.
"""

import json
from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, Item, client
from ..common.waiting import attempt, begun

# Minutes after which a request is given up.
PATIENCE = 20.0
# Seconds that one call of the function may work.
BUDGET = 60.0


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; all work is done by `is_complete`."""
    prefix = event["ResourceProperties"]["SidPrefix"]
    physical_id = event.get("PhysicalResourceId")
    if event["RequestType"] != "Delete":
        physical_id = f"statements-of-{prefix}"
    return begun(physical_id)


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Exchange the statements, unless they are as they should be.

    Raises:
        RefusedError: if it takes too long, or AWS refuses a call for good.
    """
    properties = event["ResourceProperties"]
    wanted = [] if event["RequestType"] == "Delete" else list(properties["Statements"])
    caller = Caller(event["PhysicalResourceId"], BUDGET)
    prefix = properties["SidPrefix"]
    return attempt(event, lambda: _exchange(caller, prefix, wanted), minutes=PATIENCE)


def _exchange(caller: Caller, prefix: str, wanted: list[Item]) -> Item:
    glue = client("glue")
    what = "policy of the catalog"
    found = caller.call(what, glue.get_resource_policy) or {}
    policy = json.loads(found.get("PolicyInJson") or "{}")
    statements = policy.get("Statement", [])
    if isinstance(statements, dict):
        statements = [statements]
    others = [one for one in statements if not str(one.get("Sid", "")).startswith(prefix)]
    if others + wanted == statements:
        return {}
    unchanged = {"PolicyHashCondition": found["PolicyHash"]} if found.get("PolicyHash") else {}
    if not others and not wanted:
        caller.call(what, glue.delete_resource_policy, **unchanged)
        return {}
    document = {"Version": "2012-10-17", **policy, "Statement": others + wanted}
    exists = {"PolicyExistsCondition": "MUST_EXIST" if statements else "NOT_EXIST"}
    # Accounts that share with Lake Formation have to say that they write the policy as well.
    caller.call(
        what,
        glue.put_resource_policy,
        PolicyInJson=json.dumps(document),
        EnableHybrid="TRUE",
        **exists,
        **unchanged,
    )
    return {}
