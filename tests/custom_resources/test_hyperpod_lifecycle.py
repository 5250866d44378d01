"""The custom resource that writes lifecycle scripts."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

FOLDER = (
    Path(__file__).parents[2] / "constructs/sagemaker_platform/custom_resources/hyperpod_lifecycle"
)
FILES = {"research/abc/compute.sh": "#!/bin/bash\n", "research/abc/settings.json": "{}"}


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("lifecycle_index", FOLDER / "index.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "lifecycle_index", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Stubber:
    client = boto3.client(
        "s3", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    monkeypatch.setattr(boto3, "client", lambda name: client)
    return Stubber(client)


def event(request_type: str) -> dict[str, Any]:
    found = {
        "RequestType": request_type,
        "ResourceProperties": {"Bucket": "sagemaker-dev", "Files": FILES},
    }
    if request_type != "Create":
        found["PhysicalResourceId"] = "lifecycle-scripts-in-sagemaker-dev"
    return found


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_all_files_are_written(handler: ModuleType, s3: Stubber, request_type: str) -> None:
    for name, text in FILES.items():
        s3.add_response(
            "put_object", {}, {"Bucket": "sagemaker-dev", "Key": name, "Body": text.encode()}
        )
    with s3:
        assert handler.is_complete(event(request_type), None) == {"IsComplete": True}
    s3.assert_no_pending_responses()


def test_nothing_is_deleted(handler: ModuleType, s3: Stubber) -> None:
    """Nodes that start while a cluster goes may still read them; the bucket goes by itself."""
    with s3:
        assert handler.is_complete(event("Delete"), None) == {"IsComplete": True}


def test_a_failure_is_told(handler: ModuleType, s3: Stubber) -> None:
    s3.add_client_error("put_object", "AccessDenied")
    with s3, pytest.raises(Exception, match="AccessDenied"):
        handler.is_complete(event("Create"), None)


@pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])
def test_the_physical_id_never_changes(handler: ModuleType, request_type: str) -> None:
    answer = handler.on_event(event(request_type), None)
    assert answer == {"PhysicalResourceId": "lifecycle-scripts-in-sagemaker-dev"}
