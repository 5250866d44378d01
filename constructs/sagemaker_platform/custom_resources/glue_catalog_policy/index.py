"""Keeps statements in the one resource policy of the account's Glue Data Catalog.

The policy belongs to everybody: only statements whose ``Sid`` begins with this resource's prefix
are touched. It is written on condition that it is still the one that was read; if it is not, the
next call begins again. `is_complete` does all the work and can be called any number of times.
"""

import json
import logging
import time
from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, Item, LaterError, RefusedError, client

# Seconds after which a request is given up: CloudFormation itself waits for an hour.
PATIENCE = 20 * 60.0
# Seconds that one call of the function may work.
BUDGET = 60.0
_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; all work is done by `is_complete`."""
    prefix = event["ResourceProperties"]["SidPrefix"]
    physical_id = event.get("PhysicalResourceId")
    if event["RequestType"] != "Delete":
        physical_id = f"statements-of-{prefix}"
    return {"PhysicalResourceId": physical_id, "Data": {"Started": int(time.time())}}


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Exchange the statements, unless they are as they should be.

    Raises:
        RefusedError: if it takes too long, or AWS refuses a call for good.
    """
    properties = event["ResourceProperties"]
    wanted = [] if event["RequestType"] == "Delete" else list(properties["Statements"])
    try:
        _exchange(Caller(event["PhysicalResourceId"], BUDGET), properties["SidPrefix"], wanted)
    except LaterError as error:
        if time.time() - float(event["Data"]["Started"]) > PATIENCE:
            raise RefusedError(
                f"{event['PhysicalResourceId']}: given up after {PATIENCE / 60:.0f} minutes: "
                f"{error}"
            ) from error
        _LOG.info("%s: %s", event["PhysicalResourceId"], error)
        return {"IsComplete": False}
    return {"IsComplete": True}


def _exchange(caller: Caller, prefix: str, wanted: list[Item]) -> None:
    glue = client("glue")
    what = "policy of the catalog"
    found = caller.call(what, glue.get_resource_policy) or {}
    policy = json.loads(found.get("PolicyInJson") or "{}")
    statements = policy.get("Statement", [])
    if isinstance(statements, dict):
        statements = [statements]
    others = [one for one in statements if not str(one.get("Sid", "")).startswith(prefix)]
    if others + wanted == statements:
        return
    unchanged = {"PolicyHashCondition": found["PolicyHash"]} if found.get("PolicyHash") else {}
    if not others and not wanted:
        caller.call(what, glue.delete_resource_policy, **unchanged)
        return
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
