"""Deletes a Studio domain with everything that hangs on it, step by step.

CloudFormation refuses to delete a domain that still has apps, spaces or users, and leaves its
file system behind, whose network interfaces then hold the VPC. This custom resource depends on
the domain and its users, so it is deleted first, and its deletion removes, in this order: apps,
spaces, user profiles, the domain with its file system, mount targets and file systems that are
left, and the security groups that SageMaker made for NFS. CloudFormation's own deletions
afterwards find nothing; that they count this as done, only AWS can show.

With a user profile among its properties, a resource cleans up after that user only: their apps
and spaces, so that the profile can go while the domain stays.

What is there is what AWS lists: nothing is remembered between calls, so each call goes on where
the last one ended, whoever made it. `is_complete` is called again until it says so. A call works
for about a minute. What is gone counts as done, throttling and "in use" as "later", and anything
else ends the deletion with the name of what it was about.

SageMaker tags the file system and the groups with ``ManagedByAmazonSageMakerResource`` and the
domain's ARN; only what carries this tag with this domain's ARN is deleted. (AWS: "AWS managed
policies for SageMaker Notebooks"; the value as found in exports of real accounts.)
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

from ..common.calls import Item, LaterError, RefusedError
from .deletion import DomainDeletion
from .user import UserDeletion

# Seconds after which a deletion is given up: CloudFormation itself waits for an hour.
PATIENCE = 50 * 60.0

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; all work is done by `is_complete`."""
    answer: Item = {"PhysicalResourceId": _physical_id(event["ResourceProperties"])}
    if event["RequestType"] == "Delete":
        answer["PhysicalResourceId"] = event["PhysicalResourceId"]
        answer["Data"] = {"Started": int(time.time())}
    return answer


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Do what can be done now, and say whether anything is left.

    Raises:
        RefusedError: if something cannot be deleted, or not in time.
    """
    if event["RequestType"] != "Delete":
        return {"IsComplete": True}
    properties = event["ResourceProperties"]
    domain_id, user = properties["DomainId"], properties.get("UserProfileName")
    what = f"{domain_id}/{user}" if user else domain_id
    if event["PhysicalResourceId"] != _physical_id(properties):
        raise RefusedError(f"{event['PhysicalResourceId']} does not clean up {what}")
    started = float(event["Data"]["Started"])
    try:
        left = _of_user(event, user, started) if user else _of_domain(event, started)
    except LaterError as error:
        left = [str(error)]
    if left and time.time() - started > PATIENCE:
        names = "; ".join(left[:10])
        raise RefusedError(
            f"{len(left)} left of {what} after {PATIENCE / 60:.0f} minutes: {names}. "
            "Delete the stack again to go on."
        )
    _LOG.info("%s: %s", what, "; ".join(left[:50]) or "nothing is left")
    return {"IsComplete": not left}


def _of_domain(event: Mapping[str, Any], started: float) -> list[str]:
    properties = event["ResourceProperties"]
    work = DomainDeletion(properties["DomainId"], properties["DomainArn"], started)
    return [] if work.stack_keeps_the_domain(event) else work.step()


def _of_user(event: Mapping[str, Any], user: str, started: float) -> list[str]:
    work = UserDeletion(event["ResourceProperties"]["DomainId"], user, started)
    return [] if work.stack_keeps_the_profile(event) else work.step()


def _physical_id(properties: Mapping[str, Any]) -> str:
    user = properties.get("UserProfileName")
    return f"clean-up-of-{properties['DomainId']}{f'/{user}' if user else ''}"
