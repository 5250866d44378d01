"""The verbs `diff`, `deploy`, and `destroy`: the CDK CLI for all stacks of environments."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from operations.errors import OperationError
from operations.options import Env, Files, Selected, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.selection import Selection
    from stacks.settings import EnvironmentSettings

CdkOptions = Annotated[
    str | None,
    typer.Option("--cdk", metavar="OPTIONS", help="More options for the CDK CLI, in quotes."),
]


def diff(
    env: Env = None, files: Files = None, selected: Selected = None, cdk: CdkOptions = None
) -> int:
    """Show what a deployment would change.

    Needs credentials for the account, and node_modules (`make setup`). The same as
    `cdk diff 'dev/*'`.

    Example: `sagemaker-platform diff --env dev`
    """
    return _run("diff", env, files, selected, cdk)


def deploy(
    env: Env = None, files: Files = None, selected: Selected = None, cdk: CdkOptions = None
) -> int:
    """Deploy environments, up to four stacks at once.

    Refuses the placeholder accounts of the shipped files, checks training plans, and compares all
    stacks with those in the account: it adds `--force` where the CLI would skip a stack although
    what it reads changes, and stops where a name that stays would fail a replacement. Needs
    credentials for the account, and node_modules (`make setup`). Otherwise the same as
    `cdk deploy 'dev/*' --concurrency 4`.

    Examples: `sagemaker-platform deploy --env dev`,
    `sagemaker-platform deploy --env dev --cdk "--require-approval never"`
    """
    return _run("deploy", env, files, selected, cdk, "--concurrency", "4")


def destroy(
    env: Env = None, files: Files = None, selected: Selected = None, cdk: CdkOptions = None
) -> int:
    """Delete the stacks of environments.

    `removal_policy` decides which data stays. Needs credentials for the account, and node_modules
    (`make setup`). The same as `cdk destroy 'dev/*'`.

    Example: `sagemaker-platform destroy --env dev`
    """
    return _run("destroy", env, files, selected, cdk)


def _run(
    verb: str,
    env: list[str] | None,
    files: list[str] | None,
    selected: list[str] | None,
    cdk: str | None,
    *options: str,
) -> int:
    import shlex

    selection = select(env, files, selected)
    if not selection.names and not selection.files:
        raise OperationError(f"Select environments to {verb}, such as --env dev (make: ENV=dev).")
    environments = selection.load()
    if verb == "deploy":
        _refuse_placeholders(environments)
        if _check_plans(environments):
            return 1
    command = shutil.which("cdk", path=f"node_modules/.bin{os.pathsep}{os.environ['PATH']}")
    if command is None:
        raise OperationError("The CDK CLI is not installed. Run `make setup` or `npm ci`.")
    more_options = shlex.split(cdk or "")
    if verb == "deploy" and _needs_force(selection) and "--force" not in more_options:
        more_options.append("--force")
    arguments = [verb, *(f"{environment.name}/*" for environment in environments), *options]
    for key, value in selection.context().items():
        arguments += ["--context", f"{key}={value}"]
    # In place of this process, so that the CLI owns the terminal and its signals.
    sys.stdout.flush()
    os.environ["PATH"] = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
    os.execv(command, [command, *arguments, *more_options])  # noqa: S606 (no shell)


def _refuse_placeholders(environments: Sequence[EnvironmentSettings]) -> None:
    names = [f"{one.name} ({one.account})" for one in environments if one.is_placeholder]
    # A deployment to an emulator on this machine uses no account.
    if names and "AWS_ENDPOINT_URL" not in os.environ:
        raise OperationError(
            f"Not deployed: the account of {' and '.join(names)} is a placeholder. "
            "Put your account into the settings file first."
        )


def _check_plans(environments: Sequence[EnvironmentSettings]) -> int:
    from operations.plans import check, uses_of

    return max((check(one) for one in environments if any(uses_of(one))), default=0)


def _needs_force(selection: Selection) -> bool:
    """Compare the environments with the account, and say what to know.

    Raises:
        OperationError: the deployment would fail.
    """
    import tempfile
    from pathlib import Path

    from operations.application import synthesize
    from operations.assembly import Assembly
    from operations.review.account import check_stage, report

    with tempfile.TemporaryDirectory() as folder:
        if synthesize(Path(folder), selection, checked=False):
            raise OperationError("Not deployed: the environments do not synthesize.")
        checks = [check_stage(stage) for stage in Assembly.read(Path(folder)).stages]
    for check in checks:
        print(*report(check), sep="\n", end="\n" if report(check) else "")
    if blocked := [line for check in checks for line in check.blocked]:
        raise OperationError("\n".join(["Not deployed: the deployment would fail.", *blocked]))
    return any(check.forced for check in checks)
