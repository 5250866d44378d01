"""The waiting helper of all handlers, against a clock that only sleeping moves on."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from sagemaker_platform.custom_resources.common import waiting
from sagemaker_platform.custom_resources.common.calls import Caller
from sagemaker_platform.custom_resources.common.errors import (
    CustomResourceError,
    InUseError,
    NotFoundError,
    PendingError,
    RetryableError,
    WaitTimeoutError,
)
from sagemaker_platform.custom_resources.common.waiting import poll, start_wait, wait_until
from tests.custom_resources.fake_aws import failure


class Clock:
    """Both clocks, and what is slept."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    time = SimpleNamespace(
        time=lambda: made.seconds, monotonic=lambda: made.seconds, sleep=made.sleep
    )
    monkeypatch.setattr(waiting, "time", time)
    return made


def failing(*errors: Exception, result: Any = "done") -> Callable[..., Any]:
    """A function that fails in these ways, and then returns the result."""
    left = list(errors)

    def called(**arguments: Any) -> Any:
        if left:
            raise left.pop(0)
        return result

    return called


def event(request_type: str = "Create", physical_id: str = "thing") -> dict[str, Any]:
    return {"RequestType": request_type, **start_wait(physical_id)}


def run(clock: Clock, step: Callable[[], Any], *, request: str = "Create") -> tuple[Any, int]:
    """Poll every 30 seconds as the provider framework does; return the answer and the count."""
    asked = event(request)
    for count in range(1, 200):
        answer = poll(asked, step, timeout_seconds=600)
        if answer["IsComplete"]:
            return answer, count
        clock.seconds += 30
    raise AssertionError("never complete")


def test_wait_until_returns_the_result_at_once(clock: Clock) -> None:
    assert wait_until(failing(), timeout_seconds=10) == "done"
    assert clock.slept == []


def test_wait_until_backs_off_up_to_the_longest_delay(clock: Clock) -> None:
    attempt = failing(*[RetryableError("busy")] * 7)
    assert wait_until(attempt, timeout_seconds=100) == "done"
    assert clock.slept == [1, 2, 4, 8, 15, 15, 15]


def test_wait_until_raises_the_last_error_at_the_timeout(clock: Clock) -> None:
    errors = [RetryableError(f"attempt {number}") for number in range(100)]
    with pytest.raises(RetryableError, match="attempt 4"):
        wait_until(failing(*errors), timeout_seconds=20)
    assert sum(clock.slept) == 15  # the next delay of 15 s would pass the time-out


def test_wait_until_without_time_attempts_once(clock: Clock) -> None:
    assert wait_until(failing(), timeout_seconds=0) == "done"
    with pytest.raises(RetryableError):
        wait_until(failing(RetryableError("busy")), timeout_seconds=0)


def test_wait_until_raises_other_errors_at_once(clock: Clock) -> None:
    with pytest.raises(ValueError, match="wrong"):
        wait_until(failing(ValueError("wrong")), timeout_seconds=100)
    with pytest.raises(RetryableError):
        wait_until(failing(RetryableError("x")), timeout_seconds=100, retry_if=lambda error: False)
    assert clock.slept == []


@pytest.mark.parametrize(
    ("attributes", "data"), [(None, {}), ({}, {}), ({"Id": "a"}, {"Data": {"Id": "a"}})]
)
def test_poll_answers_with_the_attributes(clock: Clock, attributes: Any, data: Any) -> None:
    assert run(clock, lambda: attributes) == ({"IsComplete": True, **data}, 1)


def test_poll_continues_after_retryable_errors(clock: Clock) -> None:
    step = failing(RetryableError("throttled"), PendingError(["a"]), InUseError("b"), result={})
    assert run(clock, step) == ({"IsComplete": True}, 4)


def test_poll_resumes_from_the_start_of_the_request(clock: Clock) -> None:
    """The time-out counts from `start_wait`, whichever process of the function polls."""
    asked = event()
    clock.seconds += 599
    step = failing(*[PendingError(["a thing"])] * 2)
    assert poll(asked, step, timeout_seconds=600) == {"IsComplete": False}
    clock.seconds += 2
    with pytest.raises(WaitTimeoutError):
        poll(asked, step, timeout_seconds=600)


@pytest.mark.parametrize(
    ("request_type", "advice"),
    [("Create", "Deploy again"), ("Update", "Deploy again"), ("Delete", "Delete the stack again")],
)
def test_poll_times_out_with_the_reason(clock: Clock, request_type: str, advice: str) -> None:
    def step() -> None:
        raise PendingError(["a thing (Deleting)"])

    with pytest.raises(WaitTimeoutError) as caught:
        run(clock, step, request=request_type)
    assert str(caught.value) == (
        f"thing is not complete after 600 seconds: a thing (Deleting). {advice} to continue"
    )


def test_poll_completes_although_the_time_has_passed(clock: Clock) -> None:
    asked = event()
    clock.seconds += 10_000
    assert poll(asked, lambda: None, timeout_seconds=600) == {"IsComplete": True}


def test_poll_fails_with_an_error_that_is_final(clock: Clock) -> None:
    with pytest.raises(CustomResourceError, match="no"):
        run(clock, failing(PendingError(["a"]), CustomResourceError("no")))


def test_pending_error_names_ten_reasons() -> None:
    assert str(PendingError(["a", "b"])) == "a; b"
    many = str(PendingError([f"app {number}" for number in range(200)]))
    assert many.startswith("app 0; app 1;")
    assert many.endswith("app 9; and 190 more")


@pytest.mark.parametrize(
    "error",
    [
        failure("ThrottlingException"),
        failure("Unheard", status=503),
        ReadTimeoutError(endpoint_url="https://x"),
        failure("ConflictException"),
    ],
    ids=["throttled", "failing", "silent", "in use"],
)
def test_caller_retries_only_if_told(clock: Clock, error: Exception) -> None:
    retrying = Caller("thing", 100, retries=True)
    assert retrying.call("state", failing(*[error] * 3, result={"a": 1})) == {"a": 1}
    assert clock.slept == [1, 2, 4]
    with pytest.raises(RetryableError, match="state: "):
        Caller("thing", 100).call("state", failing(error))


def test_caller_stops_at_its_timeout(clock: Clock) -> None:
    caller = Caller("thing", 60, retries=True)
    with pytest.raises(RetryableError, match="ThrottlingException"):
        caller.call("state", failing(*[failure("ThrottlingException")] * 100))
    assert sum(clock.slept) <= 60
    clock.seconds += 61
    assert caller.remaining_seconds == 0
    with pytest.raises(RetryableError, match="no time left"):
        caller.call("state", failing())


def test_caller_distinguishes_not_found_from_refused(clock: Clock) -> None:
    caller = Caller("thing", 60)
    assert caller.call("state", failing(failure("ResourceNotFound"))) is None
    assert caller.call("state", failing(failure("Odd")), ["Odd"]) is None
    with pytest.raises(NotFoundError, match="state of thing: ResourceNotFound"):
        caller.require("state", failing(failure("ResourceNotFound")))
    with pytest.raises(
        CustomResourceError, match="state of thing: AccessDenied: not you"
    ) as caught:
        caller.call("state", failing(failure("AccessDenied", "not you")))
    assert (caught.value.code, caught.value.aws_message) == ("AccessDenied", "not you")
    assert isinstance(caught.value.__cause__, ClientError)


def test_caller_deletes_and_lists(clock: Clock) -> None:
    caller = Caller("thing", 60)
    assert caller.delete("app a", failing(result={})) == ["app a"]
    assert caller.delete("app a", failing(failure("ResourceNotFound"))) == []
    assert "ResourceInUse" in caller.delete("app a", failing(failure("ResourceInUse")))[0]
    a, b, c = {"AppName": "a"}, {"AppName": "b"}, {"AppName": "c"}
    pages = {None: {"Apps": [a], "NextToken": "2"}, "2": {"Apps": [b, c]}}
    listed = caller.list_all(lambda NextToken=None: pages[NextToken], "Apps")  # noqa: N803
    assert list(listed) == [a, b, c]
