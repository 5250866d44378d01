"""The catalog of DataZone: runs of data sources, and the export."""

import hashlib
import json
import time
from typing import Any

from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.store import Store

Item = dict[str, Any]

# Seconds of a run of a data source.
_RUN = 1.0


def export_of(operation: str, given: Item, store: Store, owner: Owner) -> Item:
    """Export the catalog of one domain of a region."""
    domain = given["domainIdentifier"]
    if operation == "PutDataExportConfiguration":
        others = [one for one in store.all("Export") if one["domain"] != domain]
        if others:
            raise ApiError("ConflictException", "Another domain has an export")
        bucket = f"arn:aws:s3tables:{owner.region}:{owner.account}:bucket/aws-sagemaker-catalog"
        made = {
            **(store.get("Export", domain) or {}),
            **(
                {"encryptionConfiguration": e}
                if (e := given.get("encryptionConfiguration"))
                else {}
            ),
            "domain": domain,
            "isExportEnabled": given["enableExport"],
            "status": "COMPLETED",
            "s3TableBucketArn": bucket,
        }
        store.put("Export", domain, made)
        return {}
    found = store.get("Export", domain)
    if found is None:
        raise ApiError("ResourceNotFoundException", "The domain has no export")
    if operation == "DeleteDataExportConfiguration":
        store.remove("Export", domain)
        return {}
    return {key: value for key, value in found.items() if key != "domain"}


def runs_of(operation: str, given: Item, store: Store) -> Item:
    """Start a run, one at a time, or list them: a run is over after a time."""
    source, now = given["dataSourceIdentifier"], time.time()
    runs = [
        {
            **one,
            "status": "RUNNING" if now - one["createdAt"] < _RUN else "SUCCESS",
            "updatedAt": now,
        }
        for one in store.all("DataSourceRun")
        if one["dataSourceId"] == source
    ]
    if operation == "ListDataSourceRuns":
        return {"items": runs}
    if any(one["status"] == "RUNNING" for one in runs):
        raise ApiError("ConflictException", "A run of the data source is in progress")
    made = {
        "id": hashed_id(source, str(len(runs))),
        "domainId": given["domainIdentifier"],
        "dataSourceId": source,
        "projectId": "project",
        "type": "PRIORITIZED",
        "status": "REQUESTED",
        "createdAt": now,
        "updatedAt": now,
    }
    store.put("DataSourceRun", made["id"], made)
    return made


def hashed_id(*parts: str) -> str:
    """Return an ID that depends on the parts alone."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:14]
