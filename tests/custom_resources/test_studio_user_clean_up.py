"""Removing one user of a domain that stays, with what they have running."""

from collections.abc import Iterator
from typing import Any

import pytest

from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.studio_clean_up import index
from tests.custom_resources.fake_aws import failure
from tests.custom_resources.studio_aws import STACK, Aws, arn_of

Item = dict[str, Any]

OURS, OTHER = "d-ours", "d-other"
# Steps within which everything must have ended, one way or another: an hour of half minutes.
LIMIT = 120
DELETES = ("DeleteApp", "DeleteSpace")
READS = ("DescribeStacks", "GetTemplate", "ListApps", "ListSpaces")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """A domain with Ann, who is being removed, and Bob, who stays as he is."""
    world = Aws(stack_status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    world.stack_template = {"UserBob": {}}
    world.install(monkeypatch)
    world.add_domain(OURS)
    world.add_domain(OTHER)
    before = world.of("bob"), world.of(OTHER)
    yield world
    assert (world.of("bob"), world.of(OTHER)) == before, "something of others was touched"


def begin(request: str = "Delete", user: str = "ann") -> Item:
    """What the provider framework hands on to `is_complete` after `on_event`."""
    properties = {
        "DomainId": OURS,
        "DomainArn": arn_of(OURS),
        "UserProfileName": user,
        "ProfileLogicalId": f"User{user.title()}",
    }
    asked = {
        "RequestType": request,
        "StackId": STACK,
        "LogicalResourceId": "AnnCleanUp",
        "ResourceProperties": properties,
        **({} if request == "Create" else {"PhysicalResourceId": f"clean-up-of-{OURS}/{user}"}),
    }
    return {**asked, **index.on_event(asked, None)}


def run(aws: Aws, request: Item | None = None) -> int:
    """Call until it is done; return how many calls that took."""
    request = request or begin()
    for step in range(1, LIMIT + 1):
        if index.is_complete(request, None)["IsComplete"]:
            return step
        aws.tick()
    raise AssertionError(f"not done after {LIMIT} calls")


def left(aws: Aws) -> list[Item]:
    return [
        thing
        for kind in ("App", "Space")
        for thing in aws.things[kind]
        if thing["DomainId"] == OURS and "ann" in str(thing) and thing["Status"] != "Deleted"
    ]


def test_deletes_only_apps_and_spaces_of_the_user(aws: Aws) -> None:
    others = {
        kind: [dict(thing) for thing in aws.things[kind]]
        for kind in ("Domain", "UserProfile", "FileSystem", "MountTarget", "Group")
    }
    assert run(aws) == 1
    assert left(aws) == []
    # The profile is CloudFormation's own.
    assert {kind: aws.things[kind] for kind in others} == others


def test_deletes_shared_spaces_of_the_user(aws: Aws) -> None:
    """It would hold the profile."""
    aws.add(
        "Space",
        DomainId=OURS,
        SpaceName="shared-by-ann",
        OwnershipSettingsSummary={"OwnerUserProfileName": "ann"},
    )
    aws.add("App", DomainId=OURS, SpaceName="shared-by-ann", AppType="JupyterLab", AppName="x")
    run(aws)
    assert left(aws) == []


@pytest.mark.parametrize("slowness", [1, 4])
def test_waits_for_slow_deletions(aws: Aws, slowness: int) -> None:
    aws.slowness = slowness
    assert run(aws) > slowness
    assert left(aws) == []


@pytest.mark.parametrize("operation", [*DELETES, *READS])
@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure"])
def test_throttling_and_failures_are_retried(aws: Aws, operation: str, code: str) -> None:
    aws.order(operation, failure(code, status=500), times=3)
    assert run(aws) > 1
    assert not aws.faults
    assert left(aws) == []


@pytest.mark.parametrize("operation", [*DELETES, *READS])
def test_refusal_names_the_call_and_next_deletion_continues(aws: Aws, operation: str) -> None:
    aws.order(operation, failure("AccessDeniedException", "not you"))
    with pytest.raises(CustomResourceError, match="not you"):
        run(aws)
    assert left(aws)
    run(aws)
    assert left(aws) == []


def test_keeps_apps_and_spaces_of_a_profile_that_stays(aws: Aws) -> None:
    """The removal policy has become `retain`: only the clean-up leaves the template."""
    aws.stack_template["UserAnn"] = {}
    before = aws.of(OURS)
    assert run(aws) == 1
    assert aws.of(OURS) == before


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_deletes_users_of_a_deleted_stack(aws: Aws, status: str) -> None:
    aws.stack_status = status
    aws.stack_template["UserAnn"] = {}
    run(aws)
    assert left(aws) == []


def test_ignores_resources_of_other_domains(aws: Aws) -> None:
    aws.filters = False
    run(aws)
    assert left(aws) == []


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_create_and_update_do_nothing(aws: Aws, request_type: str) -> None:
    request = begin(request_type)
    assert request["PhysicalResourceId"] == f"clean-up-of-{OURS}/ann"
    assert index.is_complete(request, None) == {"IsComplete": True}
    assert aws.calls == []


def test_refuses_physical_id_of_another_user(aws: Aws) -> None:
    request = {**begin(), "PhysicalResourceId": f"clean-up-of-{OURS}/bob"}
    with pytest.raises(CustomResourceError, match="must be clean-up-of-d-ours/ann"):
        run(aws, request)
    assert aws.calls == []


def test_timeout_names_remaining_resources(aws: Aws) -> None:
    aws.never_ends = {"App"}
    with pytest.raises(CustomResourceError, match="d-ours/ann is not complete after 3000 s"):
        run(aws)


class CutOffError(BaseException):
    """Lambda's own time is over."""


def cut_off(called: str) -> None:
    if called == "DeleteSpace":
        raise CutOffError


def test_interrupted_call_is_resumed(aws: Aws) -> None:
    aws.slowness = 1
    request = begin()
    assert not index.is_complete(request, None)["IsComplete"]
    aws.tick()
    aws.before = cut_off
    with pytest.raises(CutOffError):
        index.is_complete(request, None)
    aws.before = lambda _: None
    run(aws, request)
    assert left(aws) == []
