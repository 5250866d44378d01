"""Model cards of versions, exported to a file or next to the model."""

import io
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from operations.errors import OperationError
from operations.verbs import model_card
from stacks.pipelines.model_card import wrong_card

VERSION = "arn:aws:sagemaker:eu-west-1:111111111111:model-package/dev-churn/7"
CARD = {
    "intended_uses": {"risk_rating": "Low", "intended_uses": "Ranks <b>customers</b>."},
    "evaluation_details": [{"name": "Evaluate"}],
}
REPORT = {"binary_classification_metrics": {"accuracy": {"value": 0.91}, "kind": "x"}}


class Aws:
    """Answers as SageMaker and Amazon S3."""

    def __init__(self) -> None:
        self.stored: dict[str, Any] = {}
        self.denied: set[str] = set()
        self.package: dict[str, Any] = {
            "ModelPackageArn": VERSION,
            "ModelApprovalStatus": "Approved",
            "ApprovalDescription": "Reviewed",
            "CustomerMetadataProperties": {"data": "s3://a/churn", "execution": "abc"},
            "InferenceSpecification": {
                "Containers": [{"ModelDataUrl": "s3://a/models/churn/x/model.tar.gz"}]
            },
            "LastModifiedBy": {"IamIdentity": {"Arn": "arn:aws:iam::111111111111:user/ada"}},
            "MetadataProperties": {"CommitId": "4733bf6"},
            "ModelCard": {"ModelCardContent": json.dumps(CARD)},
            "ModelMetrics": {"ModelQuality": {"Statistics": {"S3Uri": "s3://a/report.json"}}},
        }

    def client(self, service: str) -> Any:
        return self

    def _check(self, operation: str) -> None:
        if operation in self.denied:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)

    def describe_model_package(self, ModelPackageName: str) -> Any:  # noqa: N803
        self._check("DescribeModelPackage")
        assert ModelPackageName == VERSION
        return self.package

    def get_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803
        self._check("GetObject")
        assert (Bucket, Key) == ("a", "report.json")
        return {"Body": io.BytesIO(json.dumps(REPORT).encode())}

    def put_object(self, **given: Any) -> None:
        self._check("PutObject")
        self.stored[f"{given['Bucket']}/{given['Key']}"] = given


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    made = Aws()
    monkeypatch.setattr(boto3, "Session", lambda **_: made)
    return made


def test_card_has_metrics_and_approval(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert model_card.run(VERSION) == 0

    card = json.loads(capsys.readouterr().out)
    assert list(wrong_card(card)) == []
    assert card["intended_uses"] == CARD["intended_uses"]
    [evaluation] = card["evaluation_details"]
    assert evaluation["metric_groups"] == [
        {
            "name": "Report",
            "metric_data": [
                {
                    "name": "binary_classification_metrics.accuracy.value",
                    "type": "number",
                    "value": 0.91,
                }
            ],
        }
    ]
    assert card["additional_information"]["custom_details"] == {
        "version": VERSION,
        "approval": "Approved",
        "approval reason": "Reviewed",
        "last changed by": "arn:aws:iam::111111111111:user/ada",
        "commit": "4733bf6",
        "pipeline execution": "abc",
        "data": "s3://a/churn",
    }


def test_card_is_stored_next_to_the_model(
    aws: Aws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert model_card.run(VERSION, output=tmp_path / "cards", store=True) == 0

    assert sorted(aws.stored) == ["a/models/churn/cards/7.html", "a/models/churn/cards/7.json"]
    # The bucket encrypts with its key.
    assert set(aws.stored["a/models/churn/cards/7.json"]) == {
        "Body",
        "Bucket",
        "ContentType",
        "Key",
    }
    assert "s3://a/models/churn/cards/7.html" in capsys.readouterr().out
    page = (tmp_path / "cards/dev-churn-7.html").read_text("utf-8")
    assert "Ranks &lt;b&gt;customers&lt;/b&gt;." in page
    assert "http" not in page.replace("https://www.w3.org", "")
    text = (tmp_path / "cards/dev-churn-7.json").read_text("utf-8")
    assert aws.stored["a/models/churn/cards/7.json"]["Body"].decode() == text


@pytest.mark.parametrize("card", ["", "{", "[]"])
def test_version_without_a_card_has_one(
    card: str, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.package["ModelCard"] = {"ModelCardContent": card}
    aws.denied = {"GetObject"}

    assert model_card.run(VERSION) == 0

    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["additional_information"]


@pytest.mark.parametrize(
    ("version", "denied", "message"),
    [
        ("dev-churn/7", "", "VERSION: got dev-churn/7; must be the ARN of a version"),
        (VERSION, "DescribeModelPackage", f"{VERSION}: cannot be read"),
        (VERSION, "PutObject", r"s3://a/models/churn/cards/7\.json: cannot be written"),
    ],
)
def test_what_fails_is_explained(version: str, denied: str, message: str, aws: Aws) -> None:
    aws.denied = {denied}
    with pytest.raises(OperationError, match=message):
        model_card.run(version, store=True)


def test_card_of_a_model_elsewhere_is_not_stored(aws: Aws) -> None:
    aws.package["InferenceSpecification"] = {
        "Containers": [{"ModelDataUrl": "s3://elsewhere/model.tar.gz"}]
    }
    with pytest.raises(OperationError, match="must be in the folder models/ of an environment"):
        model_card.run(VERSION, store=True)
    assert aws.stored == {}
