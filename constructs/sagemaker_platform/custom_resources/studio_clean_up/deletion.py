"""Deletion of what depends on a Studio domain, kind by kind."""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..common import stacks
from ..common.calls import Caller, client
from ..common.errors import CustomResourceError
from ..common.waiting import Item

# Time-out of one call of the function.
CALL_TIMEOUT_SECONDS = 60.0
# Times that one call lists a kind of resource: mount targets, their file system, nothing.
_LISTS_PER_CALL = 3
TAG = "ManagedByAmazonSageMakerResource"

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


class Deletion:
    """Deletes a domain, or a part of it, as far as one call of the function can.

    Args:
        domain_id: the domain; other domains are not changed.
        started: start of the deletion, as a Unix time.
    """

    def __init__(self, domain_id: str, started: float) -> None:
        self._id = domain_id
        self._started = started
        self._caller = Caller(domain_id, CALL_TIMEOUT_SECONDS)
        self._sagemaker = client("sagemaker")

    def _delete_kinds(self, kinds: Iterable[Callable[[], list[str]]]) -> list[str]:
        """Delete kind by kind; return what is left of the first kind that is not all deleted."""
        for kind in kinds:
            # Some deletions take effect at once; listing again saves a wait.
            for _ in range(_LISTS_PER_CALL):
                if not (left := kind()):
                    break
            else:
                return left
        return []

    def _delete_apps(self, apps: Iterable[Item]) -> list[str]:
        left = []
        for app in apps:
            owner = {key: app[key] for key in ("SpaceName", "UserProfileName") if app.get(key)}
            what = f"app {app['AppType']} {app['AppName']} of {', '.join(owner.values())}"
            match app["Status"]:
                case "Deleted":  # listed for a day
                    pass
                case "Deleting" | "Pending" as status:
                    left.append(f"{what} ({status})")
                case _:
                    keys = {key: app[key] for key in ("DomainId", "AppType", "AppName")}
                    left += self._caller.delete(what, self._sagemaker.delete_app, **keys, **owner)
        return left

    def _delete_spaces(self, spaces: Iterable[Item]) -> list[str]:
        left = []
        for space in spaces:
            keys = {key: space[key] for key in ("DomainId", "SpaceName")}
            left += self._delete_once(
                f"space {space['SpaceName']}",
                space,
                self._sagemaker.delete_space,
                self._sagemaker.describe_space,
                keys,
            )
        return left

    def _of_domain(self, operation: Callable[..., Any], member: str) -> list[Item]:
        """List all resources of a kind, before any is deleted."""
        pages = self._caller.list_all(operation, member, DomainIdEquals=self._id, MaxResults=100)
        return [item for item in pages if item["DomainId"] == self._id]

    def _delete_once(
        self,
        what: str,
        found: Item,
        delete: Callable[..., Any],
        describe: Callable[..., Any],
        keys: Mapping[str, str],
    ) -> list[str]:
        """Delete a resource, also if an earlier deletion of it failed.

        Raises:
            CustomResourceError: this deletion of it failed.
        """
        if found["Status"] == "Deleting":
            return [what]
        changed = found.get("LastModifiedTime")
        failed_now = changed is not None and changed.timestamp() >= self._started
        if found["Status"] == "Delete_Failed" and failed_now:
            description = self._caller.call(what, describe, **keys) or {}
            reason = description.get("FailureReason", "SageMaker gives no reason")
            raise CustomResourceError(
                f"SageMaker cannot delete {what} of {self._id}: {reason}. Correct this, then "
                "delete the stack again"
            )
        return self._caller.delete(what, delete, **keys)


class DomainDeletion(Deletion):
    """Deletes one domain, as far as one call of the function can.

    Args:
        domain_id: the domain; other domains are not changed.
        domain_arn: its ARN, the value of SageMaker's tag.
        started: start of the deletion, as a Unix time.
    """

    def __init__(self, domain_id: str, domain_arn: str, started: float) -> None:
        super().__init__(domain_id, started)
        self._arn = domain_arn

    def step(self) -> list[str]:
        """Delete what can be deleted now; return what is left of the first kind."""
        kinds = [self._file_systems, self._security_groups]
        if self._domain_description() is not None:
            kinds = [self._apps, self._spaces, self._user_profiles, self._domain, *kinds]
        return self._delete_kinds(kinds)

    def stack_keeps_the_domain(self, event: Mapping[str, Any]) -> bool:
        """Return whether the stack, and so the domain, stays although this resource is deleted.

        It stays if the removal policy has become `retain`, or if CloudFormation rolls back the
        update that added this resource. An update deletes the domain only if it replaces it;
        then it replaces this resource too, which now has another physical id.
        """
        stack = event["StackId"]
        if stacks.is_deleted(self._caller, stack):
            return False
        cloudformation = client("cloudformation")
        logical_id = event["LogicalResourceId"]
        answer = self._caller.call(
            f"{logical_id} of {stack}",
            cloudformation.describe_stack_resource,
            StackName=stack,
            LogicalResourceId=logical_id,
        )
        current = answer["StackResourceDetail"].get("PhysicalResourceId") if answer else ""
        keeps = current in ("", None, event["PhysicalResourceId"])
        if keeps:
            _LOG.info("%s: the stack keeps the domain; nothing is deleted", self._id)
        return keeps

    def _apps(self) -> list[str]:
        return self._delete_apps(self._of_domain(self._sagemaker.list_apps, "Apps"))

    def _spaces(self) -> list[str]:
        return self._delete_spaces(self._of_domain(self._sagemaker.list_spaces, "Spaces"))

    def _user_profiles(self) -> list[str]:
        left = []
        for profile in self._of_domain(self._sagemaker.list_user_profiles, "UserProfiles"):
            keys = {key: profile[key] for key in ("DomainId", "UserProfileName")}
            left += self._delete_once(
                f"user profile {profile['UserProfileName']}",
                profile,
                self._sagemaker.delete_user_profile,
                self._sagemaker.describe_user_profile,
                keys,
            )
        return left

    def _domain(self) -> list[str]:
        domain = self._domain_description()
        if domain is None:
            return []

        def delete(**keys: str) -> Any:
            return self._sagemaker.delete_domain(
                **keys, RetentionPolicy={"HomeEfsFileSystem": "Delete"}
            )

        return self._delete_once(
            f"domain {self._id}",
            domain,
            delete,
            self._sagemaker.describe_domain,
            {"DomainId": self._id},
        )

    def _domain_description(self) -> Item | None:
        describe = self._sagemaker.describe_domain
        return self._caller.call(f"domain {self._id}", describe, DomainId=self._id)

    def _file_systems(self) -> list[str]:
        efs, left = client("efs"), []
        pages = self._caller.list_all(
            efs.describe_file_systems, "FileSystems", "Marker", "NextMarker", MaxItems=100
        )
        for found in [system for system in pages if self._is_ours(system)]:
            name = f"file system {found['FileSystemId']}"
            key = {"FileSystemId": found["FileSystemId"]}
            targets = list(
                self._caller.list_all(
                    efs.describe_mount_targets, "MountTargets", "Marker", "NextMarker", **key
                )
            )
            for target in targets:
                what = f"mount target {target['MountTargetId']} of {name}"
                if target["LifeCycleState"] in ("deleting", "deleted"):
                    left.append(what)
                else:
                    arguments = {"MountTargetId": target["MountTargetId"]}
                    left += self._caller.delete(what, efs.delete_mount_target, **arguments)
            if targets or found["LifeCycleState"] in ("deleting", "deleted"):
                left.append(name)
            else:
                left += self._caller.delete(name, efs.delete_file_system, **key)
        return left

    def _security_groups(self) -> list[str]:
        ec2 = client("ec2")
        filters = [{"Name": f"tag:{TAG}", "Values": [self._arn]}]
        pages = self._caller.list_all(
            ec2.describe_security_groups, "SecurityGroups", Filters=filters, MaxResults=100
        )
        groups = [group for group in pages if self._is_ours(group)]
        ids = {group["GroupId"] for group in groups}
        # EC2 refuses to delete a group that a rule refers to; SageMaker's two refer to each other.
        for group in groups:
            for key, revoke in (
                ("IpPermissions", ec2.revoke_security_group_ingress),
                ("IpPermissionsEgress", ec2.revoke_security_group_egress),
            ):
                rules = [rule for found in group.get(key, ()) if (rule := _among(found, ids))]
                if rules:
                    arguments = {"GroupId": group["GroupId"], "IpPermissions": rules}
                    self._caller.call(f"rules of {group['GroupName']}", revoke, **arguments)
        left = []
        for group in groups:
            what = f"security group {group['GroupName']}"
            left += self._caller.delete(what, ec2.delete_security_group, GroupId=group["GroupId"])
        return left

    def _is_ours(self, found: Item) -> bool:
        return {"Key": TAG, "Value": self._arn} in found.get("Tags", [])


def _among(rule: Item, ids: set[str]) -> Item | None:
    """Return the part of a rule that refers to one of the groups, None if there is none."""
    pairs = [
        {"GroupId": p["GroupId"]} for p in rule.get("UserIdGroupPairs", ()) if p["GroupId"] in ids
    ]
    ports: Item = {key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in rule}
    return {**ports, "UserIdGroupPairs": pairs} if pairs else None
