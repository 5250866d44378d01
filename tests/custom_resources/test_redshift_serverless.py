"""Usage limits and registration of a namespace, against a fake of both services."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.redshift_serverless import index
from tests.custom_resources.fake_aws import FakeAws, Item, failure

OURS = "arn:aws:redshift-serverless:eu-west-1:111111111111:workgroup/11111111-ours"
OTHER = "arn:aws:redshift-serverless:eu-west-1:111111111111:workgroup/22222222-other"
CATALOG = "arn:aws:glue:eu-west-1:111111111111:catalog"
SHARE = "arn:aws:redshift:eu-west-1:111111111111:datashare:n-1/ds_internal_namespace"
REGISTRATION = {
    "NamespaceId": "n-1",
    "WorkgroupId": "w-1",
    "Consumer": "DataCatalog/111111111111",
    "CatalogArn": CATALOG,
    "DataShareArn": SHARE,
}


@dataclass
class Redshift(FakeAws):
    """Both services of Redshift, as far as limits and registration go.

    Attributes:
        wait: calls until the datashare of a registration is there, or gone.
    """

    limits: list[Item] = field(default_factory=list)
    state: str = "none"
    wait: int = 0

    def add(self, resource: str, period: str, amount: int) -> None:
        self.limits.append(
            {
                "usageLimitId": f"limit-{len(self.limits)}",
                "resourceArn": resource,
                "usageType": "serverless-compute",
                "period": period,
                "amount": amount,
                "breachAction": "log",
            }
        )

    def of(self, resource: str) -> dict[str, tuple[int, str]]:
        return {
            limit["period"]: (limit["amount"], limit["breachAction"])
            for limit in self.limits
            if limit["resourceArn"] == resource
        }

    def list_usage_limits(
        self,
        resourceArn: str,  # noqa: N803
        usageType: str,  # noqa: N803
        nextToken: str = "token-000",  # noqa: N803
    ) -> Item:
        assert usageType == "serverless-compute"
        # One at a time, and of all workgroups: the filter of the API is not trusted.
        start = int(nextToken.removeprefix("token-"))
        more = {"nextToken": f"token-{start + 1:03}"} if start + 1 < len(self.limits) else {}
        return {"usageLimits": copy.deepcopy(self.limits[start : start + 1]), **more}

    def create_usage_limit(self, **limit: Any) -> Item:
        for other in self.limits:
            if (other["resourceArn"], other["period"]) == (limit["resourceArn"], limit["period"]):
                raise failure("ConflictException", "there is one")
        limit["usageLimitId"] = f"limit-{len(self.limits)}-{limit['period']}"
        self.limits.append(limit)
        return {"usageLimit": limit}

    def _find(self, limit_id: str) -> Item:
        for limit in self.limits:
            if limit["usageLimitId"] == limit_id:
                return limit
        raise failure("ResourceNotFoundException")

    def update_usage_limit(self, usageLimitId: str, **values: Any) -> Item:  # noqa: N803
        limit = self._find(usageLimitId)
        limit.update(values)
        return {"usageLimit": limit}

    def delete_usage_limit(self, usageLimitId: str) -> Item:  # noqa: N803
        limit = self._find(usageLimitId)
        self.limits.remove(limit)
        return {"usageLimit": limit}

    def register_namespace(self, NamespaceIdentifier: Item, ConsumerIdentifiers: list[str]) -> Item:  # noqa: N803
        assert NamespaceIdentifier["ServerlessIdentifier"]["NamespaceIdentifier"] == "n-1"
        assert ConsumerIdentifiers == ["DataCatalog/111111111111"]
        if self.state != "none":
            raise failure("InvalidNamespaceFault", "The namespace is already registered.")
        self.state = "registering"
        return {"Status": "Registering"}

    def deregister_namespace(self, **asked: Any) -> Item:
        if self.state == "none":
            raise failure("InvalidNamespaceFault", "The namespace is not registered.")
        self.state = "deregistering"
        return {"Status": "Deregistering"}

    def _tick(self) -> None:
        if self.wait > 0:
            self.wait -= 1
        elif self.state == "registering":
            self.state = "invited"
        elif self.state == "deregistering":
            self.state = "none"

    def describe_data_shares(self, DataShareArn: str) -> Item:  # noqa: N803
        assert DataShareArn == SHARE
        self._tick()
        if self.state in ("none", "registering"):
            raise failure("InvalidDataShareFault")
        active = self.state in ("accepted", "deregistering")
        association = {
            "ConsumerIdentifier": CATALOG,
            "Status": "ACTIVE" if active else "AUTHORIZED",
        }
        return {"DataShares": [{"DataShareArn": SHARE, "DataShareAssociations": [association]}]}

    def associate_data_share_consumer(self, DataShareArn: str, ConsumerArn: str) -> Item:  # noqa: N803
        assert (DataShareArn, ConsumerArn) == (SHARE, CATALOG)
        if self.state == "registering":
            raise failure("InvalidDataShareFault")
        self.state = "accepted"
        return {"DataShareArn": SHARE}


@pytest.fixture
def redshift(monkeypatch: pytest.MonkeyPatch) -> Iterator[Redshift]:
    """Two services in which another workgroup has limits of its own, which stay."""
    world = Redshift()
    world.install(monkeypatch)
    world.add(OTHER, "daily", 7)
    world.add(OTHER, "monthly", 70)
    yield world
    assert world.of(OTHER) == {"daily": (7, "log"), "monthly": (70, "log")}


def limits(**periods: int) -> Item:
    """Properties as CloudFormation gives them: numbers have become texts."""
    return {
        "WorkgroupArn": OURS,
        "Limits": [
            {"Period": period, "Amount": str(amount), "BreachAction": "emit-metric"}
            for period, amount in periods.items()
        ],
    }


def begin(request: str, properties: Item, kind: str = "UsageLimits", **more: Any) -> Item:
    event = {
        "RequestType": request,
        "ResourceType": f"Custom::Redshift{kind}",
        "ResourceProperties": properties,
        **more,
    }
    if request != "Create":
        event.setdefault("PhysicalResourceId", "as-before")
    return {**event, **index.on_event(event, None)}


def run(redshift: Redshift, request: Item, limit: int = 200) -> tuple[int, Item]:
    """Call until it is done; return how many calls that took, and the attributes."""
    for step in range(1, limit + 1):
        answer = index.is_complete(request, None)
        if answer["IsComplete"]:
            return step, answer.get("Data", {})
        redshift.now += 30
    raise AssertionError(f"not done after {limit} calls")


def test_limits_are_made(redshift: Redshift) -> None:
    request = begin("Create", limits(daily=10, monthly=100))
    _, attributes = run(redshift, request)
    assert redshift.of(OURS) == {"daily": (10, "emit-metric"), "monthly": (100, "emit-metric")}
    ids = {limit["usageLimitId"] for limit in redshift.limits if limit["resourceArn"] == OURS}
    assert set(attributes) == {"DailyId", "MonthlyId"}
    assert set(attributes.values()) == ids
    assert request["PhysicalResourceId"] == "usage-limits-of-11111111-ours"


def test_repeated_request_changes_nothing(redshift: Redshift) -> None:
    _, first = run(redshift, begin("Create", limits(daily=10)))
    before = copy.deepcopy(redshift.limits)
    redshift.calls.clear()
    _, second = run(redshift, begin("Create", limits(daily=10)))
    assert (first, before) == (second, redshift.limits)
    assert set(redshift.calls) == {"ListUsageLimits"}


def test_update_changes_adds_and_deletes(redshift: Redshift) -> None:
    run(redshift, begin("Create", limits(daily=10, weekly=50)))
    changed = limits(daily=20, monthly=300)
    old = limits(daily=10, weekly=50)
    _, attributes = run(redshift, begin("Update", changed, OldResourceProperties=old))
    assert redshift.of(OURS) == {"daily": (20, "emit-metric"), "monthly": (300, "emit-metric")}
    assert set(attributes) == {"DailyId", "MonthlyId"}


def test_keeps_limits_of_others(redshift: Redshift) -> None:
    redshift.add(OURS, "weekly", 5)
    run(redshift, begin("Create", limits(daily=10)))
    run(redshift, begin("Delete", limits(daily=10)))
    assert redshift.of(OURS) == {"weekly": (5, "log")}


def test_repeated_deletion(redshift: Redshift) -> None:
    run(redshift, begin("Create", limits(daily=10)))
    for _ in range(2):
        run(redshift, begin("Delete", limits(daily=10)))
    assert redshift.of(OURS) == {}


def test_concurrent_limit_is_updated(redshift: Redshift) -> None:
    redshift.faults.append(("CreateUsageLimit", failure("ConflictException")))
    steps, _ = run(redshift, begin("Create", limits(daily=10)))
    assert steps == 2
    assert redshift.of(OURS) == {"daily": (10, "emit-metric")}


@pytest.mark.parametrize(
    "error",
    [
        failure("ThrottlingException"),
        failure("Unknown", status=503),
        ReadTimeoutError(endpoint_url="https://redshift"),
    ],
    ids=["throttled", "failing", "slow"],
)
def test_temporary_errors_are_retried(redshift: Redshift, error: BaseException) -> None:
    redshift.faults.append(("ListUsageLimits", error))
    steps, _ = run(redshift, begin("Create", limits(daily=10)))
    assert steps == 2


def test_refusal_fails_with_the_message_of_aws(redshift: Redshift) -> None:
    redshift.faults.append(("CreateUsageLimit", failure("AccessDeniedException", "not you")))
    with pytest.raises(CustomResourceError, match=r"AccessDeniedException.*not you"):
        run(redshift, begin("Create", limits(daily=10)))


def test_timeout_gives_the_reason(redshift: Redshift) -> None:
    redshift.faults += [("*", failure("ThrottlingException", "too fast"))] * 200
    with pytest.raises(CustomResourceError, match=r"not complete after 3000 seconds: .*too fast"):
        run(redshift, begin("Create", limits(daily=10)))


@pytest.mark.parametrize("wait", [0, 5])
def test_a_namespace_is_registered_and_accepted(redshift: Redshift, wait: int) -> None:
    redshift.wait = wait
    request = begin("Create", REGISTRATION, "Registration")
    steps, _ = run(redshift, request)
    assert steps > wait
    assert redshift.state == "accepted"
    assert request["PhysicalResourceId"] == "registration-of-n-1"


def test_registered_twice(redshift: Redshift) -> None:
    for _ in range(2):
        run(redshift, begin("Create", REGISTRATION, "Registration"))
    assert redshift.state == "accepted"
    assert redshift.calls.count("AssociateDataShareConsumer") == 1


def test_refused_registration_gives_the_reason(redshift: Redshift) -> None:
    error = failure("InvalidNamespaceFault", "The namespace doesn't support this.")
    redshift.faults.append(("RegisterNamespace", error))
    with pytest.raises(CustomResourceError, match="doesn't support this"):
        begin("Create", REGISTRATION, "Registration")


@pytest.mark.parametrize("wait", [0, 5])
def test_waits_for_deregistration(redshift: Redshift, wait: int) -> None:
    run(redshift, begin("Create", REGISTRATION, "Registration"))
    redshift.wait = wait
    steps, _ = run(redshift, begin("Delete", REGISTRATION, "Registration"))
    assert steps > wait
    assert redshift.state == "none"


def test_deregisters_an_unregistered_namespace_without_error(redshift: Redshift) -> None:
    assert run(redshift, begin("Delete", REGISTRATION, "Registration"))[0] == 1


@pytest.mark.parametrize(
    ("request_type", "operation"),
    [("Create", "RegisterNamespace"), ("Delete", "DeregisterNamespace")],
)
def test_throttled_registration_is_retried(
    redshift: Redshift, request_type: str, operation: str
) -> None:
    throttled = (operation, failure("ThrottlingException", "too fast"))
    redshift.faults += [throttled] * 4
    run(redshift, begin("Create", REGISTRATION, "Registration"))
    run(redshift, begin("Delete", REGISTRATION, "Registration"))
    assert redshift.state == "none"
    assert redshift.slept == [1, 2, 4, 8]
    redshift.faults += [throttled] * 100
    with pytest.raises(CustomResourceError, match="too fast"):
        begin(request_type, REGISTRATION, "Registration")
    assert sum(redshift.slept) < 150  # within the function's three minutes
