"""The main job: from settings files to checked templates."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from stacks.loading import SettingsError, load_environments
from stacks.settings import EnvironmentSettings

if TYPE_CHECKING:
    from aws_cdk import App

_JSII_DIRECTORY = re.compile(r"jsii-kernel-\w{6}/")


def synthesize() -> int:
    """Synthesize the environments and check them; return the exit status.

    Context keys, given as ``cdk -c key=value``:

    - ``environments``: which ones, separated by commas; absent, all.
    - ``files``: settings files in place of ``environments/``, separated by spaces.
    - ``checks``: ``false`` leaves the checks out, for the inner loop; never in CI.
    - ``progress``: ``true`` says when an environment is built.
    """
    _prepare_process()
    # Not before: importing aws_cdk starts node, with the environment it finds.
    from aws_cdk import App

    app = App(
        context=_context_of_cdk_json(),
        outdir=os.environ.get("CDK_OUTDIR", "cdk.out"),
        analytics_reporting=False,
        tree_metadata=False,
        builtin_cloud_formation_validation=False,
    )
    context = _Context(app)
    try:
        environments = load_environments(
            names=context.words("environments"), files=context.words("files")
        )
        _refuse_placeholders(environments)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    _build(app, environments, progress=context.is_true("progress"))
    if not context.is_false("checks"):
        from sagemaker_platform.guardrails import add_checks

        add_checks(app)
    app.synth()
    _make_repeatable(Path(app.outdir))
    return _report(Path(app.outdir))


def _context_of_cdk_json() -> dict[str, object]:
    """Return what the CLI would give, so that both ways make the same templates."""
    configuration = json.loads(Path("cdk.json").read_text("utf-8"))
    return {
        **configuration["context"],
        "aws:cdk:enable-path-metadata": configuration["pathMetadata"],
    }


class _Context:
    def __init__(self, app: "App") -> None:
        self._node = app.node

    def words(self, key: str) -> list[str]:
        return str(self._node.try_get_context(key) or "").replace(",", " ").split()

    def is_true(self, key: str) -> bool:
        return str(self._node.try_get_context(key)).lower() == "true"

    def is_false(self, key: str) -> bool:
        return str(self._node.try_get_context(key)).lower() == "false"


def _prepare_process() -> None:
    # The node beside this Python, of the version this project pins.
    node = Path(sys.executable).with_name("node")
    if node.exists():
        os.environ.setdefault("JSII_NODE", str(node))
    # Puts the line of our Python into every finding.
    os.environ.setdefault("JSII_HOST_STACK_TRACES", "1")


def _build(app: "App", environments: Sequence[EnvironmentSettings], *, progress: bool) -> None:
    from stacks.environment import EnvironmentStage

    for environment in environments:
        before = time.monotonic()
        EnvironmentStage(app, environment)
        if progress:
            seconds = time.monotonic() - before
            print(f"{environment.name}: built in {seconds:.1f} s", file=sys.stderr, flush=True)


def _report(assembly: Path) -> int:
    from sagemaker_platform.guardrails import read_findings

    failures = [finding for finding in read_findings(assembly) if finding.acknowledged is None]
    for finding in failures:
        print(finding, file=sys.stderr)
    if failures:
        print(
            f"{len(failures)} findings: mend each, or acknowledge it beside its resource with "
            f"a reason. The whole report: {assembly / 'validation-report.json'}",
            file=sys.stderr,
        )
    return 1 if failures else 0


def _make_repeatable(assembly: Path) -> None:
    """Take the random name of jsii's temporary directory out of the stack traces."""
    for file in (*assembly.glob("*.json"), *assembly.glob("assembly-*/*.metadata.json")):
        text = file.read_text("utf-8")
        repeatable = _JSII_DIRECTORY.sub("jsii-kernel/", text)
        if repeatable != text:
            file.write_text(repeatable, "utf-8")


def _refuse_placeholders(environments: Sequence[EnvironmentSettings]) -> None:
    placeholders = [e for e in environments if e.is_placeholder]
    # A deploy to an emulator on this machine is no real one.
    if not placeholders or "AWS_ENDPOINT_URL" in os.environ:
        return
    patterns = [word.split("/")[0] for word in _words_of_deploy()]
    chosen = [e for e in placeholders if any(fnmatch(e.name, pattern) for pattern in patterns)]
    if chosen:
        names = " and ".join(f"{e.name} ({e.account})" for e in chosen)
        raise SettingsError(
            f"not deployed: the account of {names} is a placeholder; "
            "put yours into environments/ first"
        )


def _words_of_deploy() -> list[str]:
    """Return the command line of the ``cdk`` that deploys with this process, or nothing.

    The CLI does not tell the app which of its verbs runs, nor for which stacks, so its
    command line is read.
    """
    pid = os.getppid()
    for _ in range(3):
        answer = subprocess.run(
            ["ps", "-o", "ppid=,args=", "-p", str(pid)],  # noqa: S607 (the ps of this machine)
            capture_output=True,
            text=True,
            check=False,
        ).stdout.split()
        if not answer:
            break
        pid, words = int(answer[0]), answer[1:]
        if any(Path(word).name == "cdk" for word in words[:3]):
            deploys = {"deploy", "watch", "import"}.intersection(words)
            return words if deploys else []
    return []
