"""Writes what SageMaker's lineage says of endpoints into a file, for a table of Athena.

A schedule calls the handler once a day. It reads the lineage of each endpoint of an environment,
back to the data sets that its models were trained with, and writes one line of JSON for each
endpoint and data set. The file replaces that of the day before. An error ends the export: Lambda
retries it, and an alarm fires when the last attempt fails; the file of the day before stays.

SageMaker records lineage itself: a context for each endpoint, an artifact for each version of the
registry and each S3 URI, and a trial component for each job. It keeps those of endpoints that were
deleted. (SageMaker guide, "Amazon SageMaker AI-Created Tracking Entities".)
"""

import json
import logging
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

Item = dict[str, Any]

# API reference, QueryLineage: at most 10.
_DEPTH = 10
_GONE = ("ResourceNotFound", "ResourceNotFoundException")
_CONFIG = Config(
    connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 10}
)

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


@cache
def client(service: str) -> Any:
    """Return a client that retries for long: the export is not urgent."""
    return boto3.client(service, config=_CONFIG)


def export(event: Mapping[str, Any], context: object) -> Item:
    """Write the lineage of the endpoints of one environment.

    Args:
        event: ``Endpoints``, the beginning of their names; ``Bucket``, ``Key`` and ``Owner``, the
            file and the account of its bucket; ``Tables``, the beginnings of ARNs of tables by the
            folders that have a folder for each table.
        context: Lambda's.
    """
    reader, found = _Reader(), dict[str, list[Item]]()
    for name, arn in _contexts(event["Endpoints"]):
        found.setdefault(name, []).extend(reader.above(arn))
    lines = [
        json.dumps(row, sort_keys=True)
        for name in sorted(found)
        for row in _rows(name, found[name], event["Tables"])
    ]
    client("s3").put_object(
        Bucket=event["Bucket"],
        Key=event["Key"],
        Body="".join(f"{line}\n" for line in lines).encode(),
        ContentType="application/x-ndjson",
        ExpectedBucketOwner=event["Owner"],
    )
    summary = {"Endpoints": len(found), "Lines": len(lines)}
    _LOG.info(json.dumps({"Message": "Lineage", **summary}))
    return summary


def _contexts(beginning: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each endpoint, and the ARN of its context."""
    pages = client("sagemaker").get_paginator("list_contexts")
    for page in pages.paginate(ContextType="Endpoint"):
        for one in page["ContextSummaries"]:
            name = one["Source"]["SourceUri"].rpartition("/")[2]
            if name.startswith(beginning):
                yield name, one["ContextArn"]


class _Reader:
    """Reads what endpoints go back to, each thing once."""

    def __init__(self) -> None:
        self._sources: dict[str, str] = {}

    def above(self, start: str) -> Iterator[Item]:
        """Yield type and source of what a context goes back to."""
        token: Item = {}
        while True:
            page = client("sagemaker").query_lineage(
                StartArns=[start],
                Direction="Ascendants",
                IncludeEdges=False,
                MaxDepth=_DEPTH,
                **token,
            )
            for vertex in page.get("Vertices", []):
                if source := self._source(vertex):
                    yield {"Type": vertex.get("Type", ""), "Source": source}
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    def _source(self, vertex: Item) -> str:
        arn, kind = vertex["Arn"], vertex.get("LineageType")
        if arn not in self._sources:
            sagemaker, found = client("sagemaker"), ""
            try:
                if kind == "Artifact":
                    found = sagemaker.describe_artifact(ArtifactArn=arn)["Source"]["SourceUri"]
                elif kind == "TrialComponent":
                    name = arn.rpartition("/")[2]
                    component = sagemaker.describe_trial_component(TrialComponentName=name)
                    found = component.get("Source", {}).get("SourceArn", "")
            except ClientError as error:
                if error.response["Error"]["Code"] not in _GONE:
                    raise
            self._sources[arn] = found
        return self._sources[arn]


def _rows(endpoint: str, found: list[Item], tables: Mapping[str, str]) -> Iterator[Item]:
    def joined(part: str) -> str:
        return ", ".join(sorted({one["Source"] for one in found if part in one["Source"]}))

    data = sorted({one["Source"] for one in found if one["Type"] == "DataSet"})
    for uri in data or [""]:
        yield {
            "endpoint": endpoint,
            "model_packages": joined(":model-package/"),
            "training_jobs": joined(":training-job/"),
            "data": uri,
            "table_arn": _table(uri, tables),
        }


def _table(uri: str, tables: Mapping[str, str]) -> str:
    """Return the ARN of the table whose folder a URI is in; empty if there is none."""
    for folder, beginning in tables.items():
        if uri.startswith(folder) and (name := uri.removeprefix(folder).partition("/")[0]):
            return f"{beginning}{name}"
    return ""
