"""What an account has for costs: the monitor of anomalies, and tags that are active."""

from collections.abc import Iterator

from operations.preflight.answer import Answer, failed, passed, warning
from operations.preflight.target import Target


def anomaly_monitor(target: Target) -> Iterator[Answer]:
    """A monitor of AWS services is not there before a stack makes it; an account has one."""
    if not any(True for _ in target.new("AWS::CE::AnomalyMonitor")):
        return
    found = target.account.ask("ce", "get_anomaly_monitors")["AnomalyMonitors"]
    there = [
        one
        for one in found
        if one.get("MonitorType") == "DIMENSIONAL" and one.get("MonitorDimension") == "SERVICE"
    ]
    if there:
        yield failed(
            "monitor of anomalies",
            f"{there[0]['MonitorArn']} is there, and an account has one: give it as monitor_arn",
        )
    else:
        yield passed("monitor of anomalies", "not there yet")


def cost_tags(target: Target) -> Iterator[Answer]:
    """The tags that budgets count by are active cost allocation tags."""
    wanted = sorted(
        {
            key
            for _, _, one in target.of_type("AWS::Budgets::Budget")
            for key in _keys(one.get("Budget", {}).get("FilterExpression"))
        }
    )
    if not wanted:
        return
    found = target.account.ask(
        "ce", "list_cost_allocation_tags", Status="Active", TagKeys=wanted, Type="UserDefined"
    )
    active = {one["TagKey"] for one in found["CostAllocationTags"]}
    for key in wanted:
        subject = f"cost allocation tag {key}"
        if key in active:
            yield passed(subject, "active")
        else:
            yield warning(
                subject,
                "not active, so budgets stay at zero: activate it in the payer account, a day "
                "after the first deployment",
            )


def _keys(expression: object) -> Iterator[str]:
    if isinstance(expression, list):
        for one in expression:
            yield from _keys(one)
    elif isinstance(expression, dict):
        if isinstance(key := expression.get("Tags", {}).get("Key"), str):
            yield key
        for name in ("And", "Or", "Not"):
            yield from _keys(expression.get(name))
