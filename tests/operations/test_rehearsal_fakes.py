"""Fakes of services: found by their package, and brought by capabilities of a fork."""

import sys
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from operations.rehearsal.errors import RehearsalError
from operations.rehearsal.project import Project
from operations.rehearsal.rehearsal import Rehearsal
from operations.rehearsal.server import fakes
from operations.rehearsal.server.wire import service_model, service_names

ACCOUNT, REGION = "777777777777", "eu-west-1"
pytestmark = pytest.mark.slow

FAKE = '''
"""Fraud Detector, as far as a capability of a fork needs it."""

from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.fake import Fake
from operations.rehearsal.server.store import Store


def answer(operation, arguments, records, owner):
    store = Store("frauddetector", records, owner)
    if operation == "PutLabel":
        store.put("Label", arguments["name"], dict(arguments))
        return {}
    if not store.all("Label"):
        raise ApiError("ResourceNotFoundException", "no labels yet")
    return {"labels": [{"name": one["name"]} for one in store.all("Label")]}


FAKE = Fake(service="frauddetector", operations=("GetLabels", "PutLabel"), answer=answer)
'''


def add_fake(project: Project, text: str) -> None:
    """Give a project a capability with a fake."""
    folder = project.root / "custom" / "fraud" / "rehearsal"
    folder.mkdir(parents=True)
    (folder / "frauddetector.py").write_text(text)


def test_finds_one_fake_per_service() -> None:
    services = [fake.service for fake in fakes.fakes()]
    assert {"glue", "lakeformation", "redshift", "sagemaker"} <= set(services)
    assert len(set(services)) == len(services)
    assert set(services) <= set(service_names())


def test_fakes_name_operations_and_types_of_their_service() -> None:
    for fake in fakes.fakes():
        known = set(service_model(fake.service).operation_names)
        assert {*fake.operations, *fake.effects} <= known, fake.service
        assert bool(fake.operations) == (fake.answer is not None), fake.service
    types = [name for fake in fakes.fakes() for name in fake.types]
    assert len(set(types)) == len(types)


@pytest.mark.slow
def test_fork_brings_a_fake(project_copy: Project) -> None:
    add_fake(project_copy, FAKE)
    with Rehearsal(
        project_copy, limit=60, say=lambda line: print(line, file=sys.stderr)
    ) as running:
        client = boto3.client(
            "frauddetector",
            region_name=REGION,
            endpoint_url=running.emulator.url,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="rehearsal",
        )
        with pytest.raises(ClientError, match="no labels yet"):
            client.get_labels()
        client.put_label(name="fraud")
        assert client.get_labels()["labels"] == [{"name": "fraud"}]
        [left] = running.emulator.resources()
        assert (left["kind"], left["physical_id"]) == ("frauddetector.Label", "fraud")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"frauddetector.py: FAKE: got None; must be a Fake"),
        ("import nothing_of_this_name", "No module named 'nothing_of_this_name'"),
        (
            FAKE.replace('service="fraud', 'service="brand'),
            "got 'branddetector'; must be a service",
        ),
        ("FAKE =", "invalid syntax"),
    ],
)
def test_invalid_fake_stops_with_its_file(project_copy: Project, text: str, message: str) -> None:
    add_fake(project_copy, text)
    rehearsal = Rehearsal(project_copy, say=lambda line: None)
    with pytest.raises(RehearsalError, match=message) as caught, rehearsal:
        pass
    assert "Traceback" not in str(caught.value)


def test_loading_keeps_the_built_in_fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fakes, "_loaded", [])
    built_in = fakes.fakes()
    file = tmp_path / "frauddetector.py"
    file.write_text(FAKE)
    fakes.load([file])
    assert fakes.fakes()[: len(built_in)] == built_in
    assert fakes.answers("frauddetector", "GetLabels")
    assert not fakes.answers("frauddetector", "GetModels")
