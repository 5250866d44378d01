import copy
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.studio_settings import index, work
from tests.custom_resources.fake_aws import Item, failure
from tests.custom_resources.studio_settings_aws import ROLE, SettingsAws

DOMAIN = "d-ours"
POLL = 30.0
# Steps within which everything must have ended: an hour of half minutes.
LIMIT = 120
OPERATIONS = {
    "DescribeDomain": "domain d-ours",
    "DescribeUserProfile": "user profile ann",
    "DescribeSpace": "space lab",
    "UpdateDomain": "update of domain d-ours",
    "UpdateUserProfile": "update of user profile ann",
    "UpdateSpace": "update of space lab",
}
CANVAS = ("DefaultUserSettings", "CanvasAppSettings")
IDLE = ("JupyterLabAppSettings", "AppLifecycleManagement", "IdleSettings")


def idle(minutes: int, **more: Any) -> Item:
    # As CloudFormation hands numbers on.
    idle = {"LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": str(minutes)}
    return {"Idle": idle, "Watched": {"Hash": "x"}, **more}


LAB = {"Idle": {"IdleTimeoutInMinutes": "90"}, "Apps": ["JupyterLab"]}
APPS = ("JupyterLabAppSettings", "CodeEditorAppSettings")
SETTINGS: Item = {
    "DefaultUserSettings": {
        "CanvasAppSettings": {
            "DirectDeploySettings": {"Status": "ENABLED"},
            "WorkspaceSettings": {"S3ArtifactPath": "s3://artifacts/canvas"},
        }
    },
    "DomainSettings": {
        "TrustedIdentityPropagationSettings": {"Status": "ENABLED"},
        "DockerSettings": {"RootlessDocker": "ENABLED"},
    },
}


def properties(**more: Any) -> Item:
    return {
        "ServiceToken": "arn:aws:lambda:eu-west-1:111111111111:function:x",
        "DomainId": DOMAIN,
        "Settings": copy.deepcopy(SETTINGS),
        "UserProfiles": {"ann": idle(120), "bob": idle(240)},
        "Spaces": {"lab": LAB},
        **more,
    }


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> SettingsAws:
    """A domain as CloudFormation made it, two users and a space, with settings of others."""
    world = SettingsAws()
    world.install(monkeypatch)
    world.add(
        DOMAIN,
        DefaultUserSettings={
            "ExecutionRole": ROLE,
            "JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.t3.medium"}},
            "CanvasAppSettings": {"KendraSettings": {"Status": "ENABLED"}},
        },
        DomainSettings={"DockerSettings": {"EnableDockerAccess": "ENABLED"}},
    )
    for name in ("ann", "bob", "eve"):
        spec = {"DefaultResourceSpec": {"InstanceType": "ml.m5.large"}}
        world.add(
            name, UserSettings={"SecurityGroups": ["sg-12345678"], "JupyterLabAppSettings": spec}
        )
    for name in ("lab", "other"):
        world.add(name, SpaceSettings={"AppType": "JupyterLab"})
    return world


def event(request: str, new: Item | None = None, old: Item | None = None) -> Item:
    request_event = {
        "RequestType": request,
        "StackId": "arn:aws:cloudformation:eu-west-1:111111111111:stack/dev-studio/1",
        "LogicalResourceId": "Settings",
        "ResourceProperties": new or properties(),
        **({} if request == "Create" else {"PhysicalResourceId": f"settings-of-{DOMAIN}"}),
        **({"OldResourceProperties": old or properties()} if request == "Update" else {}),
    }
    # What the provider framework hands on to `is_complete` after `on_event`.
    return {**request_event, **index.on_event(request_event, None)}


def run(aws: SettingsAws, request: Item | None = None) -> int:
    """Call until it is done; return how many calls that took."""
    request = request or event("Create")
    for step in range(1, LIMIT + 1):
        if index.is_complete(request, None)["IsComplete"]:
            return step
        aws.sleep(POLL)
    raise AssertionError(f"not done after {LIMIT} calls")


def assert_set(aws: SettingsAws) -> None:
    assert aws.setting(DOMAIN, *CANVAS) == {
        "KendraSettings": {"Status": "ENABLED"},
        "DirectDeploySettings": {"Status": "ENABLED"},
        "WorkspaceSettings": {"S3ArtifactPath": "s3://artifacts/canvas"},
    }
    assert aws.setting(DOMAIN, "DomainSettings") == {
        "DockerSettings": {"EnableDockerAccess": "ENABLED", "RootlessDocker": "ENABLED"},
        "TrustedIdentityPropagationSettings": {"Status": "ENABLED"},
    }
    for user, minutes in (("ann", 120), ("bob", 240)):
        assert aws.setting(user, "UserSettings", *IDLE)["IdleTimeoutInMinutes"] == minutes
    assert aws.setting("lab", "SpaceSettings", *IDLE) == {"IdleTimeoutInMinutes": 90}


def test_sets_values_and_keeps_all_others(aws: SettingsAws) -> None:
    others = copy.deepcopy({name: aws.things[name] for name in ("eve", "other")})
    assert run(aws) == 1
    assert_set(aws)
    jupyter_lab = aws.setting("ann", "UserSettings", "JupyterLabAppSettings")
    assert jupyter_lab["DefaultResourceSpec"] == {"InstanceType": "ml.m5.large"}
    assert aws.setting("ann", "UserSettings", "SecurityGroups") == ["sg-12345678"]
    assert aws.setting("lab", "SpaceSettings", "AppType") == "JupyterLab"
    assert {name: aws.things[name] for name in others} == others


def test_writes_only_blocks_with_changed_values(aws: SettingsAws) -> None:
    run(aws)
    written = {
        (name, group, block)
        for name, changes in aws.updates
        for group, blocks in changes.items()
        for block in blocks
    }
    assert written == {
        (DOMAIN, *CANVAS),
        (DOMAIN, "DomainSettings", "TrustedIdentityPropagationSettings"),
        (DOMAIN, "DomainSettings", "DockerSettings"),
        *((user, "UserSettings", app) for user in ("ann", "bob") for app in APPS),
        ("lab", "SpaceSettings", "JupyterLabAppSettings"),
    }


def test_updates_domain_then_users_then_spaces(aws: SettingsAws) -> None:
    run(aws)
    assert [name for name, _ in aws.updates] == [DOMAIN, "ann", "bob", "lab"]


def test_repeated_request_writes_once(aws: SettingsAws) -> None:
    run(aws)
    aws.updates.clear()
    assert run(aws, event("Update")) == 1
    assert aws.updates == []


@pytest.mark.parametrize("slowness", [1.0, 60.0, 250.0])
def test_waits_for_slow_updates(aws: SettingsAws, slowness: float) -> None:
    aws.slowness = slowness
    run(aws)
    assert_set(aws)
    assert len(aws.updates) == 4
    assert {thing["Status"] for thing in aws.things.values()} == {"InService"}


def test_updates_users_in_parallel(aws: SettingsAws) -> None:
    users = {f"user{number}": idle(120) for number in range(300)}
    for name in users:
        aws.add(name, UserSettings={})
    aws.slowness, started = 60.0, aws.now
    run(aws, event("Create", {"DomainId": DOMAIN, "UserProfiles": users}))
    assert len(aws.updates) == 300
    assert aws.now - started < 120


def test_updates_hundreds_of_users_with_slow_calls(aws: SettingsAws) -> None:
    users = {f"user{number}": idle(120) for number in range(400)}
    for name in users:
        aws.add(name, UserSettings={})
    aws.seconds_per_call = 0.15
    run(aws, event("Create", {"DomainId": DOMAIN, "UserProfiles": users}))
    assert len(aws.updates) == 400


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure"])
def test_throttling_is_retried(aws: SettingsAws, operation: str, code: str) -> None:
    aws.order(operation, failure(code), times=3)
    assert run(aws) == 4
    assert_set(aws)


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if "Update" in name])
@pytest.mark.parametrize("code", ["ConflictException", "ResourceInUse"])
def test_in_use_is_retried(aws: SettingsAws, operation: str, code: str) -> None:
    aws.order(operation, failure(code), times=50)
    run(aws)
    assert_set(aws)


@pytest.mark.parametrize(
    "error",
    [
        failure("Strange", status=503),
        ReadTimeoutError(endpoint_url="https://aws"),
        EndpointConnectionError(endpoint_url="https://aws"),
    ],
    ids=str,
)
def test_failing_or_silent_service_is_retried(aws: SettingsAws, error: Exception) -> None:
    for operation in OPERATIONS:
        aws.order(operation, error)
    run(aws)
    assert_set(aws)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_refusal_names_the_call(aws: SettingsAws, operation: str) -> None:
    aws.order(operation, failure("ValidationException", "not like this"))
    with pytest.raises(CustomResourceError) as error:
        run(aws)
    assert OPERATIONS[operation] in str(error.value)
    assert "ValidationException: not like this" in str(error.value)
    run(aws)
    assert_set(aws)


@pytest.mark.parametrize("name", [DOMAIN, "ann", "lab"])
@pytest.mark.parametrize("slowness", [0.0, 10.0, 200.0])
def test_failed_update_is_reported_and_retried_next_time(
    aws: SettingsAws, name: str, slowness: float
) -> None:
    aws.fails, aws.slowness = {name}, slowness
    with pytest.raises(CustomResourceError, match=f"{name} is Update_Failed: out of luck"):
        run(aws)
    aws.fails.clear()
    aws.sleep(POLL)
    run(aws)
    assert_set(aws)


def test_a_failed_update_is_rolled_back(aws: SettingsAws) -> None:
    run(aws)
    new = properties(
        UserProfiles={"ann": idle(180), "eve": idle(200)},
        Spaces={},
    )
    new["Settings"]["DefaultUserSettings"]["CanvasAppSettings"]["DirectDeploySettings"] = {
        "Status": "DISABLED"
    }
    aws.fails = {"eve"}
    with pytest.raises(CustomResourceError, match="user profile eve is Update_Failed"):
        run(aws, event("Update", new, properties()))
    assert aws.setting("ann", "UserSettings", *IDLE)["IdleTimeoutInMinutes"] == 180
    aws.fails.clear()
    aws.sleep(POLL)
    run(aws, event("Update", properties(), new))
    assert_set(aws)
    assert aws.setting("eve", "UserSettings", *IDLE) is None


def test_failed_creation_is_reset(aws: SettingsAws) -> None:
    before = copy.deepcopy({name: thing["settings"] for name, thing in aws.things.items()})
    aws.fails = {"lab"}
    with pytest.raises(CustomResourceError):
        run(aws)
    aws.sleep(POLL)
    aws.fails.clear()
    aws.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    run(aws, event("Delete"))
    assert_taken_back(aws, before)


def assert_taken_back(aws: SettingsAws, before: Item) -> None:
    off = {"Status": "DISABLED"}
    assert aws.setting(DOMAIN, *CANVAS) == {
        "KendraSettings": {"Status": "ENABLED"},
        "DirectDeploySettings": off,
    }
    assert aws.setting(DOMAIN, "DomainSettings") == {
        "DockerSettings": {"EnableDockerAccess": "ENABLED", "RootlessDocker": "DISABLED"},
        "TrustedIdentityPropagationSettings": off,
    }
    for user in ("ann", "bob"):
        assert aws.setting(user, "UserSettings") == {
            **before[user]["UserSettings"],
            "CodeEditorAppSettings": {},
        }
    assert aws.setting("lab", "SpaceSettings", *IDLE) is None


@pytest.mark.parametrize("slowness", [0.0, 60.0])
def test_deletion_of_the_resource_resets_all_values(aws: SettingsAws, slowness: float) -> None:
    before = copy.deepcopy({name: thing["settings"] for name, thing in aws.things.items()})
    run(aws)
    aws.stack_status, aws.slowness = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", slowness
    run(aws, event("Delete"))
    assert_taken_back(aws, before)
    aws.updates.clear()
    run(aws, event("Delete"))
    assert aws.updates == []


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_stack_deletion_changes_nothing(aws: SettingsAws, status: str) -> None:
    run(aws)
    aws.stack_status = status
    aws.calls.clear()
    assert run(aws, event("Delete")) == 1
    assert aws.calls == ["DescribeStacks"]
    assert_set(aws)


@pytest.mark.parametrize("status", ["gone", "Deleting", "Delete_Failed"])
def test_deleted_needs_no_reset(aws: SettingsAws, status: str) -> None:
    run(aws)
    for name in (DOMAIN, "ann", "lab"):
        if status == "gone":
            del aws.things[name]
        else:
            aws.things[name]["Status"] = status
    run(aws, event("Delete"))
    assert aws.setting("bob", "UserSettings", *IDLE) is None


@pytest.mark.parametrize("status", ["gone", "Deleting"])
def test_update_of_deleted_fails(aws: SettingsAws, status: str) -> None:
    if status == "gone":
        del aws.things["ann"]
    else:
        aws.things["ann"]["Status"] = status
    with pytest.raises(CustomResourceError, match="ann cannot be updated: its status is Delet"):
        run(aws)


def test_deleted_while_reset_counts_as_reset(aws: SettingsAws) -> None:
    run(aws)

    def vanish(called: str) -> None:
        if called == "UpdateUserProfile":
            aws.things.pop("ann", None)

    aws.before = vanish
    run(aws, event("Delete"))
    assert aws.setting("lab", "SpaceSettings", *IDLE) is None


def test_sets_canvas_settings_of_a_user(aws: SettingsAws) -> None:
    canvas = {"CanvasAppSettings": {"DirectDeploySettings": {"Status": "DISABLED"}}}
    run(aws, event("Create", properties(UserProfiles={"ann": idle(120, Settings=canvas)})))
    assert aws.setting("ann", "UserSettings", "CanvasAppSettings") == canvas["CanvasAppSettings"]
    assert aws.setting("ann", "UserSettings", *IDLE)["IdleTimeoutInMinutes"] == 120
    # Left out, so that the domain's count again.
    run(aws, event("Delete", properties(UserProfiles={"ann": idle(120, Settings=canvas)})))
    assert aws.setting("ann", "UserSettings", "CanvasAppSettings") == {}


def test_removed_key_is_reset_alone(aws: SettingsAws) -> None:
    run(aws)
    aws.updates.clear()
    new = properties(UserProfiles={"ann": idle(120)})
    del new["Settings"]["DomainSettings"]["DockerSettings"]
    del new["Settings"]["DefaultUserSettings"]["CanvasAppSettings"]["WorkspaceSettings"]
    run(aws, event("Update", new))
    assert {name for name, _ in aws.updates} == {DOMAIN, "bob"}
    assert aws.setting(DOMAIN, *CANVAS, "WorkspaceSettings") is None
    assert aws.setting(DOMAIN, *CANVAS, "DirectDeploySettings") == {"Status": "ENABLED"}
    docker = aws.setting(DOMAIN, "DomainSettings", "DockerSettings")
    assert docker == {"EnableDockerAccess": "ENABLED", "RootlessDocker": "DISABLED"}
    assert aws.setting("bob", "UserSettings", *IDLE) is None


def test_sets_again_what_cloudformation_reset(aws: SettingsAws) -> None:
    run(aws)
    # CloudFormation's own update of the domain sends the block without our value.
    aws.update_domain(DOMAIN, DomainSettings={"DockerSettings": {"EnableDockerAccess": "ENABLED"}})
    watched = properties(Watched={"Hash": "another"})
    run(aws, event("Update", watched))
    assert_set(aws)


def test_waits_for_an_update_of_others(aws: SettingsAws) -> None:
    aws.slowness = 40.0
    aws.update_user_profile(DOMAIN, "ann", UserSettings={"CodeEditorAppSettings": {}})
    run(aws)
    assert_set(aws)


def test_earlier_failure_is_updated(aws: SettingsAws) -> None:
    run(aws)
    aws.sleep(POLL)
    aws.things["ann"]["Status"] = "Update_Failed"
    aws.things["ann"]["changed"] = aws.now - 10
    run(aws, event("Update"))
    assert aws.things["ann"]["Status"] == "InService"


def test_lagging_description_is_read_again(aws: SettingsAws) -> None:
    aws.lag = 8.0
    run(aws)
    assert_set(aws)
    assert len(aws.updates) == 4


def test_value_that_sagemaker_ignores_is_named(aws: SettingsAws) -> None:
    aws.ignores = {"RootlessDocker"}
    with pytest.raises(CustomResourceError) as error:
        run(aws)
    assert "domain d-ours: SageMaker accepted the update, but" in str(error.value)
    assert "DockerSettings.RootlessDocker is None; must be ENABLED" in str(error.value)


def test_value_that_sagemaker_does_not_reset_is_named(aws: SettingsAws) -> None:
    aws.merges = True
    run(aws)
    assert_set(aws)
    with pytest.raises(CustomResourceError, match="IdleTimeoutInMinutes is still 240"):
        run(aws, event("Update", properties(UserProfiles={"ann": idle(120)})))


@pytest.mark.parametrize("name", [DOMAIN, "bob", "lab"])
def test_timeout_names_pending_targets(aws: SettingsAws, name: str) -> None:
    aws.things[name]["Status"] = "Updating"
    begun = aws.now
    with pytest.raises(CustomResourceError, match=rf"d-ours is not complete after 1200 .*{name}"):
        run(aws)
    assert aws.now - begun < 3600


def test_endless_throttling_times_out(aws: SettingsAws) -> None:
    aws.order("DescribeDomain", failure("ThrottlingException"), times=1000)
    with pytest.raises(CustomResourceError, match="domain d-ours: ThrottlingException"):
        run(aws)


def test_interrupted_call_is_resumed(aws: SettingsAws) -> None:
    class CutOffError(BaseException):
        pass

    calls_made, cuts = 0, 0

    def cut(called: str) -> None:
        nonlocal calls_made, cuts
        calls_made += 1
        if calls_made > 1 + cuts:  # one call further each time
            calls_made, cuts = 0, cuts + 1
            raise CutOffError

    aws.before, aws.slowness = cut, 20.0
    request = event("Create")
    for _ in range(LIMIT):
        try:
            if index.is_complete(request, None)["IsComplete"]:
                break
        except CutOffError:
            aws.sleep(POLL)
    assert_set(aws)
    assert cuts >= 5


def test_one_call_ends_in_time(aws: SettingsAws) -> None:
    aws.slowness, aws.seconds_per_call = 10_000.0, 5.0
    request, begun = event("Create"), len(aws.calls)
    assert not index.is_complete(request, None)["IsComplete"]
    # One more may begin at the last moment.
    assert (len(aws.calls) - begun) * 5.0 <= work.CALL_TIMEOUT_SECONDS + 5.0


def test_physical_id_depends_only_on_the_domain(aws: SettingsAws) -> None:
    created = index.on_event(event("Create"), None)
    updated = index.on_event(event("Update", properties(Settings={})), None)
    assert created["PhysicalResourceId"] == updated["PhysicalResourceId"] == "settings-of-d-ours"
    moved = index.on_event(event("Update", properties(DomainId="d-new")), None)
    assert moved["PhysicalResourceId"] == "settings-of-d-new"


def test_replacement_of_the_domain_sets_the_new_one(
    aws: SettingsAws,
) -> None:
    run(aws)
    aws.add("d-new")
    aws.updates.clear()
    new = {"DomainId": "d-new", "Settings": {"DomainSettings": SETTINGS["DomainSettings"]}}
    run(aws, event("Update", new))
    assert [name for name, _ in aws.updates] == ["d-new"]
    assert aws.setting("d-new", "DefaultUserSettings") is None


def test_resets_nothing_if_the_stack_cannot_be_described(aws: SettingsAws) -> None:
    run(aws)
    aws.order("DescribeStacks", failure("AccessDenied"))
    with pytest.raises(CustomResourceError, match="AccessDenied"):
        run(aws, event("Delete"))
    assert_set(aws)


def test_the_fake_validates_requests_as_boto3_does(aws: SettingsAws) -> None:
    bad = properties()
    bad["Settings"]["DomainSettings"]["DockerSettings"] = {"Rootles": "ENABLED"}
    with pytest.raises(Exception, match=r"DomainSettingsForUpdate\.DockerSettings"):
        run(aws, event("Create", bad))
