"""What goes wrong is said in one sentence, and nothing is left running."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from operations.assembly import Assembly, AssemblyError
from operations.rehearsal import installation
from operations.rehearsal.errors import RehearsalError
from operations.rehearsal.project import Project
from operations.rehearsal.rehearsal import Rehearsal

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[2]


def run(project: Project, *arguments: str, start: bool = False) -> Any:
    (project.root / "node_modules").symlink_to(REPOSITORY / "node_modules")
    (project.root / ".rehearsal").symlink_to(REPOSITORY / ".rehearsal")
    command = [sys.executable, "-m", "operations", "rehearse", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(project.root)}
    process = subprocess.Popen(
        command,
        cwd=project.root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if start:
        return process
    out, err = process.communicate(timeout=90)
    return process.returncode, out, err


def test_a_taken_port(project_copy: Project) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, _, err = run(project_copy, "--port", str(port))
    assert status == 1
    assert err.startswith(f"Rehearsal failed: Port {port} on 127.0.0.1 is taken")
    assert "--port" in err
    assert "Traceback" not in err


def test_no_such_port(project_copy: Project) -> None:
    status, _, err = run(project_copy, "--port", "99999")
    assert (status, err) == (
        1,
        "Rehearsal failed: There is no port 99999: ports are 1 to 65535.\n",
    )


def test_no_such_environment(rehearsal: Rehearsal, deployed: Assembly) -> None:
    with pytest.raises(AssemblyError, match=r"no environment 'prodd' in .*: alpha, beta"):
        rehearsal.deploy(deployed, ["prodd"])


def test_an_app_that_does_not_synthesize(project_copy: Project, rehearsal: Rehearsal) -> None:
    (project_copy.root / "app.py").write_text("raise SystemExit('settings.yaml: no')")
    project, rehearsal.project = rehearsal.project, project_copy
    try:
        with pytest.raises(RehearsalError, match=r"does not synthesize:\nsettings.yaml: no"):
            rehearsal.synthesize({})
    finally:
        rehearsal.project = project


def test_no_cdk_cli(project_copy: Project, tmp_path: Path) -> None:
    with pytest.raises(RehearsalError, match="run `make setup` first"):
        Project(root=project_copy.root, tools=tmp_path).cli()


def test_an_installation_that_fails_says_how_to_repeat_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins = tmp_path / "requirements.txt"
    pins.write_text("ministack==0.0.0\n")
    monkeypatch.setattr(installation, "_REQUIREMENTS", pins)
    with pytest.raises(RehearsalError, match="`sagemaker-platform rehearse --setup`"):
        installation.install(tmp_path / "home", lambda line: None)


def test_an_installation_is_made_once(
    monkeypatch: pytest.MonkeyPatch, rehearsal: Rehearsal
) -> None:
    monkeypatch.setattr(installation, "_run", pytest.fail)
    installation.install(REPOSITORY / ".rehearsal", pytest.fail)


def test_a_deploy_that_hangs_names_the_resource(
    rehearsal: Rehearsal, synthesize: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsal.emulator.order_fault("zeta-two-network/Vpc", action="create", delay=8.0)
    started = rehearsal.start_deploy(synthesize(), ["zeta-two"])
    until = time.monotonic() + 60
    while not any(s["busy"] for s in rehearsal.emulator.stacks()):
        assert time.monotonic() < until, started[0][1].tail()
        time.sleep(0.1)
    monkeypatch.setattr(rehearsal, "_limit", 1.0)
    with pytest.raises(RehearsalError) as failure:
        rehearsal.finish("deploy", started)
    assert str(failure.value) == (
        "The deploy of zeta-two did not end within 1 s: it waits for "
        "Vpc (AWS::EC2::VPC, CREATE_IN_PROGRESS) of stack zeta-two-network."
    )


def test_a_function_that_cannot_start_fails_the_deploy_at_once(
    rehearsal: Rehearsal, synthesize: Any
) -> None:
    with pytest.raises(RehearsalError, match=r"Custom::Apps\).*The function failed.*nothing"):
        rehearsal.deploy(synthesize("crash"), ["eta"])


def test_what_the_cli_refuses_is_said_in_one_sentence(
    rehearsal: Rehearsal, synthesize: Any
) -> None:
    with pytest.raises(RehearsalError) as failure:
        rehearsal.deploy(synthesize("unknown"), ["theta"])
    assert str(failure.value) == (
        "The deploy of theta failed: Template format error: "
        "Unrecognized resource types: [AWS::SageMaker::Domian]"
    )


def test_a_killed_cli_is_named(rehearsal: Rehearsal, deployed: Assembly) -> None:
    started = rehearsal.start_deploy(deployed, ["beta"])
    os.killpg(started[0][1].popen.pid, signal.SIGKILL)
    with pytest.raises(RehearsalError, match=r"deploy of beta failed: .* was killed \(signal 9\)"):
        rehearsal.finish("deploy", started)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_stopped_rehearsal_leaves_nothing_running(project_copy: Project, name: str) -> None:
    process = run(project_copy, "--env", "alpha", start=True)
    line = process.stdout.readline()
    port = int(line.rpartition(":")[2].rstrip(".\n"))
    assert _answers(port)
    _wait_until(lambda: _runs_cli(project_copy), "the CLI did not start")
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=30)
    _wait_until(lambda: not _answers(port), f"the emulator outlived {name}")
    _wait_until(lambda: not _runs_cli(project_copy), f"the CLI outlived {name}")
    if name != "SIGKILL":
        assert process.returncode == 130
        assert err == "Rehearsal interrupted; everything it started is stopped.\n"
    assert "Traceback" not in out + err


def test_a_killed_emulator_is_named(project_copy: Project) -> None:
    with Rehearsal(project_copy, say=lambda line: None) as own:
        os.kill(own.emulator.process.popen.pid, signal.SIGKILL)
        own.emulator.process.popen.wait(10)
        with pytest.raises(RehearsalError, match=r"The emulator was killed \(signal 9\)"):
            own.synthesize({"environments": "alpha"})


def test_settings_of_the_users_neither_reach_nor_disturb_a_rehearsal(
    project_copy: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    files = [home / ".aws" / "config", home / ".aws" / "credentials", home / ".cdk.json"]
    files.append(project_copy.root / "cdk.context.json")
    for file in files:
        file.write_text("[broken")
    nowhere = "http://127.0.0.1:9"
    for name, value in {
        "HOME": str(home),
        "AWS_PROFILE": "production",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "CDK_DEFAULT_ACCOUNT": "999999999999",
        "CDK_CONTEXT_JSON": "{broken",
        "HTTP_PROXY": nowhere,
        "https_proxy": nowhere,
        "SERVICES": "s3",
    }.items():
        monkeypatch.setenv(name, value)
    with Rehearsal(project_copy, say=lambda line: None) as own:
        own.bootstrap([("777777777777", "eu-west-1")])
        (toolkit,) = own.emulator.stacks()
    assert (toolkit["account"], toolkit["status"]) == ("777777777777", "CREATE_COMPLETE")
    assert {file.read_text() for file in files} == {"[broken"}
    assert {path for path in home.rglob("*") if path.is_file()} < set(files)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _runs_cli(project: Project) -> bool:
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "args"], capture_output=True, text=True, check=True
    ).stdout
    # Of this copy: other tests may run the CLI at the same time.
    return str(project.root / "node_modules" / ".bin" / "cdk") in listed


def _wait_until(happens: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + 40
    while not happens():
        assert time.monotonic() < until, otherwise
        time.sleep(0.1)
