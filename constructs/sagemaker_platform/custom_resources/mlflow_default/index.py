"""Makes an MLflow App the default of a Studio domain, beside others that it is the default of.

CloudFormation has no property for it; the API has a list of domains, which each update replaces.
So each call looks at the App as it is now, changes the list by the one domain, and leaves the rest
as somebody else may have made it. Nothing is remembered between calls: `is_complete` is called
again until the list says what is wanted, whoever made it so.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

Item = dict[str, Any]

# Seconds after which it is given up: CloudFormation itself waits for an hour.
PATIENCE = 50 * 60.0

_BUSY = ("Creating", "Updating")
_GONE = ("Deleting", "Deleted")
_CONFIG = Config(
    connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3}
)
_LATER = ("ConflictException", "Throttling", "ThrottlingException", "TooManyRequestsException")

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


class DefaultError(Exception):
    """It could not be done; the message says why."""


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; all work is done by `is_complete`."""
    properties = event["ResourceProperties"]
    name = f"default-of-{properties['DomainId']}-is-{properties['AppArn'].rpartition('/')[2]}"
    if event["RequestType"] == "Delete":
        name = event["PhysicalResourceId"]
    return {"PhysicalResourceId": name, "Data": {"Started": int(time.time())}}


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Do what can be done now, and say whether the App is as wanted.

    Raises:
        DefaultError: if it cannot be done in time.
        ClientError: if AWS refuses it.
    """
    properties = event["ResourceProperties"]
    app, domain = properties["AppArn"], properties["DomainId"]
    status = _step(app, domain, wanted=event["RequestType"] != "Delete")
    _LOG.info("%s, default of %s: %s", app, domain, status or "done")
    if status and time.time() - float(event["Data"]["Started"]) > PATIENCE:
        raise DefaultError(
            f"{app} did not take {domain} into or out of its list of domains within "
            f"{PATIENCE / 60:.0f} minutes; it is: {status}"
        )
    return {"IsComplete": not status}


def _step(app: str, domain: str, *, wanted: bool) -> str:
    """Go one step, and return what is to be waited for, if anything is."""
    sagemaker = boto3.client("sagemaker", config=_CONFIG)
    try:
        # A second look, because an update may be done at once.
        for _ in range(2):
            found = sagemaker.describe_mlflow_app(Arn=app)
            status, domains = found["Status"], found.get("DefaultDomainIdList", [])
            if not wanted and status in _GONE:
                return ""
            if status in _BUSY:
                return str(status)
            if (domain in domains) is wanted:
                return ""
            changed = {*domains, domain} if wanted else {*domains} - {domain}
            sagemaker.update_mlflow_app(Arn=app, DefaultDomainIdList=sorted(changed))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ResourceNotFound" and not wanted:
            return ""
        if code in _LATER or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            return str(code)
        raise
    except (HTTPClientError, NoConnectionError) as error:
        # No answer: it is not known whether the call had an effect, and it may be made again.
        return type(error).__name__
    return "Updating"
