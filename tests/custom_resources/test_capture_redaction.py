"""Captured requests go through a team's function, and none stays as it came."""

import json
import logging
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sagemaker_platform.custom_resources.capture_redaction import index
from tests.custom_resources.fake_aws import FakeAws, Item, failure

RAW, READABLE = "raw", "readable"
KEY = "team-support/AllTraffic/2027/01/31/08/00-05-123.jsonl"
EVENT: Item = {
    "detail": {"bucket": {"name": RAW}, "object": {"key": KEY, "version-id": "v1", "size": 3}}
}
HOOK = """
def redact(record):
    if record.get("drop"):
        return None
    if record.get("odd"):
        return "ann@example.com"
    return {"number": record["number"]}
"""


@dataclass
class Buckets(FakeAws):
    """Two buckets, as far as the handler looks: the first with versions."""

    raw: dict[str, bytes] = field(default_factory=dict)
    readable: dict[str, bytes] = field(default_factory=dict)

    def capture(self, *records: Item | str) -> None:
        lines = [one if isinstance(one, str) else json.dumps(one) for one in records]
        self.raw["v1"] = "\n".join(lines).encode()

    def get_object(self, **given: str) -> Item:
        assert (given["Bucket"], given["Key"]) == (RAW, KEY)
        if given["VersionId"] not in self.raw:
            raise failure("NoSuchVersion", status=404)
        return {"Body": BytesIO(self.raw[given["VersionId"]])}

    def put_object(self, **given: Any) -> Item:
        assert given["Bucket"] == READABLE
        self.readable[given["Key"]] = given["Body"]
        return {}

    def delete_object(self, **given: str) -> Item:
        assert (given["Bucket"], given["Key"]) == (RAW, KEY)
        del self.raw[given["VersionId"]]
        return {}

    @property
    def kept(self) -> list[Any]:
        return [json.loads(line) for line in self.readable[KEY].splitlines()]


@pytest.fixture
def aws(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> Buckets:
    world = Buckets()
    world.install(monkeypatch)
    team = tmp_path / "redaction.py"
    team.write_text(HOOK, "utf-8")
    monkeypatch.setenv("HOOK_FILE", str(team))
    monkeypatch.setenv("READABLE_BUCKET", READABLE)
    caplog.set_level(logging.INFO)
    index.client.cache_clear()
    index.hook.cache_clear()
    return world


def test_redacts_each_record_and_deletes_the_file(aws: Buckets) -> None:
    aws.capture({"number": 1, "mail": "ann@example.com"}, "", {"number": 2})

    assert index.on_capture(EVENT, None) == {"Key": KEY, "Records": 2}

    assert aws.kept == [{"number": 1}, {"number": 2}]
    assert aws.raw == {}
    # The copy is there before the file is gone.
    assert aws.calls == ["GetObject", "PutObject", "DeleteObject"]


def test_record_redacted_to_none_is_dropped(aws: Buckets) -> None:
    aws.capture({"drop": True})

    assert index.on_capture(EVENT, None)["Records"] == 0

    assert aws.readable == {}
    assert aws.raw == {}


def test_repeated_event_does_nothing(aws: Buckets) -> None:
    aws.capture({"number": 1})
    index.on_capture(EVENT, None)

    assert index.on_capture(EVENT, None) == {"Key": KEY, "Records": None}

    assert aws.calls.count("PutObject") == 1


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"mail": "ann@example.com"}, "line 2: KeyError"),
        ("ann@example.com", "line 2: JSONDecodeError"),
        ({"odd": True}, "line 2: redact returned str; must be dict or None"),
    ],
)
def test_failure_keeps_the_file_and_logs_no_content(
    aws: Buckets, record: Item | str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    aws.capture({"number": 1}, record)

    with pytest.raises(index.RedactionError) as caught:
        index.on_capture(EVENT, None)

    assert str(caught.value) == told
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "ann@" not in caplog.text
    assert "v1" in aws.raw
    assert aws.readable == {}


def test_other_errors_fail(aws: Buckets) -> None:
    aws.capture({"number": 1})
    aws.order("GetObject", failure("AccessDenied", status=403))

    with pytest.raises(ClientError, match="AccessDenied"):
        index.on_capture(EVENT, None)


def test_failed_deletion_is_retried(aws: Buckets) -> None:
    aws.capture({"number": 1})
    aws.order("DeleteObject", failure("SlowDown", status=503))
    with pytest.raises(ClientError):
        index.on_capture(EVENT, None)

    index.on_capture(EVENT, None)

    assert aws.kept == [{"number": 1}]
    assert aws.raw == {}


def test_the_function_of_the_example(aws: Buckets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_FILE", "examples/inference-redaction.py")
    text = {"observedContentType": "text/plain", "encoding": "TEXT", "mode": "INPUT"}
    aws.capture(
        {
            "captureData": {"endpointInput": {**text, "data": "I am ann@example.com, help"}},
            "eventMetadata": {"eventId": "1", "customAttributes": ["ann"]},
        },
        {
            "captureData": {"endpointOutput": {**text, "encoding": "BASE64", "data": "eA=="}},
            "eventMetadata": {"eventId": "2"},
        },
    )

    index.on_capture(EVENT, None)

    [kept] = aws.kept
    assert kept["captureData"]["endpointInput"]["data"] == "I am [removed], help"
    assert kept["eventMetadata"] == {"eventId": "1"}
