"""The custom resource that writes lifecycle scripts."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.hyperpod_lifecycle import index
from tests.custom_resources.fake_aws import FakeAws, Item, failure

BUCKET = "sagemaker-dev"
PHYSICAL_ID = f"lifecycle-scripts-in-{BUCKET}"
FILES = {"research/abc/compute.sh": "#!/bin/bash\n", "research/abc/settings.json": "{}"}


@dataclass
class Aws(FakeAws):
    """A bucket in memory."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def put_object(self, **asked: Any) -> Item:
        assert asked["Bucket"] == BUCKET
        self.objects[asked["Key"]] = asked["Body"]
        return {}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    world = Aws()
    world.install(monkeypatch)
    return world


def run(aws: Aws, request_type: str) -> int:
    """Send a request and poll; return how many polls it took."""
    event: Item = {
        "RequestType": request_type,
        "ResourceProperties": {"Bucket": BUCKET, "Files": FILES},
    }
    if request_type != "Create":
        event["PhysicalResourceId"] = PHYSICAL_ID
    event |= index.on_event(event, None)
    assert event["PhysicalResourceId"] == PHYSICAL_ID
    for count in range(1, 200):
        if index.is_complete(event, None)["IsComplete"]:
            return count
        aws.sleep(30)
    raise AssertionError("never complete")


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_writes_all_files(aws: Aws, request_type: str) -> None:
    for _ in range(2):
        assert run(aws, request_type) == 1
        assert aws.objects == {name: text.encode() for name, text in FILES.items()}


def test_deletes_nothing(aws: Aws) -> None:
    """Nodes that start while a cluster is deleted may still read them."""
    assert run(aws, "Delete") == 1
    assert aws.calls == []


@pytest.mark.parametrize(
    "error", [failure("SlowDown"), failure("ServiceUnavailable", status=503)], ids=str
)
def test_throttling_is_retried(aws: Aws, error: Exception) -> None:
    aws.order("PutObject", error, times=3)
    assert run(aws, "Create") == 4
    assert len(aws.objects) == len(FILES)


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket"])
def test_refusal_fails_the_request(aws: Aws, code: str) -> None:
    aws.order("PutObject", failure(code))
    with pytest.raises(CustomResourceError, match=f"compute.sh of .*{code}"):
        run(aws, "Create")


def test_throttling_times_out(aws: Aws) -> None:
    aws.order("PutObject", failure("SlowDown"), times=1000)
    with pytest.raises(CustomResourceError, match=r"after 1200 seconds: .*SlowDown.*Deploy again"):
        run(aws, "Update")
