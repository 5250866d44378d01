"""AWS for stories: authorizes each call as AWS would, and answers what is allowed."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from operations.access import call as access
from operations.access.authorizer import Authorizer
from operations.access.check import Decision, Outcome
from operations.access.report import explain_check
from operations.access.session import Session
from operations.access.world import World
from operations.rehearsal.server import wire
from tests.stories.harness import mlflow, objects
from tests.stories.harness.answers import Answers
from tests.stories.harness.queries import facts_of

HOST = "127.0.0.1"
Response = tuple[int, dict[str, str], bytes]


@dataclass
class Run:
    """One run of a story.

    Attributes:
        session: whose keys the client has.
        answers: what AWS answers.
        step: the step that runs; -1 before the first.
        outcomes: what became of each call, by step.
    """

    session: Session
    answers: Answers
    step: int = -1
    outcomes: list[tuple[int, Outcome]] = field(default_factory=list)

    def of_step(self, step: int) -> list[Outcome]:
        """Return what became of the calls of a step."""
        return [outcome for number, outcome in self.outcomes if number == step]


class Aws:
    """A server on loopback that all runs share; a run is known by its access key."""

    def __init__(self, world: World) -> None:
        self._authorizer = Authorizer(world)
        self.runs: dict[str, Run] = {}
        self._server = ThreadingHTTPServer((HOST, 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://{HOST}:{self._server.server_port}"

    def __enter__(self) -> "Aws":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def respond(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Response | None:
        """Return the response to a request; None for one that no network leads to."""
        path, _, text = target.partition("?")
        query = parse_qs(text, keep_blank_values=True)
        credential = headers.get("authorization", "").partition("Credential=")[2].split(",")[0]
        key, _, _, service = [*credential.split("/"), "", "", "", ""][:4]
        run = self.runs.get(key)
        if run is None:
            return 403, {}, b"no session has this access key"
        if (tracked := mlflow.parse(headers)) is not None:
            outcome = self._authorize(tracked, run)
            if outcome.decision is Decision.UNREACHABLE:
                return None
            allowed = outcome.decision is Decision.ALLOWED
            return mlflow.answer(path) if allowed else mlflow.failure(_message(outcome))
        if service == "s3":
            found = objects.parse(method, path, query, headers, body)
            if found is None:
                return _unmapped(run, access.Call(service, f"{method} {target}"))
            call = access.Call(service, found.operation, found.parameters)
            outcome = self._authorize(call, run)
            if outcome.decision is Decision.UNREACHABLE:
                return None
            if outcome.decision in (Decision.DENIED, Decision.UNDECIDED):
                return objects.failure(found.operation, 403, "AccessDenied", _message(outcome))
            return run.answers.objects.answer(found)
        asked = wire.parse(service, method, path, headers, body, query)
        if asked is None:
            return _unmapped(run, access.Call(service, f"{method} {target}"))
        facts = _facts(asked, run)
        call = access.Call(asked.service, asked.operation.name, asked.arguments, facts)
        outcome = self._authorize(call, run)
        if outcome.decision is Decision.UNREACHABLE:
            return None
        if outcome.decision in (Decision.DENIED, Decision.UNDECIDED):
            return wire.failure(asked, "AccessDeniedException", _message(outcome))
        try:
            return wire.success(asked, run.answers.answer(asked))
        except LookupError as error:
            code, _, message = str(error.args[0]).partition(": ")
            return wire.failure(asked, code, message)

    def _authorize(self, call: access.Call, run: Run) -> Outcome:
        outcome = self._authorizer.authorize(call, run.session)
        run.outcomes.append((run.step, outcome))
        return outcome


def _facts(asked: wire.Call, run: Run) -> dict[str, Any]:
    """Return what AWS knows besides the request."""
    given, answers = asked.arguments, run.answers
    if asked.operation.name == "StartQueryExecution":
        return facts_of(given)
    if "QueryExecutionId" in given:
        group = answers.workgroups.get(given["QueryExecutionId"])
        return {"workgroup": group} if group else {}
    if asked.service == "events":
        tags = answers.tags_of_rules.get(given.get("Rule", given.get("Name", "")))
        return {"resource_tags": tags} if tags else {}
    if asked.operation.name == "CreateSpace":
        owner = given.get("OwnershipSettings", {}).get("OwnerUserProfileName", "")
        sharing = given.get("SpaceSharingSettings", {}).get("SharingType", "")
        answers.owners[given["SpaceName"]] = {"owner": owner, "sharing": sharing}
    return answers.owners.get(given.get("SpaceName", ""), {})


def _unmapped(run: Run, call: access.Call) -> Response:
    gap = f"{call}: stories do not know this call"
    run.outcomes.append((run.step, Outcome(call, Decision.UNDECIDED, gap=gap)))
    return 400, {"x-amzn-errortype": "Unmapped"}, b"{}"


def _message(outcome: Outcome) -> str:
    check = outcome.failed
    reason = outcome.gap or (explain_check(check, "") if check else str(outcome.decision))
    return f"User is not authorized to perform: {outcome.call}: {reason}"


def _handler(aws: Aws) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *arguments: Any) -> None:
            """Keep quiet."""

        def _serve(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            if headers.get("expect") == "100-continue":
                self.send_response_only(100)
                self.end_headers()
            body = self._body(headers)
            if self.path.startswith("/_story/"):
                _, _, key, step = self.path.split("/")
                aws.runs[key].step = int(step)
                response: Response | None = (200, {}, b"")
            else:
                response = aws.respond(self.command, self.path, headers, body)
            if response is None:
                self.close_connection = True
                return
            status, answered, content = response
            self.send_response(status)
            for name, value in answered.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def _body(self, headers: Mapping[str, str]) -> bytes:
            if headers.get("transfer-encoding") != "chunked":
                return self.rfile.read(int(headers.get("content-length") or 0))
            found = b""
            while size := int(self.rfile.readline().strip() or b"0", 16):
                found += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return found

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_PATCH = _serve  # noqa: N815

    return Handler
