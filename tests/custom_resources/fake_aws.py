"""What every fake of AWS in these tests has: validation, faults, and a clock.

Requests and answers are validated by botocore's own models, and calls can fail.
"""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import botocore
import botocore.client
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from botocore.validate import ParamValidator

from sagemaker_platform.custom_resources.common import waiting

Item = dict[str, Any]


def failure(code: str, message: str = "as ordered", status: int = 400) -> ClientError:
    answer = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "Operation")


@dataclass
class FakeAws:
    """Answers calls by methods named after the operations.

    Attributes:
        seconds_per_call: how long each call takes.
        now: the time, which only calls and sleeping move on.
        slept: seconds of each sleep within a call of the handler.
        calls: the operations called so far.
        faults: what the next calls of an operation, or of ``*``, end with.
        before: called with each operation before it is answered.
    """

    seconds_per_call: float = 0.0
    now: float = 1_000_000.0
    slept: list[float] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    faults: list[tuple[str, BaseException]] = field(default_factory=list)
    before: Callable[[str], None] = lambda operation: None

    def install(self, monkeypatch: pytest.MonkeyPatch, *modules: Any) -> None:
        """Stand in for botocore, and for the clock of the waiting helper and of some modules."""
        clock = {"monotonic": 0.0}

        def answer(client: Any, operation: str, arguments: Item) -> Item:
            clock["monotonic"] += self.seconds_per_call
            return self.answer(client, operation, arguments)

        def sleep(seconds: float) -> None:
            clock["monotonic"] += seconds
            self.slept.append(seconds)
            self.sleep(seconds)

        time = SimpleNamespace(
            time=lambda: self.now, monotonic=lambda: clock["monotonic"], sleep=sleep
        )
        for module in (waiting, *modules):
            monkeypatch.setattr(module, "time", time)
        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", answer)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")

    def sleep(self, seconds: float) -> None:
        """Time passes inside a call of the handler."""
        self.now += seconds

    def order(self, operation: str, error: BaseException, times: int = 1) -> None:
        self.faults += [(operation, error)] * times

    def answer(self, client: Any, operation: str, arguments: Item) -> Item:
        """Stands in for botocore's `_make_api_call`."""
        model = client.meta.service_model.operation_model(operation)
        self._validate(arguments, model.input_shape)
        self.calls.append(operation)
        self.before(operation)
        for number, (wanted, error) in enumerate(self.faults):
            if wanted in (operation, "*"):
                del self.faults[number]
                raise error
        method = getattr(self, botocore.xform_name(operation))
        output: Item = copy.deepcopy(method(**copy.deepcopy(arguments)))
        if model.output_shape is not None:
            self._validate(output, model.output_shape)
        if operation == "GetTemplate":
            # As a handler of boto3's own does.
            output["TemplateBody"] = json.loads(output["TemplateBody"])
        return output

    @staticmethod
    def _validate(values: Item, shape: Any) -> None:
        report = ParamValidator().validate(values, shape)
        if report.has_errors():
            raise ParamValidationError(report=report.generate_report())
