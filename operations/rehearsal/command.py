"""One rehearsal from start to end, as `sagemaker-platform rehearse` runs it."""

import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

from operations.errors import OperationError
from operations.rehearsal import installation, report
from operations.rehearsal.errors import Interrupted
from operations.rehearsal.project import Project
from operations.rehearsal.rehearsal import Rehearsal
from operations.rehearsal.secrets import placeholder_secrets

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def install() -> int:
    """Install the emulator; return the exit status."""
    return _guarded(lambda: installation.install(_project().home, _say))


def rehearse(
    context: Mapping[str, str],
    *,
    names: Sequence[str] = (),
    port: int | None = None,
    limit: float = 300.0,
    destroy: bool = False,
) -> int:
    """Deploy the project in the working directory to an emulator; return the exit status.

    Args:
        context: CDK context for the app.
        names: environments that the app must have.
        port: where the emulator listens. Defaults to a free port.
        limit: seconds that one run of the CDK CLI may take.
        destroy: whether to destroy the environments again and list what is left.
    """

    def run() -> None:
        project = _project()
        project.cli()
        with Rehearsal(project, port=port, limit=limit, say=_say) as rehearsal:
            _run(rehearsal, context, names, destroy=destroy)

    return _guarded(run)


def _run(
    rehearsal: Rehearsal, context: Mapping[str, str], names: Sequence[str], *, destroy: bool
) -> None:
    assembly = rehearsal.synthesize(context)
    for name in names:
        assembly.stage(name)
    rehearsal.bootstrap(assembly.targets)
    with placeholder_secrets(rehearsal, assembly):
        rehearsal.deploy(assembly)
        emulator = rehearsal.emulator
        notes = emulator.ask("ready")["notes"]
        made = emulator.resources()
        print(f"\n{report.summary(assembly.stages, made, emulator.ask('calls'), notes)}\n")
        if destroy:
            rehearsal.destroy(assembly)
    if destroy:
        left = report.leftovers(assembly.stages, emulator.resources(), emulator.stacks())
        print("\n".join(["Left after destroy:", *(left or ["nothing"])]))
    rehearsal.say("The rehearsal is done.")


def _guarded(run: Callable[[], object]) -> int:
    for number in _SIGNALS:
        signal.signal(number, _interrupt)
    try:
        run()
    except OperationError as error:
        print(f"Rehearsal failed: {error}", file=sys.stderr)
        return 1
    except Interrupted:
        print("Rehearsal interrupted; everything it started is stopped.", file=sys.stderr)
        return 130
    return 0


def _project() -> Project:
    root = Path.cwd()
    return Project(root=root, tools=root)


def _interrupt(number: int, frame: FrameType | None) -> None:
    for other in _SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise Interrupted


def _say(line: str) -> None:
    print(line, flush=True)
