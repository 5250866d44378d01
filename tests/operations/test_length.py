"""What a first deploy waits for, and about how long."""

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from operations.assembly import Assembly, Stage
from operations.bench.environments import full_settings, write
from operations.length import estimate, minutes, read_minutes, report
from tests.support import ROOT, dependencies, stacks, synthesized

ROLE: dict[str, Any] = {"Type": "AWS::IAM::Role"}
CLUSTER: dict[str, Any] = {
    "Type": "AWS::EKS::Cluster",
    "Properties": {"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}},
}
DOMAIN: dict[str, Any] = {"Type": "AWS::SageMaker::Domain", "DependsOn": "Role"}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A stack that waits for another, and a third that waits for none."""
    directory = tmp_path / "assembly-dev"
    directory.mkdir()
    needed = {"first": [], "second": ["first"], "alone": []}
    templates = {
        "first": {"Role": ROLE, "Cluster": CLUSTER},
        "second": {"Role": ROLE, "Domain": DOMAIN},
        "alone": {"Domain": {**DOMAIN, "DependsOn": []}},
    }
    artifacts = {}
    for name, resources in templates.items():
        (directory / f"{name}.json").write_text(json.dumps({"Resources": resources}))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "displayName": f"dev/{name}",
            "environment": "aws://111122223333/eu-west-1",
            "properties": {"templateFile": f"{name}.json", "stackName": name},
            "dependencies": needed[name],
        }
    (directory / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return Stage.read(directory, "dev")


def test_the_longest_way_is_shown_with_what_makes_it_long(stage: Stage) -> None:
    lines = report(stage).splitlines()
    # 0.3 for each stack and each role, 15 for the cluster, 6 for the domain.
    assert lines[0] == "dev: about 22 minutes; 29 if stacks are deployed one by one"
    assert lines[1:6] == [
        "  Studio can be used after about 22 minutes: first, second",
        "  dev/first: 15.6 min",
        "    waits for Cluster (AWS::EKS::Cluster): 15.0",
        "  dev/second: 6.6 min",
        "    waits for Domain (AWS::SageMaker::Domain): 6.0",
    ]
    assert lines[-1].split() == ["0.3", "AWS::IAM::Role", "x", "2"]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the assembly of an environment with all capabilities on."""
    folder = tmp_path_factory.mktemp("full")
    return synthesized(folder / "out", write(full_settings(1), folder))


@pytest.mark.slow
def test_studio_can_be_used_within_twenty_minutes(full: Path) -> None:
    found = estimate(Assembly.read(full).stage("full-001"))

    assert found["studio_minutes"] <= 20
    assert found["minutes"] <= 45


@pytest.mark.slow
def test_studio_waits_for_no_slow_stack(full: Path) -> None:
    """Policies know MLflow and the warehouse by names and tags that the platform gives."""
    names = {found.id.rpartition("/")[2] for found in stacks(full)}
    assert {"mlflow", "warehouse", "studio", "studio-users-2"} <= names

    def needed(name: str) -> set[str]:
        own = {one.rpartition("/")[2] for one in dependencies(full, f"full-001/{name}")}
        return own.union(*map(needed, own))

    shared = {"foundation", "network", "lakehouse", "access"}
    assert needed("studio") == shared
    assert needed("studio-users-2") == {*shared, "studio"}


@pytest.mark.slow
def test_what_identifies_a_resource_is_on_it(full: Path) -> None:
    """A condition on a tag that the resource does not have would allow nothing."""
    kinds = (
        "SageMaker::MlflowApp",
        "RedshiftServerless::Workgroup",
        "RedshiftServerless::Namespace",
    )
    for kind in kinds:
        [found] = [one for each in stacks(full) for one in each.of_type(f"AWS::{kind}")]
        assert {"Key": "environment", "Value": "full-001"} in found["Tags"]


def test_typical_environments_have_a_length(typical: Path) -> None:
    text = report(Assembly.read(typical).stage("prod"))
    assert text.startswith("prod: about ")
    assert "prod/inference" in text


def test_the_table_has_no_type_that_does_not_exist() -> None:
    for kind in minutes():
        PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind)


def test_what_takes_longest_is_in_the_table(examples: Path) -> None:
    kinds = {r["Type"] for found in stacks(examples) for r in found.resources().values()}
    assert read_minutes(ROOT / "stacks").keys() <= kinds, "remove what no example creates"


def test_capabilities_bring_their_durations(tmp_path: Path) -> None:
    for name, figure in (("first", 1), ("second", 2.5)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "durations.csv").write_text(
            f"type,minutes,source\nAWS::S3::Bucket,{figure},estimate\nAWS::X::{name},3,estimate\n"
        )
    (tmp_path / "without").mkdir()
    assert read_minutes(tmp_path) == {
        "AWS::S3::Bucket": 2.5,
        "AWS::X::first": 3,
        "AWS::X::second": 3,
    }
