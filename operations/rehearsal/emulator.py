"""The emulator process: start it, ask it, and stop it."""

import json
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.rehearsal.errors import RehearsalError
from operations.rehearsal.installation import Installation
from operations.rehearsal.processes import Process, Processes

HOST = "127.0.0.1"
_SOURCES = Path(__file__).resolve().parents[2]
_FUNCTIONS = Path(__file__).parent / "functions"
_MODELS = _SOURCES / "constructs/sagemaker_platform/custom_resources/common/models"
_START_LIMIT = 60.0
# The emulator has settings under many common names (SERVICES, EDGE_PORT, S3_PERSIST, ...), so that
# it gets no other variable, and the functions that run in it get none of the caller's.
_PASSED_ON = (
    *("PATH", "HOME", "TMPDIR"),
    *("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED"),
)


@dataclass(frozen=True)
class Emulator:
    """A running emulator.

    Attributes:
        process: its process.
        port: the port on 127.0.0.1 where it answers.
    """

    process: Process
    port: int

    @classmethod
    def start(
        cls,
        processes: Processes,
        installed: Installation,
        environment: Mapping[str, str],
        scratch: Path,
        *,
        fakes: Sequence[Path] = (),
        port: int | None = None,
        authorizer: str = "",
    ) -> "Emulator":
        """Start the emulator and wait until it answers.

        Args:
            processes: ends the emulator.
            installed: what it runs with.
            environment: variables of the rehearsal.
            scratch: folder for everything that is written.
            fakes: files with fakes of the project's own capabilities.
            port: port to listen at. Optional. If omitted, a free one.
            authorizer: URL that decides about the calls of functions. Optional. If omitted,
                functions may do everything.

        Raises:
            RehearsalError: the port is taken, or the emulator does not start.
        """
        chosen = free_port(port)
        process = processes.start(
            "the emulator",
            [
                str(installed.python),
                "-m",
                "operations.rehearsal.server",
                str(chosen),
                *map(str, fakes),
            ],
            scratch,
            {
                **{name: environment[name] for name in _PASSED_ON},
                **({"REHEARSAL_AUTHORIZER": authorizer} if authorizer else {}),
                "PYTHONPATH": f"{_SOURCES}{os.pathsep}{_FUNCTIONS}",
                "NODE_PATH": str(installed.node_modules),
                "BIND_HOST": HOST,
                "MINISTACK_HOST": HOST,
                "GATEWAY_PORT": str(chosen),
                "S3_DATA_DIR": str(scratch / "s3"),
                "STATE_DIR": str(scratch / "state"),
                # Of operations that its botocore does not know.
                "AWS_DATA_PATH": str(_MODELS),
                "LAMBDA_EXECUTOR": "local",
                "SFTP_ENABLED": "0",
                "IOT_MTLS_ENABLED": "0",
                # State machines wait a hundredth of their delays.
                "SFN_WAIT_SCALE": "0.01",
            },
            scratch / "emulator.log",
        )
        emulator = cls(process, chosen)
        while process.status is None and process.seconds < _START_LIMIT:
            try:
                emulator.ask("ready")
            except RehearsalError:
                time.sleep(0.1)
            else:
                return emulator
        raise RehearsalError(f"The emulator did not start:\n{process.tail()}")

    @property
    def url(self) -> str:
        """Endpoint URL for AWS clients."""
        return f"http://{HOST}:{self.port}"

    def environment(self, account: str, region: str) -> dict[str, str]:
        """Return the environment variables of an AWS client for an account and region."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "rehearsal",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
        }

    def resources(self) -> list[dict[str, Any]]:
        """Return all resources that exist."""
        return list(self.ask("resources"))

    def stacks(self) -> list[dict[str, Any]]:
        """Return all stacks, with the resources in progress and those that failed."""
        return list(self.ask("stacks"))

    def labels(self, types: list[str], region: str) -> dict[str, str]:
        """Return how the emulator handles each type: native, bridged, recorded or unknown."""
        return dict(self.ask("labels", types=types, region=region))

    def order_fault(self, target: str, **fault: Any) -> None:
        """Make a resource or an API call fail, throttle or wait; see `server.faults.Fault`."""
        self.ask("faults", target=target, **fault)

    def clear_faults(self) -> None:
        """Remove the faults that have not happened yet."""
        self.ask("faults/clear")

    def unprotect(self, account: str, region: str, name: str) -> None:
        """Disable the termination protection of a stack."""
        self.ask("unprotect", account=account, region=region, name=name)

    def ask(self, question: str, **arguments: Any) -> Any:
        """Ask the emulator something about the rehearsal.

        Raises:
            RehearsalError: if it does not answer.
        """
        status = self.process.status
        if status is not None:
            raise RehearsalError(f"The emulator {ended(status)}; its last output:\n{self._words()}")
        request = urllib.request.Request(  # noqa: S310 - always http on loopback
            f"{self.url}/_rehearsal/{question}", data=json.dumps(arguments).encode(), method="POST"
        )
        try:
            with _opener().open(request, timeout=20) as response:
                return json.load(response)
        except (OSError, ValueError) as error:
            raise RehearsalError(f"The emulator does not answer: {error}.") from error

    def _words(self) -> str:
        return self.process.tail(5)


def free_port(port: int | None = None) -> int:
    """Return `port` if it is free on 127.0.0.1, any free port for None.

    Raises:
        RehearsalError: if `port` is taken, or is no port.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port or 0))
        except OverflowError as error:
            raise RehearsalError(f"There is no port {port}: ports are 1 to 65535.") from error
        except OSError as error:
            raise RehearsalError(
                f"Port {port} on {HOST} is taken ({os.strerror(error.errno or 0)}): "
                "name another with --port, or leave --port out to take a free one."
            ) from error
        return int(probe.getsockname()[1])


def ended(status: int) -> str:
    """Return how a process ended, for messages: `was killed (signal 9)`."""
    return f"was killed (signal {-status})" if status < 0 else f"ended with status {status}"


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
