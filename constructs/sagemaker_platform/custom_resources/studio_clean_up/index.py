"""Deletes a Studio domain and everything that depends on it, step by step.

CloudFormation refuses to delete a domain that still has apps, spaces or user profiles, and keeps
its file system, whose network interfaces then keep the VPC. This custom resource depends on the
domain and its users, so CloudFormation deletes it first. Its deletion removes, in this order:
apps, spaces, user profiles, the domain with its file system, mount targets and file systems that
are left, and the security groups that SageMaker created for NFS. CloudFormation then finds the
domain deleted; only AWS can show that it accepts this.

A resource with a user profile among its properties deletes only the apps and spaces of that user,
so that the profile can be deleted while the domain stays.

A resource with a security group among its properties stops and deletes the endpoints and jobs that
people started in it, once the stack is deleted: their network interfaces would keep the subnets.

The handler asks AWS what exists and remembers nothing, so each call continues where the last one
ended. What does not exist counts as deleted.

SageMaker tags the file system and the security groups with ``ManagedByAmazonSageMakerResource``
and the ARN of the domain; the handler deletes only those with this tag and this ARN. (AWS: "AWS
managed policies for SageMaker Notebooks"; the value as found in exports of real accounts.)
"""

from collections.abc import Mapping
from typing import Any

from ..common.errors import CustomResourceError, PendingError
from ..common.waiting import Item, poll, start_wait, started
from .deletion import DomainDeletion
from .user import UserDeletion
from .workload import WorkloadDeletion

# Time-out of a deletion.
TIMEOUT_SECONDS = 50 * 60.0


def on_event(event: Mapping[str, Any], context: object) -> Item:
    """Name the resource; `is_complete` does all the work."""
    if event["RequestType"] == "Delete":
        return start_wait(event["PhysicalResourceId"])
    return start_wait(_physical_id(event["ResourceProperties"]))


def is_complete(event: Mapping[str, Any], context: object) -> Item:
    """Delete what can be deleted now, and tell whether all is deleted.

    Raises:
        CustomResourceError: something cannot be deleted, or the time-out has passed.
    """
    if event["RequestType"] != "Delete":
        return {"IsComplete": True}
    properties = event["ResourceProperties"]
    if event["PhysicalResourceId"] != _physical_id(properties):
        raise CustomResourceError(
            f"got {event['PhysicalResourceId']} to delete; must be {_physical_id(properties)}"
        )
    return poll(event, lambda: _step(event), timeout_seconds=TIMEOUT_SECONDS)


def _step(event: Mapping[str, Any]) -> None:
    properties, start = event["ResourceProperties"], started(event)
    if "SecurityGroupId" in properties:
        of_workload = WorkloadDeletion(properties["SecurityGroupId"], properties["Prefix"])
        if not of_workload.stack_stays(event) and (left := of_workload.step()):
            raise PendingError(left)
        return
    domain_id, user = properties["DomainId"], properties.get("UserProfileName")
    if user:
        of_user = UserDeletion(domain_id, user, start)
        left = [] if of_user.stack_keeps_the_profile(event) else of_user.step()
    else:
        of_domain = DomainDeletion(domain_id, properties["DomainArn"], start)
        left = [] if of_domain.stack_keeps_the_domain(event) else of_domain.step()
    if left:
        raise PendingError(left)


def _physical_id(properties: Mapping[str, Any]) -> str:
    if "SecurityGroupId" in properties:
        return f"clean-up-of-{properties['SecurityGroupId']}"
    user = properties.get("UserProfileName")
    return f"clean-up-of-{properties['DomainId']}{f'/{user}' if user else ''}"
