"""What this project tells Slurm, told to real Slurm."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from sagemaker_platform.hyperpod import NodeSetup, OsUser
from stacks.fields import SlurmPartition
from tests.constructs import slurm

pytestmark = pytest.mark.skipif(
    not slurm.is_installed(),
    reason="Slurm is not installed, see CONTRIBUTING.md",
)
NAMES = ["a", "training", "P5", "p5-en-48xl", "x" * 63, "1gpu", "ALL", "all", "default", "DEFAULT"]


def accepts(name: str) -> bool:
    try:
        TypeAdapter(SlurmPartition).validate_python(name)
    except ValidationError:
        return False
    return True


def test_slurm_takes_every_partition_that_settings_take(tmp_path: Path) -> None:
    taken = [name for name in NAMES if accepts(name)]
    assert len(taken) > 5
    slurm.write_conf(tmp_path, slurm.partitions(tmp_path, ["dev", *taken]))

    def answers() -> bool:
        return slurm.run(tmp_path, "scontrol", "ping").returncode == 0

    conf = str(tmp_path / "slurm.conf")
    with slurm.running(tmp_path, "slurmctld", "-D", "-f", conf, ready=answers):
        shown = slurm.run(tmp_path, "scontrol", "show", "partition", "--oneliner").stdout
    found = {line.split()[0].removeprefix("PartitionName=") for line in shown.splitlines()}
    assert found == {"dev", *taken}


@pytest.mark.parametrize(
    "conf", ["PartitionName=gpu Nodes=ALL Topology=tree State=UP\n"], ids=["token of 25.11"]
)
def test_slurmctld_starts_after_an_empty_topology_is_removed(tmp_path: Path, conf: str) -> None:
    slurm.write_conf(tmp_path, conf)
    (tmp_path / "topology.yaml").write_text("[]\n", "utf-8")
    (tmp_path / "topology.conf").write_text("", "utf-8")
    assert not slurm.starts(tmp_path)

    setup(tmp_path)
    done = slurm.run_script(tmp_path, "topology.sh")

    assert done.returncode == 0, done.stderr
    assert slurm.starts(tmp_path)


def setup(folder: Path) -> NodeSetup:
    """Write the scripts of a node, and commands that would change this machine."""
    (folder / "homes").mkdir(exist_ok=True)
    made = NodeSetup(
        users=[
            OsUser(name="ada", uid=10_001, account="vision"),
            OsUser(name="bob", uid=10_002),
            OsUser(name="eve_2", uid=10_003, account="speech-team"),
            # A keyword of sacctmgr.
            OsUser(name="set", uid=10_004, account="where"),
        ],
        homes=str(folder / "homes"),
    )
    for name, text in made.files().items():
        (folder / name).write_text(text, "utf-8")
    (folder / "bin").mkdir(exist_ok=True)
    for name in ("groupadd", "useradd", "chown", "systemctl", "getent", "id", "sleep"):
        file = folder / "bin" / name
        file.write_text("#!/bin/bash\nexit 0\n", "utf-8")
        file.chmod(0o755)
    return made


@pytest.mark.slow
def test_controller_adds_users_to_accounts_of_real_slurm(tmp_path: Path) -> None:
    slurm.write_conf(
        tmp_path,
        "AccountingStorageType=accounting_storage/slurmdbd\nAccountingStorageHost=localhost\n"
        "AccountingStoragePort=26819\n",
    )
    setup(tmp_path)
    with slurm.accounting(tmp_path):
        # Slurmctld registers the cluster; a controller that is faster waits for it.
        early = slurm.run_script(tmp_path, "controller.sh", ACCOUNTING_TRIES="1")
        assert "Slurm has no accounting" in early.stdout
        slurm.run(tmp_path, "sacctmgr", "--immediate", "add", "cluster", "hyperpod")
        for _ in range(2):
            done = slurm.run_script(tmp_path, "controller.sh")
            assert done.returncode == 0, done.stdout + done.stderr
            assert "did not take" not in done.stdout
        shown = slurm.run(
            tmp_path,
            "sacctmgr",
            "--noheader",
            "--parsable2",
            "show",
            "assoc",
            "format=user,account",
        )
    assert {"ada|vision", "eve_2|speech-team", "set|where"} <= set(shown.stdout.split())
    assert "bob" not in shown.stdout
