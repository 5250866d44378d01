"""Copies the files of an asset into a folder of a bucket.

The asset is a zip file in the bucket of `cdk bootstrap`. Each version has a folder that is named
by its content, so copying a version again changes nothing. The handler deletes nothing: executions
that are running may still read an older version.
"""

import io
import logging
import zipfile
from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.waiting import Item

# Of one call of the function.
TIMEOUT_SECONDS = 240.0

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Copy all files; do nothing for a deletion.

    Raises:
        CustomResourceError: S3 refuses a call.
        RetryableError: S3 does not answer in time.
    """
    properties = event["ResourceProperties"]
    name = f"s3://{properties['Bucket']}/{properties['Folder']}"
    if event["RequestType"] != "Delete":
        _copy_files(properties, Caller(name, TIMEOUT_SECONDS, retries=True))
    return {"PhysicalResourceId": event.get("PhysicalResourceId", name)}


def _copy_files(properties: Mapping[str, Any], caller: Caller) -> None:
    s3 = client("s3")
    asset = caller.require(
        "asset", s3.get_object, Bucket=properties["AssetBucket"], Key=properties["AssetKey"]
    )
    with zipfile.ZipFile(io.BytesIO(asset["Body"].read())) as archive:
        for file in archive.infolist():
            if not file.is_dir():
                caller.require(
                    file.filename,
                    s3.put_object,
                    Bucket=properties["Bucket"],
                    Key=f"{properties['Folder']}/{file.filename}",
                    Body=archive.read(file),
                )
                _LOG.info("%s: written", file.filename)
