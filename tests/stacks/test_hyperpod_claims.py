"""File systems of clusters with EKS: what pods claim."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bad_settings import BASE, HERE, Bad, check
from tests.stacks.test_hyperpod import CLUSTER as SLURM
from tests.support import stack, synthesized, written

CLUSTER = """\
hyperpod:
  clusters:
    - name: research
      orchestrator: eks
      kubernetes_version: "1.34"
      dependencies_chart:
        repository: oci://123456789012.dkr.ecr.eu-west-1.amazonaws.com/charts/hyperpod-helm-chart
        version: 0.1.0
        digest: sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      instance_groups:
        - name: gpu
          instance_type: ml.g5.12xlarge
          instance_count: 2
      add_ons: [aws-fsx-csi-driver]
      lustre:
        storage_capacity_gib: 1200
      homes:
        storage_capacity_gib: 64
"""


def manifests(assembly: Path) -> list[dict[str, Any]]:
    """Return what is applied to the cluster."""
    resources = stack(assembly, "base/hyperpod-research").of_type(
        "Custom::AWSCDK-EKS-KubernetesResource"
    )
    return [one for resource in resources for one in json.loads(written(resource["Manifest"]))]


def test_without_teams_everybody_claims_in_one_namespace(tmp_path: Path) -> None:
    text = BASE.replace("10.0.0.0/16", "10.0.0.0/18") + "  nat_gateways: one\n" + CLUSTER
    file = tmp_path / "base.yaml"
    file.write_text(text)
    synthesized(tmp_path / "out", file)
    made = manifests(tmp_path / "out")
    claims = [one["metadata"] for one in made if one["kind"] == "PersistentVolumeClaim"]
    assert [(one["namespace"], one["name"]) for one in claims] == [
        ("default", "fsx-claim"),
        ("default", "home-claim"),
    ]
    [lustre, homes] = [one["spec"] for one in made if one["kind"] == "PersistentVolume"]
    assert lustre["capacity"] == {"storage": "1200Gi"}
    assert homes["nfs"]["path"] == "/fsx"


BADS = [
    Bad(
        "two file systems in one place",
        BASE + CLUSTER + f"        mount_path: /fsx {HERE}\n",
        "hyperpod.clusters[0].homes.mount_path",
        '"/fsx"',
        "must not be the mount path of the Lustre file system",
    ),
    Bad(
        "nothing that mounts it",
        BASE
        + CLUSTER.replace("[aws-fsx-csi-driver]", "[cert-manager]").replace(
            "lustre:", f"lustre: {HERE}"
        ),
        "hyperpod.clusters[0].lustre",
        '"..."',
        "requires aws-fsx-csi-driver in add_ons, which mounts it",
    ),
    # One policy for all clusters: here, one with Slurm and one with EKS.
    Bad(
        "more policies than a role takes",
        BASE
        + f"personas:\n  quant: {HERE}\n    activities: [use_hyperpod]\n"
        + f"    managed_policies: [{', '.join(f'policy-{n}' for n in range(10))}]\n"
        + CLUSTER
        + SLURM.partition("clusters:\n")[2].replace("research", "simulation"),
        "personas.quant",
        '"quant"',
        "needs 11 managed policies",
    ),
    Bad(
        "homes that are too small",
        BASE + CLUSTER.replace("_gib: 64", f"_gib: 63 {HERE}"),
        "hyperpod.clusters[0].homes.storage_capacity_gib",
        "63",
        "must be at least 64",
    ),
]


@pytest.mark.parametrize("case", BADS, ids=lambda case: case.id)
def test_one_fault_is_one_line(case: Bad, tmp_path: Path) -> None:
    check(case, tmp_path)
