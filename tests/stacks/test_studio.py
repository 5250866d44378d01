"""Studio's part of a settings file, and what it makes."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from stacks.sagemaker_api import instance_types
from stacks.studio import rules
from stacks.studio.app_settings import types_of_domains
from tests.bad_settings import BASE, write
from tests.support import ROOT, StackTemplate, stack, synthesized

SCRIPT = "examples/lifecycle_configs/pip-index.sh"
STUDIO = f"""\
studio:
  domain_number: 2
  allowed_instance_types: [ml.t3.medium, ml.g5.xlarge]
  lifecycle_configs:
    pip-index: {{app_type: JupyterLab, file: {SCRIPT}}}
  jupyter_lab:
    instance_type: ml.g5.xlarge
    lifecycle_configs: [pip-index]
    training_plan_arn: arn:aws:sagemaker:eu-west-1:123456789012:training-plan/research
  users:
    - name: alice
      instance_type: ml.g5.xlarge
    - name: bob
      instance_type: ml.g7.2xlarge
      allowed_instance_types: [ml.g7.2xlarge]
      file_systems: [{{fsx_lustre: fs-0a1b2c3d4e5f67890}}]
  spaces:
    - {{name: notes, owner: bob}}
"""

Templates = dict[str, StackTemplate]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    folder = tmp_path_factory.mktemp("studio")
    synthesized(folder / "cdk.out", write(folder, BASE + STUDIO))
    return {name: stack(folder / "cdk.out", f"base/{name}") for name in ("access", "studio")}


def of_user(made: Templates, name: str) -> Any:
    [found] = [
        properties
        for properties in made["studio"].of_type("AWS::SageMaker::UserProfile")
        if properties["UserProfileName"] == name
    ]
    return found["UserSettings"]


def test_types_not_allowed_are_hidden(made: Templates) -> None:
    [domain] = made["studio"].of_type("AWS::SageMaker::Domain")
    allowed = {"ml.t3.medium", "ml.g5.xlarge"}

    everybody = domain["DefaultUserSettings"]["StudioWebPortalSettings"]["HiddenInstanceTypes"]
    bob = of_user(made, "bob")["StudioWebPortalSettings"]["HiddenInstanceTypes"]

    assert set(everybody) == set(types_of_domains()) - allowed
    assert set(bob) == set(instance_types("AppInstanceType")) - {"ml.g7.2xlarge"}
    assert "StudioWebPortalSettings" not in of_user(made, "alice")


def test_types_not_allowed_are_denied(made: Templates) -> None:
    [apps] = [
        policy["PolicyDocument"]["Statement"]
        for policy in made["access"].of_type("AWS::IAM::ManagedPolicy")
        if policy["Description"] == "The activity run_studio_apps"
    ]
    denied = [s["Condition"] for s in apps if s["Effect"] == "Deny"]

    types, owner = "sagemaker:InstanceTypes", "sagemaker:OwnerUserProfileArn"
    assert denied == [
        {
            "ForAnyValue:StringNotEquals": {types: ["ml.g7.2xlarge", "system"]},
            "StringLike": {owner: ["*/bob"]},
        },
        {
            "ForAnyValue:StringNotEquals": {types: ["ml.t3.medium", "ml.g5.xlarge", "system"]},
            "StringNotLike": {owner: ["*/bob"]},
        },
    ]


def test_the_longest_lists_fit_into_the_policy(made: Templates) -> None:
    """IAM takes 6144 characters; the settings leave some of them to the lists."""
    [document] = [
        policy["PolicyDocument"]
        for policy in made["access"].of_type("AWS::IAM::ManagedPolicy")
        if policy["Description"] == "The activity run_studio_apps"
    ]
    document["Statement"] = [s for s in document["Statement"] if s["Effect"] == "Allow"]

    size = len(json.dumps(resolved(document), separators=(",", ":")))

    assert size + rules.POLICY_CAPACITY <= 6144


def resolved(node: Any) -> Any:
    """Put text of its length in the place of what CloudFormation resolves."""
    match node:
        case {"Fn::Join": [delimiter, parts]}:
            return str(delimiter).join(map(resolved, parts))
        case {"Ref": "AWS::Partition"}:
            return "aws-us-gov"
        case {"Fn::GetStackOutput": _} | {"Fn::GetAtt": _} | {"Ref": _}:
            return "x" * 80
        case dict():
            return {key: resolved(value) for key, value in node.items()}
        case list():
            return [resolved(value) for value in node]
    return node


def test_number_is_part_of_all_that_belongs_to_a_domain(made: Templates) -> None:
    studio = made["studio"]
    [domain] = studio.of_type("AWS::SageMaker::Domain")
    names = [g["GroupName"] for g in studio.of_type("AWS::EC2::SecurityGroup") if "GroupName" in g]

    assert domain["DomainName"] == "base-2"
    assert [name.split(" (")[0] for name in names] == ["Users of base Studio domain 2"]
    # They are not replaced: CloudFormation would refuse that under names that stay.
    kinds = {"AWS::SageMaker::UserProfile": "User", "AWS::SageMaker::Space": "Space"}
    for logical_id, resource in studio.resources().items():
        if (prefix := kinds.get(resource["Type"])) is not None:
            assert logical_id.startswith(prefix)
            assert logical_id[:-8].endswith("2")


def test_training_plan_is_for_its_instance_type(made: Templates) -> None:
    def spec(name: str) -> Any:
        return of_user(made, name)["JupyterLabAppSettings"]["DefaultResourceSpec"]

    assert spec("alice")["TrainingPlanArn"].endswith("/research")
    assert spec("bob") == {"InstanceType": "ml.g7.2xlarge"}


def test_script_is_the_file(made: Templates) -> None:
    # In addition to those of the platform, which write defaults of clients.
    [script] = [
        one
        for one in made["studio"].of_type("AWS::SageMaker::StudioLifecycleConfig")
        if one["StudioLifecycleConfigName"].startswith("base-pip-index-")
    ]

    content = base64.b64decode(script["StudioLifecycleConfigContent"])

    assert content == (ROOT / SCRIPT).read_bytes()


def test_lustre_of_one_user_opens_its_ports(made: Templates) -> None:
    for group in made["studio"].of_type("AWS::EC2::SecurityGroup"):
        assert 988 in {rule["FromPort"] for rule in group["SecurityGroupEgress"]}


def test_removed_tag_replaces_nothing(tmp_path: Path) -> None:
    """A script's tags cannot change: neither it nor its stack has any."""
    found = []
    for tags in ("", "tags: {team: research}\n"):
        folder = tmp_path / (tags[:4] or "none")
        folder.mkdir()
        synthesized(folder / "cdk.out", write(folder, BASE + tags + STUDIO))
        studio = stack(folder / "cdk.out", "base/studio")
        scripts = studio.of_type("AWS::SageMaker::StudioLifecycleConfig")
        groups = studio.of_type("AWS::EC2::SecurityGroup")
        guard = [(g["GroupName"], g["GroupDescription"]) for g in groups if "GroupName" in g]
        found.append((scripts, guard))
        manifests = (folder / "cdk.out").rglob("manifest.json")
        [artifact] = [
            one
            for manifest in manifests
            for one in json.loads(manifest.read_text("utf-8"))["artifacts"].values()
            if one.get("properties", {}).get("stackName") == "base-studio"
        ]
        assert not artifact["properties"].get("tags")

    assert found[0] == found[1]
    assert found[0][0]
    assert not any("Tags" in script for script in found[0][0])
