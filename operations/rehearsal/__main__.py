"""Rehearse environments: `python -m operations.rehearsal --environments dev staging`."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from operations.rehearsal import installation, report
from operations.rehearsal.errors import Interrupted, RehearsalError
from operations.rehearsal.project import Project
from operations.rehearsal.rehearsal import CHECKS_CONTEXT, Rehearsal

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status is 0 only if everything was deployed."""
    options = _options(arguments)
    for number in _SIGNALS:
        signal.signal(number, _interrupt)
    root = Path.cwd()
    project = Project(root=root, tools=root)
    try:
        if options.setup:
            installation.install(project.home, _say)
            return 0
        _rehearse(project, options)
    except RehearsalError as error:
        print(f"Rehearsal failed: {error}", file=sys.stderr)
        return 1
    except Interrupted:
        print("Rehearsal interrupted; everything it started is stopped.", file=sys.stderr)
        return 130
    return 0


def _rehearse(project: Project, options: argparse.Namespace) -> None:
    context = {"files": " ".join(options.files)} if options.files else {}
    if options.environments:
        context["environments"] = ",".join(options.environments)
    if options.unchecked:
        context[CHECKS_CONTEXT] = "false"
    project.cli()
    with Rehearsal(project, port=options.port, limit=options.limit, say=_say) as rehearsal:
        assembly = rehearsal.synthesize(context)
        for name in options.environments:
            assembly.stage(name)
        rehearsal.bootstrap(assembly.targets)
        rehearsal.deploy(assembly)
        emulator = rehearsal.emulator
        notes = emulator.ask("ready")["notes"]
        made = emulator.resources()
        print(f"\n{report.summary(assembly.stages, made, emulator.ask('calls'), notes)}\n")
        if options.destroy:
            rehearsal.destroy(assembly)
            left = report.leftovers(assembly.stages, emulator.resources(), emulator.stacks())
            print("\n".join(["Left after destroy:", *(left or ["nothing"])]))
        rehearsal.say("The rehearsal is done.")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m operations.rehearsal",
        description="Deploy environments for real against an AWS emulator on this machine.",
    )
    add = parser.add_argument
    add("--environments", nargs="*", default=[], metavar="NAME", help="which; all when absent")
    add("--files", nargs="*", default=[], metavar="FILE", help="settings files to use instead")
    add("--port", type=int, help="port on 127.0.0.1; a free one when absent")
    add("--limit", type=float, default=300.0, help="seconds that one deploy may take (300)")
    add("--destroy", action="store_true", help="destroy afterwards and list what is left")
    add("--unchecked", action="store_true", help="synthesize without the checks")
    add("--setup", action="store_true", help="only install the emulator")
    return parser.parse_args(arguments)


def _interrupt(number: int, frame: FrameType | None) -> None:
    for other in _SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise Interrupted


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
