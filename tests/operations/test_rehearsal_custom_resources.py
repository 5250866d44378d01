"""Custom resources run for real, also when AWS is throttling, failing, slow or has moved on."""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from operations.rehearsal.assembly import Assembly
from operations.rehearsal.rehearsal import Rehearsal

# The CDK's own custom resources, which it tests itself; here they are deployed and destroyed.
OF_THE_CDK = {"Custom::S3AutoDeleteObjects", "Custom::VpcRestrictDefaultSG"}

Answer = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """How to make trouble for one custom resource.

    Attributes:
        calls: an API operation that its creation and its deletion make, for faults to hit.
        vanish: deletes what it manages, behind its back.
        count: how many things it manages.
    """

    calls: dict[str, str]
    vanish: Callable[[Any, dict[str, Any]], None]
    count: Callable[[Any, dict[str, Any]], int]


def _apps(client: Any, properties: dict[str, Any]) -> list[dict[str, Any]]:
    sagemaker = client("sagemaker", "555555555555")
    return list(sagemaker.list_apps(DomainIdEquals=properties["DomainId"])["Apps"])


def _delete_apps(client: Any, properties: dict[str, Any]) -> None:
    for app in _apps(client, properties):
        keys = ("DomainId", "UserProfileName", "AppType", "AppName")
        client("sagemaker", "555555555555").delete_app(**{key: app[key] for key in keys})


# One case for each type of custom resource of the project, and the one of the fixture app.
CASES = {
    "Custom::Apps": Case(
        calls={"Create": "sagemaker:CreateApp", "Delete": "sagemaker:DeleteApp"},
        vanish=_delete_apps,
        count=lambda client, properties: len(_apps(client, properties)),
    ),
}


class Bench:
    """Sends a deployed custom resource what CloudFormation would send it."""

    def __init__(self, rehearsal: Rehearsal, client: Any, kind: str) -> None:
        self.rehearsal = rehearsal
        self.client = client
        self.case = CASES[kind]
        self.resource = next(
            r
            for r in rehearsal.emulator.resources()
            if r["kind"] == kind and r["stack"].startswith("beta")
        )

    def send(self, request: str) -> Answer:
        token = str(uuid.uuid4())
        event = {
            "RequestType": request,
            "RequestId": token,
            "StackId": "arn:aws:cloudformation:eu-west-1:555555555555:stack/beta-studio/0",
            "ResponseURL": self.rehearsal.emulator.ask("answers/expect", token=token),
            "ResourceType": self.resource["kind"],
            "LogicalResourceId": self.resource["logical_id"],
            "PhysicalResourceId": self.resource["physical_id"],
            "ResourceProperties": self.resource["properties"],
        }
        if request == "Create":
            del event["PhysicalResourceId"]
        function = self.resource["properties"]["ServiceToken"]
        self.client("lambda", self.resource["account"]).invoke(
            FunctionName=function, Payload=json.dumps(event).encode()
        )
        until = time.monotonic() + 60
        while True:
            answer: Answer | None = self.rehearsal.emulator.ask("answers", token=token)
            if answer is not None:
                return answer
            assert time.monotonic() < until, f"{function} never answered {request}"
            time.sleep(0.1)

    def count(self) -> int:
        return self.case.count(self.client, self.resource["properties"])

    def vanish(self) -> None:
        self.case.vanish(self.client, self.resource["properties"])


@pytest.fixture(params=sorted(CASES))
def bench(
    request: pytest.FixtureRequest, rehearsal: Rehearsal, deployed: Assembly, client: Any
) -> Any:
    """One custom resource, put back as it was after each test."""
    bench = Bench(rehearsal, client, request.param)
    bench.send("Create")
    yield bench
    rehearsal.emulator.clear_faults()
    bench.send("Create")


def test_throttled(bench: Bench) -> None:
    bench.rehearsal.emulator.order_fault(
        bench.case.calls["Delete"], code="ThrottlingException", times=2
    )
    assert bench.send("Delete")["Status"] == "SUCCESS"
    assert bench.count() == 0


@pytest.mark.parametrize("request_type", ["Create", "Delete"])
def test_failing_says_why(bench: Bench, request_type: str) -> None:
    if request_type == "Create":
        bench.vanish()
    bench.rehearsal.emulator.order_fault(
        bench.case.calls[request_type], code="AccessDeniedException", times=99
    )
    answer = bench.send(request_type)
    assert answer["Status"] == "FAILED"
    assert "AccessDeniedException" in answer["Reason"]


def test_slow(bench: Bench) -> None:
    bench.rehearsal.emulator.order_fault(bench.case.calls["Delete"], delay=3.0)
    started = time.monotonic()
    assert bench.send("Delete")["Status"] == "SUCCESS"
    assert time.monotonic() - started >= 3.0


def test_deleted_half_way(bench: Bench) -> None:
    bench.vanish()
    assert bench.send("Delete")["Status"] == "SUCCESS"
    assert bench.send("Delete")["Status"] == "SUCCESS"


def test_called_twice(bench: Bench) -> None:
    first, second = bench.send("Create"), bench.send("Create")
    assert first["PhysicalResourceId"] == second["PhysicalResourceId"]
    assert {first["Status"], second["Status"]} == {"SUCCESS"}
    assert bench.count() == 1


def test_every_custom_resource_of_the_project_has_a_case(shipped: Assembly) -> None:
    types = {t for stage in shipped.stages for s in stage.stacks for t in s.resource_types()}
    custom = {t for t in types if t.startswith("Custom::") or t.endswith("::CustomResource")}
    assert custom - OF_THE_CDK <= set(CASES), "add a case above for each of these"
