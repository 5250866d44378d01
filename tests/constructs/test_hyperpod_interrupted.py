"""Scripts of nodes that end anywhere, such as by a reboot, and run again on the same files."""

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from sagemaker_platform.hyperpod import NodeSetup, OsUser
from sagemaker_platform.hyperpod.kubernetes import NODE_SCRIPT, KubernetesNodeSetup

# What a script calls: with the number of a call in KILL_AT, the script ends there for good.
COUNTED = """\
#!/bin/bash
echo x >>"$CALLS"
if [ "$(wc -l <"$CALLS")" = "${{KILL_AT:-}}" ]; then kill -9 "$(cat "$CALLS.pid")"; exit 1; fi
{body}
"""
FAKES = {
    "chown": "exit 0",
    "getent": "exit 1",
    "groupadd": "exit 0",
    "id": "exit 1",
    "mountpoint": "exit 0",
    "sacctmgr": 'echo "hyperpod|"',
    "ssh-keygen": 'echo key >"${@: -1}"; echo pub >"${@: -1}.pub"',
    "stat": "echo 10001",
    "systemctl": "exit 0",
    "useradd": "exit 0",
    "cp": 'exec /bin/cp "$@"',
    "mkdir": 'exec /bin/mkdir "$@"',
    "mv": 'exec /bin/mv "$@"',
    "sed": 'exec /bin/sed "$@"',
}


def node(folder: Path, files: Mapping[str, str]) -> None:
    for name in ("bin", "scripts", "node", "homes", "skel", "volume", "var/lib/containerd/images"):
        (folder / name).mkdir(parents=True)
    for name, text in files.items():
        (folder / "scripts" / name).write_text(
            text.replace("/etc/skel", str(folder / "skel")), "utf-8"
        )
    for name, body in FAKES.items():
        file = folder / "bin" / name
        file.write_text(COUNTED.format(body=body), "utf-8")
        file.chmod(0o755)


def run(folder: Path, script: str, kill_at: int | None) -> int:
    """Run a script, and return its exit status."""
    calls = folder / "calls"
    calls.write_text("", "utf-8")
    own = {name: str(folder / "node") for name in ("PLATFORM_FOLDER", "SLURM_ETC", "UNITS")}
    done = subprocess.run(
        ["bash", "-c", f'echo $$ >"{calls}.pid"; exec bash -u "$0"', folder / "scripts" / script],
        env={
            "PATH": f"{folder}/bin:{os.environ['PATH']}",
            "CALLS": str(calls),
            "ROOT": str(folder),
            "VOLUME": str(folder / "volume"),
            "FAILURE_SECONDS": "0",
            **own,
            **({} if kill_at is None else {"KILL_AT": str(kill_at)}),
        },
        capture_output=True,
        check=False,
        timeout=60,
    )
    return done.returncode


@pytest.mark.parametrize(
    "script", ["compute.sh", pytest.param("controller.sh", marks=pytest.mark.slow)]
)
def test_slurm_node_is_complete_after_any_interruption(tmp_path: Path, script: str) -> None:
    def files(folder: Path) -> Mapping[str, str]:
        return NodeSetup(
            users=[OsUser(name="ada", uid=10_001, account="vision")],
            homes=str(folder / "homes"),
            folders=[str(folder / "fsx")],
        ).files()

    for number in range(1, 200):
        own = tmp_path / str(number)
        node(own, files(own))
        (own / "node" / "slurm.conf").write_text("PartitionName=a Topology=tree\n", "utf-8")
        code = run(own, script, number)
        if code == 0:
            assert number > 8
            return
        assert code == -signal.SIGKILL, number
        assert run(own, script, None) == 0, number
        home = own / "homes" / "ada"
        assert (home / ".ssh" / "authorized_keys").read_text("utf-8") == "pub\n", number
        assert home.stat().st_mode & 0o777 == 0o700, number
        assert not list((home / ".ssh").glob("new.*/id_ed25519.pub.*")), number
        assert (own / "fsx" / "ada").is_dir(), number
        topology = "Topology" in (own / "node" / "slurm.conf").read_text("utf-8")
        assert topology is (script == "compute.sh"), number
    pytest.fail("the script never ran to its end")


@pytest.mark.parametrize("version", ["2", "2023"])
def test_eks_node_is_complete_after_any_interruption(tmp_path: Path, version: str) -> None:
    config = "etc/eks/containerd/containerd-config.toml"
    for number in range(1, 200):
        own = tmp_path / str(number)
        node(own, KubernetesNodeSetup().files())
        (own / "etc/eks/containerd").mkdir(parents=True)
        (own / "etc/os-release").write_text(f'VERSION_ID="{version}"\n', "utf-8")
        if version == "2":
            (own / config).write_text('root = "/var/lib/containerd"\n', "utf-8")
        code = run(own, NODE_SCRIPT, number)
        if code == 0:
            assert number > 2
            return
        assert code == -signal.SIGKILL, number
        assert run(own, NODE_SCRIPT, None) == 0, number
        data = own / "volume" / "containerd" / "data-root"
        if version == "2":
            assert (own / config).read_text("utf-8") == f'root = "{data}"\n', number
        else:
            assert (data / "images").is_dir(), number
            assert (own / "etc/systemd/system/containerd.service.d/platform.conf").is_file()
    pytest.fail("the script never ran to its end")
