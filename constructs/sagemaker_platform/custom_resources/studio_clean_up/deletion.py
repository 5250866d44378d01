"""The kinds of things that hang on a Studio domain, and how each is deleted."""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..common.calls import Caller, Item, RefusedError, client

# Seconds that one call of a function may work.
BUDGET = 60.0
# How often one call looks at the things of one kind: mount targets, their file system, nothing.
_LOOKS = 3
TAG = "ManagedByAmazonSageMakerResource"

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.INFO)


class Deletion:
    """One call's work on a domain, or on a part of it.

    Args:
        domain_id: the domain; nothing of another is touched.
        started: when the deletion began, as a Unix time.
    """

    def __init__(self, domain_id: str, started: float) -> None:
        self._id = domain_id
        self._started = started
        self._caller = Caller(domain_id, BUDGET)
        self._sagemaker = client("sagemaker")

    def _first_left(self, kinds: Iterable[Callable[[], list[str]]]) -> list[str]:
        """Delete what can be deleted now; return what is left of the first kind that is."""
        for kind in kinds:
            # Another look finds what went at once, and saves a wait.
            for _ in range(_LOOKS):
                if not (left := kind()):
                    break
            else:
                return left
        return []

    def stack_goes(self, stack: str) -> bool:
        """Whether a stack is being deleted, or its creation rolled back."""
        cloudformation = client("cloudformation")
        answer = self._caller.call(
            f"stack {stack}", cloudformation.describe_stacks, StackName=stack
        )
        status = answer["Stacks"][0]["StackStatus"] if answer else ""
        return status in ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS")

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
            left += self._delete_unless_failed(
                f"space {space['SpaceName']}",
                space,
                self._sagemaker.delete_space,
                self._sagemaker.describe_space,
                keys,
            )
        return left

    def _of_domain(self, operation: Callable[..., Any], member: str) -> list[Item]:
        """List a kind of thing completely, before any of it is deleted."""
        pages = self._caller.pages(operation, member, DomainIdEquals=self._id, MaxResults=100)
        return [item for item in pages if item["DomainId"] == self._id]

    def _delete_unless_failed(
        self,
        what: str,
        found: Item,
        delete: Callable[..., Any],
        describe: Callable[..., Any],
        keys: Mapping[str, str],
    ) -> list[str]:
        """Delete, also what an earlier deletion failed at.

        Raises:
            RefusedError: if this deletion has failed at it.
        """
        if found["Status"] == "Deleting":
            return [what]
        changed = found.get("LastModifiedTime")
        failed_now = changed is not None and changed.timestamp() >= self._started
        if found["Status"] == "Delete_Failed" and failed_now:
            description = self._caller.call(what, describe, **keys) or {}
            reason = description.get("FailureReason", "SageMaker gives no reason")
            raise RefusedError(f"{what} of {self._id} cannot be deleted: {reason}")
        return self._caller.delete(what, delete, **keys)


class DomainDeletion(Deletion):
    """One call's work on one domain.

    Args:
        domain_id: the domain; nothing of another is touched.
        domain_arn: its ARN, the value of SageMaker's tag.
        started: when the deletion began, as a Unix time.
    """

    def __init__(self, domain_id: str, domain_arn: str, started: float) -> None:
        super().__init__(domain_id, started)
        self._arn = domain_arn

    def step(self) -> list[str]:
        """Delete what can be deleted now; return what is left of the first kind that is."""
        kinds = [self._file_systems, self._security_groups]
        if self._domain_description() is not None:
            kinds = [self._apps, self._spaces, self._user_profiles, self._domain, *kinds]
        return self._first_left(kinds)

    def stack_keeps_the_domain(self, event: Mapping[str, Any]) -> bool:
        """Whether this resource is deleted although the stack, and so the domain, stays.

        That is so when the removal policy has become `retain`, or when the update that added
        this resource is rolled back. In an update the domain goes only if it was replaced;
        then this resource was replaced too, and has another physical id by now.
        """
        stack = event["StackId"]
        if self.stack_goes(stack):
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
            _LOG.info("%s: the stack keeps the domain", self._id)
        return keeps

    def _apps(self) -> list[str]:
        return self._delete_apps(self._of_domain(self._sagemaker.list_apps, "Apps"))

    def _spaces(self) -> list[str]:
        return self._delete_spaces(self._of_domain(self._sagemaker.list_spaces, "Spaces"))

    def _user_profiles(self) -> list[str]:
        left = []
        for profile in self._of_domain(self._sagemaker.list_user_profiles, "UserProfiles"):
            keys = {key: profile[key] for key in ("DomainId", "UserProfileName")}
            left += self._delete_unless_failed(
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

        return self._delete_unless_failed(
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
        pages = self._caller.pages(
            efs.describe_file_systems, "FileSystems", "Marker", "NextMarker", MaxItems=100
        )
        for found in [system for system in pages if self._is_ours(system)]:
            name = f"file system {found['FileSystemId']}"
            key = {"FileSystemId": found["FileSystemId"]}
            targets = list(
                self._caller.pages(
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
        pages = self._caller.pages(
            ec2.describe_security_groups, "SecurityGroups", Filters=filters, MaxResults=100
        )
        groups = [group for group in pages if self._is_ours(group)]
        ids = {group["GroupId"] for group in groups}
        # A group cannot go while a rule refers to it, and SageMaker's two refer to each other.
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
    """The part of a rule that refers to one of the groups, None without such a part."""
    pairs = [
        {"GroupId": p["GroupId"]} for p in rule.get("UserIdGroupPairs", ()) if p["GroupId"] in ids
    ]
    ports: Item = {key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in rule}
    return {**ports, "UserIdGroupPairs": pairs} if pairs else None
