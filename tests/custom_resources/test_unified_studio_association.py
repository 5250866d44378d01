"""Waiting until an account is associated with the share of a domain."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from sagemaker_platform.custom_resources.common.errors import CustomResourceError, WaitTimeoutError
from sagemaker_platform.custom_resources.unified_studio_association import index
from tests.custom_resources.fake_aws import FakeAws, Item, failure

SHARE = "arn:aws:ram:eu-west-1:123456789012:resource-share/0a1b2c3d-0000-0000-0000-000000000000"
ACCOUNT = "222222222222"


@dataclass
class RamAws(FakeAws):
    """AWS RAM, with the status of the account after each look."""

    statuses: list[str] = field(default_factory=list)

    def get_resource_share_associations(self, **given: Any) -> Item:
        assert given["resourceShareArns"] == [SHARE]
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        found = [{"associatedEntity": "999999999999", "status": "ASSOCIATED"}]
        if status:
            found.append({"associatedEntity": ACCOUNT, "status": status})
        return {"resourceShareAssociations": found}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> RamAws:
    world = RamAws()
    world.install(monkeypatch)
    return world


def run(aws: RamAws, kind: str = "Create") -> int:
    request: dict[str, Any] = {
        "RequestType": kind,
        "ResourceType": "Custom::UnifiedStudioAssociation",
        "ResourceProperties": {"Share": SHARE, "Account": ACCOUNT},
    }
    if kind != "Create":
        request["PhysicalResourceId"] = f"{SHARE}/{ACCOUNT}"
    begun = index.on_event(request, None)
    assert begun["PhysicalResourceId"] == f"{SHARE}/{ACCOUNT}"
    for step in range(120):
        if index.is_complete({**request, **begun}, None)["IsComplete"]:
            return step + 1
        aws.sleep(30.0)
    raise AssertionError("does not end")


def test_waits_until_the_account_is_associated(aws: RamAws) -> None:
    aws.statuses = ["", "ASSOCIATING", "ASSOCIATING", "ASSOCIATED"]
    assert run(aws) == 4


@pytest.mark.parametrize("status", ["FAILED", "DISASSOCIATED", "DISASSOCIATING", "SUSPENDED"])
def test_share_that_the_account_does_not_get_is_refused(aws: RamAws, status: str) -> None:
    aws.statuses = ["ASSOCIATING", status]
    with pytest.raises(CustomResourceError, match=rf"{ACCOUNT}: .* {status}: AWS RAM gives"):
        run(aws)


def test_share_that_stays_ends_before_the_hour(aws: RamAws) -> None:
    aws.statuses = ["ASSOCIATING"]
    with pytest.raises(WaitTimeoutError, match=f"account {ACCOUNT} is ASSOCIATING"):
        run(aws)


def test_throttled_calls_are_repeated(aws: RamAws) -> None:
    aws.statuses = ["ASSOCIATED"]
    aws.faults = [("get_resource_share_associations", failure("ThrottlingException"))] * 2
    assert run(aws) >= 1


def test_deletion_asks_nothing(aws: RamAws) -> None:
    assert run(aws, "Delete") == 1
    assert aws.calls == []
