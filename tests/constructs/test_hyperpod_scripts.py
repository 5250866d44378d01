"""The scripts of nodes, run with commands that only write down how they were called."""

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from sagemaker_platform.hyperpod import NodeSetup, OsUser

ADA = OsUser(name="ada", uid=10_001, account="vision")
BOB = OsUser(name="bob", uid=10_002)
FAKES = ("groupadd", "useradd", "chown", "sleep", "systemctl")
NODE_FOLDERS = ("PLATFORM_FOLDER", "SLURM_ETC", "UNITS")

Run = Callable[..., tuple[subprocess.CompletedProcess[str], Sequence[str]]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that runs a script as on a new node."""
    bin_folder, calls = tmp_path / "bin", tmp_path / "calls"
    bin_folder.mkdir()
    (tmp_path / "homes").mkdir()
    (tmp_path / "skel").mkdir()
    (tmp_path / "node").mkdir()

    def fake(name: str, body: str) -> None:
        file = bin_folder / name
        file.write_text(f'#!/bin/bash\necho "{name} $*" >>"{calls}"\n{body}\n')
        file.chmod(0o755)

    def node(
        script: str,
        setup: NodeSetup,
        *,
        mounted: bool = True,
        mounted_after: int = 0,
        users: Sequence[str] = (),
        accounting: bool = True,
        refuses: bool = False,
        owner: int = 10_001,
        writable: bool = True,
    ) -> tuple[subprocess.CompletedProcess[str], Sequence[str]]:
        folder = tmp_path / "scripts"
        folder.mkdir(exist_ok=True)
        for name, text in setup.files().items():
            (folder / name).write_text(text.replace("/etc/skel", str(tmp_path / "skel")))
        for name in FAKES:
            fake(name, "")
        there = f'case " {" ".join(users)} " in *" ${{@: -1}} "*) exit 0;; esac; exit 1'
        fake("id", there)
        fake("getent", there)
        if not writable:
            fake("touch", "exit 1")
        tried = f'[ "$(grep -c ^mountpoint "{calls}")" -gt {mounted_after} ]'
        fake("mountpoint", tried if mounted else "exit 1")
        shown = "show cluster" if refuses else "show"
        answer = f'[[ "$*" != *"{shown}"* ]] || echo "hyperpod|"'
        fake("sacctmgr", answer if accounting else "exit 1")
        fake("stat", f"echo {owner}")
        fake("ssh-keygen", 'echo key >"${@: -1}"; echo pub >"${@: -1}.pub"')
        calls.write_text("")
        done = subprocess.run(
            ["bash", "-u", str(folder / script)],
            env={
                "PATH": f"{bin_folder}:/usr/bin:/bin",
                "MOUNT_TRIES": "2",
                **{name: str(tmp_path / "node") for name in NODE_FOLDERS},
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        return done, calls.read_text().splitlines()

    return node


def setup(tmp_path: Path, **arguments: Any) -> NodeSetup:
    return NodeSetup(users=[ADA, BOB], homes=str(tmp_path / "homes"), **arguments)


@pytest.mark.parametrize("script", ["controller.sh", "login.sh", "compute.sh"])
def test_each_node_has_the_users(run: Run, tmp_path: Path, script: str) -> None:
    done, calls = run(script, setup(tmp_path))

    assert done.returncode == 0, done.stderr
    home = tmp_path / "homes" / "ada"
    assert "groupadd --gid 10001 ada" in calls
    assert (
        f"useradd --uid 10001 --gid 10001 --no-create-home --home-dir {home} --shell /bin/bash ada"
        in calls
    )
    assert (home / ".ssh" / "authorized_keys").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700


def test_running_again_changes_nothing(run: Run, tmp_path: Path) -> None:
    def setup(tmp_path: Path) -> NodeSetup:
        return NodeSetup(users=[ADA], homes=str(tmp_path / "homes"))

    run("compute.sh", setup(tmp_path))
    key = tmp_path / "homes" / "ada" / ".ssh" / "id_ed25519"
    key.write_text("kept")

    done, calls = run("compute.sh", setup(tmp_path), users=["ada", "bob"])

    assert done.returncode == 0, done.stderr
    assert not [call for call in calls if call.startswith(("useradd", "groupadd", "ssh-keygen"))]
    assert key.read_text() == "kept"


def test_nobody_works_on_a_node_without_its_file_systems(run: Run, tmp_path: Path) -> None:
    """Homes would be made on the disk of the node."""
    done, calls = run("compute.sh", setup(tmp_path, mounts=["/fsx"]), mounted=False)

    assert done.returncode != 0
    assert "/fsx is not mounted, or not writable" in done.stdout
    assert not [call for call in calls if call.startswith("useradd")]


@pytest.mark.parametrize("script", ["controller.sh", "login.sh", "compute.sh"])
def test_a_mount_may_be_late(run: Run, tmp_path: Path, script: str) -> None:
    done, calls = run(script, setup(tmp_path, mounts=[str(tmp_path)]), mounted_after=2)

    assert done.returncode == 0, done.stderr
    assert calls.count("sleep 5") == 2
    assert [call for call in calls if call.startswith("useradd")]


def test_only_the_controller_adds_accounts(run: Run, tmp_path: Path) -> None:
    _, calls = run("controller.sh", setup(tmp_path))
    assert "sacctmgr --immediate add account name=vision" in calls
    assert "sacctmgr --immediate add user name=ada account=vision" in calls
    assert not [call for call in calls if "bob" in call and "sacctmgr" in call]

    _, calls = run("login.sh", setup(tmp_path))
    assert not [call for call in calls if call.startswith("sacctmgr")]


def test_a_cluster_without_accounting_comes_up(run: Run, tmp_path: Path) -> None:
    done, _ = run("controller.sh", setup(tmp_path), accounting=False)

    assert done.returncode == 0, done.stderr
    assert "Slurm has no accounting" in done.stdout


def test_the_script_of_a_team_runs_last(run: Run, tmp_path: Path) -> None:
    done, _ = run("compute.sh", setup(tmp_path, team_script='echo "as $NODE_TYPE"; exit 3\n'))

    assert "as compute" in done.stdout.splitlines()
    assert done.stdout.index("made") < done.stdout.index("as compute")
    # HyperPod must know that the node is not as it should be.
    assert done.returncode == 3


def test_settings_are_json(tmp_path: Path) -> None:
    settings = json.loads(setup(tmp_path, mounts=["/fsx"]).files()["settings.json"])
    assert settings["mounts"] == ["/fsx"]
    assert [user["name"] for user in settings["users"]] == ["ada", "bob"]


def test_each_user_has_a_folder_for_data(run: Run, tmp_path: Path) -> None:
    """With homes elsewhere, no user could write into the root of a Lustre file system."""
    done, calls = run("compute.sh", setup(tmp_path, folders=[str(tmp_path / "fsx" / "users")]))

    assert done.returncode == 0, done.stderr
    folder = tmp_path / "fsx" / "users" / "ada"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert f"chown 10001:10001 {folder}" in calls


@pytest.mark.parametrize("left", ["", ".ssh", ".ssh/id_ed25519"])
def test_a_home_that_an_interrupted_node_left_is_finished(
    run: Run, tmp_path: Path, left: str
) -> None:
    home = tmp_path / "homes" / "ada"
    (home / ".ssh" if left else home).mkdir(parents=True)
    if left.endswith("25519"):
        (home / left).write_text("")

    done, calls = run("compute.sh", setup(tmp_path), owner=0)

    assert done.returncode == 0, done.stderr
    assert (home / ".ssh" / "authorized_keys").read_text() == "pub\n"
    assert f"chown -R 10001:10001 {home}" in calls


def test_a_file_system_that_is_not_writable_yet_fails_the_node(run: Run, tmp_path: Path) -> None:
    done, calls = run("compute.sh", setup(tmp_path, mounts=[str(tmp_path)]), writable=False)

    assert done.returncode != 0
    assert "not writable" in done.stdout
    # HyperPod uploads the log first.
    assert calls[-1] == "sleep 60"


EMPTY = "PartitionName=gpu Nodes=ALL Topology=tree State=UP"


@pytest.mark.parametrize(
    ("conf", "files", "right"),
    [
        (EMPTY, {"topology.yaml": "---\n[]\n", "topology.conf": "\n"}, True),
        (EMPTY, {}, True),
        ("TopologyPlugin=topology/tree\n", {"topology.conf": "# Made by HyperPod\n"}, True),
        (EMPTY, {"topology.conf": "SwitchName=s1 Nodes=ip-10-0-0-[1-8]\n"}, False),
        (EMPTY, {"topology.yaml": "- topology: tree\n  cluster_default: true\n"}, False),
        ("TopologyPlugin=topology/flat\nPartitionName=gpu Nodes=ALL\n", {}, False),
    ],
    ids=["empty files", "no files", "only comments", "switches", "yaml", "none"],
)
def test_controller_removes_an_empty_topology(
    run: Run, tmp_path: Path, conf: str, files: dict[str, str], right: bool
) -> None:
    """Slurmctld crashes in a loop on it; one with content is HyperPod's to keep."""
    etc = tmp_path / "node"
    for name, text in ({"slurm.conf": conf} | files).items():
        (etc / name).write_text(text)
    for expected in (right, False):
        done, calls = run("controller.sh", setup(tmp_path), users=["ada", "bob"])
        assert done.returncode == 0, done.stderr
        # Once: systemd runs it again after each change of slurm.conf.
        assert ("systemctl restart slurmctld" in calls) is expected
    left = (etc / "slurm.conf").read_text()
    if right:
        assert "Topology=" not in left
        assert not [line for line in left.splitlines() if line.startswith("TopologyPlugin")]
        assert not (etc / "topology.yaml").exists()
        assert not (etc / "topology.conf").exists()
    else:
        assert left == conf
        assert all((etc / name).read_text() == text for name, text in files.items())


def test_systemd_watches_the_configuration_of_slurm(run: Run, tmp_path: Path) -> None:
    _, calls = run("controller.sh", setup(tmp_path))
    etc = tmp_path / "node"
    assert "systemctl enable --now platform-topology.path" in calls
    assert f"PathChanged={etc}/slurm.conf" in (etc / "platform-topology.path").read_text()
    service = (etc / "platform-topology.service").read_text()
    assert f"ExecStart=/bin/bash {etc}/topology.sh" in service
    assert (etc / "topology.sh").is_file()

    _, calls = run("compute.sh", setup(tmp_path))
    assert not [call for call in calls if call.startswith("systemctl")]


def test_an_account_that_slurm_refuses_is_told(run: Run, tmp_path: Path) -> None:
    done, _ = run("controller.sh", setup(tmp_path), refuses=True)
    assert done.returncode == 0, done.stderr
    assert "did not take ada into the account vision" in done.stdout
    done, _ = run("controller.sh", setup(tmp_path))
    assert "did not take" not in done.stdout
