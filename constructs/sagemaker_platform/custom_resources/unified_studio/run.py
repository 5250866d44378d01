"""The first run of a data source, and one more when the data source changes.

Amazon DataZone runs a data source at the times of its schedule only. CloudFormation has no resource
for a run.
"""

from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, PendingError
from ..common.waiting import Item, started


def step(event: Mapping[str, Any], caller: Caller) -> None:
    """Start a run unless one began since the request, and look how it ended.

    Properties: `Domain`, `DataSource`, and `Revision`, which changes with the data source. A run
    is not undone on a deletion: its assets belong to the project.

    Raises:
        PendingError: the run has not ended yet.
        CustomResourceError: the run failed.
    """
    if event["RequestType"] == "Delete":
        return
    properties: Item = event["ResourceProperties"]
    datazone = client("datazone")
    source = {
        "domainIdentifier": properties["Domain"],
        "dataSourceIdentifier": properties["DataSource"],
    }
    runs = [
        one
        for one in caller.list_all(
            datazone.list_data_source_runs, "items", "nextToken", "nextToken", **source
        )
        if one["createdAt"].timestamp() >= started(event)
    ]
    if not runs:
        # A conflict is a run that began before: this one waits for it.
        caller.require("run of the data source", datazone.start_data_source_run, **source)
        raise PendingError(["the run was just started"])
    run = max(runs, key=lambda one: one["createdAt"])
    if run["status"] in ("REQUESTED", "RUNNING"):
        raise PendingError([f"the run is {run['status']}"])
    if run["status"] == "FAILED":
        error = run.get("errorMessage") or {}
        reason = " ".join(str(error[key]) for key in ("errorType", "errorDetail") if error.get(key))
        raise CustomResourceError(
            f"the run of data source {properties['DataSource']} failed: "
            f"{reason or 'Amazon DataZone gives no reason'}. Check the grants of Lake Formation "
            "on the database, then deploy again"
        )
