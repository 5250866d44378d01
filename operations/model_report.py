"""The report of metrics that a version of the model registry names."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError


def report_of(s3: Any, package: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers of the report of a version, by their path; nothing if it is unreadable.

    Args:
        s3: a client of Amazon S3.
        package: what `DescribeModelPackage` says.
    """
    quality = (package.get("ModelMetrics") or {}).get("ModelQuality") or {}
    uri = (quality.get("Statistics") or {}).get("S3Uri", "")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not key:
        return {}
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return dict(_numbers(json.loads(body), ""))
    except (BotoCoreError, ClientError, ValueError):
        return {}


def _numbers(found: Any, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(found, Mapping):
        for key, below in found.items():
            yield from _numbers(below, f"{path}.{key}" if path else str(key))
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield path, found
