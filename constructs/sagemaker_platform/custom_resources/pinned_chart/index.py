"""Refuses a chart whose tag in Amazon ECR is another artifact than the one that was reviewed.

Helm pulls by tag. So before it does, the tag must have the digest that the settings give, in a
repository whose tags nobody can move. Nothing is made, and nothing is deleted.
"""

import logging
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

_CONFIG = Config(
    connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 5}
)
_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


class PinError(Exception):
    """The chart is not the one that was reviewed; the message says why."""


def on_event(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Compare the digest of the tag with the one that is wanted.

    Raises:
        PinError: if they differ, the tag does not exist, or it could be moved.
        ClientError: if AWS refuses to say.
    """
    properties = event["ResourceProperties"]
    if event["RequestType"] == "Delete":
        return {"PhysicalResourceId": event["PhysicalResourceId"]}
    repository, tag, wanted = (properties[key] for key in ("Repository", "Version", "Digest"))
    ecr = boto3.client("ecr", region_name=properties["Region"], config=_CONFIG)
    what = f"{repository}:{tag} of account {properties['Account']}"
    there = {"registryId": properties["Account"], "repositoryName": repository}
    try:
        [found] = ecr.describe_images(**there, imageIds=[{"imageTag": tag}])["imageDetails"]
        [settings] = ecr.describe_repositories(
            registryId=properties["Account"], repositoryNames=[repository]
        )["repositories"]
    except ClientError as error:
        if error.response["Error"]["Code"] in (
            "ImageNotFoundException",
            "RepositoryNotFoundException",
        ):
            raise PinError(f"There is no {what}: package the chart and push it first.") from error
        raise
    _LOG.info("%s is %s", what, found["imageDigest"])
    if found["imageDigest"] != wanted:
        raise PinError(f"{what} is {found['imageDigest']}, and must be {wanted}.")
    if settings.get("imageTagMutability") != "IMMUTABLE":
        raise PinError(
            f"Tags of {repository} can be moved to another artifact: make them IMMUTABLE."
        )
    return {"PhysicalResourceId": f"{repository}:{tag}@{wanted[:19]}"}
