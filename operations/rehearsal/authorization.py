"""Authorizes the calls of functions in a rehearsal, as the account would."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision, Outcome
from operations.access.operation import Need
from operations.access.report import explain_check
from operations.access.resolver import Record
from operations.access.session import Session
from operations.access.world import World
from operations.assembly import Assembly
from sagemaker_platform.synthesized_stack import SynthesizedStack

Json = dict[str, Any]
HOST = "127.0.0.1"


class Authorization:
    """Decides about calls, from the resources that the emulator has.

    The emulator asks over HTTP, since it runs in an environment of its own.

    Attributes:
        calls: calls that were decided.
        seconds: CPU time that this took.
        denied: messages of the calls that were denied, each once.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.seconds = 0.0
        self.denied: dict[str, None] = {}
        self._resources: Callable[[], list[Json]] = list
        self._stacks: dict[tuple[str, str, str], SynthesizedStack] = {}
        self._paths: dict[tuple[str, str], str] = {}
        self._world: World | None = None
        self._version = -1
        self._in_vpc: set[str] = set()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((HOST, 0), _handler(self))
        self._server.daemon_threads = True
        self._thread: threading.Thread | None = None

    def start(self) -> str:
        """Answer from now on; return the URL."""
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return f"http://{HOST}:{self._server.server_port}/"

    def stop(self) -> None:
        """Stop answering."""
        if self._thread is not None:
            self._server.shutdown()
        self._server.server_close()

    def use(self, resources: Callable[[], list[Json]]) -> None:
        """Read the resources that exist from the emulator."""
        self._resources = resources

    def know(self, assembly: Assembly) -> None:
        """Learn to which environment each stack belongs, and where resources are defined."""
        for one in assembly.stacks():
            place = one.stack_name, one.account, one.region
            self._stacks[place] = replace(one.with_template(), template={})
            for logical_id, resource in one.resources().items():
                path = resource.get("Metadata", {}).get("aws:cdk:path", logical_id)
                self._paths[one.stack_name, logical_id] = path.partition("/")[2]

    def judge(self, asked: Mapping[str, Any]) -> Json:
        """Return whether a call is allowed; if not, with the error that AWS returns.

        Args:
            asked: `role` and `session` of the caller; `version` of the resources; `service`,
                `operation` and `parameters` of the call, or its `action`, `resource` and `context`.
        """
        started = time.thread_time()
        with self._lock:
            outcome = self._decide(asked)
            # A policy may have been created since.
            if outcome is None or (
                outcome.decision is not Decision.ALLOWED and self._version != asked["version"]
            ):
                self._renew(asked["version"])
                outcome = self._decide(asked)
            self.calls += 1
            self.seconds += time.thread_time() - started
        if outcome is None or outcome.decision is Decision.ALLOWED:
            return {"allowed": True}
        message = _message(outcome, asked)
        self.denied[message] = None
        return {"allowed": False, "code": "AccessDenied", "message": message}

    def _decide(self, asked: Mapping[str, Any]) -> Outcome | None:
        """Decide with the resources known so far; None if the role is not among them."""
        role = self._world.roles.get(asked["role"]) if self._world else None
        if role is None or self._world is None:
            return None
        environment = self._world.environments[role.environment]
        in_network = role.arn in self._in_vpc
        session = Session(role, environment, asked["session"], in_network=in_network)
        authorizer = Authorizer(self._world)
        if "operation" in asked:
            call = Call(asked["service"], asked["operation"], asked["parameters"])
            return authorizer.authorize(call, session)
        need = Need(asked["action"], asked["resource"], asked.get("context", {}))
        return authorizer.authorize_need(need, session)

    def records(self) -> list[Record]:
        """Return the resources that exist, with the names and ARNs that the emulator chose."""
        return [
            Record(
                one["kind"],
                stack,
                one["logical_id"],
                one["physical_id"],
                one["properties"],
                self._paths.get((one["stack"], one["logical_id"]), ""),
                str(one["attributes"].get("Arn", "")),
            )
            for one in self._resources()
            if (stack := self._stacks.get((one["stack"], one["account"], one["region"])))
        ]

    def _renew(self, version: int) -> None:
        records = self.records()
        self._world, self._version = World(records), version
        self._in_vpc = {
            str(one.properties.get("Role", ""))
            for one in records
            if one.type == "AWS::Lambda::Function" and one.properties.get("VpcConfig")
        }


def _message(outcome: Outcome, asked: Mapping[str, Any]) -> str:
    role = asked["role"].rpartition("/")[2]
    if outcome.gap:
        return (
            f"{role}: {outcome.gap}. The rehearsal cannot tell whether AWS allows the call; add it "
            "to operations/access/data/operations.yaml."
        )
    check = outcome.failed
    reason = explain_check(check, asked["role"]) if check else str(outcome.decision)
    return f"User {role} is not authorized to perform {outcome.call}: {reason}"


def _handler(authorization: Authorization) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *arguments: Any) -> None:
            """Keep quiet."""

        def do_POST(self) -> None:
            """Decide about one call."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = json.dumps(authorization.judge(json.loads(body))).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    return Handler
