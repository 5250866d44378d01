"""Users of a domain of Unified Studio: profiles that AWS can neither create twice nor delete."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.unified_studio_profile import index
from tests.custom_resources.datazone_aws import DOMAIN, DataZoneAws
from tests.custom_resources.fake_aws import Item, failure

ROLE = "arn:aws:iam::111111111111:role/scientist"
WITH_ACCESS = {"ASSIGNED", "ACTIVATED"}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> DataZoneAws:
    world = DataZoneAws()
    world.install(monkeypatch)
    return world


def request(kind: str, physical_id: str = "", user_type: str = "IAM_ROLE", user: str = ROLE) -> Any:
    properties = {"Domain": DOMAIN, "User": user, "UserType": user_type}
    event: Item = {"RequestType": kind, "ResourceProperties": properties}
    if physical_id:
        event["PhysicalResourceId"] = physical_id
    return index.on_event(event, None)


@pytest.mark.parametrize("before", [None, "ASSIGNED", "ACTIVATED", "NOT_ASSIGNED", "DEACTIVATED"])
def test_user_has_access_from_any_state(aws: DataZoneAws, before: str | None) -> None:
    if before is not None:
        aws.profiles[ROLE] = before

    made = request("Create")

    assert aws.profiles[ROLE] in WITH_ACCESS
    assert made["Data"] == {"Id": f"id-{len(ROLE)}"}
    # Users with access before keep it.
    request("Delete", made["PhysicalResourceId"])
    assert (aws.profiles[ROLE] in WITH_ACCESS) == (before in WITH_ACCESS)
    # Removed and added again: what AWS's own type refuses.
    request("Create")
    assert aws.profiles[ROLE] in WITH_ACCESS


def test_update_keeps_the_physical_id(aws: DataZoneAws) -> None:
    made = request("Create")["PhysicalResourceId"]
    assert request("Update", made)["PhysicalResourceId"] == made
    other = request("Update", made, user=f"{ROLE}-2")["PhysicalResourceId"]
    assert other != made
    request("Delete", made)
    assert aws.profiles == {ROLE: "DEACTIVATED", f"{ROLE}-2": "ACTIVATED"}


def test_profile_that_another_stack_creates_meanwhile(aws: DataZoneAws) -> None:
    aws.created_meanwhile = True
    assert request("Create")["Data"]["Id"]
    assert "CreateUserProfile" in aws.calls


def test_user_of_identity_center(aws: DataZoneAws) -> None:
    request("Create", user="1234567890-aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", user_type="SSO_USER")
    assert set(aws.profiles.values()) == {"ASSIGNED"}


@pytest.mark.parametrize("operation", ["GetUserProfile", "CreateUserProfile"])
@pytest.mark.parametrize(
    "error",
    [
        failure("AccessDeniedException", "not a user of the domain yet"),
        failure("UnauthorizedException"),
        failure("ThrottlingException"),
        failure("InternalServerException", status=500),
        ReadTimeoutError(endpoint_url="x"),
    ],
    ids=str,
)
def test_waits_for_new_roles_and_repeats(
    aws: DataZoneAws, operation: str, error: BaseException
) -> None:
    aws.order(operation, error, times=3)
    assert request("Create")["Data"]["Id"]


def test_denied_for_good_is_refused(aws: DataZoneAws) -> None:
    aws.order("GetUserProfile", failure("AccessDeniedException", "no"), times=1000)
    with pytest.raises(CustomResourceError, match=r"profile of user .*: AccessDeniedException: no"):
        request("Create")
    assert sum(aws.slept) <= index.CALL_TIMEOUT_SECONDS


def test_throttled_for_good_says_what_to_do(aws: DataZoneAws) -> None:
    aws.order("GetUserProfile", failure("ThrottlingException"), times=1000)
    with pytest.raises(CustomResourceError, match=r"not complete after 240 seconds.*Deploy again"):
        request("Create")


def test_deletion_after_the_domain_succeeds(aws: DataZoneAws) -> None:
    made = request("Create")["PhysicalResourceId"]
    aws.domain_exists = False
    assert request("Delete", made) == {"PhysicalResourceId": made}
