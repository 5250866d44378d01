"""Real Slurm, in a folder: its accounting with MariaDB, and its controller.

From Debian's packages, installed, or unpacked below the folder that ``SLURM_ROOT`` names.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(os.environ.get("SLURM_ROOT", "/"))
_LIBRARIES = _ROOT / "usr" / "lib" / "x86_64-linux-gnu"
_PLUGINS = _LIBRARIES / "slurm-wlm"
_NEEDED = ("slurmctld", "slurmdbd", "sacctmgr", "scontrol", "mariadbd", "mariadb-install-db")
SECONDS = 20
BASE = """\
ClusterName=hyperpod
SlurmctldHost=localhost
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=root
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/linuxproc
MpiDefault=none
"""


def binary(name: str) -> Path | None:
    """Return where a program is, under Debian's name of it or its own; None where it is not."""
    folders = [_ROOT / "usr" / folder for folder in ("sbin", "bin")]
    found = [folder / f"{name}{end}" for end in ("", "-wlm") for folder in folders]
    return next((file for file in found if file.is_file()), None)


def is_installed() -> bool:
    """Tell whether everything is there, and this user may run it."""
    return os.geteuid() == 0 and all(map(binary, _NEEDED))


def environment(folder: Path) -> Mapping[str, str]:
    """Return the environment of programs of Slurm."""
    paths = ":".join(str(_ROOT / "usr" / name) for name in ("bin", "sbin"))
    return {
        "PATH": f"{paths}:/usr/sbin:/usr/bin:/sbin:/bin",
        "LD_LIBRARY_PATH": f"{_LIBRARIES}:{_PLUGINS}",
        "SLURM_CONF": str(folder / "slurm.conf"),
    }


def write_conf(folder: Path, more: str) -> None:
    """Write slurm.conf as HyperPod does, with nodes that are not there."""
    (folder / "state").mkdir(exist_ok=True)
    (folder / "slurm.conf").write_text(
        f"{BASE}PluginDir={_PLUGINS}\nStateSaveLocation={folder}/state\n"
        f"SlurmdSpoolDir={folder}\nSlurmctldPidFile={folder}/ctld.pid\n"
        f"NodeName=ip-10-0-0-[1-4] CPUs=8 RealMemory=1000 State=FUTURE\n{more}",
        "utf-8",
    )


@contextmanager
def running(
    folder: Path, name: str, *arguments: str, ready: Callable[[], bool]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the context ends, and wait until it is ready or has ended."""
    log = (folder / f"{name}.log").open("wb")
    command = [str(binary(name)), *arguments]
    with subprocess.Popen(command, env=environment(folder), stdout=log, stderr=log) as process:
        try:
            end = time.monotonic() + SECONDS
            while process.poll() is None and not ready() and time.monotonic() < end:
                time.sleep(0.1)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(SECONDS)
            log.close()


def run(folder: Path, name: str, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run(
        [str(binary(name)), *arguments],
        env={**environment(folder), **given},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def run_script(folder: Path, script: str, **given: str) -> subprocess.CompletedProcess[str]:
    """Run a script of a node, with the commands in ``bin`` before this machine's."""
    own = {
        "SLURM_ETC": str(folder),
        **dict.fromkeys(("PLATFORM_FOLDER", "UNITS"), str(folder / "bin")),
    }
    found = environment(folder)
    return subprocess.run(
        ["bash", "-u", str(folder / script)],
        env={**found, "PATH": f"{folder}/bin:{found['PATH']}", **own, **given},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def starts(folder: Path) -> bool:
    """Tell whether slurmctld starts with the slurm.conf of a folder."""

    def answers() -> bool:
        return run(folder, "scontrol", "ping").returncode == 0

    conf = str(folder / "slurm.conf")
    with running(folder, "slurmctld", "-D", "-f", conf, ready=answers) as process:
        return process.poll() is None and answers()


def partitions(folder: Path, names: Sequence[str]) -> str:
    """Return what a slurm.conf says of partitions, all of which slurmctld must take."""
    return "".join(f"PartitionName={name} Nodes=ALL State=UP\n" for name in names)


@contextmanager
def accounting(folder: Path) -> Iterator[None]:
    """Run Slurm's accounting daemon, with a database of its own."""
    data, socket = folder / "sql", folder / "sql.sock"
    base = f"--basedir={_ROOT / 'usr'}"
    made = run(
        folder,
        "mariadb-install-db",
        "--no-defaults",
        "--user=root",
        base,
        f"--datadir={data}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
    )
    assert made.returncode == 0, made.stdout + made.stderr
    conf = folder / "slurmdbd.conf"
    conf.write_text(
        f"AuthType=auth/none\nDbdHost=localhost\nDbdPort=26819\nSlurmUser=root\n"
        "StorageType=accounting_storage/mysql\nStorageHost=127.0.0.1\nStoragePort=26820\n"
        f"StorageUser=slurm\nStoragePass=slurm\nStorageLoc=slurm\nPluginDir={_PLUGINS}\n"
        f"PidFile={folder}/dbd.pid\n",
        "utf-8",
    )
    conf.chmod(0o600)
    users = folder / "users.sql"
    users.write_text(
        "create user 'slurm'@'127.0.0.1' identified by 'slurm';\n"
        "create user 'slurm'@'localhost' identified by 'slurm';\n"
        "grant all on *.* to 'slurm'@'127.0.0.1';\ngrant all on *.* to 'slurm'@'localhost';\n",
        "utf-8",
    )
    with (
        running(
            folder,
            "mariadbd",
            "--no-defaults",
            "--user=root",
            base,
            f"--datadir={data}",
            f"--socket={socket}",
            "--port=26820",
            "--bind-address=127.0.0.1",
            f"--pid-file={folder}/sql.pid",
            f"--init-file={users}",
            "--innodb-buffer-pool-size=16M",
            ready=socket.exists,
        ),
        running(
            folder,
            "slurmdbd",
            "-D",
            ready=lambda: run(folder, "sacctmgr", "show", "cluster").returncode == 0,
        ),
    ):
        yield
