"""Defaults of AWS's clients in Studio: the scripts, and what they write."""

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.bad_settings import BASE, write
from tests.support import StackTemplate, stack, synthesized

OWN = "arn:aws:sagemaker:eu-west-1:123456789012:studio-lifecycle-config/own"
STUDIO = f"""\
studio:
  code_editor:
    built_in_lifecycle_config_arn: {OWN}
  users:
    - {{name: alice, instance_type: ml.g5.xlarge}}
"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> StackTemplate:
    folder = tmp_path_factory.mktemp("studio")
    synthesized(folder / "cdk.out", write(folder, BASE + STUDIO))
    return stack(folder / "cdk.out", "base/studio")


def settings_of(studio: StackTemplate, type: str, block: str) -> Any:
    [found] = [one for one in studio.resources().values() if one["Type"] == type]
    return found["Properties"][block]


def scripts(studio: StackTemplate) -> dict[str, dict[str, Any]]:
    return {
        name: one["Properties"]
        for name, one in studio.resources().items()
        if one["Type"] == "AWS::SageMaker::StudioLifecycleConfig"
    }


def test_each_app_runs_the_script_of_its_kind(studio: StackTemplate) -> None:
    kinds = {name: one["StudioLifecycleConfigAppType"] for name, one in scripts(studio).items()}
    assert sorted(kinds.values()) == ["CodeEditor", "JupyterLab"]

    for kind, block in (
        ("AWS::SageMaker::Domain", "DefaultUserSettings"),
        ("AWS::SageMaker::Domain", "DefaultSpaceSettings"),
        ("AWS::SageMaker::UserProfile", "UserSettings"),
    ):
        lab = settings_of(studio, kind, block)["JupyterLabAppSettings"]
        used, _ = lab["BuiltInLifecycleConfigArn"]["Fn::GetAtt"]
        assert kinds[used] == "JupyterLab", kind


def test_a_script_of_the_settings_takes_its_place(studio: StackTemplate) -> None:
    users = settings_of(studio, "AWS::SageMaker::Domain", "DefaultUserSettings")
    assert users["CodeEditorAppSettings"]["BuiltInLifecycleConfigArn"] == OWN


def test_script_never_keeps_an_app_from_starting(studio: StackTemplate, tmp_path: Path) -> None:
    for script in scripts(studio).values():
        content = base64.b64decode(script["StudioLifecycleConfigContent"]).decode()

        done = subprocess.run(
            ["bash", "-c", content],
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

        assert done.returncode == 0
        assert "could not be written" in done.stdout


FAKE = """\
import types
class Error(Exception): pass
def client(name, config):
    outputs = {
        "base-access": {
            "QuantRoleArn": "arn:aws:iam::1:role/a-path/quant",
            "WorkloadKeyArn": "key", "WorkloadSubnetIds": "a,b", "WorkloadSecurityGroupId": "g",
        },
        "base-foundation": {"ArtifactBucketName": "bucket"},
    }
    def describe_stacks(StackName):
        if StackName not in outputs:
            raise Error(StackName)
        pairs = outputs[StackName].items()
        return {"Stacks": [{"Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in pairs]}]}
    return types.SimpleNamespace(
        exceptions=types.SimpleNamespace(ClientError=Error), describe_stacks=describe_stacks,
        get_caller_identity=lambda: {"Arn": "arn:aws:sts::1:assumed-role/quant/alice"},
    )
"""


def test_script_respects_files_and_variables_of_the_user(
    studio: StackTemplate, tmp_path: Path
) -> None:
    home, modules = tmp_path / "home", tmp_path / "modules"
    (modules / "botocore").mkdir(parents=True)
    home.mkdir()
    (modules / "boto3.py").write_text(FAKE)
    (modules / "botocore" / "__init__.py").touch()
    (modules / "botocore" / "config.py").write_text("Config = dict")
    (home / ".bashrc").write_text("export MINE=1")
    script = next(iter(scripts(studio).values()))["StudioLifecycleConfigContent"]
    environment = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(modules),
    }

    for _ in range(2):
        subprocess.run(
            ["bash", "-c", base64.b64decode(script).decode()],
            env=environment,
            check=True,
            timeout=60,
        )

    first, _ = (home / ".bashrc").read_text().splitlines()
    assert first == "export MINE=1"
    shown = subprocess.run(
        ["bash", "-c", ". ~/.bashrc; echo $SAGEMAKER_OUTPUT_KMS_KEY_ID $SAGEMAKER_VALIDATE_ROLE"],
        env={**environment, "SAGEMAKER_VALIDATE_ROLE": "true"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "key true\n"
    config = json.loads((home / ".sagemaker-platform/config.yaml").read_text())
    job = config["SageMaker"]["TrainingJob"]
    assert job["VpcConfig"] == {"SecurityGroupIds": ["g"], "Subnets": ["a", "b"]}
    assert job["RoleArn"] == "arn:aws:iam::1:role/a-path/quant"
