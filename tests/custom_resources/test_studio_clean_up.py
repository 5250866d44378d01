from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from sagemaker_platform.custom_resources.common import calls
from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.studio_clean_up import deletion, index
from tests.custom_resources.fake_aws import failure
from tests.custom_resources.studio_aws import STACK, Aws, arn_of, rule

Item = dict[str, Any]

OURS, OTHER = "d-ours", "d-other"
# Steps within which everything must have ended, one way or another: an hour of half minutes.
LIMIT = 120
DELETES = {
    "DeleteApp": "app JupyterLab app-0 of of-ann",
    "DeleteSpace": "space of-ann",
    "DeleteUserProfile": "user profile ann",
    "DeleteDomain": "domain d-ours",
    "DeleteMountTarget": "mount target fsmt-d-ours-a of file system fs-d-ours",
    "DeleteFileSystem": "file system fs-d-ours",
    "DeleteSecurityGroup": "security group security-group-for-inbound-nfs-d-ours",
    "RevokeSecurityGroupIngress": "rules of security-group-for-inbound-nfs-d-ours",
    "RevokeSecurityGroupEgress": "rules of security-group-for-outbound-nfs-d-ours",
}
READS = (
    "DescribeDomain",
    "DescribeFileSystems",
    "DescribeMountTargets",
    "DescribeSecurityGroups",
    "DescribeStacks",
    "ListApps",
    "ListSpaces",
    "ListUserProfiles",
)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """Our domain and one of others; at the end the other one is as it was."""
    world = Aws(keeps_file_system=True)
    world.install(monkeypatch)
    world.add_domain(OTHER)
    world.add_domain(OURS)
    world.add_group("sg-foreign", f"security-group-for-inbound-nfs-{OURS}-not", tags=[])
    before = world.of(OTHER)
    yield world
    assert world.of(OTHER) == before, "something of another domain was touched"
    assert any(group["GroupId"] == "sg-foreign" for group in world.things["Group"])


def event(request: str, **more: Any) -> Item:
    return {
        "RequestType": request,
        "StackId": STACK,
        "LogicalResourceId": "CleanUp",
        "ResourceProperties": {"DomainId": OURS, "DomainArn": arn_of(OURS)},
        **({} if request == "Create" else {"PhysicalResourceId": f"clean-up-of-{OURS}"}),
        **more,
    }


def begin(**more: Any) -> Item:
    """What the provider framework hands on to `is_complete` after `on_event`."""
    request = event("Delete", **more)
    return {**request, **index.on_event(request, None)}


def run(aws: Aws, request: Item | None = None) -> int:
    """Call until it is done; return how many calls that took."""
    request = request or begin()
    for step in range(1, LIMIT + 1):
        if index.is_complete(request, None)["IsComplete"]:
            return step
        aws.tick()
    raise AssertionError(f"not done after {LIMIT} calls")


def left(aws: Aws) -> list[Item]:
    own = [t for t in aws.of(OURS) if t["Status"] != "Deleted"]
    return [t for t in own if t.get("GroupId") != "sg-foreign"]


def test_immediate_deletions_take_one_call(aws: Aws) -> None:
    assert run(aws) == 1
    assert left(aws) == []


def test_deletes_contents_before_containers(aws: Aws) -> None:
    run(aws)
    deletes = list(dict.fromkeys(call for call in aws.calls if call.startswith("Delete")))
    assert deletes == [name for name in DELETES if name.startswith("Delete")]


def test_file_system_deleted_with_the_domain(aws: Aws) -> None:
    aws.keeps_file_system = False
    run(aws)
    assert left(aws) == []
    assert "DeleteFileSystem" not in aws.calls


@pytest.mark.parametrize("slowness", [1, 4, 10])
def test_waits_for_slow_deletions(aws: Aws, slowness: int) -> None:
    aws.slowness = slowness
    assert run(aws) > slowness
    assert left(aws) == []


@pytest.mark.parametrize("operation", [*DELETES, *READS])
@pytest.mark.parametrize("code", ["ThrottlingException", "RequestLimitExceeded"])
def test_throttling_is_retried(aws: Aws, operation: str, code: str) -> None:
    aws.order(operation, failure(code), times=3)
    assert 1 < run(aws) <= 5
    assert left(aws) == []


def test_throttling_of_every_call_is_retried(aws: Aws) -> None:
    for operation in (*DELETES, *READS):
        aws.order(operation, failure("Throttling"), times=2)
    run(aws)
    assert left(aws) == []


@pytest.mark.parametrize("operation", DELETES)
@pytest.mark.parametrize("code", ["ResourceInUse", "DependencyViolation", "ConflictException"])
def test_in_use_is_retried(aws: Aws, operation: str, code: str) -> None:
    aws.order(operation, failure(code), times=6)
    run(aws)
    assert left(aws) == []


@pytest.mark.parametrize(
    "error",
    [
        failure("InternalFailure", status=500),
        failure("Strange", status=503),
        ReadTimeoutError(endpoint_url="https://aws"),
        EndpointConnectionError(endpoint_url="https://aws"),
    ],
    ids=str,
)
def test_failing_or_silent_service_is_retried(aws: Aws, error: Exception) -> None:
    for operation in (*DELETES, *READS):
        aws.order(operation, error)
    run(aws)
    assert left(aws) == []


@pytest.mark.parametrize("operation", DELETES)
def test_failure_names_the_call_and_next_deletion_continues(aws: Aws, operation: str) -> None:
    aws.order(operation, failure("AccessDeniedException", "not you"))
    with pytest.raises(CustomResourceError) as error:
        run(aws)
    assert DELETES[operation] in str(error.value)
    assert "d-ours" in str(error.value)
    assert "AccessDeniedException: not you" in str(error.value)
    assert left(aws)
    run(aws)
    assert left(aws) == []


@pytest.mark.parametrize("operation", READS)
def test_denied_read_fails(aws: Aws, operation: str) -> None:
    aws.order(operation, failure("AccessDenied"))
    with pytest.raises(CustomResourceError, match="AccessDenied"):
        run(aws)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Space", "space of-ann"),
        ("UserProfile", "user profile ann"),
        ("Domain", "domain d-ours"),
    ],
)
@pytest.mark.parametrize("slowness", [0, 2])
def test_failed_deletion_is_reported_and_retried_next_time(
    aws: Aws, kind: str, name: str, slowness: int
) -> None:
    aws.fails, aws.slowness = {kind}, slowness
    with pytest.raises(CustomResourceError, match=f"cannot delete {name} of d-ours: out of luck"):
        run(aws)
    aws.fails.clear()
    aws.tick()
    run(aws)
    assert left(aws) == []


@pytest.mark.parametrize("operation", DELETES)
def test_deleted_in_the_meantime_counts_as_deleted(aws: Aws, operation: str) -> None:
    request = begin()

    def vanish(called: str) -> None:
        if called == operation:
            aws.before = lambda _: None
            run(aws)

    aws.before = vanish
    run(aws, request)
    assert left(aws) == []


def test_many_apps_in_many_pages(aws: Aws) -> None:
    aws.page = 100
    for number in range(450):
        aws.add(
            "App", DomainId=OURS, SpaceName="of-ann", AppType="CodeEditor", AppName=f"a{number}"
        )
    assert run(aws) == 1
    assert left(aws) == []


def test_slow_calls_stay_within_the_call_timeout(aws: Aws) -> None:
    aws.seconds_per_call, aws.page = 5.0, 100
    request = begin()
    most = 0
    for _ in range(LIMIT):
        before = len(aws.calls)
        done = index.is_complete(request, None)["IsComplete"]
        most = max(most, len(aws.calls) - before)
        aws.tick()
        if done:
            break
    assert left(aws) == []
    # One more may begin at the last moment.
    assert most <= deletion.CALL_TIMEOUT_SECONDS / 5 + 1


def test_waits_for_an_app_in_creation(aws: Aws) -> None:
    aws.things["App"][-1]["Status"] = "Pending"
    request = begin()
    assert not index.is_complete(request, None)["IsComplete"]
    aws.things["App"][-1]["Status"] = "InService"
    run(aws, request)
    assert left(aws) == []


def test_failed_app_counts_as_deleted(aws: Aws) -> None:
    aws.add("App", DomainId=OURS, SpaceName="of-ann", AppType="JupyterLab", AppName="broken")
    failed = aws.things["App"][-1]
    failed["Status"] = "Failed"

    def forget(called: str) -> None:
        if called == "DeleteSpace" and failed in aws.things["App"]:
            aws.things["App"].remove(failed)

    aws.before = forget
    run(aws)
    assert left(aws) == []


def test_deletes_apps_started_in_the_meantime(aws: Aws) -> None:
    def start(called: str) -> None:
        if called == "DeleteSpace":
            aws.before = lambda _: None
            aws.add("App", DomainId=OURS, SpaceName="of-bob", AppType="JupyterLab", AppName="new")

    aws.before = start
    run(aws)
    assert left(aws) == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [("App", "app JupyterLab"), ("Space", "space of-ann"), ("MountTarget", "mount target")],
)
def test_timeout_names_remaining_resources(aws: Aws, kind: str, name: str) -> None:
    aws.never_ends = {kind}
    begun = aws.now
    with pytest.raises(CustomResourceError, match="after 3000 seconds") as error:
        run(aws)
    assert name in str(error.value)
    assert "Delete the stack again" in str(error.value)
    assert aws.now - begun < 3600


def test_endless_throttling_times_out(aws: Aws) -> None:
    aws.order("ListApps", failure("ThrottlingException"), times=1000)
    with pytest.raises(CustomResourceError, match="list of Apps: ThrottlingException"):
        run(aws)


def test_ignores_resources_of_other_domains(aws: Aws) -> None:
    aws.filters = False
    run(aws)
    assert left(aws) == []


def test_group_used_by_a_foreign_rule_is_named(aws: Aws) -> None:
    foreign = aws.things["Group"][-1]
    foreign["IpPermissions"] = [rule(f"sg-outbound-{OURS}")]
    with pytest.raises(CustomResourceError, match=f"security-group-for-outbound-nfs-{OURS}"):
        run(aws)
    assert foreign["IpPermissions"] == [rule(f"sg-outbound-{OURS}")]


def test_interrupted_call_is_resumed(aws: Aws) -> None:
    class CutOffError(BaseException):
        pass

    calls_made, cuts = 0, 0

    def cut(called: str) -> None:
        nonlocal calls_made, cuts
        calls_made += 1
        if calls_made > 1 + cuts:  # one call further each time
            calls_made, cuts = 0, cuts + 1
            raise CutOffError

    aws.before = cut
    request = begin()
    for _ in range(LIMIT):
        try:
            if index.is_complete(request, None)["IsComplete"]:
                break
        except CutOffError:
            aws.tick()
    assert left(aws) == []
    assert cuts > 10


def test_repeated_deletion(aws: Aws) -> None:
    run(aws)
    aws.calls.clear()
    assert run(aws) == 1
    assert not any(call.startswith(("Delete", "Revoke")) for call in aws.calls)


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_create_and_update_do_nothing(aws: Aws, request_type: str) -> None:
    request = event(request_type)
    answer = index.on_event(request, None)
    assert answer["PhysicalResourceId"] == f"clean-up-of-{OURS}"
    assert index.is_complete({**request, **answer}, None) == {"IsComplete": True}
    assert aws.calls == []


@pytest.mark.parametrize(
    "status",
    [
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    ],
)
def test_keeps_the_domain_of_a_stack_that_stays(aws: Aws, status: str) -> None:
    aws.stack_status = status
    before = aws.of(OURS)
    assert run(aws) == 1
    assert aws.of(OURS) == before
    assert aws.calls == ["DescribeStacks", "DescribeStackResource"]


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_deletes_the_domain_of_a_deleted_stack(aws: Aws, status: str) -> None:
    aws.stack_status = status
    run(aws)
    assert left(aws) == []


def test_deletes_a_replaced_domain_of_a_stack_that_stays(aws: Aws) -> None:
    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    aws.clean_up_id = f"clean-up-of-{OTHER}"
    run(aws)
    assert left(aws) == []


@pytest.mark.parametrize("operation", ["DescribeStacks", "DescribeStackResource"])
def test_deletes_nothing_if_the_stack_cannot_be_described(aws: Aws, operation: str) -> None:
    aws.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    before = aws.of(OURS)
    aws.order(operation, failure("ValidationError", "Stack does not exist"))
    with pytest.raises(CustomResourceError, match="ValidationError"):
        run(aws)
    assert aws.of(OURS) == before


def test_refuses_physical_id_of_another_domain(aws: Aws) -> None:
    with pytest.raises(CustomResourceError, match="got clean-up-of-d-other to delete"):
        run(aws, begin(PhysicalResourceId=f"clean-up-of-{OTHER}"))
    assert aws.calls == []


def test_the_fake_validates_requests_as_boto3_does(aws: Aws) -> None:
    with pytest.raises(Exception, match="Missing required parameter"):
        calls.client("sagemaker").delete_space(DomainId=OURS)
