"""What all verbs of `sagemaker-platform` have in common."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from operations.cli import VERBS
from tests.operations import program
from tests.support import FIXTURES, ROOT, TYPICAL

MINIMAL = "examples/foundation-minimal.yaml"


@pytest.mark.parametrize("verb", VERBS)
def test_help_says_what_a_verb_does_and_shows_an_example(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.run(verb, "--help") == 0
    text = capsys.readouterr().out
    assert re.search(r"Examples?: ", text)
    assert f"sagemaker-platform {verb}" in text


def test_help_does_not_wait_for_settings_or_the_cdk() -> None:
    script = (
        "import sys; from operations.cli import app; app(['synth', '--help'], "
        "standalone_mode=False); print(*sys.modules, file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    imported = set(run.stderr.split())
    assert "operations.verbs.synth" in imported
    assert imported.isdisjoint({"aws_cdk", "boto3", "stacks.settings"})


def test_names_and_files_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run("check", "--env", "dev", "--files", MINIMAL) == 1
    assert "must not be combined" in capsys.readouterr().err


def test_unknown_environments_have_near_matches(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(FIXTURES, tmp_path / "environments")
    shutil.copy(ROOT / "cdk.json", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert program.run("check", "--env", "dev,stagin") == 1
    message = "environments/stagin.yaml: no such environment; did you mean staging?\n"
    assert capsys.readouterr().err == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["schema"], "environments/schema.json: Is a directory. "),
        (["picture", "--files", str(ROOT / MINIMAL)], ".cache/pictures: Not a directory. "),
        (["review"], "git is not installed. Install it"),
    ],
    ids=lambda one: one[0],
)
def test_paths_and_programs_that_fail_are_one_line(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "cdk.json", tmp_path)
    (tmp_path / "environments/schema.json").mkdir(parents=True)
    (tmp_path / ".cache").touch()

    made = subprocess.run(
        [sys.executable, "-m", "operations", *arguments],
        cwd=tmp_path,
        # Without programs.
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'constructs'}", "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert made.returncode == 1
    assert made.stderr.startswith(message)
    assert len(made.stderr.splitlines()) == 1
    assert not (tmp_path / "environments/schema.json.new").exists()


def test_check_validates_settings(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "foundation-minimal.yaml"
    text = (ROOT / MINIMAL).read_text("utf-8")
    file.write_text(text, "utf-8")
    assert program.run("check", "--files", file) == 0
    assert capsys.readouterr().out == "Valid: foundation-minimal\n"
    file.write_text(f"{text}nonsense: 1\n", "utf-8")
    assert program.run("check", "--files", file, "--json") == 1
    [error] = json.loads(capsys.readouterr().out)["errors"]
    assert error.startswith(f"{file}:{len(text.splitlines()) + 1}: nonsense: no such key")


def test_check_needs_no_cdk() -> None:
    script = (
        "import sys; from operations.cli import app\n"
        f"try: app(['check', '--files', {MINIMAL!r}])\n"
        "finally: print(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {"aws_cdk", "boto3", "jsii"}.isdisjoint(run.stdout.split())


def test_check_compiles_once(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "operations", "check", MINIMAL],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(tmp_path)},
        check=True,
        capture_output=True,
    )
    assert list(tmp_path.rglob("loading.*.pyc"))


def test_files_that_the_shell_expanded_are_taken(capsys: pytest.CaptureFixture[str]) -> None:
    files = ["examples/foundation-minimal.yaml", "examples/studio-minimal.yaml"]
    assert program.run("check", "--files", *files) == 0
    assert capsys.readouterr().out == "Valid: foundation-minimal, studio-minimal\n"


def test_another_folder_is_refused_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert program.run("check") == 1
    message = f"There is no cdk.json here. Run it in the checkout: cd {ROOT}\n"
    assert capsys.readouterr().err == message


def test_a_closed_pipe_ends_quietly() -> None:
    command = f"set -o pipefail; {sys.executable} -m operations length --help | head -1"
    run = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.stderr == ""


def test_output_that_is_no_terminal_has_no_colors(capsys: pytest.CaptureFixture[str]) -> None:
    program.run("check", "--env", "none")
    assert "\033[" not in capsys.readouterr().err


def test_placeholder_accounts_are_not_deployed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(os, "execv", lambda *words: pytest.fail(f"ran {words}"))
    assert program.run("deploy", "--files", FIXTURES / "dev.yaml") == 1
    message = "Not deployed: the account of dev (111111111111) is a placeholder."
    assert capsys.readouterr().err.startswith(message)


def test_deploy_replaces_the_process_by_the_cdk_cli(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    text = (FIXTURES / "dev.yaml").read_text("utf-8")
    file.write_text(text.replace("111111111111", "123456789012").replace("name: dev", "name: mine"))
    ran: list[list[str]] = []

    def execv(command: str, words: list[str]) -> None:
        ran.append(words[1:])
        raise SystemExit(0)

    monkeypatch.setattr(os, "execv", execv)
    monkeypatch.setenv("PATH", os.environ["PATH"])
    assert program.run("deploy", "--files", file, "--cdk", "--require-approval never") == 0
    assert ran == [
        [
            *("deploy", "mine/*", "--concurrency", "4"),
            *("--context", f"files={json.dumps([str(file)])}", "--require-approval", "never"),
        ]
    ]


@pytest.mark.parametrize("verb", ["diff", "deploy", "destroy"])
def test_deployments_need_a_selection(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run(verb) == 1
    assert f"Select environments to {verb}, such as --env dev" in capsys.readouterr().err


def test_permissions_are_printed_as_json(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert program.run("permissions", "--files", "examples/lakehouse-rights.yaml", "--json") == 0
    found = json.loads(capfd.readouterr().out)
    assert {"who", "may", "on", "limit", "through", "denied"} == set(found["lakehouse-rights"][0])


def test_arguments_are_environments_or_files(capsys: pytest.CaptureFixture[str]) -> None:
    file = TYPICAL[0]
    assert program.run("check", file) == 0
    assert capsys.readouterr().out == f"Valid: {file.stem}\n"

    assert program.run("check", "nowhere") == 1
    assert "environments/nowhere.yaml: no such environment" in capsys.readouterr().err

    assert program.run("check", "nowhere", file) == 1
    assert "must not be combined" in capsys.readouterr().err
