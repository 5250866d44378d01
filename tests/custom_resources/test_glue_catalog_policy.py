"""Statements in the catalog's policy, against a fake of Glue."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.glue_catalog_policy import index
from tests.custom_resources.fake_aws import FakeAws, Item, failure

THEIRS: Item = {
    "Sid": "Sharing",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
    "Action": "glue:GetTable",
    "Resource": "arn:aws:glue:eu-west-1:111111111111:catalog",
}
WITHOUT_SID = {key: value for key, value in THEIRS.items() if key != "Sid"}


def ours(*targets: str) -> list[Item]:
    return [
        {"Sid": f"DevZeroEtl{number}", "Effect": "Allow", "Resource": [target]}
        for number, target in enumerate(targets)
    ]


@dataclass
class Glue(FakeAws):
    """The policy of one catalog."""

    policy: str | None = None

    def get_resource_policy(self) -> Item:
        if self.policy is None:
            raise failure("EntityNotFoundException")
        return {"PolicyInJson": self.policy, "PolicyHash": self.hash()}

    def put_resource_policy(
        self,
        PolicyInJson: str,  # noqa: N803
        PolicyExistsCondition: str,  # noqa: N803
        EnableHybrid: str,  # noqa: N803
        PolicyHashCondition: str | None = None,  # noqa: N803
    ) -> Item:
        self._check_unchanged(PolicyHashCondition)
        if PolicyExistsCondition != ("MUST_EXIST" if self.policy else "NOT_EXIST"):
            raise failure("ConditionCheckFailureException")
        assert EnableHybrid == "TRUE"
        self.policy = PolicyInJson
        return {"PolicyHash": self.hash()}

    def delete_resource_policy(self, PolicyHashCondition: str | None = None) -> Item:  # noqa: N803
        self._check_unchanged(PolicyHashCondition)
        self.policy = None
        return {}

    def _check_unchanged(self, condition: str | None) -> None:
        if condition not in (None, self.hash()):
            raise failure("ConditionCheckFailureException")

    def hash(self) -> str:
        return hashlib.sha256((self.policy or "").encode()).hexdigest()

    def statements(self) -> list[Item]:
        return list(json.loads(self.policy)["Statement"]) if self.policy else []


@pytest.fixture
def glue(monkeypatch: pytest.MonkeyPatch) -> Glue:
    """A catalog without a policy."""
    world = Glue()
    world.install(monkeypatch)
    return world


def send(glue: Glue, request: str, *targets: str) -> int:
    """Send a request and call until it is done; return how many calls that took."""
    event: Item = {
        "RequestType": request,
        "ResourceProperties": {"SidPrefix": "DevZeroEtl", "Statements": ours(*targets)},
        **({} if request == "Create" else {"PhysicalResourceId": "statements-of-DevZeroEtl"}),
    }
    event |= index.on_event(event, None)
    assert event["PhysicalResourceId"] == "statements-of-DevZeroEtl"
    for step in range(1, 100):
        if index.is_complete(event, None)["IsComplete"]:
            return step
        glue.now += 30
    raise AssertionError("not done")


def test_creates_and_deletes_the_policy_of_a_catalog(glue: Glue) -> None:
    send(glue, "Create", "a", "b")
    assert glue.statements() == ours("a", "b")
    send(glue, "Delete", "a", "b")
    assert glue.policy is None


@pytest.mark.parametrize("theirs", [[THEIRS], [WITHOUT_SID], [THEIRS, WITHOUT_SID]])
def test_keeps_statements_of_others(glue: Glue, theirs: list[Item]) -> None:
    glue.policy = json.dumps({"Version": "2008-10-17", "Id": "x", "Statement": theirs})
    send(glue, "Create", "a")
    assert glue.statements() == [*theirs, *ours("a")]
    send(glue, "Update", "b", "c")
    assert glue.statements() == [*theirs, *ours("b", "c")]
    send(glue, "Delete", "b", "c")
    assert glue.statements() == theirs
    assert json.loads(glue.policy)["Version"] == "2008-10-17"
    assert json.loads(glue.policy)["Id"] == "x"


def test_a_single_statement_without_a_list(glue: Glue) -> None:
    glue.policy = json.dumps({"Version": "2012-10-17", "Statement": THEIRS})
    send(glue, "Create", "a")
    assert glue.statements() == [THEIRS, *ours("a")]


def test_repeated_request_writes_once(glue: Glue) -> None:
    send(glue, "Create", "a")
    send(glue, "Create", "a")
    assert glue.calls.count("PutResourcePolicy") == 1
    for _ in range(2):
        send(glue, "Delete", "a")
    assert glue.calls.count("DeleteResourcePolicy") == 1


def test_concurrent_write_is_kept(glue: Glue) -> None:
    glue.policy = json.dumps({"Version": "2012-10-17", "Statement": [THEIRS]})
    stale, read = json.dumps({"Version": "2012-10-17", "Statement": []}), glue.answer

    def raced(client: Any, operation: str, arguments: Item) -> Item:
        if operation == "GetResourcePolicy" and "PutResourcePolicy" not in glue.calls:
            glue.calls.append(operation)
            return {"PolicyInJson": stale, "PolicyHash": "of-before"}
        return read(client, operation, arguments)

    glue.answer = raced  # type: ignore[method-assign]
    assert send(glue, "Create", "a") == 2
    assert glue.statements() == [THEIRS, *ours("a")]


@pytest.mark.parametrize(
    "error",
    [
        failure("ThrottlingException"),
        failure("Unknown", status=500),
        ReadTimeoutError(endpoint_url="https://glue"),
    ],
    ids=["throttled", "failing", "slow"],
)
def test_temporary_errors_are_retried(glue: Glue, error: BaseException) -> None:
    glue.faults.append(("PutResourcePolicy", error))
    assert send(glue, "Create", "a") == 2


def test_refusal_fails_with_the_message_of_aws(glue: Glue) -> None:
    glue.faults.append(("PutResourcePolicy", failure("AccessDeniedException")))
    with pytest.raises(CustomResourceError, match="AccessDeniedException"):
        send(glue, "Create", "a")


def test_timeout_gives_the_reason(glue: Glue) -> None:
    glue.faults += [("GetResourcePolicy", failure("ThrottlingException"))] * 100
    with pytest.raises(CustomResourceError, match=r"after 1200 seconds: .*ThrottlingException"):
        send(glue, "Create", "a")
