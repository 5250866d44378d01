"""Cost Explorer: what Cost Anomaly Detection refuses."""

from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server.fake import Fake, TypeFacts
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import Records

_MONITOR = "AWS::CE::AnomalyMonitor"


def _refuse_monitor(properties: Mapping[str, Any], owner: Owner, records: Records) -> str:
    """Refuse a second monitor of a dimension.

    (AWS Cost Explorer API Reference, CreateAnomalyMonitor, LimitExceededException.)
    """
    dimension = properties.get("MonitorDimension")
    taken = any(
        one.kind == _MONITOR
        and one.account == owner.account
        and one.properties.get("MonitorDimension") == dimension
        for one in records
    )
    if properties["MonitorType"] == "DIMENSIONAL" and taken:
        return "LimitExceededException: Limit exceeded on dimensional spend monitor creation"
    return ""


def _refuse_subscription(properties: Mapping[str, Any], owner: Owner, records: Records) -> str:
    """Refuse a frequency that does not fit the subscribers.

    (AWS Cost Explorer API Reference, AnomalySubscription, Frequency.)
    """
    at_once = properties["Frequency"] == "IMMEDIATE"
    wanted = "SNS" if at_once else "EMAIL"
    types = {one["Type"] for one in properties["Subscribers"]}
    if types != {wanted}:
        return f"ValidationException: {properties['Frequency']} takes subscribers of type {wanted}"
    return ""


FAKE = Fake(
    service="ce",
    types={
        _MONITOR: TypeFacts(refuse=_refuse_monitor),
        "AWS::CE::AnomalySubscription": TypeFacts(refuse=_refuse_subscription),
    },
)
