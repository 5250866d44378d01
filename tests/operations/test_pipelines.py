"""Starters: their export, and runs of the definitions that they export."""

import csv
import json
import random
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session
from botocore.validate import ParamValidator
from cfnlint.jsonschema import StandardValidator

from operations.pipelines.export import PipelineError, export, folder_of
from operations.pipelines.local_run import ExecutionFailedError, LocalRun, isolates_jobs
from stacks.model_registry.settings import ModelGroupSettings
from stacks.pipelines.definition import PipelineDefinition, source_digest
from stacks.pipelines.model_card import wrong_card
from stacks.pipelines.registrations import card_of, fill_registrations
from tests.stories.harness.clients import python_of
from tests.support import ROOT

STARTERS = ROOT / "examples/pipelines"
NAMES = sorted(folder.name for folder in STARTERS.iterdir())
BUCKET = "dev-artifacts"
VALUES: dict[str, str | list[str]] = {
    "code": f"{BUCKET}/pipelines/code",
    "group:churn": "arn:aws:sagemaker:eu-west-1:111111111111:model-package-group/dev-churn",
    "image:sklearn:1.9-0": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/sklearn:1",
    "input:customers": f"{BUCKET}/customers",
    "key": "arn:aws:kms:eu-west-1:111111111111:key/1",
    "models:churn": f"{BUCKET}/models/churn",
    "role": "arn:aws:iam::111111111111:role/dev-pipelines-churn",
    "security_groups": ["sg-1"],
    "subnets": ["subnet-1", "subnet-2"],
    "work": f"{BUCKET}/pipelines/churn",
}

TEXTS = {"type": "array", "items": {"type": "string", "maxLength": 1024}}
PARTS_OF_CARD: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "model_overview": {
            "additionalProperties": False,
            "properties": {"model_creator": {"type": "string"}, "model_artifact": TEXTS},
        },
        "intended_uses": {
            "additionalProperties": False,
            "properties": {
                "purpose_of_model": {"type": "string", "maxLength": 2048},
                "intended_uses": {"type": "string", "maxLength": 2048},
                "risk_rating": {"enum": ["High", "Medium", "Low", "Unknown"]},
            },
        },
        "training_details": {
            "additionalProperties": False,
            "properties": {
                "training_job_details": {
                    "additionalProperties": False,
                    "properties": {
                        "training_arn": {"type": "string", "maxLength": 1024},
                        "training_datasets": TEXTS,
                        "training_environment": {
                            "additionalProperties": False,
                            "properties": {"container_image": TEXTS},
                        },
                    },
                }
            },
        },
        "evaluation_details": {
            "type": "array",
            "items": {
                "required": ["name"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "pattern": ".{1,63}"},
                    "evaluation_job_arn": {"type": "string", "maxLength": 256},
                    "metadata": {"additionalProperties": {"type": "string", "maxLength": 1024}},
                },
            },
        },
    },
}
"""What pipelines fill of AWS's "Model package model card schema"."""

needs_namespaces = pytest.mark.skipif(
    not isolates_jobs(), reason="this machine forbids user namespaces"
)


def read(name: str) -> PipelineDefinition:
    return PipelineDefinition.read(STARTERS / name)


CHURN = ModelGroupSettings(
    name="churn", risk="low", intended_use='Ranks "good" customers; not for {{prices}}, say.'
)


def rendered(name: str) -> Any:
    return json.loads(fill_registrations(read(name), {"churn": CHURN}).render(VALUES))


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Return a folder that stands for Amazon S3, with data of customers."""
    for name in ("churn", "scoring"):
        code = tmp_path / BUCKET / "pipelines/code"
        shutil.copytree(STARTERS / name / "uploads", code, dirs_exist_ok=True)
    customers = tmp_path / BUCKET / "customers"
    customers.mkdir(parents=True)
    numbers = random.Random(1)
    with (customers / "a.csv").open("w", newline="") as file:
        for _ in range(200):
            value, noise = numbers.random(), numbers.random()
            csv.writer(file).writerow([int(value > 0.5), value, noise])
    return tmp_path


@needs_namespaces
def test_starter_trains_and_registers(storage: Path) -> None:
    run = LocalRun(rendered("churn"), storage, parameters={"Commit": "4733bf6"})

    run.run()

    assert list(run.requests) == ["Prepare", "Train", "Evaluate", "Register"]
    [version] = run.versions
    service = Session().get_service_model("sagemaker")
    shape = service.operation_model("CreateModelPackage").input_shape
    assert not ParamValidator().validate(version, shape).has_errors()
    assert version["ModelPackageGroupName"] == VALUES["group:churn"]
    assert version["ModelApprovalStatus"] == "PendingManualApproval"
    assert version["MetadataProperties"] == {"CommitId": "4733bf6"}
    assert version["CustomerMetadataProperties"]["data"] == f"s3://{BUCKET}/customers"
    assert version["CustomerMetadataProperties"]["risk"] == "low"
    assert version["CustomerMetadataProperties"]["intended_use"] == (
        "Ranks good customers - not for - prices - say."
    )
    metrics = version["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    report = json.loads((storage / metrics.removeprefix("s3://")).read_text("utf-8"))
    assert report["binary_classification_metrics"]["accuracy"]["value"] > 0.9
    [container] = version["InferenceSpecification"]["Containers"]
    assert container["ModelDataUrl"].startswith(f"s3://{BUCKET}/models/churn/")
    with tarfile.open(storage / container["ModelDataUrl"].removeprefix("s3://")) as archive:
        assert archive.getnames() == ["model.json"]


@needs_namespaces
def test_pipeline_fills_the_model_card(storage: Path) -> None:
    run = LocalRun(rendered("churn"), storage)
    run.run()

    [version] = run.versions
    card = json.loads(version["ModelCard"]["ModelCardContent"])
    assert list(wrong_card(card)) == []
    assert list(StandardValidator(schema=PARTS_OF_CARD).iter_errors(card)) == []
    assert card["intended_uses"] == {
        "purpose_of_model": "Customers who are likely to leave",
        "intended_uses": 'Ranks "good" customers; not for { {prices}}, say.',
        "risk_rating": "Low",
    }
    training = card["training_details"]["training_job_details"]
    assert training["training_arn"].endswith(":training-job/pipelines-abc123def456-Train")
    assert training["training_datasets"][0].startswith(f"s3://{BUCKET}/pipelines/churn/")
    assert training["training_environment"] == {"container_image": [VALUES["image:sklearn:1.9-0"]]}
    [evaluation] = card["evaluation_details"]
    assert evaluation["name"] == "Evaluate"
    assert (
        evaluation["metadata"]["report"]
        == (version["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"])
    )
    [container] = version["InferenceSpecification"]["Containers"]
    assert card["model_overview"]["model_artifact"] == [container["ModelDataUrl"]]


JOINED = {
    "Std:Join": {
        "On": "",
        "Values": [
            '{"business_details": {"line_of_business": "',
            {"Get": "Parameters.Data"},
            '"}}',
        ],
    }
}
NUMBER = {"Std:Join": {"On": "", "Values": ['{"a": ', {"Get": "Parameters.LeastAccuracy"}, "}"]}}


@pytest.mark.parametrize("given", [None, "{}", JOINED, NUMBER])
def test_card_of_the_author_stays(given: Any) -> None:
    content = json.loads(json.dumps(read("churn").content))
    arguments = content["Steps"][3]["Arguments"]["IfSteps"][0]["Arguments"]
    if given is None:
        del arguments["ModelCard"]
    else:
        arguments["ModelCard"]["ModelCardContent"] = given

    filled = fill_registrations(PipelineDefinition(STARTERS / "churn", content), {"churn": CHURN})

    [step] = [one for one in filled.steps if one.name == "Register"]
    card = step.arguments["ModelCard"]
    assert card["ModelCardStatus"] == "Draft"
    joined = card["ModelCardContent"]["Std:Join"]
    # Where a number of the pipeline stands, the text is no JSON, and nothing is added to it.
    assert (joined == NUMBER["Std:Join"]) is (given == NUMBER)
    if given != NUMBER:
        text = "".join(one if isinstance(one, str) else "x" for one in joined["Values"])
        found = json.loads(text)
        assert found["intended_uses"]["risk_rating"] == "Low"
        assert found.get("business_details") == (
            {"line_of_business": "x"} if given == JOINED else None
        )
    assert list(wrong_card(card_of(step) or {})) == []


@needs_namespaces
def test_version_that_is_not_good_enough_is_not_registered(storage: Path) -> None:
    run = LocalRun(rendered("churn"), storage, parameters={"LeastAccuracy": 1.1})

    with pytest.raises(ExecutionFailedError, match=r"The accuracy is less than 1\.1"):
        run.run()

    assert run.versions == []
    assert "Evaluate" in run.requests


@needs_namespaces
def test_starter_scores_with_the_model_of_the_other(storage: Path) -> None:
    LocalRun(rendered("churn"), storage).run()
    model = "pipelines-abc123def456-Train/output/model.tar.gz"
    new = storage / BUCKET / "new"
    new.mkdir()
    (new / "b.csv").write_text("0.9,0.1\n0.1,0.9\n", "utf-8")
    parameters = {"Data": f"s3://{BUCKET}/new", "Model": model}

    run = LocalRun(rendered("scoring"), storage, parameters=parameters)
    run.run()

    [scores] = (storage / BUCKET / "pipelines/churn").rglob("scores/b.csv")
    assert scores.read_text("utf-8").splitlines() == ["0.9,0.1,1", "0.1,0.9,0"]


@needs_namespaces
def test_job_reaches_no_network_and_no_folder_of_the_machine(storage: Path) -> None:
    definition = rendered("scoring")
    script = (
        "import pathlib, socket\n"
        "pathlib.Path('/opt/ml/processing/scores/interfaces').write_text("
        "' '.join(name for _, name in socket.if_nameindex()))\n"
        "pathlib.Path('/opt/ml/elsewhere').write_text('')\n"
    )
    arguments = definition["Steps"][0]["Arguments"]
    arguments["AppSpecification"]["ContainerEntrypoint"] = ["python3", "-c", script]
    (storage / BUCKET / "models/churn").mkdir(parents=True)
    (storage / BUCKET / "models/churn/m").write_text("", "utf-8")

    LocalRun(definition, storage, parameters={"Model": "m"}).run()

    [found] = storage.rglob("scores/interfaces")
    assert found.read_text("utf-8") == "lo"
    assert not Path("/opt/ml/elsewhere").exists()


def test_steps_that_wait_for_each_other_fail(storage: Path) -> None:
    definition = rendered("churn")
    definition["Steps"][0]["DependsOn"] = ["Evaluate"]
    with pytest.raises(ExecutionFailedError, match="the steps depend on each other"):
        LocalRun(definition, storage).run()


@pytest.mark.parametrize("name", NAMES)
def test_definitions_are_those_of_their_source(name: str) -> None:
    definition = read(name)
    assert definition.content["Metadata"] == {"Source": source_digest(STARTERS / name)}
    assert json.loads(definition.render(_any_values(definition)))["Metadata"] == {}


def _any_values(definition: PipelineDefinition) -> dict[str, str | list[str]]:
    lists: dict[str, str | list[str]] = {"subnets": ["s"], "security_groups": ["g"]}
    return {**dict.fromkeys(definition.placeholders, "x"), **lists}


@pytest.mark.parametrize("name", NAMES)
def test_definitions_name_nothing_of_an_account(name: str) -> None:
    text = (STARTERS / name / "definition.json").read_text("utf-8")
    assert "arn:aws" not in text
    assert "amazonaws.com" not in text
    assert "us-east-1" not in text


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_export_writes_the_same_bytes(name: str, tmp_path: Path) -> None:
    python = python_of("sagemaker3")
    if python is None:
        pytest.skip("`make stories` installs the SageMaker SDK and runs this")
    folder = tmp_path / name
    shutil.copytree(STARTERS / name, folder, ignore=shutil.ignore_patterns("uploads", "*.json"))

    export(folder, python=python)

    for file in (one for one in (STARTERS / name).rglob("*") if one.is_file()):
        if "__pycache__" not in file.parts:
            assert (folder / file.relative_to(STARTERS / name)).read_bytes() == file.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("import boto3; boto3.client('ec2').describe_vpcs()", "calls ec2:DescribeVpcs"),
        ("import urllib.request as u; u.urlopen('https://example.com')", "no network"),
        ("raise ValueError('my mistake')", "my mistake"),
        ("del globals()['pipeline']", "must define pipeline(environment, session)"),
    ],
)
def test_export_explains_what_fails(line: str, message: str, tmp_path: Path) -> None:
    python = python_of("sagemaker3")
    if python is None:
        pytest.skip("`make stories` installs the SageMaker SDK and runs this")
    folder = tmp_path / "own"
    folder.mkdir()
    text = f"def pipeline(environment, session):\n    pass\n{line}\n"
    (folder / "definition.py").write_text(text, "utf-8")

    with pytest.raises(PipelineError, match=message.replace("(", r"\(").replace(")", r"\)")):
        export(folder, python=python)


def test_missing_source_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PipelineError, match=r"pipelines/churn/definition\.py: must exist"):
        folder_of("churn")
