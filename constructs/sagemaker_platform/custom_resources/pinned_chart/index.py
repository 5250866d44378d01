"""Refuses a chart in Amazon ECR that is not the artifact that was reviewed.

Helm pulls a chart by its tag. So the handler checks first that the tag has the digest of the
settings, and that the tags of the repository are immutable. It creates and deletes nothing.
"""

import logging
from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, NotFoundError, RetryableError
from ..common.waiting import Item

# Time-out of one call of the function.
CALL_TIMEOUT_SECONDS = 60.0

_NOT_FOUND = ("ImageNotFoundException", "RepositoryNotFoundException")

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Compare the digest of the tag with the digest of the settings.

    Raises:
        CustomResourceError: the digests differ, the tag does not exist or is not immutable, or
            ECR refuses a call.
    """
    properties = event["ResourceProperties"]
    if event["RequestType"] == "Delete":
        return {"PhysicalResourceId": event["PhysicalResourceId"]}
    repository, tag, wanted = (properties[key] for key in ("Repository", "Version", "Digest"))
    chart = f"{repository}:{tag} in account {properties['Account']}"
    caller = Caller(chart, CALL_TIMEOUT_SECONDS, retries=True)
    try:
        digest, mutability = _describe(caller, properties)
    except NotFoundError as error:
        raise CustomResourceError(
            f"chart {chart} does not exist. Package the chart and push it first"
        ) from error
    except RetryableError as error:
        raise CustomResourceError(
            f"chart {chart} was not checked: {error}. Deploy again"
        ) from error
    _LOG.info("%s has the digest %s", chart, digest)
    if digest != wanted:
        raise CustomResourceError(
            f"chart {chart} has the digest {digest}; must be {wanted}. Review the chart and "
            "change the digest in the settings, or push the reviewed chart under a new version"
        )
    if mutability != "IMMUTABLE":
        raise CustomResourceError(
            f"tags of repository {repository} are {mutability}; must be IMMUTABLE. Change the "
            "setting of the repository"
        )
    return {"PhysicalResourceId": f"{repository}:{tag}@{wanted[:19]}"}


def _describe(caller: Caller, properties: Mapping[str, Any]) -> tuple[str, str]:
    """Return the digest of the tag, and whether tags of the repository can change."""
    ecr = client("ecr", properties["Region"])
    account, repository = properties["Account"], properties["Repository"]
    [image] = caller.require(
        "image",
        ecr.describe_images,
        _NOT_FOUND,
        registryId=account,
        repositoryName=repository,
        imageIds=[{"imageTag": properties["Version"]}],
    )["imageDetails"]
    [settings] = caller.require(
        "repository",
        ecr.describe_repositories,
        _NOT_FOUND,
        registryId=account,
        repositoryNames=[repository],
    )["repositories"]
    return image["imageDigest"], settings.get("imageTagMutability", "MUTABLE")
