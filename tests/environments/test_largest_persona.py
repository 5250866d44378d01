"""The largest realistic personas fit IAM's limits: policies of a role, characters of a policy."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.limits import policies_above_limits
from tests.support import StackTemplate, stacks, synthesized

# As long as the settings allow.
NAME = "research-platform-eu"
LAYERS = ["raw-incoming-files-a", "curated-for-analysis", "analytics-of-teams-b"]
CLUSTERS = ["alpha", "beta", "gamma", "delta"]


def settings() -> str:
    registry = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com"
    group = {"name": "gpu", "instance_type": "ml.g5.8xlarge", "instance_count": 1}
    blocks: dict[str, Any] = {
        "name": NAME,
        "account": "123456789012",
        "region": "ap-southeast-2",
        "stage": "development",
        "owner": "ml-platform",
        "cost_center": "research",
        "network": {
            "cidr": "10.0.0.0/16",
            "nat_gateways": "one",
            "availability_zones": [f"ap-southeast-2{zone}" for zone in "abc"],
        },
        "lakehouse": {
            "layers": [{"name": name} for name in LAYERS],
            "permissions": {
                "administrator_personas": ["data_engineer"],
                "grants": [
                    {"personas": ["data_engineer"], "layer": name, "access": "write"}
                    for name in LAYERS
                ]
                + [{"personas": ["data_scientist", "ml_engineer"], "layer": LAYERS[1]}],
            },
        },
        "warehouse": {},
        "mlflow": {},
        "sources": {
            "crawlers": [{"name": "landing", "layer": LAYERS[0], "path": "incoming"}],
            "data_quality": [
                {
                    "name": "orders",
                    "layer": LAYERS[1],
                    "table": "orders",
                    "rules": ["RowCount > 0"],
                }
            ],
        },
        "studio": {
            "canvas": {},
            "users": [
                {"name": "ada"},
                {"name": "grace", "persona": "ml_engineer"},
                {"name": "joan", "persona": "data_engineer"},
            ],
        },
        "hyperpod": {
            "clusters": [
                {
                    "name": name,
                    "orchestrator": "eks",
                    "kubernetes_version": "1.34",
                    "dependencies_chart": {
                        "repository": f"oci://{registry}/charts/hyperpod-helm-chart",
                        "version": "0.1.0",
                        "digest": f"sha256:{64 * '0'}",
                    },
                    "instance_groups": [{**group, "min_instance_count": 1}],
                }
                for name in CLUSTERS
            ]
        },
    }
    return json.dumps(blocks)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[StackTemplate]:
    folder: Path = tmp_path_factory.mktemp("largest")
    file = folder / f"{NAME}.yaml"
    file.write_text(settings(), "utf-8")
    return list(stacks(synthesized(folder / "cdk.out", file)))


def policies_of(made: list[StackTemplate], persona: str) -> int:
    """Return how many managed policies a role has, those that later stacks attach included."""
    found: Counter[str] = Counter()
    for stack in made:
        for logical_id, one in stack.template()["Resources"].items():
            properties = one.get("Properties", {})
            if one["Type"] == "AWS::IAM::Role" and logical_id.startswith(persona):
                found["from the role"] = len(properties["ManagedPolicyArns"])
            if one["Type"] == "AWS::IAM::ManagedPolicy":
                found["attached"] += persona in json.dumps(properties.get("Roles", []))
    return found.total()


@pytest.mark.parametrize("persona", ["DataScientist", "MlEngineer", "DataEngineer"])
def test_role_takes_its_policies(made: list[StackTemplate], persona: str) -> None:
    assert 6 < policies_of(made, persona) <= 10


def test_policies_take_their_statements(made: list[StackTemplate]) -> None:
    assert policies_above_limits(made) == []
