"""The script with which nodes reach a Lustre file system through EFA, run on made-up devices."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from sagemaker_platform.hyperpod import NodeSetup
from sagemaker_platform.hyperpod.kubernetes import KubernetesNodeSetup

NAMES = {"availability-zone": "eu-west-1a", "availability-zone-id": "euw1-az2"}


def run(
    folder: Path, *, zone: str, interfaces: int, client: bool = True, configured: bool = False
) -> tuple[subprocess.CompletedProcess[str], Sequence[str]]:
    """Run the script twice as on a node, and return the calls of the second time."""
    for name in ("bin", "scripts", "own", "units", "devices", "drivers/efa", "drivers/mlx5"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number in range(interfaces + 1):
        device = folder / "devices" / f"rdmap{number:02}" / "device"
        device.mkdir(parents=True, exist_ok=True)
        driver = "efa" if number < interfaces else "mlx5"
        (device / "driver").symlink_to(folder / "drivers" / driver)
    setup = KubernetesNodeSetup(lustre_efa_zone=zone)
    for name, text in setup.files().items():
        (folder / "scripts" / name).write_text(text, "utf-8")
    calls = folder / "calls"
    zones = "\n".join(f"*placement/{key}) echo {value} ;;" for key, value in NAMES.items())
    nid = "echo 10.0.0.1@tcp; echo 10.0.0.1@efa" if configured else "exit 0"
    fakes = {
        "curl": f'case "${{@: -1}}" in\n{zones}\n*token) echo t ;;\nesac',
        "modprobe": "exit 0" if client else '[ "$1" != kefalnd ]',
        "lnetctl": f'[[ "$*" != "net show"* ]] || {{ {nid}; }}',
        "ip": 'echo "default via 10.0.0.1 dev ens32 proto dhcp"',
        "systemctl": "exit 0",
    }
    for name, body in fakes.items():
        file = folder / "bin" / name
        file.write_text(f'#!/bin/bash\necho "{name} $*" >>"{calls}"\n{body}\n', "utf-8")
        file.chmod(0o755)
    calls.write_text("", "utf-8")
    done = subprocess.run(
        ["bash", "-u", str(folder / "scripts" / "lustre_efa.sh")],
        env={
            "PATH": f"{folder}/bin:{os.environ['PATH']}",
            "DEVICES": str(folder / "devices"),
            "PLATFORM_FOLDER": str(folder / "own"),
            "UNITS": str(folder / "units"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done, calls.read_text("utf-8").splitlines()


@pytest.mark.parametrize(
    ("interfaces", "used"),
    [
        (1, ["00"]),
        (4, ["00", "03"]),
        (16, ["00", "15"]),
        (32, ["00", "04", "08", "12", "16", "20", "24", "28"]),
    ],
)
@pytest.mark.parametrize("zone", NAMES.values())
def test_lustre_uses_as_many_interfaces_as_aws_says(
    tmp_path: Path, zone: str, interfaces: int, used: Sequence[str]
) -> None:
    done, calls = run(tmp_path, zone=zone, interfaces=interfaces)

    assert done.returncode == 0, done.stderr
    assert "modprobe kefalnd ipif_name=ens32" in calls
    assert [call for call in calls if call.startswith("lnetctl net add --net efa")] == [
        f"lnetctl net add --net efa --if rdmap{number} --peer-credits 32" for number in used
    ]
    assert "lnetctl udsp add --src efa --priority 0" in calls
    # A restart forgets it.
    unit = (tmp_path / "units" / "platform-lustre-efa.service").read_text("utf-8")
    assert f"ExecStart=/bin/bash {tmp_path}/own/lustre_efa.sh" in unit
    assert "Before=remote-fs-pre.target kubelet.service" in unit
    assert (tmp_path / "own" / "lustre_zone").read_text("utf-8") == f"{zone}\n"


def test_it_is_configured_once(tmp_path: Path) -> None:
    done, calls = run(tmp_path, zone="eu-west-1a", interfaces=4, configured=True)

    assert done.returncode == 0, done.stderr
    assert not [call for call in calls if " add " in call]


@pytest.mark.parametrize(
    ("zone", "interfaces", "client", "right"),
    [
        ("eu-west-1b", 32, True, "the file system is in eu-west-1b"),
        ("euw1-az1", 32, True, "the file system is in euw1-az1"),
        ("eu-west-1a", 0, True, "no EFA"),
        ("eu-west-1a", 4, False, "no Lustre client with EFA"),
    ],
)
def test_other_nodes_use_tcp(
    tmp_path: Path, zone: str, interfaces: int, client: bool, right: str
) -> None:
    done, calls = run(tmp_path, zone=zone, interfaces=interfaces, client=client)

    assert done.returncode == 0, done.stderr
    assert right in done.stdout
    assert not [call for call in calls if call.startswith("lnetctl")]


def test_nodes_of_slurm_have_it_too() -> None:
    files = NodeSetup(lustre_efa_zone="eu-west-1a").files()
    assert files["lustre_zone"] == "eu-west-1a\n"
    assert 'bash "$FOLDER/lustre_efa.sh"' in files["common.sh"]
    assert "lustre_efa.sh" not in NodeSetup().files()
