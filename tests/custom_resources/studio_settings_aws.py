"""A Studio domain in memory, as far as its settings go.

An update replaces each block it holds, takes its time, and is refused while another runs.
"""

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.custom_resources.fake_aws import FakeAws, Item, failure

ROLE = "arn:aws:iam::111111111111:role/someone"


@dataclass
class SettingsAws(FakeAws):
    """All that exists, and how it behaves.

    Attributes:
        slowness: seconds that an update takes.
        merges: whether an update keeps what it leaves out of a block.
        ignores: names of values that an update drops without a word.
        fails: names whose updates end as failed.
        lag: seconds that descriptions are behind updates that have ended.
    """

    slowness: float = 0.0
    merges: bool = False
    ignores: set[str] = field(default_factory=set)
    fails: set[str] = field(default_factory=set)
    lag: float = 0.0
    stack_status: str = "UPDATE_IN_PROGRESS"
    things: dict[str, Item] = field(default_factory=dict)
    updates: list[tuple[str, Item]] = field(default_factory=list)

    def add(self, name: str, **settings: Any) -> None:
        self.things[name] = {
            "settings": settings,
            "Status": "InService",
            "changed": 0.0,
            "until": None,
            "shown": (0.0, settings),
        }

    def setting(self, name: str, *path: str) -> Any:
        value: Any = self.things[name]["settings"]
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        for name, thing in self.things.items():
            if thing["until"] is not None and self.now >= thing["until"]:
                self._end(name, thing)

    def _end(self, name: str, thing: Item) -> None:
        failed = name in self.fails
        thing.update(Status="Update_Failed" if failed else "InService", until=None)
        thing["changed"] = self.now
        if not failed:
            thing["settings"] = thing.pop("next")

    def _find(self, name: str) -> Item:
        if name not in self.things:
            raise failure("ResourceNotFound", f"{name} does not exist")
        return self.things[name]

    def _describe(self, name: str, **keys: str) -> Item:
        thing = self._find(name)
        since, shown = thing["shown"]
        if self.now - since >= self.lag:
            thing["shown"] = (self.now, thing["settings"])
            shown = thing["settings"]
        return {
            **keys,
            **copy.deepcopy(shown),
            "Status": thing["Status"],
            "LastModifiedTime": datetime.fromtimestamp(thing["changed"], UTC),
            **({"FailureReason": "out of luck"} if "Failed" in thing["Status"] else {}),
        }

    def _update(self, name: str, changes: Item) -> Item:
        thing = self._find(name)
        if thing["Status"] in ("Updating", "Pending", "Deleting"):
            raise failure("ResourceInUse", f"{name} is {thing['Status']}")
        self.updates.append((name, copy.deepcopy(changes)))
        settings = copy.deepcopy(thing["settings"])
        for group, blocks in copy.deepcopy(changes).items():
            for block, values in blocks.items():
                there = settings.setdefault(group, {})
                kept = there.get(block, {}) if self.merges else {}
                there[block] = _merged(kept, _without(values, self.ignores))
        thing.update(Status="Updating", changed=self.now, next=settings)
        thing["shown"] = (self.now, thing["shown"][1])
        thing["until"] = self.now + self.slowness
        if not self.slowness:
            self._end(name, thing)
        return {}

    def describe_domain(self, DomainId: str) -> Item:  # noqa: N803
        return self._describe(DomainId, DomainId=DomainId)

    def describe_user_profile(self, DomainId: str, UserProfileName: str) -> Item:  # noqa: N803
        keys = {"DomainId": DomainId, "UserProfileName": UserProfileName}
        return self._describe(UserProfileName, **keys)

    def describe_space(self, DomainId: str, SpaceName: str) -> Item:  # noqa: N803
        return self._describe(SpaceName, DomainId=DomainId, SpaceName=SpaceName)

    def update_domain(self, DomainId: str, **changes: Any) -> Item:  # noqa: N803
        if "DomainSettingsForUpdate" in changes:
            changes["DomainSettings"] = changes.pop("DomainSettingsForUpdate")
        return self._update(DomainId, changes)

    def update_user_profile(self, DomainId: str, UserProfileName: str, **changes: Any) -> Item:  # noqa: N803
        return self._update(UserProfileName, changes)

    def update_space(self, DomainId: str, SpaceName: str, **changes: Any) -> Item:  # noqa: N803
        return self._update(SpaceName, changes)

    def describe_stacks(self, StackName: str) -> Item:  # noqa: N803
        times = {"CreationTime": datetime.fromtimestamp(0, UTC)}
        return {"Stacks": [{"StackName": StackName, "StackStatus": self.stack_status, **times}]}


def _merged(there: Any, new: Any) -> Any:
    if not (isinstance(there, dict) and isinstance(new, dict)):
        return new
    return {**there, **{key: _merged(there.get(key), value) for key, value in new.items()}}


def _without(values: Any, names: set[str]) -> Any:
    if not isinstance(values, dict):
        return values
    return {key: _without(value, names) for key, value in values.items() if key not in names}
