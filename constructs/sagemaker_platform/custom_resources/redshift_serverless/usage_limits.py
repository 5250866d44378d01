"""Usage limits of a workgroup, by their periods."""

from collections.abc import Mapping
from typing import Any

from .calls import Item, call, client

_TYPE = "serverless-compute"
_GONE = ("ResourceNotFoundException",)


def physical_id(properties: Mapping[str, Any]) -> str:
    """Return the id of the resource, which changes with the workgroup only."""
    return f"usage-limits-of-{properties['WorkgroupArn'].rpartition('/')[2]}"


def begin(event: Mapping[str, Any]) -> None:
    """Do nothing: each step does all that can be done."""


def step(event: Mapping[str, Any]) -> tuple[bool, Item]:
    """Make the limits what they should be; return their ids, such as ``DailyId``."""
    properties = event["ResourceProperties"]
    wanted = {limit["Period"]: limit for limit in properties["Limits"]}
    if event["RequestType"] == "Delete":
        periods, wanted = set(wanted), {}
    else:
        old = event.get("OldResourceProperties", {})
        same = old.get("WorkgroupArn") == properties["WorkgroupArn"]
        periods = {limit["Period"] for limit in old.get("Limits", ())} if same else set()
    redshift = client("redshift-serverless")
    found = _found(redshift, properties["WorkgroupArn"])
    for period in sorted(periods - set(wanted)):
        if period in found:
            limit_id = found[period]["usageLimitId"]
            call(redshift.delete_usage_limit, gone=_GONE, usageLimitId=limit_id)
    return True, {
        f"{period.title()}Id": _keep(redshift, properties["WorkgroupArn"], limit, found.get(period))
        for period, limit in wanted.items()
    }


def _found(redshift: Any, workgroup: str) -> dict[str, Item]:
    """Return the workgroup's limits of computing by their periods."""
    found: dict[str, Item] = {}
    more: Item = {}
    while True:
        answer = call(
            redshift.list_usage_limits,
            gone=_GONE,
            resourceArn=workgroup,
            usageType=_TYPE,
            **more,
        )
        for limit in (answer or {}).get("usageLimits", ()):
            if limit["resourceArn"] == workgroup and limit["usageType"] == _TYPE:
                found[limit["period"]] = limit
        if not answer or not answer.get("nextToken"):
            return found
        more = {"nextToken": answer["nextToken"]}


def _keep(redshift: Any, workgroup: str, wanted: Item, found: Item | None) -> str:
    """Make one limit what it should be; return its id."""
    values = {"amount": int(wanted["Amount"]), "breachAction": wanted["BreachAction"]}
    if found is None:
        answer = call(
            redshift.create_usage_limit,
            resourceArn=workgroup,
            usageType=_TYPE,
            period=wanted["Period"],
            **values,
        )
        return str(answer["usageLimit"]["usageLimitId"])
    if any(found.get(key) != value for key, value in values.items()):
        call(redshift.update_usage_limit, usageLimitId=found["usageLimitId"], **values)
    return str(found["usageLimitId"])
