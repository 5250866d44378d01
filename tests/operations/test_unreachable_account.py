"""What the program says when AWS cannot be asked."""

import boto3
import pytest

from operations.account import Account, NotAnsweredError
from tests.operations import program


@pytest.mark.parametrize(
    ("region", "message"), [(None, "set AWS_REGION"), ("eu-west-1", "set AWS_PROFILE")]
)
def test_missing_region_or_credentials_have_a_remedy(
    monkeypatch: pytest.MonkeyPatch, region: str | None, message: str
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/none")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/none")
    with pytest.raises(NotAnsweredError, match=message):
        Account(boto3.Session(region_name=region)).ask("sagemaker", "list_endpoints")


def test_trace_of_no_endpoint_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run("trace", "") == 1
    assert "ENDPOINT must not be empty" in capsys.readouterr().err
