"""The handler against an App in memory, whose requests and answers botocore's models validate."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.mlflow_default import index
from tests.custom_resources.fake_aws import FakeAws, Item, failure

APP = "arn:aws:sagemaker:eu-west-1:111111111111:mlflow-app/app-ours"
OURS, OTHER = "d-ours", "d-other"
LIMIT = 110
PROPERTIES = {"AppName": "ours", "DomainId": OURS}
# Of a resource that an earlier version created.
EARLIER = {"AppArn": APP, "DomainId": OURS}
NAME = "default-of-d-ours-is-ours"


@dataclass
class Aws(FakeAws):
    """An App that is the default of another domain already.

    Attributes:
        slowness: half minutes that an update takes.
        others: names, ARNs and statuses of older Apps; one of the same name is deleted.
    """

    status: str = "Created"
    domains: list[str] = field(default_factory=lambda: [OTHER])
    exists: bool = True
    slowness: int = 0
    wait: int = 0
    others: list[tuple[str, str, str]] = field(
        default_factory=lambda: [
            ("theirs", f"{APP}-theirs", "Created"),
            ("ours", f"{APP}-old", "Deleted"),
        ]
    )

    def list_mlflow_apps(
        self,
        NextToken: str = "0",  # noqa: N803
        SortBy: str = "",  # noqa: N803
        SortOrder: str = "",  # noqa: N803
    ) -> Item:
        """Return one App on each page, the oldest first if nothing else is asked for."""
        apps = [*self.others, *([("ours", APP, self.status)] if self.exists else [])]
        if (SortBy, SortOrder) == ("CreationTime", "Descending"):
            apps.reverse()
        number = int(NextToken)
        name, arn, status = apps[number]
        more = {"NextToken": str(number + 1)} if number + 1 < len(apps) else {}
        return {"Summaries": [{"Arn": arn, "Name": name, "Status": status}], **more}

    def describe_mlflow_app(self, Arn: str) -> Item:  # noqa: N803
        if not self.exists or Arn != APP:
            raise failure("ResourceNotFound")
        return {"Arn": APP, "Status": self.status, "DefaultDomainIdList": self.domains}

    def update_mlflow_app(self, Arn: str, DefaultDomainIdList: list[str]) -> Item:  # noqa: N803
        self.describe_mlflow_app(Arn)
        if self.wait:
            raise failure("ConflictException")
        self.domains = DefaultDomainIdList
        self.wait = self.slowness
        self.status = "Updating" if self.wait else "Updated"
        return {"Arn": APP}

    def tick(self) -> None:
        """Half a minute passes."""
        self.now += 30.0
        if self.wait:
            self.wait -= 1
            if not self.wait:
                self.status = "Updated"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """An App of ours; at the end it is still the default of the other domain."""
    world = Aws()
    world.install(monkeypatch)
    yield world
    assert OTHER in world.domains


def run(aws: Aws, kind: str, *, physical_id: str = "", **properties: str) -> int:
    """Do as the provider framework does, and return how often it had to ask."""
    event: Item = {"RequestType": kind, "ResourceProperties": {**PROPERTIES, **properties}}
    if kind != "Create":
        event["PhysicalResourceId"] = physical_id or NAME
    event |= index.on_event(event, None)
    for count in range(1, LIMIT):
        if index.is_complete(event, None)["IsComplete"]:
            return count
        aws.tick()
    pytest.fail("it never ends")


def test_adds_and_removes_a_domain_next_to_another(aws: Aws) -> None:
    run(aws, "Create")
    assert set(aws.domains) == {OURS, OTHER}
    run(aws, "Delete")
    assert aws.domains == [OTHER]


def test_waits_for_a_slow_update(aws: Aws) -> None:
    aws.slowness = 4
    assert run(aws, "Create") == 5
    assert aws.calls.count("UpdateMlflowApp") == 1


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
def test_repeated_request_makes_no_update(aws: Aws, kind: str) -> None:
    run(aws, kind)
    aws.calls.clear()
    assert run(aws, kind) == 1
    assert "UpdateMlflowApp" not in aws.calls


def test_waits_for_an_app_in_creation(aws: Aws) -> None:
    aws.status, aws.wait = "Creating", 3
    assert run(aws, "Create") == 4
    assert OURS in aws.domains


def test_waits_for_maintenance(aws: Aws) -> None:
    aws.faults = [("UpdateMlflowApp", failure("ConflictException"))] * 3
    run(aws, "Create")
    assert OURS in aws.domains


@pytest.mark.parametrize(
    "error",
    [
        failure("ThrottlingException"),
        failure("InternalFailure", status=500),
        failure("ServiceUnavailable", status=503),
        EndpointConnectionError(endpoint_url="https://x"),
        ReadTimeoutError(endpoint_url="https://x"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("operation", ["DescribeMlflowApp", "UpdateMlflowApp"])
@pytest.mark.parametrize("kind", ["Create", "Delete"])
def test_temporary_errors_are_retried(
    aws: Aws, kind: str, operation: str, error: Exception
) -> None:
    if kind == "Delete":
        aws.domains.append(OURS)
    aws.faults = [(operation, error)] * 2
    run(aws, kind)
    assert (OURS in aws.domains) is (kind == "Create")


def test_lost_answer_causes_no_second_update(aws: Aws) -> None:
    """The update had its effect, but the response was lost."""
    aws.domains.append(OURS)
    aws.status, aws.wait = "Updating", 2
    run(aws, "Create")
    assert "UpdateMlflowApp" not in aws.calls


def test_failed_update_is_repeated(aws: Aws) -> None:
    aws.status = "UpdateFailed"
    run(aws, "Create")
    assert OURS in aws.domains


@pytest.mark.parametrize("gone", ["status", "app"])
def test_deleted_app_needs_no_reset(aws: Aws, gone: str) -> None:
    aws.domains.append(OURS)
    if gone == "app":
        aws.exists = False
    else:
        aws.status = "Deleting"
    assert run(aws, "Delete") == 1


def test_waits_for_an_app_of_another_stack(aws: Aws) -> None:
    aws.exists = False
    event: Item = {"RequestType": "Create", "ResourceProperties": PROPERTIES}
    event |= index.on_event(event, None)
    assert not index.is_complete(event, None)["IsComplete"]
    aws.exists = True
    assert index.is_complete(event, None)["IsComplete"]
    assert OURS in aws.domains


@pytest.mark.parametrize("status", ["Created", "CreateFailed"])
def test_app_of_the_stack_is_found_next_to_an_older_one(aws: Aws, status: str) -> None:
    """A stack that was deleted can leave its App; names are not unique."""
    aws.others.append(("ours", f"{APP}-kept", status))
    run(aws, "Create")
    assert OURS in aws.domains


def test_waits_for_the_next_app_if_the_creation_of_one_failed(aws: Aws) -> None:
    aws.status = "CreateFailed"
    event: Item = {"RequestType": "Create", "ResourceProperties": PROPERTIES}
    event |= index.on_event(event, None)
    assert not index.is_complete(event, None)["IsComplete"]
    assert "UpdateMlflowApp" not in aws.calls


def test_app_that_is_never_created_times_out(aws: Aws) -> None:
    aws.exists = False
    start = aws.now
    with pytest.raises(CustomResourceError, match="Deploy the stack of the App first"):
        run(aws, "Create")
    assert 20 * 60 < aws.now - start < 22 * 60


def test_update_from_an_earlier_version_keeps_the_default(aws: Aws) -> None:
    """CloudFormation deletes the old resource if the name changes, and with it the default."""
    aws.domains.append(OURS)
    event: Item = {
        "RequestType": "Update",
        "PhysicalResourceId": "default-of-d-ours-is-app-ours",
        "ResourceProperties": PROPERTIES,
        "OldResourceProperties": EARLIER,
    }
    event |= index.on_event(event, None)
    assert event["PhysicalResourceId"] == "default-of-d-ours-is-app-ours"
    assert index.is_complete(event, None)["IsComplete"]
    assert OURS in aws.domains


def test_a_resource_of_an_earlier_version_is_deleted(aws: Aws) -> None:
    aws.domains.append(OURS)
    event: Item = {
        "RequestType": "Delete",
        "PhysicalResourceId": "default-of-d-ours-is-app-ours",
        "ResourceProperties": EARLIER,
    }
    event |= index.on_event(event, None)
    index.is_complete(event, None)
    assert OURS not in aws.domains


@pytest.mark.parametrize("kind", ["Create", "Delete"])
def test_denied_update_fails(aws: Aws, kind: str) -> None:
    if kind == "Delete":
        aws.domains.append(OURS)
    aws.faults = [("UpdateMlflowApp", failure("AccessDeniedException"))]
    with pytest.raises(CustomResourceError, match="AccessDenied"):
        run(aws, kind)


def test_endless_update_times_out(aws: Aws) -> None:
    aws.slowness = 1_000
    began = aws.now
    with pytest.raises(CustomResourceError, match=r"after 3000 seconds: .* is Updating"):
        run(aws, "Create")
    assert aws.now - began < 60 * 60


def test_physical_id_depends_on_app_and_domain(aws: Aws) -> None:
    """CloudFormation then takes the old domain out of the old App's list, and no other."""

    def named(**properties: str) -> str:
        event = {
            "RequestType": "Update",
            "PhysicalResourceId": NAME,
            "ResourceProperties": {**PROPERTIES, **properties},
            "OldResourceProperties": PROPERTIES,
        }
        return str(index.on_event(event, None)["PhysicalResourceId"])

    assert len({named(), named(DomainId="d-new"), named(AppName="new")}) == 3
    assert named() == NAME
    run(aws, "Create")
    run(aws, "Update", DomainId="d-new")
    run(aws, "Delete", physical_id=named())
    assert set(aws.domains) == {OTHER, "d-new"}
