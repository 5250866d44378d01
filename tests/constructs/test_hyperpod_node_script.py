"""The script of nodes on EKS, run where its files are, for each family of images."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sagemaker_platform.hyperpod.kubernetes import NODE_SCRIPT, KubernetesNodeSetup
from tests.support import ROOT as PROJECT

AL2_CONFIG = 'version = 2\nroot = "/var/lib/containerd"\nstate = "/run/containerd"\n'
SYSTEMD = "etc/systemd/system/containerd.service.d/platform.conf"


def node(folder: Path, version: str) -> None:
    """Make the files that an image has."""
    for name in ("etc/eks/containerd", "var/lib/containerd/images", "volume", "bin", "scripts"):
        (folder / name).mkdir(parents=True)
    (folder / "etc/os-release").write_text(f'VERSION_ID="{version}"\n', "utf-8")
    if version == "2":
        (folder / "etc/eks/containerd/containerd-config.toml").write_text(AL2_CONFIG, "utf-8")


def run(
    folder: Path,
    *,
    mounted_after: int = 0,
    writable: bool = True,
    team: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the script, with the second volume mounted at some try, or never."""
    for name, text in KubernetesNodeSetup(team_script=team).files().items():
        (folder / "scripts" / name).write_text(text, "utf-8")
    count = folder / "tries"
    count.unlink(missing_ok=True)
    fakes = {
        "mountpoint": f'echo x >>"{count}"; [ "$(wc -l <"{count}")" -gt {mounted_after} ]',
        "systemctl": "exit 0",
        "sleep": f'echo "$1" >>"{folder}/slept"',
    }
    if not writable:
        fakes["touch"] = "exit 1"
    for name in ("mountpoint", "systemctl", "sleep", "touch"):
        (folder / "bin" / name).unlink(missing_ok=True)
    for name, body in fakes.items():
        (folder / "bin" / name).write_text(f"#!/bin/bash\n{body}\n", "utf-8")
        (folder / "bin" / name).chmod(0o755)
    # What HyperPod gives: no NODE_TYPE, and no more than this.
    return subprocess.run(
        ["bash", "-u", str(folder / "scripts" / NODE_SCRIPT)],
        env={
            "PATH": f"{folder}/bin:{os.environ['PATH']}",
            "ROOT": str(folder),
            "VOLUME": str(folder / "volume"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("tries", [0, 3])
def test_containers_move_on_amazon_linux_2(tmp_path: Path, tries: int) -> None:
    node(tmp_path, "2")
    for _ in range(2):
        done = run(tmp_path, mounted_after=tries)
        assert done.returncode == 0, done.stderr

    root = f"{tmp_path}/volume/containerd/data-root"
    config = (tmp_path / "etc/eks/containerd/containerd-config.toml").read_text("utf-8")
    assert config == AL2_CONFIG.replace("/var/lib/containerd", root)


def test_containers_move_on_amazon_linux_2023(tmp_path: Path) -> None:
    """There is no file to edit yet: systemd is told to start containerd with another one."""
    node(tmp_path, "2023")
    for _ in range(2):
        done = run(tmp_path, mounted_after=2)
        assert done.returncode == 0, done.stderr

    base = tmp_path / "volume" / "containerd"
    unit = (tmp_path / SYSTEMD).read_text("utf-8")
    assert f"ExecStart=/usr/bin/containerd --config {base}/config.toml" in unit
    # Images of the AMI, which no registry has.
    assert (base / "data-root" / "images").is_dir()
    assert not (base / "data-root" / "containerd").exists()

    given = tmp_path / "given.toml"
    given.write_text('version = 3\n#root = "/var/lib/containerd"\n[grpc]\n', "utf-8")
    text = (base / "configure.sh").read_text("utf-8")
    text = text.replace("/etc/containerd/config.toml", str(given))
    subprocess.run(["bash", "-c", text], check=True)
    config = (base / "config.toml").read_text("utf-8")
    assert config == f'version = 3\nroot = "{base}/data-root"\n[grpc]\n'


def test_an_interrupted_copy_of_images_is_made_again(tmp_path: Path) -> None:
    node(tmp_path, "2023")
    data = tmp_path / "volume" / "containerd" / "data-root"
    (data / "half").mkdir(parents=True)

    assert run(tmp_path).returncode == 0

    assert (data / "images").is_dir()
    assert not (data / "half").exists()


@pytest.mark.parametrize(("mounted_after", "writable"), [(99, True), (0, False)])
@pytest.mark.parametrize("version", ["2", "2023"])
def test_a_node_without_a_usable_volume_comes_up(
    tmp_path: Path, version: str, mounted_after: int, writable: bool
) -> None:
    node(tmp_path, version)

    done = run(tmp_path, mounted_after=mounted_after, writable=writable)

    assert done.returncode == 0, done.stderr
    assert "containers stay on the root volume" in done.stdout
    assert not (tmp_path / SYSTEMD).exists()


def test_the_example_of_a_team_script_runs(tmp_path: Path) -> None:
    """It is one file for both orchestrators, with `set -u`."""
    node(tmp_path, "2023")
    text = (PROJECT / "examples" / "hyperpod-node-setup.sh").read_text("utf-8")
    (tmp_path / "etc/security/limits.d").mkdir(parents=True)

    done = run(tmp_path, team=text.replace("/etc/security", f"{tmp_path}/etc/security"))

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "etc/security/limits.d/jobs.conf").is_file()


def test_a_script_that_fails_fails_the_node_after_its_log_is_uploaded(tmp_path: Path) -> None:
    node(tmp_path, "2023")

    assert run(tmp_path, team="exit 3\n").returncode == 3
    assert (tmp_path / "slept").read_text("utf-8").split()[-1] == "60"


def test_shellcheck_finds_nothing() -> None:
    """Neither in scripts of nodes nor in the example of a team's script."""
    scripts = [
        *(PROJECT / "constructs/sagemaker_platform/hyperpod").rglob("*.sh"),
        PROJECT / "examples" / "hyperpod-node-setup.sh",
    ]
    assert len(scripts) > 5
    shellcheck = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run(
        [shellcheck, "--external-sources", "--severity=warning", *scripts],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
