"""The custom resource that compares a chart with its digest."""

from dataclasses import dataclass
from typing import Any

import pytest

from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.pinned_chart import index
from tests.custom_resources.fake_aws import FakeAws, failure

DIGEST = "sha256:" + "0123456789abcdef" * 4
OTHER = "sha256:" + "fedcba9876543210" * 4
ACCOUNT, REPOSITORY = "111111111111", "charts/hyperpod-helm-chart"


@dataclass
class Registry(FakeAws):
    """A repository with one tag."""

    digest: str = DIGEST
    mutability: str = "IMMUTABLE"

    def describe_images(self, **asked: Any) -> dict[str, Any]:
        assert (asked["registryId"], asked["repositoryName"]) == (ACCOUNT, REPOSITORY)
        if asked["imageIds"] != [{"imageTag": "0.1.0"}]:
            raise failure("ImageNotFoundException")
        return {"imageDetails": [{"imageDigest": self.digest}]}

    def describe_repositories(self, **asked: Any) -> dict[str, Any]:
        assert (asked["registryId"], asked["repositoryNames"]) == (ACCOUNT, [REPOSITORY])
        return {"repositories": [{"imageTagMutability": self.mutability}]}


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    found = Registry()
    found.install(monkeypatch)
    return found


def ask(request_type: str = "Create", **changed: str) -> dict[str, Any]:
    properties = {
        "Account": ACCOUNT,
        "Region": "eu-west-1",
        "Repository": REPOSITORY,
        "Version": "0.1.0",
        "Digest": DIGEST,
    }
    event = {"RequestType": request_type, "ResourceProperties": properties | changed}
    return index.on_event({**event, "PhysicalResourceId": "it"}, None)


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_the_reviewed_chart_passes(registry: Registry, request_type: str) -> None:
    name = ask(request_type)["PhysicalResourceId"]

    assert name == f"{REPOSITORY}:0.1.0@sha256:0123456789ab"
    assert ask(request_type)["PhysicalResourceId"] == name


def test_refuses_another_digest(registry: Registry) -> None:
    registry.digest = OTHER

    with pytest.raises(CustomResourceError, match=f"digest {OTHER}; must be {DIGEST}"):
        ask()


@pytest.mark.parametrize("mutability", ["MUTABLE", "IMMUTABLE_WITH_EXCLUSION"])
def test_refuses_mutable_tags(registry: Registry, mutability: str) -> None:
    registry.mutability = mutability

    with pytest.raises(CustomResourceError, match=f"are {mutability}; must be IMMUTABLE"):
        ask()


def test_missing_chart_is_reported(registry: Registry) -> None:
    with pytest.raises(CustomResourceError, match=r":0.2.0 in account \d+ does not exist"):
        ask(Version="0.2.0")


def test_missing_repository_is_reported(registry: Registry) -> None:
    registry.order("DescribeImages", failure("RepositoryNotFoundException"))

    with pytest.raises(CustomResourceError, match="push it first"):
        ask()


def test_refusal_of_ecr_fails_the_request(registry: Registry) -> None:
    registry.order("DescribeImages", failure("AccessDeniedException"))

    with pytest.raises(CustomResourceError, match="AccessDenied"):
        ask()


def test_deletion_makes_no_call(registry: Registry) -> None:
    assert ask("Delete") == {"PhysicalResourceId": "it"}
    assert registry.calls == []
