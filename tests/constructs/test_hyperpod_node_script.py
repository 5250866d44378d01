"""The script of nodes on EKS, run where its files are."""

import os
import subprocess
from pathlib import Path

import pytest

from sagemaker_platform.hyperpod.kubernetes import NODE_SCRIPT, KubernetesNodeSetup

CONFIG = 'version = 2\nroot = "/var/lib/containerd"\nstate = "/run/containerd"\n'


def run(
    folder: Path, *, mounted: bool, team: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the script, with the second volume mounted or not."""
    for name, text in KubernetesNodeSetup(team_script=team).files().items():
        (folder / name).write_text(text, "utf-8")
    mountpoint = folder / "mountpoint"
    mountpoint.write_text(f"#!/bin/bash\nexit {0 if mounted else 1}\n", "utf-8")
    mountpoint.chmod(0o755)
    return subprocess.run(
        ["bash", str(folder / NODE_SCRIPT)],
        env={
            "PATH": f"{folder}:{os.environ['PATH']}",
            "CONTAINERD": str(folder / "config.toml"),
            "VOLUME": "/opt/sagemaker",
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("mounted", [True, False])
def test_containers_move_to_the_second_volume(tmp_path: Path, mounted: bool) -> None:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG, "utf-8")

    # HyperPod may run it again.
    for _ in range(2):
        done = run(tmp_path, mounted=mounted)
        assert done.returncode == 0, done.stderr

    root = "/opt/sagemaker/containerd/data-root" if mounted else "/var/lib/containerd"
    assert config.read_text("utf-8") == CONFIG.replace("/var/lib/containerd", root)


def test_a_node_without_the_file_of_containerd_is_no_failure(tmp_path: Path) -> None:
    assert run(tmp_path, mounted=True).returncode == 0


def test_the_script_of_the_team_runs_last(tmp_path: Path) -> None:
    done = run(tmp_path, mounted=False, team="echo ours\n")

    assert done.stdout.splitlines() == ["[platform] running team.sh", "ours", "[platform] done"]


def test_a_script_that_fails_fails_the_node(tmp_path: Path) -> None:
    """So that HyperPod takes the node for broken."""
    assert run(tmp_path, mounted=False, team="exit 3\n").returncode == 3
