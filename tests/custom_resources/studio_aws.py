"""SageMaker, EFS, EC2 and CloudFormation in memory, as far as deleting a domain goes.

Deletions can be slow; what SageMaker and EFS refuse while something is in use, they refuse here.
"""

import copy
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.custom_resources.fake_aws import FakeAws, Item, failure

TAG = "ManagedByAmazonSageMakerResource"
STACK = "arn:aws:cloudformation:eu-west-1:111111111111:stack/dev-studio/1"


def arn_of(domain_id: str) -> str:
    return f"arn:aws:sagemaker:eu-west-1:111111111111:domain/{domain_id}"


@dataclass
class Aws(FakeAws):
    """All that exists, and how it behaves.

    Attributes:
        slowness: steps that a deletion takes.
        page: the most that a list gives back at once.
        stack_template: resources of the stack's template as it is now.
        keeps_file_system: whether the deletion of a domain leaves its file system.
        filters: whether lists honour the domain they are asked for.
        never_ends: kinds of things whose deletion takes for ever.
        fails: kinds of things whose deletion ends as failed.
    """

    slowness: int = 0
    page: int = 2
    keeps_file_system: bool = False
    filters: bool = True
    never_ends: set[str] = field(default_factory=set)
    fails: set[str] = field(default_factory=set)
    stack_status: str = "DELETE_IN_PROGRESS"
    clean_up_id: str = "clean-up-of-d-ours"
    stack_template: Item = field(default_factory=dict)
    things: dict[str, list[Item]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kinds = ("App", "Space", "UserProfile", "Domain", "FileSystem", "MountTarget", "Group")
        self.things = {kind: [] for kind in kinds}

    def add_domain(self, domain_id: str, *, apps: int = 2) -> None:
        """A domain with two users, two spaces, apps in both and of a user, and its file system."""
        of = {"DomainId": domain_id}
        tags = [{"Key": TAG, "Value": arn_of(domain_id)}]
        self.add("Domain", **of)
        for user in ("ann", "bob"):
            self.add("UserProfile", **of, UserProfileName=user)
            self.add(
                "Space",
                **of,
                SpaceName=f"of-{user}",
                OwnershipSettingsSummary={"OwnerUserProfileName": user},
            )
            for number in range(apps):
                name = {"AppName": f"app-{number}"}
                self.add("App", **of, SpaceName=f"of-{user}", AppType="JupyterLab", **name)
            self.add("App", **of, UserProfileName=user, AppType="Canvas", AppName="default")
        self.add("App", **of, UserProfileName="bob", AppType="Canvas", AppName="old")
        self.things["App"][-1]["Status"] = "Deleted"
        system = {"FileSystemId": f"fs-{domain_id}"}
        self.add("FileSystem", **system, Tags=tags, CreationToken=domain_id)
        ids = {way: f"sg-{way}-{domain_id}" for way in ("inbound", "outbound")}
        for zone in "ab":
            target = f"fsmt-{domain_id}-{zone}"
            self.add("MountTarget", **system, MountTargetId=target, groups=[ids["inbound"]])
        for way, other, key in (
            ("inbound", "outbound", "IpPermissions"),
            ("outbound", "inbound", "IpPermissionsEgress"),
        ):
            self.add_group(ids[way], f"security-group-for-{way}-nfs-{domain_id}", tags=tags)
            self.things["Group"][-1][key] = [rule(ids[other])]

    def add_group(self, group_id: str, name: str, *, tags: list[Item]) -> None:
        self.add("Group", GroupId=group_id, GroupName=name, Tags=tags)
        self.things["Group"][-1].update(IpPermissions=[], IpPermissionsEgress=[])

    def add(self, kind: str, **members: Any) -> None:
        self.things[kind].append({**members, "Status": "InService", "wait": None})

    def of(self, domain_id: str) -> list[Item]:
        """Everything that hangs on a domain, as it is now."""
        return copy.deepcopy(
            [t for things in self.things.values() for t in things if domain_id in str(t)]
        )

    def tick(self) -> None:
        """Half a minute passes."""
        self.now += 30.0
        for kind, things in self.things.items():
            for thing in [
                t for t in things if t["wait"] is not None and kind not in self.never_ends
            ]:
                thing["wait"] -= 1
                if thing["wait"] <= 0:
                    self._end(kind, thing)

    def _delete(self, kind: str, thing: Item) -> Item:
        if thing["Status"] == "Deleting":
            raise failure("ResourceInUse")
        thing.update(Status="Deleting", wait=self.slowness)
        if self.slowness == 0 and kind not in self.never_ends:
            self._end(kind, thing)
        return {}

    def _end(self, kind: str, thing: Item) -> None:
        if kind in self.fails:
            thing.update(Status="Delete_Failed", wait=None, changed=self.now)
            return
        if kind == "App":
            thing.update(Status="Deleted", wait=None)
            return
        self.things[kind].remove(thing)
        if kind == "Domain" and not self.keeps_file_system:
            for part in ("FileSystem", "MountTarget"):
                own = f"fs-{thing['DomainId']}"
                self.things[part] = [t for t in self.things[part] if t["FileSystemId"] != own]

    def _find(self, kind: str, missing: str = "ResourceNotFound", **keys: str) -> Item:
        for thing in self.things[kind]:
            fits = all(thing.get(key) == value for key, value in keys.items())
            if fits and thing["Status"] != "Deleted":
                return thing
        raise failure(missing, f"{keys} does not exist")

    def _paged(self, found: list[Item], member: str, token: str, after: str, size: int) -> Item:
        start, size = int(token or 0), min(size, self.page)
        more = {after: str(start + size)} if start + size < len(found) else {}
        return {member: found[start : start + size], **more}

    def _list(self, kind: str, member: str, names: tuple[str, ...], **asked: Any) -> Item:
        found = []
        for thing in self.things[kind]:
            if self.filters and thing["DomainId"] != asked["DomainIdEquals"]:
                continue
            item = {name: thing[name] for name in ("DomainId", "Status", *names) if name in thing}
            if kind != "App" and "changed" in thing:
                item["LastModifiedTime"] = datetime.fromtimestamp(thing["changed"], UTC)
            found.append(item)
        size = asked["MaxResults"]
        return self._paged(found, member, asked.get("NextToken", ""), "NextToken", size)

    def _refuse_while(self, *kinds: str, **keys: str) -> None:
        for kind in kinds:
            for thing in self.things[kind]:
                fits = all(thing.get(key) == value for key, value in keys.items())
                if fits and thing["Status"] != "Deleted":
                    raise failure("ResourceInUse", f"a {kind} is in the way")

    def list_apps(self, **asked: Any) -> Item:
        return self._list(
            "App", "Apps", ("AppType", "AppName", "SpaceName", "UserProfileName"), **asked
        )

    def list_spaces(self, **asked: Any) -> Item:
        return self._list("Space", "Spaces", ("SpaceName", "OwnershipSettingsSummary"), **asked)

    def list_user_profiles(self, **asked: Any) -> Item:
        return self._list("UserProfile", "UserProfiles", ("UserProfileName",), **asked)

    def delete_app(self, **keys: str) -> Item:
        app = self._find("App", **keys)
        if app["Status"] == "Failed":
            message = "App previously failed and was automatically deleted"
            raise failure("ValidationException", message)
        if app["Status"] == "Pending":
            raise failure("ValidationException", "App is Pending")
        return self._delete("App", app)

    def delete_space(self, **keys: str) -> Item:
        space = self._find("Space", **keys)
        self._refuse_while("App", **keys)
        return self._delete("Space", space)

    def delete_user_profile(self, **keys: str) -> Item:
        profile = self._find("UserProfile", **keys)
        self._refuse_while("App", **keys)
        self._refuse_while("Space", DomainId=keys["DomainId"])
        return self._delete("UserProfile", profile)

    def delete_domain(self, **keys: Any) -> Item:
        assert keys.pop("RetentionPolicy") == {"HomeEfsFileSystem": "Delete"}
        domain = self._find("Domain", **keys)
        self._refuse_while("App", "Space", "UserProfile", **keys)
        return self._delete("Domain", domain)

    def _described(self, kind: str, keys: dict[str, str]) -> Item:
        thing = self._find(kind, **keys)
        found = {"Status": thing["Status"], "FailureReason": "out of luck", **keys}
        if "changed" in thing:
            found["LastModifiedTime"] = datetime.fromtimestamp(thing["changed"], UTC)
        return found

    def describe_domain(self, **keys: str) -> Item:
        return self._described("Domain", keys)

    def describe_space(self, **keys: str) -> Item:
        return self._described("Space", keys)

    def describe_user_profile(self, **keys: str) -> Item:
        return self._described("UserProfile", keys)

    def describe_file_systems(self, MaxItems: int, Marker: str = "") -> Item:  # noqa: N803
        systems = [
            {
                **{key: t[key] for key in ("FileSystemId", "CreationToken", "Tags")},
                "OwnerId": "111111111111",
                "CreationTime": datetime.fromtimestamp(0, UTC),
                "LifeCycleState": {"InService": "available"}.get(t["Status"], "deleting"),
                "NumberOfMountTargets": 0,
                "SizeInBytes": {"Value": 0},
                "PerformanceMode": "generalPurpose",
            }
            for t in self.things["FileSystem"]
        ]
        return self._paged(systems, "FileSystems", Marker, "NextMarker", MaxItems)

    def describe_mount_targets(self, FileSystemId: str, Marker: str = "") -> Item:  # noqa: N803
        self._find("FileSystem", "FileSystemNotFound", FileSystemId=FileSystemId)
        targets = [
            {
                "MountTargetId": t["MountTargetId"],
                "FileSystemId": FileSystemId,
                "SubnetId": "subnet-11111111",
                "LifeCycleState": {"InService": "available"}.get(t["Status"], "deleting"),
            }
            for t in self.things["MountTarget"]
            if t["FileSystemId"] == FileSystemId
        ]
        return self._paged(targets, "MountTargets", Marker, "NextMarker", 10)

    def delete_mount_target(self, **keys: str) -> Item:
        return self._delete("MountTarget", self._find("MountTarget", "MountTargetNotFound", **keys))

    def delete_file_system(self, **keys: str) -> Item:
        system = self._find("FileSystem", "FileSystemNotFound", **keys)
        if any(t["FileSystemId"] == keys["FileSystemId"] for t in self.things["MountTarget"]):
            raise failure("FileSystemInUse", status=409)
        return self._delete("FileSystem", system)

    def describe_security_groups(
        self,
        Filters: list[Item],  # noqa: N803
        MaxResults: int,  # noqa: N803
        NextToken: str = "",  # noqa: N803
    ) -> Item:
        [wanted] = Filters
        tag = {"Key": wanted["Name"].removeprefix("tag:"), "Value": wanted["Values"][0]}
        names = ("GroupId", "GroupName", "Tags", "IpPermissions", "IpPermissionsEgress")
        groups = [
            {name: group[name] for name in names}
            for group in self.things["Group"]
            if tag in group["Tags"] or not self.filters
        ]
        return self._paged(groups, "SecurityGroups", NextToken, "NextToken", MaxResults)

    def _revoke(self, key: str, group_id: str, rules: list[Item]) -> Item:
        group = self._find("Group", "InvalidGroup.NotFound", GroupId=group_id)
        for one in rules:
            if one not in group[key]:
                raise failure("InvalidPermission.NotFound")
            group[key].remove(one)
        return {"Return": True}

    def revoke_security_group_ingress(self, **asked: Any) -> Item:
        return self._revoke("IpPermissions", asked["GroupId"], asked["IpPermissions"])

    def revoke_security_group_egress(self, **asked: Any) -> Item:
        return self._revoke("IpPermissionsEgress", asked["GroupId"], asked["IpPermissions"])

    def delete_security_group(self, **keys: str) -> Item:
        group = self._find("Group", "InvalidGroup.NotFound", **keys)
        users = [t for t in self.things["MountTarget"] if keys["GroupId"] in t["groups"]]
        for other in self.things["Group"]:
            rules = str([other["IpPermissions"], other["IpPermissionsEgress"]])
            if other is not group and keys["GroupId"] in rules:
                users.append(other)
        if users:
            raise failure("DependencyViolation", "something still uses it")
        self.things["Group"].remove(group)
        return {}

    def describe_stacks(self, StackName: str) -> Item:  # noqa: N803
        times = {"CreationTime": datetime.fromtimestamp(0, UTC)}
        return {"Stacks": [{"StackName": StackName, "StackStatus": self.stack_status, **times}]}

    def get_template(self, StackName: str) -> Item:  # noqa: N803
        return {"TemplateBody": json.dumps({"Resources": self.stack_template})}

    def describe_stack_resource(self, StackName: str, LogicalResourceId: str) -> Item:  # noqa: N803
        return {
            "StackResourceDetail": {
                "LogicalResourceId": LogicalResourceId,
                "PhysicalResourceId": self.clean_up_id,
                "ResourceType": "Custom::StudioCleanUp",
                "LastUpdatedTimestamp": datetime.fromtimestamp(0, UTC),
                "ResourceStatus": "DELETE_IN_PROGRESS",
            }
        }


def rule(group_id: str) -> Item:
    pair = {"GroupId": group_id}
    return {"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049, "UserIdGroupPairs": [pair]}
