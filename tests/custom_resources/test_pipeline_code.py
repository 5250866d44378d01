"""The custom resource that copies the code of pipelines."""

import io
import zipfile
from dataclasses import dataclass, field
from typing import Any

import pytest

from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.pipeline_code import index
from tests.custom_resources.fake_aws import FakeAws, Item, failure

FILES = {"churn/code/train.py": b"print()\n", "train/weights.bin": bytes(range(256))}
FOLDER = "pipelines/churn/code/abc"
PROPERTIES = {
    "AssetBucket": "cdk-assets",
    "AssetKey": "1.zip",
    "Bucket": "artifacts",
    "Folder": FOLDER,
}


@dataclass
class Aws(FakeAws):
    """Two buckets in memory."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def get_object(self, **asked: Any) -> Item:
        assert asked == {"Bucket": "cdk-assets", "Key": "1.zip"}
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.mkdir("train")
            for name, text in FILES.items():
                archive.writestr(name, text)
        return {"Body": io.BytesIO(content.getvalue())}

    def put_object(self, **asked: Any) -> Item:
        assert asked["Bucket"] == "artifacts"
        self.objects[asked["Key"]] = asked["Body"]
        return {}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    world = Aws()
    world.install(monkeypatch)
    return world


def event(request_type: str, **more: str) -> Item:
    return {"RequestType": request_type, "ResourceProperties": PROPERTIES, **more}


@pytest.mark.parametrize(
    "asked", [event("Create"), event("Update", PhysicalResourceId="s3://artifacts/old")]
)
def test_copies_all_files(aws: Aws, asked: Item) -> None:
    for _ in range(2):
        answer = index.on_event(asked, None)
        assert aws.objects == {f"{FOLDER}/{name}": text for name, text in FILES.items()}
        # Another id would have CloudFormation delete the older one.
        assert answer["PhysicalResourceId"] == asked.get(
            "PhysicalResourceId", f"s3://artifacts/{FOLDER}"
        )


def test_deletes_nothing_and_needs_no_bucket(aws: Aws) -> None:
    answer = index.on_event(event("Delete", PhysicalResourceId="one"), None)
    assert answer == {"PhysicalResourceId": "one"}
    assert aws.calls == []


def test_throttled_call_is_repeated(aws: Aws) -> None:
    aws.faults.append(("PutObject", failure("SlowDown", status=503)))
    index.on_event(event("Create"), None)
    assert aws.calls.count("PutObject") == len(FILES) + 1
    assert len(aws.objects) == len(FILES)


def test_refused_file_fails(aws: Aws) -> None:
    aws.faults.append(("PutObject", failure("AccessDenied", status=403)))
    with pytest.raises(CustomResourceError, match=r"churn/code/train\.py of s3:"):
        index.on_event(event("Create"), None)
