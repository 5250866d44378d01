"""Settings and definitions of pipelines with one fault each."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from stacks.loading import SettingsError, load_environments
from tests.bad_settings import BASE, Bad, check, faults, with_defaults, write
from tests.support import ROOT

STARTER = ROOT / "examples/pipelines/churn"
REGISTRY = "model_registry: {groups: [{name: churn}]}\n"
HEAD = f"""\
{BASE}{REGISTRY}\
pipelines:
  definitions:
    - name: churn
      folder: examples/pipelines/churn
"""
CUSTOMERS = "{customers: {prefix: churn/customers}}"
INPUTS = f"      inputs: {CUSTOMERS}\n"
AT = "pipelines.definitions[0]"


def pipeline(
    id: str, lines: str, *, path: str, got: str, right: str, top: str = "", **defaults: str
) -> Bad:
    """Add a pipeline of the starter; keys that the lines have are not added."""
    known = {"name": "churn", "folder": "examples/pipelines/churn", "inputs": CUSTOMERS}
    block = indent(with_defaults(lines, **{**known, **defaults}), "      ")
    text = f"{BASE}{REGISTRY}{top}pipelines:\n  definitions:\n    -\n{block}"
    return Bad(id, text, f"{AT}.{path}", got, right)


CASES = [
    *(
        pipeline(
            name,
            f"inputs: {{customers: {value}}} # HERE",
            path=f"inputs.customers.{key}",
            got=got,
            right=right,
            top=top,
        )
        for name, value, key, got, right, top in (
            (
                "own output as input",
                "{prefix: pipelines/churn}",
                "prefix",
                '"pipelines/churn"',
                "must be outside of pipelines/ and models/, where pipelines write",
                "",
            ),
            (
                "models as input",
                "{prefix: models}",
                "prefix",
                '"models"',
                "must be outside of pipelines/ and models/",
                "",
            ),
            (
                "whole bucket as input",
                "{prefix: ''}",
                "prefix",
                '""',
                "must be letters, digits, _ and -",
                "",
            ),
            (
                "no lakehouse",
                "{layer: raw, prefix: a}",
                "layer",
                '"raw"',
                "must be one of lakehouse.layers, and there are none",
                "",
            ),
            (
                "unknown layer",
                "{layer: row, prefix: a}",
                "layer",
                '"row"',
                "must be one of lakehouse.layers; did you mean raw?",
                "lakehouse: {}\n",
            ),
        )
    ),
    pipeline(
        "arrival of no input",
        "data_arrival: {input: customer} # HERE",
        path="data_arrival.input",
        got='"customer"',
        right="must be one of the inputs; did you mean customers?",
    ),
    pipeline(
        "arrival of any file",
        "data_arrival: {input: customers, file: '*'} # HERE",
        path="data_arrival.file",
        got='"*"',
        right="must be the name of a file",
    ),
    pipeline(
        "unknown parameter",
        "data_arrival:\n  input: customers\n  parameters: {LeastAccurracy: '1'} # HERE",
        path="data_arrival.parameters.LeastAccurracy",
        got='"1"',
        right="must be a parameter of the pipeline; did you mean LeastAccuracy?",
    ),
    pipeline(
        "parameter without a default",
        "schedule:\n  expression: rate(1 day)\n  parameters: {} # HERE",
        path="schedule.parameters",
        got="{}",
        right="must have Model, without a default in the definition",
        folder="examples/pipelines/scoring",
    ),
    pipeline(
        "schedule",
        "schedule: {expression: daily} # HERE",
        path="schedule.expression",
        got='"daily"',
        right="must be cron(...)",
    ),
    pipeline(
        "name of people's pipelines",
        "name: user-churn # HERE",
        path="name",
        got='"user-churn"',
        right="must not begin with user-",
    ),
    pipeline(
        "folder elsewhere",
        "folder: ../churn # HERE",
        path="folder",
        got='"../churn"',
        right="must be the path of a folder in this project",
    ),
    Bad(
        "a name twice",
        f"{HEAD}{INPUTS}    - name: churn # HERE\n      folder: examples/pipelines/churn\n{INPUTS}",
        "pipelines.definitions[1].name",
        '"churn"',
        "must be unique",
    ),
    Bad(
        "image outside of ECR",
        f"{HEAD}{INPUTS}  images: {{mine: docker.io/library/python}} # HERE\n",
        "pipelines.images.mine",
        '"docker.io/library/python"',
        "must be",
    ),
    Bad(
        "activity without pipelines",
        f"{BASE}personas:\n  scientist:\n    activities: [run_pipelines] # HERE\n",
        "personas.scientist.activities[0]",
        '"run_pipelines"',
        "a `pipelines` block",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_fault_is_explained(case: Bad, tmp_path: Path) -> None:
    check(case, tmp_path)


def test_governed_layer_is_refused(tmp_path: Path) -> None:
    text = f"{HEAD}      inputs: {{customers: {{layer: raw, prefix: a}}}} # HERE\n"
    permissions = "lakehouse: {permissions: {mode: lake_formation}}\n"
    [found] = faults(write(tmp_path, f"{BASE}{permissions}{text.removeprefix(BASE)}"))
    assert "must be omitted with lakehouse.permissions" in found


def definition(
    folder: Path, change: Callable[[Any], Any], *, settings: str = REGISTRY, lines: str = INPUTS
) -> list[str]:
    """Change the exported starter; return the lines of the error, or nothing."""
    made = folder / "churn"
    shutil.copytree(STARTER, made)
    content = json.loads((made / "definition.json").read_text("utf-8"))
    change(content)
    (made / "definition.json").write_text(json.dumps(content, indent=1), "utf-8")
    file = folder / "base.yaml"
    text = f"{BASE}{settings}pipelines:\n  definitions:\n    - name: churn\n{lines}"
    file.write_text(text, "utf-8")
    try:
        load_environments(files=[str(file)])
    except SettingsError as error:
        return str(error).splitlines()
    return []


def step(content: Any, name: str) -> Any:
    every = [*content["Steps"], *content["Steps"][3]["Arguments"]["IfSteps"]]
    return next(one for one in every if one["Name"] == name)


def put(name: str, path: str, value: Any) -> Callable[[Any], None]:
    """Put a value into the arguments of a step; None removes it."""

    def change(content: Any) -> None:
        *keys, last = path.split(".")
        found = step(content, name)["Arguments"]
        for key in keys:
            found = found[int(key) if key.isdigit() else key]
        if value is None:
            del found[last]
        else:
            found[int(last) if last.isdigit() else last] = value

    return change


def rename(content: Any) -> None:
    step(content, "Evaluate")["Name"] = "Train"


def forget_a_parameter(content: Any) -> None:
    content["Parameters"] = [one for one in content["Parameters"] if one["Name"] != "Data"]


def default_elsewhere(content: Any) -> None:
    content["Parameters"][0]["DefaultValue"] = "s3://laptop/churn/"


def unknown_type(content: Any) -> None:
    step(content, "Prepare")["Type"] = "Lambda"


def experiment(content: Any) -> None:
    content["PipelineExperimentConfig"] = {"ExperimentName": "churn", "TrialName": "one"}


def unknown_dependency(content: Any) -> None:
    step(content, "Train")["DependsOn"] = ["Prepares"]


PARAMETER = {"Get": "Parameters.Data"}
ROLE = "arn:aws:iam::999999999999:role/admin"
NETWORK = "NetworkConfig.VpcConfig"
CARD = "ModelCard.ModelCardContent"
CLUSTER = "ProcessingResources.ClusterConfig"
MISTAKES: dict[str, tuple[Callable[[Any], None], str]] = {
    "foreign role": (
        put("Train", "RoleArn", ROLE),
        f'step Train: RoleArn: got "{ROLE}"; must be "{{{{role}}}}"',
    ),
    "role as parameter": (put("Train", "RoleArn", PARAMETER), 'must be "{{role}}"'),
    "foreign key": (put("Train", "OutputDataConfig.KmsKeyId", "alias/mine"), 'must be "{{key}}"'),
    "no key of outputs": (
        put("Train", "OutputDataConfig.KmsKeyId", None),
        "step Train: must have OutputDataConfig.KmsKeyId",
    ),
    "no key of processing outputs": (
        put("Prepare", "ProcessingOutputConfig.KmsKeyId", None),
        "step Prepare: must have ProcessingOutputConfig.KmsKeyId",
    ),
    "no key of volumes": (
        put("Prepare", f"{CLUSTER}.VolumeKmsKeyId", None),
        f"step Prepare: must have {CLUSTER}.VolumeKmsKeyId",
    ),
    "key of local disks": (
        put("Train", "ResourceConfig.InstanceType", "ml.g5.2xlarge"),
        "step Train: must not have VolumeKmsKeyId",
    ),
    "no network": (put("Train", "VpcConfig", None), "step Train: must have VpcConfig"),
    "no network of processing": (
        put("Prepare", NETWORK, None),
        "step Prepare: must have NetworkConfig.VpcConfig",
    ),
    "foreign subnets": (
        put("Prepare", f"{NETWORK}.Subnets", ["subnet-0123456789abcdef0"]),
        'NetworkConfig.VpcConfig.Subnets: got ["subnet-0123456789abcdef0"]; must be '
        '["{{subnets}}"]',
    ),
    "subnets as parameter": (
        put("Prepare", f"{NETWORK}.Subnets", PARAMETER),
        'must be ["{{subnets}}"]',
    ),
    "foreign security group": (
        put("Prepare", f"{NETWORK}.SecurityGroupIds", ["sg-1"]),
        'must be ["{{security_groups}}"]',
    ),
    "no end": (
        put("Train", "StoppingCondition", None),
        "step Train: must have StoppingCondition.MaxRuntimeInSeconds",
    ),
    "foreign image": (
        put("Train", "AlgorithmSpecification.TrainingImage", "1" * 12 + ".dkr.ecr.x.y/z:1"),
        "must be {{image:NAME}}",
    ),
    "image as parameter": (
        put("Train", "AlgorithmSpecification.TrainingImage", PARAMETER),
        "who starts a pipeline chooses its parameters",
    ),
    "unknown image": (
        put("Train", "AlgorithmSpecification.TrainingImage", "{{image:sklearn:1.9-9}}"),
        "must be an image of pipelines.images, of foundation.image_repositories with its tag, or "
        "of AWS with its version, such as {{image:sklearn:1.9-0}}; did you mean sklearn:",
    ),
    "instance type": (
        put("Train", "ResourceConfig.InstanceType", "ml.m5.larg"),
        "got ml.m5.larg; must be a TrainingInstanceType of SageMaker; did you mean",
    ),
    "instance type as parameter": (
        put("Train", "ResourceConfig.InstanceType", PARAMETER),
        "must be a value",
    ),
    "foreign bucket": (
        put("Train", "InputDataConfig.1.DataSource.S3DataSource.S3Uri", "s3://laptop/code"),
        "must begin with s3://{{input:NAME}}",
    ),
    "foreign bucket as default": (default_elsewhere, "must begin with s3://{{input:NAME}}"),
    "bucket of a placeholder": (
        put("Train", "OutputDataConfig.S3OutputPath", "s3://{{role}}/x"),
        "must begin with s3://{{input:NAME}}",
    ),
    "unknown input": (
        put("Train", "OutputDataConfig.S3OutputPath", "s3://{{input:sales}}/x"),
        "got {{input:sales}}; must be one of inputs of the pipeline: customers",
    ),
    "unknown placeholder": (
        put("Train", "HyperParameters", {"a": "{{vpc}}"}),
        "got {{vpc}}; must be one of",
    ),
    "subnets in a word": (
        put("Train", "HyperParameters", {"a": "x{{subnets}}"}),
        "must be the only item of its list",
    ),
    "foreign group": (
        put("Register", "ModelPackageGroupName", "fraud"),
        "step Register: ModelPackageGroupName",
    ),
    "unknown group": (
        put("Register", "ModelPackageGroupName", "{{group:fraud}}"),
        "must be one of model_registry.groups: churn",
    ),
    "misspelled argument": (
        put("Train", "EnableNetworkIsolaton", True),
        'Unknown parameter in input: "EnableNetworkIsolaton"',
    ),
    "wrong type": (
        put("Train", "ResourceConfig.InstanceCount", "two"),
        "Invalid type for parameter ResourceConfig.InstanceCount",
    ),
    "value of an enumeration": (
        put("Train", "AlgorithmSpecification.TrainingInputMode", "Files"),
        "got Files; must be a TrainingInputMode of SageMaker",
    ),
    "dangling reference": (
        put(
            "Train",
            "InputDataConfig.0.DataSource.S3DataSource.S3Uri",
            {"Get": "Steps.Prepar.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"},
        ),
        "must be one of the steps of the pipeline; did you mean Prepare?",
    ),
    "dangling parameter": (forget_a_parameter, "must be one of the parameters of the pipeline"),
    "dangling dependency": (unknown_dependency, "must be a step; did you mean Prepare?"),
    "a name twice": (rename, "must be a unique step"),
    "type of step": (unknown_type, "the role of a pipeline has no permissions for other steps"),
    "experiment": (experiment, "PipelineExperimentConfig: must be null"),
    "model card that is no JSON": (put("Register", CARD, "{"), "must be the JSON of a model card"),
    "misspelled key of a model card": (
        put("Register", CARD, '{"intended_uses": {"purpose": "Ranks"}}'),
        "ModelCard.ModelCardContent: intended_uses.purpose: there is no such key",
    ),
    "unknown rating in a model card": (
        put("Register", CARD, '{"intended_uses": {"risk_rating": "Severe"}}'),
        "intended_uses.risk_rating: Input should be 'High', 'Medium', 'Low' or 'Unknown'",
    ),
    "wrong metric in a model card with variables": (
        put(
            "Register",
            CARD,
            {
                "Std:Join": {
                    "On": "",
                    "Values": [
                        '{"evaluation_details": [{"metric_groups": [], "datasets": ["',
                        PARAMETER,
                        '"]}]}',
                    ],
                }
            },
        ),
        "evaluation_details.0.name: Field required",
    ),
    "foreign ARN": (
        put("Train", "Environment", {"QUEUE": "arn:aws:sqs:eu-west-1:999999999999:x"}),
        "an ARN of one account; must be a placeholder",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_in_a_definition_is_explained(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    change, expected = MISTAKES[name]
    lines = f"      folder: churn\n{INPUTS}"

    found = definition(tmp_path, change, lines=lines)

    assert any(expected in line for line in found), found
    assert found[-1].endswith("then run `sagemaker-platform pipeline export churn`")
    texts = (tmp_path / "churn/definition.json").read_text("utf-8").splitlines()
    for line in found[:-1]:
        path, number, _ = line.split(":", 2)
        assert path == "churn/definition.json"
        assert 1 <= int(number) <= len(texts)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            put("Register", "CustomerMetadataProperties", {"risk": "low"}),
            "CustomerMetadataProperties.risk: got low; must be high, the risk of the group",
        ),
        (
            put("Register", CARD, '{"intended_uses": {"risk_rating": "Low"}}'),
            "intended_uses.risk_rating: got Low; must be High, the risk of the group",
        ),
    ],
)
def test_definition_cannot_contradict_the_risk(
    change: Callable[[Any], None], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    risky = "model_registry: {groups: [{name: churn, risk: high}]}\n"
    lines = f"      folder: churn\n{INPUTS}"

    found = definition(tmp_path, change, settings=risky, lines=lines)

    assert expected in found[0]
    shutil.rmtree(tmp_path / "churn")
    assert definition(tmp_path, change, lines=lines) == []


def test_foreign_role_is_reported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = f"      folder: churn\n{INPUTS}"
    found = definition(tmp_path, put("Train", "RoleArn", ROLE), lines=lines)
    assert len(found) == 2
    assert 'must be "{{role}}"' in found[0]


def test_line_of_a_mistake_has_the_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = f"      folder: churn\n{INPUTS}"
    found = definition(tmp_path, put("Register", "ModelPackageGroupName", "fraud"), lines=lines)
    number = int(found[0].split(":")[1])
    texts = (tmp_path / "churn/definition.json").read_text("utf-8").splitlines()
    assert texts[number - 1].strip().startswith('"ModelPackageGroupName": "fraud"')


def test_model_of_a_shared_group_is_where_followers_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shared = (
        'model_registry: {followers: {prod: "222222222222"}, groups: [{name: churn, followers: '
        "[prod]}]}\n"
    )
    lines = f"      folder: churn\n{INPUTS}"
    change = put("Train", "OutputDataConfig.S3OutputPath", "s3://{{work}}/models")

    found = definition(tmp_path, change, settings=shared, lines=lines)

    assert "must begin with s3://{{models:churn}}, from which the followers" in found[0]
    shutil.rmtree(tmp_path / "churn")
    assert definition(tmp_path, change, lines=lines) == []


def test_definition_older_than_its_source_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def edit(content: Any) -> None:
        with (tmp_path / "churn/code/train.py").open("a") as file:
            file.write("# Another line.\n")

    [found] = definition(tmp_path, edit, lines=f"      folder: churn\n{INPUTS}")

    assert found == (
        "churn/definition.json: must be exported again, because definition.py or code/ changed. "
        "Run `sagemaker-platform pipeline export churn`"
    )


def test_missing_definition_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = f"      folder: other\n{INPUTS}"
    [found] = definition(tmp_path, lambda content: None, lines=lines)
    assert found.startswith("other/definition.json: must exist. Run")
