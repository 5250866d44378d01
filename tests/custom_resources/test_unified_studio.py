"""Waiting for projects of Unified Studio, with everything that AWS may answer."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from sagemaker_platform.custom_resources.common.errors import (
    CustomResourceError,
    WaitTimeoutError,
)
from sagemaker_platform.custom_resources.unified_studio import index
from tests.custom_resources.datazone_aws import DOMAIN, DataZoneAws
from tests.custom_resources.fake_aws import failure

PARTS = ["Tooling", "Lakehouse Database"]
ADDED = ["arn:aws:iam::1:role/manage", "arn:aws:iam::1:role/provision"]
POLL = 30.0
# Steps within which everything must have ended: an hour of half minutes.
LIMIT = 120


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> DataZoneAws:
    world = DataZoneAws()
    world.install(monkeypatch)
    return world


def event(kind: str, resource: str, **more: Any) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResourceType": f"Custom::UnifiedStudio{resource}",
        "ResourceProperties": {"Domain": DOMAIN, **more},
    }


def ready(kind: str = "Create") -> dict[str, Any]:
    return event(kind, "ProjectReady", Project="sales", Environments=PARTS, Tooling=PARTS[0])


def gone(kind: str = "Delete", keep: str = "false") -> dict[str, Any]:
    return event(kind, "Gone", Keep=keep, Administrators=ADDED)


def run(aws: DataZoneAws, request: dict[str, Any], between: Any = None) -> int:
    """Send a request as the framework does; return the number of steps."""
    if request["RequestType"] == "Delete":
        request = {**request, "PhysicalResourceId": f"gone/{DOMAIN}"}
    begun = index.on_event(request, None)
    for step in range(LIMIT):
        if index.is_complete({**request, **begun}, None)["IsComplete"]:
            return step + 1
        aws.sleep(POLL)
        if between:
            between(step)
    raise AssertionError("does not end")


def test_waits_from_an_empty_list_to_active_parts(aws: DataZoneAws) -> None:
    project = aws.add_project("Sales")
    project["deployment"] = {"overallDeploymentStatus": "PENDING_DEPLOYMENT"}

    def between(step: int) -> None:
        project["parts"] |= {PARTS[0]: "CREATING"} if step == 0 else {}
        project["parts"] |= {PARTS[0]: "ACTIVE"} if step == 1 else {}
        project["parts"] |= dict.fromkeys(PARTS, "ACTIVE") if step == 2 else {}
        if step == 3:
            project["deployment"] = {"overallDeploymentStatus": "SUCCESSFUL"}

    assert run(aws, ready(), between) == 5


@pytest.mark.parametrize("status", ["FAILED_VALIDATION", "FAILED_DEPLOYMENT"])
def test_failed_project_is_refused_with_reasons(aws: DataZoneAws, status: str) -> None:
    reasons = {"Tooling": [{"code": "E1", "message": "three subnets are needed"}]}
    aws.add_project("Sales")["deployment"] = {
        "overallDeploymentStatus": status,
        "environmentFailureReasons": reasons,
    }
    with pytest.raises(CustomResourceError, match=f"{status}: Tooling: E1 three subnets"):
        run(aws, ready())


@pytest.mark.parametrize(
    "status", ["CREATE_FAILED", "VALIDATION_FAILED", "INACCESSIBLE", "SUSPENDED", "UPDATE_FAILED"]
)
def test_failed_part_is_refused_by_name(aws: DataZoneAws, status: str) -> None:
    aws.add_project("Sales", Tooling=status)
    with pytest.raises(CustomResourceError, match=rf"project Sales: Tooling is {status}\. Look"):
        run(aws, ready())


def test_project_that_is_gone_meanwhile_is_refused(aws: DataZoneAws) -> None:
    with pytest.raises(CustomResourceError, match="Project sales was not found"):
        run(aws, ready())


def test_project_that_is_never_ready_ends_before_the_hour(aws: DataZoneAws) -> None:
    aws.add_project("Sales", Tooling="CREATING")
    with pytest.raises(WaitTimeoutError, match=r"Tooling is CREATING; Lakehouse Database is not"):
        run(aws, ready())
    assert index.TIMEOUT_SECONDS < 3600


def test_deletion_of_the_wait_does_nothing(aws: DataZoneAws) -> None:
    assert run(aws, ready("Delete")) == 1
    assert aws.calls == []


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_deployments_do_not_look_for_projects(aws: DataZoneAws, kind: str) -> None:
    assert run(aws, gone(kind)) == 1
    assert aws.calls == []


def test_kept_domain_is_not_waited_for(aws: DataZoneAws) -> None:
    aws.add_project("Notes", Tooling="ACTIVE")
    aws.admins = list(ADDED)
    assert run(aws, gone(keep="true")) == 1
    assert aws.admins == ADDED


def test_deletion_waits_and_restores_administrators(aws: DataZoneAws) -> None:
    project = aws.add_project("Sales", "DELETING", Tooling="DELETING")
    aws.admins = ["arn:aws:iam::1:role/other", *ADDED]

    def between(step: int) -> None:
        if step == 2:
            project["parts"] = {"Tooling": "DELETED"}
        if step == 4:
            aws.projects.clear()

    assert run(aws, gone(), between) == 7
    assert aws.admins == ["arn:aws:iam::1:role/other"]
    # Another stack that had read before wrote after it.
    assert run(aws, gone()) == 1


def test_administrators_are_restored_though_others_write(aws: DataZoneAws) -> None:
    aws.admins = list(ADDED)

    def between(step: int) -> None:
        if step == 0:
            aws.admins = [*ADDED, "arn:aws:iam::1:role/new"]

    run(aws, gone(), between)
    assert aws.admins == ["arn:aws:iam::1:role/new"]


def test_projects_of_people_are_named(aws: DataZoneAws) -> None:
    aws.add_project("Sales", "DELETING", Tooling="DELETING")
    aws.add_project("Notes", Tooling="ACTIVE")
    aws.add_project("Empty")
    with pytest.raises(
        CustomResourceError, match=r"Empty \(created by alice\), Notes \(created by alice\)"
    ):
        run(aws, gone())


@pytest.mark.parametrize(
    ("status", "parts", "named"),
    [
        ("DELETE_FAILED", {}, "Sales"),
        ("DELETING", {"Tooling": "DELETE_FAILED"}, "Sales/Tooling"),
        ("DELETING", {"Tooling": "INACCESSIBLE"}, "Sales/Tooling"),
    ],
)
def test_deletion_that_aws_could_not_end_is_refused(
    aws: DataZoneAws, status: str, parts: dict[str, str], named: str
) -> None:
    aws.add_project("Sales", status, **parts)
    with pytest.raises(CustomResourceError, match=f"AWS could not delete {named}. Delete their"):
        run(aws, gone())


def test_deletion_longer_than_an_hour_says_how_to_continue(aws: DataZoneAws) -> None:
    aws.add_project("Sales", "DELETING", Tooling="DELETING")
    with pytest.raises(WaitTimeoutError, match=r"project Sales is being deleted.*Delete the stack"):
        run(aws, gone())


def test_domain_that_is_gone_needs_no_waiting(aws: DataZoneAws) -> None:
    aws.add_project("Sales", "DELETING")
    aws.domain_exists = False
    assert run(aws, gone()) == 1


FAULTS = [
    failure("ThrottlingException"),
    failure("InternalServerException", status=500),
    failure("ConflictException"),
    failure("AccessDeniedException", "no user of the domain"),
    failure("UnauthorizedException"),
    ReadTimeoutError(endpoint_url="x"),
]


@pytest.mark.parametrize("error", FAULTS, ids=str)
@pytest.mark.parametrize(
    ("operation", "deletes"),
    [
        ("GetProject", False),
        ("GetEnvironment", False),
        ("ListEnvironments", False),
        ("GetDomain", True),
        ("ListProjects", True),
        ("GetDataLakeSettings", True),
        ("PutDataLakeSettings", True),
    ],
)
def test_calls_are_repeated(
    aws: DataZoneAws, error: BaseException, operation: str, deletes: bool
) -> None:
    aws.admins = list(ADDED)
    if not deletes:
        aws.add_project("Sales", **dict.fromkeys(PARTS, "ACTIVE"))
    aws.order(operation, error, times=3)
    run(aws, gone() if deletes else ready())
    assert (aws.admins == []) == deletes
    assert aws.faults == []


def test_unknown_role_names_the_missing_membership(aws: DataZoneAws) -> None:
    aws.order("GetProject", failure("AccessDeniedException", "no"), times=1000)
    with pytest.raises(CustomResourceError, match="must be a user of the domain and an owner"):
        run(aws, ready())
    assert aws.now < 1_000_000 + index.NEW_ROLE_SECONDS + 2 * POLL


@pytest.mark.parametrize("role", ["arn:aws:iam::1:role/datazone_usr_role_sales_x", None])
def test_a_ready_project_returns_its_environment_and_role(
    aws: DataZoneAws, role: str | None
) -> None:
    aws.add_project("Sales", **dict.fromkeys(PARTS, "ACTIVE"))
    aws.user_role = role
    request = {**ready(), **index.on_event(ready(), None)}

    assert index.is_complete(request, None) == {
        "IsComplete": True,
        "Data": {"ToolingId": PARTS[0], **({"UserRoleArn": role} if role else {})},
    }


def source_run(kind: str = "Create") -> dict[str, Any]:
    return event(kind, "DataSourceRun", DataSource="source", Revision="1")


def test_a_data_source_runs_once(aws: DataZoneAws) -> None:
    assert run(aws, source_run()) > 1
    assert len(aws.runs) == 1


@pytest.mark.parametrize("error", FAULTS, ids=str)
@pytest.mark.parametrize("operation", ["ListDataSourceRuns", "StartDataSourceRun"])
def test_calls_of_a_run_are_repeated(
    aws: DataZoneAws, error: BaseException, operation: str
) -> None:
    aws.order(operation, error, times=3)
    run(aws, source_run())
    assert len(aws.runs) == 1
    assert aws.faults == []


def test_a_changed_data_source_runs_again(aws: DataZoneAws) -> None:
    run(aws, source_run())
    aws.sleep(3600)
    run(aws, source_run("Update"))
    assert len(aws.runs) == 2


def test_a_run_waits_for_the_one_before(aws: DataZoneAws) -> None:
    aws.runs.append({"begun": aws.now - 10})
    run(aws, source_run())
    assert len(aws.runs) == 2


def test_a_failed_run_is_reported_with_its_reason(aws: DataZoneAws) -> None:
    aws.ends = "FAILED"
    with pytest.raises(CustomResourceError, match="INSUFFICIENT_PERMISSIONS no grant on raw"):
        run(aws, source_run())


def test_the_deletion_of_a_run_keeps_the_assets(aws: DataZoneAws) -> None:
    request = {**source_run("Delete"), "PhysicalResourceId": "run/x"}
    assert index.is_complete({**request, **index.on_event(request, None)}, None)["IsComplete"]
    assert not aws.calls


KEY = "arn:aws:kms:eu-west-1:1:key/a"


def export(kind: str = "Create", keep: str = "false", key: str = KEY) -> dict[str, Any]:
    return event(kind, "Export", Key=key, Keep=keep)


def test_the_catalog_is_exported_with_the_key(aws: DataZoneAws) -> None:
    run(aws, export())
    assert aws.export["isExportEnabled"]
    assert aws.export["encryptionConfiguration"] == {"kmsKeyArn": KEY, "sseAlgorithm": "aws:kms"}
    # Nothing is written again, unless the key changes.
    run(aws, export("Update"))
    assert aws.calls.count("PutDataExportConfiguration") == 1
    run(aws, export("Update", key=f"{KEY}b"))
    assert aws.export["encryptionConfiguration"]["kmsKeyArn"] == f"{KEY}b"


@pytest.mark.parametrize("error", FAULTS, ids=str)
@pytest.mark.parametrize("operation", ["GetDataExportConfiguration", "PutDataExportConfiguration"])
def test_calls_of_an_export_are_repeated(
    aws: DataZoneAws, error: BaseException, operation: str
) -> None:
    aws.order(operation, error, times=3)
    run(aws, export())
    assert aws.export["isExportEnabled"]
    assert aws.faults == []


def test_a_failed_export_is_reported(aws: DataZoneAws) -> None:
    aws.ends = "FAILED"
    with pytest.raises(CustomResourceError, match="Another domain of the account may have one"):
        run(aws, export())


@pytest.mark.parametrize("keep", ["true", "false"])
def test_the_end_of_an_export(aws: DataZoneAws, keep: str) -> None:
    run(aws, export())
    run(aws, export("Delete", keep))
    # The configuration of a domain that is kept stays, and the export stops.
    assert aws.export.get("isExportEnabled") == (False if keep == "true" else None)
    run(aws, export("Delete", keep))
