"""Models of registries and hubs are looked up before the synth, and pinned in a lock file."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from stacks.inference.capability import Inference
from stacks.inference.lock import Lock
from stacks.loading import SettingsError, load_environments
from tests.bad_settings import BASE
from tests.operations import program

ACCOUNT = "123456789012"
GROUP = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:model-package"
IMAGE = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/ml/churn:1"
# One for all tests: it reads the models of services once.
REAL = boto3.Session(region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
WHEN = "2026-01-01T00:00:00Z"


class Aws:
    """SageMaker and STS as botocore's stubs, which validate requests and answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clients = {name: REAL.client(name) for name in ("s3", "sagemaker", "sts")}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        for stub in self.stubs.values():
            stub.activate()
        monkeypatch.setattr(boto3, "Session", lambda region_name: self)

    def client(self, name: str) -> Any:
        return self.clients[name]

    def caller(self, account: str = ACCOUNT) -> None:
        self.stubs["sts"].add_response("get_caller_identity", {"Account": account})

    def packages(self, *pages: list[Any], group: str = "churn") -> None:
        asked: dict[str, Any] = {"ModelPackageGroupName": group, "ModelApprovalStatus": "Approved"}
        for number, page in enumerate(pages):
            answer: dict[str, Any] = {"ModelPackageSummaryList": page}
            if number + 1 < len(pages):
                answer["NextToken"] = "more"
            if number:
                asked = {**asked, "NextToken": ANY}
            self.stubs["sagemaker"].add_response("list_model_packages", answer, asked)

    def package(self, version: int, *containers: dict[str, Any], **more: Any) -> None:
        arn = f"{GROUP}/churn/{version}"
        answer = {
            "ModelPackageName": "churn",
            "ModelPackageArn": arn,
            "CreationTime": WHEN,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": []},
            "ModelApprovalStatus": "Approved",
            "InferenceSpecification": {"Containers": list(containers)},
            **more,
        }
        self.stubs["sagemaker"].add_response(
            "describe_model_package",
            answer,
            {"ModelPackageName": arn, "IncludedData": "MetadataOnly"},
        )

    def content(
        self, document: Any, *, hub: str = "SageMakerPublicHub", kind: str = "Model", **more: Any
    ) -> None:
        text = document if isinstance(document, str) else json.dumps(document)
        arn = f"arn:aws:sagemaker:eu-west-1:aws:hub-content/{hub}/{kind}/llama/1.2.0"
        answer = {
            "HubContentName": "llama",
            "HubContentArn": arn,
            "HubContentVersion": "1.2.0",
            "HubContentType": kind,
            "DocumentSchemaVersion": "2.3.0",
            "HubName": hub,
            "HubArn": f"arn:aws:sagemaker:eu-west-1:aws:hub/{hub}",
            "HubContentDocument": text,
            "HubContentStatus": "Available",
            "CreationTime": WHEN,
            **more,
        }
        self.stubs["sagemaker"].add_response(
            "describe_hub_content", answer, self._content_asked(hub, kind)
        )

    def config(self, content: str | None) -> None:
        asked = {"Bucket": "models", "Key": "llama/config.json"}
        if content is None:
            self.stubs["s3"].add_client_error("get_object", "NoSuchKey", expected_params=asked)
            return
        body = StreamingBody(BytesIO(content.encode()), len(content))
        self.stubs["s3"].add_response("get_object", {"Body": body}, asked)

    def no_content(self, *, hub: str, kind: str) -> None:
        self.stubs["sagemaker"].add_client_error(
            "describe_hub_content",
            "ResourceNotFound",
            expected_params=self._content_asked(hub, kind),
        )

    @staticmethod
    def _content_asked(hub: str, kind: str) -> dict[str, str]:
        return {
            "HubName": hub,
            "HubContentType": kind,
            "HubContentName": "llama",
            "HubContentVersion": "1.2.0",
        }


def summary(version: int, status: str = "Completed") -> dict[str, Any]:
    return {
        "ModelPackageArn": f"{GROUP}/churn/{version}",
        "ModelPackageVersion": version,
        "CreationTime": WHEN,
        "ModelPackageStatus": status,
    }


CONTAINER = {"Image": IMAGE, "ModelDataUrl": "s3://models/churn/7/model.tar.gz"}
LATEST = "model_package: {latest_approved: churn}"
LLAMA = 'hub_content: {name: llama, version: "1.2.0"}'
DOCUMENT = {
    "HostingEcrUri": IMAGE,
    "HostingArtifactUri": "s3://jumpstart-cache-prod-eu-west-1/llama/",
    "HostingArtifactCompressionType": "None",
    "HostingUseScriptUri": False,
}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    world = Aws(monkeypatch)
    yield world
    for stub in world.stubs.values():
        stub.assert_no_pending_responses()


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return tmp_path / "base.yaml"


def write(file: Path, *lines: str, instance_type: str = "ml.g5.2xlarge") -> None:
    """Write settings with one endpoint for each line."""
    text = f"{BASE}inference:\n  endpoints:\n"
    for number, line in enumerate(lines):
        text += f"    - name: endpoint-{number}\n      instance_type: {instance_type}\n"
        text += f"      {line}\n"
    file.write_text(text, "utf-8")


def run(file: Path) -> int:
    return program.run("models", "--files", file)


def locked(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.with_suffix(".lock.json").read_text("utf-8"))
    return dict(content["models"])


def test_latest_approved_is_the_highest_version_of_all_pages(aws: Aws, settings: Path) -> None:
    write(settings, LATEST)
    aws.caller()
    aws.packages([summary(7), summary(9, "Failed")], [summary(8), summary(3)])
    aws.package(8, CONTAINER)
    assert run(settings) == 0
    assert locked(settings) == {
        "latest approved of churn": {
            "image": IMAGE,
            "model_data": "s3://models/churn/7/model.tar.gz",
            "compressed": True,
            "model_package_arn": f"{GROUP}/churn/8",
        }
    }


def test_a_newer_version_is_told(
    aws: Aws, settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(settings, LATEST)
    for version in (7, 8, 8):
        aws.caller()
        aws.packages([summary(version)])
        aws.package(version, CONTAINER)
        assert run(settings) == 0
    told = [line.split(": ")[-1] for line in capsys.readouterr().out.splitlines()]
    assert told == ["7", "7 -> 8", "as before"]


def test_one_version_by_its_arn(aws: Aws, settings: Path) -> None:
    write(settings, f'model_package: {{arn: "{GROUP}/churn/4"}}')
    aws.caller()
    source = {
        "S3Uri": "s3://models/churn/4/",
        "S3DataType": "S3Prefix",
        "CompressionType": "None",
    }
    specification = {
        "Containers": [{"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}}],
        "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large", "ml.g5.2xlarge"],
    }
    aws.package(4, InferenceSpecification=specification)
    assert run(settings) == 0
    assert locked(settings)[f"{GROUP}/churn/4"] == {
        "image": IMAGE,
        "model_data": "s3://models/churn/4/",
        "model_package_arn": f"{GROUP}/churn/4",
        "instance_types": ["ml.g5.2xlarge", "ml.m5.large"],
    }


def test_what_several_endpoints_want_is_asked_once(aws: Aws, settings: Path) -> None:
    write(settings, LATEST, LATEST)
    aws.caller()
    aws.packages([summary(7)])
    aws.package(7, CONTAINER)
    assert run(settings) == 0
    assert len(locked(settings)) == 1


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"ModelApprovalStatus": "Rejected"}, "churn/4: is Rejected: approve it first"),
        ({"InferenceSpecification": {"Containers": [CONTAINER] * 2}}, "has 2 containers"),
        ({"InferenceSpecification": {"Containers": [{}]}}, "names no image, only a base model"),
    ],
)
def test_versions_that_cannot_be_used(
    aws: Aws,
    settings: Path,
    answer: dict[str, Any],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(settings, f'model_package: {{arn: "{GROUP}/churn/4"}}')
    aws.caller()
    aws.package(4, CONTAINER, **answer)
    assert run(settings) == 1
    assert message in capsys.readouterr().err
    assert not settings.with_suffix(".lock.json").exists()


def test_nothing_approved(aws: Aws, settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(settings, LATEST)
    aws.caller()
    aws.packages([])
    assert run(settings) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line == (
        f"{settings}: inference.endpoints.0: churn: has no approved version: approve one first"
    )


def test_all_faults_are_told_and_the_old_file_stays(
    aws: Aws, settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(settings, LATEST)
    aws.caller()
    aws.packages([summary(7)])
    aws.package(7, CONTAINER)
    run(settings)
    before = locked(settings)
    write(settings, LATEST, LLAMA)
    aws.caller()
    aws.stubs["sagemaker"].add_client_error("list_model_packages", "AccessDeniedException")
    aws.no_content(hub="SageMakerPublicHub", kind="Model")
    assert run(settings) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert "AccessDeniedException" in first
    assert "the hub has no such model, or no such version" in second
    assert locked(settings) == before


def test_a_model_of_jumpstart(aws: Aws, settings: Path) -> None:
    write(settings, LLAMA)
    aws.caller()
    document = {
        **DOCUMENT,
        "HostingEulaUri": "s3://jumpstart-cache-prod-eu-west-1/eula.txt",
        "SupportedInferenceInstanceTypes": ["ml.g5.2xlarge", "ml.p4d.24xlarge"],
        "InferenceEnvironmentVariables": [
            {"Name": "MAX_TOKENS", "Type": "int", "Default": 4096},
            {"Name": "TOKEN", "Type": "text", "Default": ""},
        ],
        "HostingInstanceTypeVariants": {
            "Aliases": {"gpu": f"{IMAGE}-gpu"},
            "Variants": {
                "g5": {"Properties": {"ImageUri": "$gpu"}},
                "ml.p4d.24xlarge": {"Properties": {"EnvironmentVariables": {"GPUS": 8}}},
                "c5": {"Properties": {}},
            },
        },
    }
    aws.content(document)
    assert run(settings) == 0
    assert locked(settings)["SageMakerPublicHub llama 1.2.0"] == {
        "image": IMAGE,
        "model_data": "s3://jumpstart-cache-prod-eu-west-1/llama/",
        "environment": {"MAX_TOKENS": "4096"},
        "eula": "s3://jumpstart-cache-prod-eu-west-1/eula.txt",
        "instance_types": ["ml.g5.2xlarge", "ml.p4d.24xlarge"],
        "variants": {
            "g5": {"image": f"{IMAGE}-gpu"},
            "ml.p4d.24xlarge": {"environment": {"GPUS": "8"}},
        },
    }


def test_what_a_document_requires_of_the_host(aws: Aws, settings: Path) -> None:
    write(settings, LLAMA)
    aws.caller()
    aws.content(
        {
            **DOCUMENT,
            "SupportedInferenceInstanceTypes": ["ml.g5.2xlarge"],
            "ModelDataDownloadTimeout": "1200",
            "ContainerStartupHealthCheckTimeout": 36000,
            "InferenceAmiVersion": "al2-ami-sagemaker-inference-gpu-2",
            "InferenceVolumeSize": 256,
            "InferenceEnableNetworkIsolation": True,
            "HostingResourceRequirements": {"NumAccelerators": 1, "MinMemoryMb": 34360},
            "HostingInstanceTypeVariants": {
                "Variants": {"g6": {"Properties": {"ResourceRequirements": {"MinMemoryMb": 9}}}}
            },
        }
    )
    assert run(settings) == 0
    found = locked(settings)["SageMakerPublicHub llama 1.2.0"]
    assert found["model_data_download_timeout_seconds"] == 1200
    assert found["container_startup_timeout_seconds"] == 3600
    assert found["inference_ami_version"] == "al2-ami-sagemaker-inference-gpu-2"
    assert found["volume_size_gb"] == 256
    assert found["network_isolation"] is True
    assert found["compute"] == {"accelerators": 1, "min_memory_mb": 34360}
    assert found["variants"] == {"g6": {"compute": {"min_memory_mb": 9}}}


RANKED = {
    **DOCUMENT,
    "SupportedInferenceInstanceTypes": ["ml.g5.2xlarge"],
    "InferenceConfigRankings": {"overall": {"Rankings": ["draft", "fast", "large"]}},
    "InferenceConfigs": {
        "draft": {"ComponentNames": ["drafts"]},
        "fast": {"ComponentNames": ["vllm", "small"]},
        "large": {"ComponentNames": ["many"]},
    },
    "InferenceConfigComponents": {
        "drafts": {"HostingAdditionalDataSources": {"speculative_decoding": [{}]}},
        "vllm": {
            "HostingEcrUri": f"{IMAGE}-vllm",
            "InferenceEnvironmentVariables": [{"Name": "FAST", "Default": "1"}],
        },
        "small": {"SupportedInferenceInstanceTypes": ["ml.g6.2xlarge"], "GatedBucket": True},
        "many": {
            "SupportedInferenceInstanceTypes": ["ml.p5.48xlarge"],
            "HostingResourceRequirements": {"num_accelerators": 8},
        },
    },
}


def test_the_best_configuration_that_can_be_served(aws: Aws, settings: Path) -> None:
    write(settings, LLAMA)
    aws.caller()
    aws.content(RANKED)
    assert run(settings) == 0
    found = locked(settings)["SageMakerPublicHub llama 1.2.0"]
    assert found["image"] == f"{IMAGE}-vllm"
    assert found["environment"] == {"FAST": "1"}
    assert found["instance_types"] == ["ml.g6.2xlarge"]
    [large] = found["configurations"]
    assert large["image"] == IMAGE
    assert large["compute"] == {"accelerators": 8}
    for instance_type, image in (("ml.g6.2xlarge", f"{IMAGE}-vllm"), ("ml.p5.48xlarge", IMAGE)):
        write(settings, LLAMA, instance_type=instance_type)
        [environment] = load_environments(files=[str(settings)])
        inference = environment.find(Inference)
        assert inference is not None
        [(_, model)] = inference.settings.models()
        assert model.resolve([instance_type]).image == image


@pytest.mark.parametrize(
    ("change", "instance_type", "message"),
    [
        ({}, "ml.g5.2xlarge", "does not run on ml.g5.2xlarge, but on ml.g6.2xlarge, ml.p5"),
        (
            {"HostingResourceRequirements": {"NumAccelerators": 4}},
            "ml.g6.2xlarge",
            "must have 4 accelerators according to base.lock.json; ml.g6.2xlarge has 1",
        ),
    ],
)
def test_an_instance_type_that_a_document_excludes(
    aws: Aws, settings: Path, change: dict[str, Any], instance_type: str, message: str
) -> None:
    write(settings, LLAMA)
    aws.caller()
    aws.content({**RANKED, **change})
    assert run(settings) == 0
    write(settings, LLAMA, instance_type=instance_type)
    with pytest.raises(SettingsError, match=message):
        load_environments(files=[str(settings)])


CONFIG = {
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "num_hidden_layers": 32,
    "max_position_embeddings": 131072,
    "hidden_size": 4096,
}


def write_large(file: Path, more: str = "") -> None:
    file.write_text(
        f"{BASE}inference:\n  endpoints:\n    - name: chat\n      instance_type: ml.g5.2xlarge\n"
        "      large_model: {server: vllm, parameters_billions: 8.03"
        f"{more}}}\n      model_data: s3://models/llama/\n",
        "utf-8",
    )


def test_the_figures_of_a_large_model_come_from_its_data(aws: Aws, settings: Path) -> None:
    write_large(settings)
    aws.caller()
    aws.config(json.dumps(CONFIG))
    assert run(settings) == 0
    write_large(settings, ", max_model_len: 131072")
    with pytest.raises(SettingsError, match=r"max_model_len 131072 needs 16.0 GiB"):
        load_environments(files=[str(settings)])


@pytest.mark.parametrize("content", [None, "[1]", "no json", "{}"])
def test_a_large_model_without_figures_is_estimated(
    aws: Aws, settings: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    write_large(settings)
    aws.caller()
    aws.config(content)
    assert run(settings) == 0
    assert "s3://models/llama/config.json" in capsys.readouterr().err
    assert not settings.with_suffix(".lock.json").exists()


def test_a_reference_in_a_private_hub_gives_access(aws: Aws, settings: Path) -> None:
    write(settings, 'hub_content: {hub: ours, name: llama, version: "1.2.0"}')
    aws.caller()
    aws.content(DOCUMENT, hub="ours", kind="ModelReference")
    assert run(settings) == 0
    arn = locked(settings)["ours llama 1.2.0"]["hub_content_arn"]
    assert arn.endswith("hub-content/ours/ModelReference/llama/1.2.0")


def test_a_model_of_ones_own_in_a_private_hub(aws: Aws, settings: Path) -> None:
    write(settings, 'hub_content: {hub: ours, name: llama, version: "1.2.0"}')
    aws.caller()
    aws.no_content(hub="ours", kind="ModelReference")
    aws.content(DOCUMENT, hub="ours")
    assert run(settings) == 0
    assert "hub_content_arn" not in locked(settings)["ours llama 1.2.0"]


@pytest.mark.parametrize(
    ("document", "more", "message"),
    [
        ("no json", {}, "its document is not valid JSON"),
        ({}, {}, "names no container to serve it"),
        (DOCUMENT, {"HubContentStatus": "ImportFailed"}, "is ImportFailed"),
        (
            {**DOCUMENT, "HostingUseScriptUri": True, "HostingScriptUri": "s3://scripts/x.tar.gz"},
            {},
            "its scripts are not packed with its data",
        ),
    ],
)
def test_contents_that_cannot_be_used(
    aws: Aws,
    settings: Path,
    document: Any,
    more: dict[str, str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(settings, LLAMA)
    aws.caller()
    aws.content(document, **more)
    assert run(settings) == 1
    assert message in capsys.readouterr().err


def test_credentials_of_another_account(
    aws: Aws, settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(settings, LATEST)
    aws.caller("999999999999")
    assert run(settings) == 1
    assert (
        f"the credentials are of account 999999999999, and the environment is in {ACCOUNT}"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    "error",
    [
        NoCredentialsError(),
        ClientError({"Error": {"Code": "ExpiredToken", "Message": ""}}, "GetCallerIdentity"),
    ],
)
def test_no_credentials(
    monkeypatch: pytest.MonkeyPatch,
    settings: Path,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
) -> None:
    class Session:
        def __init__(self, region_name: str) -> None:
            pass

        def client(self, name: str) -> Any:
            raise error

    monkeypatch.setattr(boto3, "Session", Session)
    write(settings, LATEST)
    assert run(settings) == 1
    message = capsys.readouterr().err
    assert "no credentials that AWS accepts" in message
    assert f"Fix: sign in to account {ACCOUNT}" in message


def test_settings_without_such_models_ask_nobody(
    aws: Aws, settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(settings, f"image: {IMAGE}")
    assert run(settings) == 0
    assert "takes no model from a registry or a hub" in capsys.readouterr().out
    assert not settings.with_suffix(".lock.json").exists()


def test_what_is_no_longer_used_leaves_the_file(aws: Aws, settings: Path) -> None:
    write(settings, LATEST)
    aws.caller()
    aws.packages([summary(7)])
    aws.package(7, CONTAINER)
    run(settings)
    write(settings, f"image: {IMAGE}")
    assert run(settings) == 0
    assert not settings.with_suffix(".lock.json").exists()


def test_a_broken_file_is_written_anew(aws: Aws, settings: Path) -> None:
    write(settings, LATEST)
    settings.with_suffix(".lock.json").write_text("{", "utf-8")
    with pytest.raises(SettingsError, match=r"must be a lock file .*: make models FILES="):
        load_environments(files=[str(settings)])
    aws.caller()
    aws.packages([summary(7)])
    aws.package(7, CONTAINER)
    assert run(settings) == 0
    assert load_environments(files=[str(settings)])


def test_wrong_settings_are_told_first(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(settings, "model_package: {}")
    assert run(settings) == 1
    assert "must have one of arn and latest_approved" in capsys.readouterr().err


def test_what_is_written_is_what_is_read(aws: Aws, settings: Path) -> None:
    write(settings, LATEST)
    aws.caller()
    aws.packages([summary(7)])
    aws.package(7, CONTAINER)
    run(settings)
    lock = Lock.next_to(settings)
    text = lock.path.read_text("utf-8")
    lock.write()
    assert lock.path.read_text("utf-8") == text
    [environment] = load_environments(files=[str(settings)])
    inference = environment.find(Inference)
    assert inference is not None
    [(_, model)] = inference.settings.models()
    assert model.resolve().model_package_arn == f"{GROUP}/churn/7"
