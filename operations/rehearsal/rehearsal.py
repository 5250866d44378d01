"""One rehearsal: synthesize, bootstrap, deploy and destroy; then stop all processes."""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from operations.assembly import Assembly, Stage
from operations.rehearsal import installation
from operations.rehearsal.authorization import Authorization
from operations.rehearsal.emulator import Emulator, ended
from operations.rehearsal.errors import RehearsalError
from operations.rehearsal.processes import Process, Processes
from operations.rehearsal.project import Project

# The context key with which the app synthesizes without its checks.
CHECKS_CONTEXT = "checks"

_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"
_QUIET = ("--no-notices", "--ci")
_HEARTBEAT = 5.0
_WATCHDOG = Path(__file__).parent / "watchdog.py"
_SHORT_POLLS = Path(__file__).parent / "javascript" / "short_polls.cjs"

Say = Callable[[str], None]


class Rehearsal:
    """Deploys a CDK project with the CDK CLI against its own emulator.

    Use it as a context manager: what it starts ends with the block, whatever happens in it. Its
    files are in a scratch folder, which is kept only when the block fails.

    Attributes:
        emulator: the running emulator.
        authorization: what decides about the calls of functions.
        scratch: the folder for everything that is written.
    """

    def __init__(
        self,
        project: Project,
        *,
        port: int | None = None,
        limit: float = 300.0,
        say: Say = print,
    ) -> None:
        """Prepare a rehearsal of `project`.

        Args:
            project: what is deployed.
            port: where the emulator listens; a free port when absent.
            limit: seconds that any one run of the CLI may take.
            say: receives each line of progress.
        """
        self.project = project
        self.scratch = Path(tempfile.mkdtemp(prefix="rehearsal-"))
        self._port = port
        self._limit = limit
        self._say = say
        self._started = time.monotonic()
        self._processes = Processes()
        self._runs = 0
        self._bootstrapped: set[tuple[str, str]] = set()
        self.authorization = Authorization()

    def __enter__(self) -> Self:
        """Install the emulator if needed, and start it.

        Raises:
            RehearsalError: if the port is taken, or the installation or the start fails.
        """
        try:
            installed = installation.install(self.project.home, self.say)
            self._environment = self.project.environment(self.scratch)
            self.emulator = Emulator.start(
                self._processes,
                installed,
                self._environment,
                self.scratch,
                fakes=self.project.fakes(),
                port=self._port,
                authorizer=self.authorization.start(),
            )
            self.authorization.use(self.emulator.resources)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self.say(f"The emulator answers at {self.emulator.url}.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        """Stop everything that was started; remove the scratch folder unless the block failed."""
        self._processes.__exit__()
        self.authorization.stop()
        decided = self.authorization
        if decided.calls:
            milliseconds = 1000 * decided.seconds
            self.say(f"Decided about {decided.calls} calls of functions in {milliseconds:.0f} ms.")
        for message in decided.denied:
            self.say(f"Denied: {message}")
        if isinstance(error, RehearsalError):
            self.say(f"Logs are kept in {self.scratch}.")
        else:
            shutil.rmtree(self.scratch, ignore_errors=True)

    @property
    def seconds(self) -> float:
        """Seconds since the start of the rehearsal."""
        return time.monotonic() - self._started

    def say(self, line: str) -> None:
        """Report progress, with the time since the start."""
        self._say(f"[{self.seconds:6.1f} s] {line}")

    def synthesize(self, context: Mapping[str, str]) -> Assembly:
        """Run the app with the context of `cdk.json` and `context`, into a new folder.

        Raises:
            RehearsalError: if the app fails, or its stacks cannot be rehearsed.
        """
        command, settings = self.project.app()
        folder = self.scratch / f"assembly-{self._runs}"
        environment = {
            **self._environment,
            "CDK_OUTDIR": str(folder),
            "CDK_CONTEXT_JSON": json.dumps({**settings, **context}),
        }
        process = self._start("the app", command, self.project.root, environment)
        self._wait([process])
        if process.status != 0:
            raise RehearsalError(f"The app does not synthesize:\n{process.tail(30)}")
        assembly = Assembly.read(folder)
        for stack in assembly.stacks():
            if "unknown" in f"{stack.account}{stack.region}":
                raise RehearsalError(
                    f"Stack {stack.stack_name} names no account and region to rehearse it in."
                )
        count = sum(len(stage.stacks) for stage in assembly.stages)
        self.say(f"Synthesized {count} stacks in {process.seconds:.1f} s.")
        return assembly

    def bootstrap(self, targets: Iterable[tuple[str, str]]) -> None:
        """Bootstrap accounts and regions with the CDK CLI, in parallel, each once.

        Raises:
            RehearsalError: if one fails.
        """
        wanted = [target for target in targets if target not in self._bootstrapped]
        accounts = sorted({account for account, _ in wanted})
        processes = []
        for account, region in wanted:
            trusted = [other for other in accounts if other != account]
            trust = ["--trust", ",".join(trusted)] if trusted else []
            arguments = ["bootstrap", f"aws://{account}/{region}", *trust]
            arguments += ["--cloudformation-execution-policies", _POLICY]
            processes.append(self._cdk(f"bootstrap of {account}", arguments, (account, region)))
        self._wait(processes)
        for process in processes:
            if process.status != 0:
                raise self._failure(f"The {process.name}", process, [])
        self._bootstrapped.update(wanted)
        if wanted:
            self.say(f"Bootstrapped {len(wanted)} accounts and regions.")

    def deploy(self, assembly: Assembly, names: Sequence[str] = ()) -> None:
        """`cdk deploy '<environment>/*'` for each environment, all at once.

        Raises:
            RehearsalError: if one fails, or takes longer than the limit.
        """
        self.finish("deploy", self.start_deploy(assembly, names))

    def start_deploy(
        self, assembly: Assembly, names: Sequence[str] = ()
    ) -> list[tuple[Stage, Process]]:
        """Start `cdk deploy` for each environment, without waiting."""
        arguments = ("--require-approval", "never", "--progress", "events", "--concurrency", "4")
        return self._each("deploy", assembly, names, arguments)

    def destroy(self, assembly: Assembly, names: Sequence[str] = ()) -> None:
        """`cdk destroy '<environment>/*'` for each environment, all at once.

        Termination protection is lifted first, in the emulator only.

        Raises:
            RehearsalError: if one fails, or takes longer than the limit.
        """
        self.finish("destroy", self.start_destroy(assembly, names))

    def start_destroy(
        self, assembly: Assembly, names: Sequence[str] = ()
    ) -> list[tuple[Stage, Process]]:
        """Start `cdk destroy` for each environment, without waiting."""
        for stage in _chosen(assembly, names):
            if stage.protected:
                self.say(f"Disabling termination protection of {stage.name} in this rehearsal.")
            for stack in stage.stacks:
                self.emulator.unprotect(stack.account, stack.region, stack.stack_name)
        return self._each("destroy", assembly, names, ("--force",))

    def _each(
        self, verb: str, assembly: Assembly, names: Sequence[str], arguments: Sequence[str]
    ) -> list[tuple[Stage, Process]]:
        self.authorization.know(assembly)
        command = [verb, "--app", str(assembly.folder), *arguments]
        return [
            (stage, self._cdk(f"{verb} of {stage.name}", [*command, f"{stage.name}/*"], target))
            for stage in _chosen(assembly, names)
            for target in stage.targets[:1]
        ]

    def _cdk(self, name: str, arguments: Sequence[str], target: tuple[str, str]) -> Process:
        command = [str(self.project.cli()), *arguments, *_QUIET]
        environment = {
            **self._environment,
            **self.emulator.environment(*target),
            "NODE_OPTIONS": f"--require={_SHORT_POLLS}",
            # The CLI is 16 MB of JavaScript: compiled once for all its runs.
            "NODE_COMPILE_CACHE": str(self.project.home / "compiled"),
        }
        folder = self.scratch / "work"
        folder.mkdir(exist_ok=True)
        return self._start(name, command, folder, environment)

    def _start(
        self, name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str]
    ) -> Process:
        self._runs += 1
        log = self.scratch / f"{self._runs:02}-{name.replace(' ', '-')}.log"
        watched = [sys.executable, str(_WATCHDOG), *command]
        return self._processes.start(name, watched, folder, environment, log)

    def _wait(self, processes: Sequence[Process]) -> list[Process]:
        """Wait for processes and show progress; return those that still run at the limit.

        Time in which this process itself did not run, as when the machine sleeps, does not count.
        """
        shown: dict[tuple[str, str, str], str] = {}
        waited, last, looked = 0.0, time.monotonic(), 0.0
        while any(process.status is None for process in processes):
            if waited > self._limit:
                return [process for process in processes if process.status is None]
            time.sleep(0.1)
            now = time.monotonic()
            waited, last = waited + min(now - last, 1.0), now
            if waited - looked > 1.0:
                looked = waited
                self._show(shown, processes)
        return []

    def _show(self, shown: dict[tuple[str, str, str], str], processes: Sequence[Process]) -> None:
        changed = False
        for stack in self.emulator.stacks():
            key = (stack["account"], stack["region"], stack["stack"])
            if stack["status"].endswith("_IN_PROGRESS"):
                at = ", ".join(f"{b['logical_id']} ({b['type']})" for b in stack["busy"][:1])
                state = f"{stack['stack']} {stack['status']} {at}".rstrip()
                changed = changed or shown.get(key) != state
                if shown.get(key) != state:
                    self.say(state)
                shown[key] = state
        beat = shown.get(("", "", ""), "0")
        if changed or self.seconds - float(beat) > _HEARTBEAT:
            shown[("", "", "")] = str(self.seconds)
            running = [p.name for p in processes if p.status is None]
            if running and not changed:
                self.say(f"Still running: {', '.join(running)}.")

    def finish(self, verb: str, started: Sequence[tuple[Stage, Process]]) -> None:
        """Wait for runs of the CLI and show progress.

        Raises:
            RehearsalError: if one failed, was killed, or takes longer than the limit.
        """
        late = self._wait([process for _, process in started])
        for stage, process in started:
            if process in late:
                raise RehearsalError(self._hang(verb, stage, process))
            if process.status != 0:
                raise self._failure(f"The {verb} of {stage.name}", process, [stage])
            self._say_what_stays(stage)
            self.say(f"The {verb} of {stage.name} is done ({process.seconds:.1f} s).")

    def _say_what_stays(self, stage: Stage) -> None:
        # CloudFormation completes an update although it cannot delete what was replaced.
        for stack in self._stacks_of([stage]):
            for failure in stack["failed"]:
                self.say(
                    f"{stack['stack']} could not delete {failure['logical_id']} "
                    f"({failure['type']}): {failure['reason']}"
                )

    def _hang(self, verb: str, stage: Stage, process: Process) -> str:
        process.stop()
        where = "an unknown resource"
        for stack in self._stacks_of([stage]):
            for busy in stack["busy"]:
                where = (
                    f"{busy['logical_id']} ({busy['type']}, {busy['status']}) "
                    f"of stack {stack['stack']}"
                )
        return (
            f"The {verb} of {stage.name} did not end within {self._limit:.0f} s: "
            f"it waits for {where}."
        )

    def _failure(self, what: str, process: Process, stages: Sequence[Stage]) -> RehearsalError:
        status = process.status or 0
        if status < 0:
            return RehearsalError(f"{what} failed: the CDK CLI {ended(status)}.")
        for stack in self._stacks_of(stages):
            failures = [f for f in stack["failed"] if "cancelled" not in f["reason"]]
            if failures and stack["status"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
                first = failures[0]
                return RehearsalError(
                    f"{what} failed at {first['logical_id']} ({first['type']}) of stack "
                    f"{stack['stack']}, now {stack['status']}: {first['reason'].splitlines()[0]}"
                )
        return RehearsalError(f"{what} failed: {process.tail(1)}")

    def _stacks_of(self, stages: Sequence[Stage]) -> list[dict[str, Any]]:
        wanted = {(s.account, s.region, s.stack_name) for stage in stages for s in stage.stacks}
        return [
            stack
            for stack in self.emulator.stacks()
            if not wanted or (stack["account"], stack["region"], stack["stack"]) in wanted
        ]


def _chosen(assembly: Assembly, names: Sequence[str]) -> list[Stage]:
    return [assembly.stage(name) for name in names] or list(assembly.stages)
