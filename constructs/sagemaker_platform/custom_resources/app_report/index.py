"""Reports the apps of one Studio domain that run longer than a limit.

A schedule calls the handler once a day. It lists the apps of the domain, logs one line for each app
over the limit, and puts the numbers into CloudWatch. An error ends the report: Lambda retries it,
and an alarm fires when the last attempt fails.

Apps without an hourly charge are left out: the RStudio server of the domain, and apps on the
``system`` instance except Canvas.

SageMaker tells when an app was created, not how long it has run. An app that is started again
within a day of its end may keep its first creation time (AWS: `CreationTime` of DescribeApp).
"""

import json
import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

Item = dict[str, Any]

_RUNNING = ("InService", "Pending")
# CloudWatch accepts 1,000 values in one call.
_BATCH = 500
_CONFIG = Config(
    connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 10}
)

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


@cache
def client(service: str) -> Any:
    """Return a client that retries for long: the report is not urgent."""
    return boto3.client(service, config=_CONFIG)


def report(event: Mapping[str, Any], context: object) -> Item:
    """Report on one domain.

    Args:
        event: ``DomainId``, ``MaxHours``, ``Namespace`` of the metrics, and ``MetricsBy``,
            further dimensions of the metrics.
        context: Lambda's.
    """
    domain, limit = event["DomainId"], float(event["MaxHours"])
    running = [app for app in _apps(domain) if app["Status"] in _RUNNING and _costs(app)]
    over = [line for app in running if (line := _over(app, limit)) is not None]
    for line in sorted(over, key=lambda found: -found["Hours"]):
        _LOG.info(json.dumps({"Message": "App over the limit", **line}))
    _put(event["Namespace"], _metrics(domain, len(running), over, event.get("MetricsBy", ())))
    summary = {"DomainId": domain, "Running": len(running), "OverLimit": len(over)}
    _LOG.info(json.dumps({"Message": "Report", "MaxHours": limit, **summary}))
    return summary


def _apps(domain: str) -> Iterator[Item]:
    pages = client("sagemaker").get_paginator("list_apps")
    for page in pages.paginate(DomainIdEquals=domain, MaxResults=100):
        yield from (app for app in page["Apps"] if app["DomainId"] == domain)


def _costs(app: Item) -> bool:
    if app["AppType"] == "RStudioServerPro":
        return False
    instance = app.get("ResourceSpec", {}).get("InstanceType")
    return bool(instance != "system" or app["AppType"] == "Canvas")


def _over(app: Item, limit: float) -> Item | None:
    """Return the log line of an app over the limit; None for other apps."""
    hours = (time.time() - app["CreationTime"].timestamp()) / 3600
    if hours <= limit:
        return None
    found = _describe("describe_app", app, "UserProfileName", "SpaceName", "AppType", "AppName")
    if found is None or found["Status"] not in _RUNNING:
        return None  # deleted in the meantime
    activity = found.get("LastUserActivityTimestamp")
    return {
        "DomainId": app["DomainId"],
        "Owner": _owner(app),
        "Space": app.get("SpaceName"),
        "AppType": app["AppType"],
        "AppName": app["AppName"],
        "InstanceType": app.get("ResourceSpec", {}).get("InstanceType"),
        "Hours": round(hours, 1),
        "LastUserActivity": activity.isoformat() if activity else None,
    }


def _owner(app: Item) -> str:
    """Return the user profile that owns the app, or the space of the app."""
    if app.get("UserProfileName"):
        return str(app["UserProfileName"])
    space = _describe("describe_space", app, "SpaceName") or {}
    owner = space.get("OwnershipSettings", {}).get("OwnerUserProfileName")
    return str(owner or "unknown")


def _describe(operation: str, app: Item, *keys: str) -> Item | None:
    named = {key: app[key] for key in ("DomainId", *keys) if app.get(key)}
    try:
        found: Item = getattr(client("sagemaker"), operation)(**named)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("ResourceNotFound", "ResourceNotFoundException"):
            return None
        raise
    return found


def _metrics(domain: str, running: int, over: list[Item], by: Iterable[str]) -> list[Item]:
    metrics = [
        _metric("RunningApps", running, DomainId=domain),
        _metric("AppsOverLimit", len(over), DomainId=domain),
    ]
    for dimension in by:
        for value, count in sorted(Counter(line[dimension] for line in over).items()):
            metrics.append(_metric("AppsOverLimit", count, DomainId=domain, **{dimension: value}))
    return metrics


def _metric(name: str, value: int, **dimensions: str) -> Item:
    return {
        "MetricName": name,
        "Value": value,
        "Unit": "Count",
        "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions.items()],
    }


def _put(namespace: str, metrics: list[Item]) -> None:
    # The metrics of the domain last: an alarm takes them as the sign of a complete report.
    metrics = metrics[::-1]
    for start in range(0, len(metrics), _BATCH):
        client("cloudwatch").put_metric_data(
            Namespace=namespace, MetricData=metrics[start : start + _BATCH]
        )
