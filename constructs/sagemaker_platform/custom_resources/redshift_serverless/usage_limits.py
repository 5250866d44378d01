"""Usage limits of a workgroup, one for each period."""

from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import PendingError
from ..common.waiting import Item

_TYPE = "serverless-compute"


def physical_id(properties: Mapping[str, Any]) -> str:
    """Return the physical id; it changes only with the workgroup."""
    return f"usage-limits-of-{properties['WorkgroupArn'].rpartition('/')[2]}"


def start(event: Mapping[str, Any], caller: Caller) -> None:
    """Do nothing: `step` does all the work."""


def step(event: Mapping[str, Any], caller: Caller) -> Item:
    """Create, update and delete limits; return their ids, such as ``DailyId``."""
    properties = event["ResourceProperties"]
    wanted = {limit["Period"]: limit for limit in properties["Limits"]}
    if event["RequestType"] == "Delete":
        periods, wanted = set(wanted), {}
    else:
        old = event.get("OldResourceProperties", {})
        same = old.get("WorkgroupArn") == properties["WorkgroupArn"]
        periods = {limit["Period"] for limit in old.get("Limits", ())} if same else set()
    redshift = client("redshift-serverless")
    found = _list_limits(caller, redshift, properties["WorkgroupArn"])
    for period in sorted(periods - set(wanted)):
        if period in found:
            limit_id = found[period]["usageLimitId"]
            caller.call(f"{period} limit", redshift.delete_usage_limit, usageLimitId=limit_id)
    workgroup = properties["WorkgroupArn"]
    return {
        f"{period.title()}Id": _put_limit(caller, redshift, workgroup, limit, found.get(period))
        for period, limit in wanted.items()
    }


def _list_limits(caller: Caller, redshift: Any, workgroup: str) -> dict[str, Item]:
    """Return the workgroup's compute limits by period."""
    limits = caller.list_all(
        redshift.list_usage_limits,
        "usageLimits",
        "nextToken",
        "nextToken",
        resourceArn=workgroup,
        usageType=_TYPE,
    )
    return {
        limit["period"]: limit
        for limit in limits
        if limit["resourceArn"] == workgroup and limit["usageType"] == _TYPE
    }


def _put_limit(
    caller: Caller, redshift: Any, workgroup: str, wanted: Item, found: Item | None
) -> str:
    """Create or update one limit; return its id."""
    values = {"amount": int(wanted["Amount"]), "breachAction": wanted["BreachAction"]}
    if found is None:
        answer = caller.call(
            f"{wanted['Period']} limit",
            redshift.create_usage_limit,
            resourceArn=workgroup,
            usageType=_TYPE,
            period=wanted["Period"],
            **values,
        )
        if answer is None:
            raise PendingError(["the workgroup does not exist yet"])
        return str(answer["usageLimit"]["usageLimitId"])
    if any(found.get(key) != value for key, value in values.items()):
        caller.call(
            f"{wanted['Period']} limit",
            redshift.update_usage_limit,
            usageLimitId=found["usageLimitId"],
            **values,
        )
    return str(found["usageLimitId"])
