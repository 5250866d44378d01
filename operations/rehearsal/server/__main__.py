"""Run the emulator: `python -m operations.rehearsal.server <port>`."""

import json
import os
import signal
import sys
import threading
from typing import Any

from operations.rehearsal.server import adapter, mends
from operations.rehearsal.server.extension import Extension
from operations.rehearsal.server.schemas import UnknownResourceTypeError

PREFIX = "/_rehearsal/"


class Application:
    """The emulator's ASGI application with a few questions of the rehearsal beside it."""

    def __init__(self, extension: Extension) -> None:
        """Answer from `extension`, leave all else to the emulator."""
        self._extension = extension
        self._emulator = adapter.application()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._emulator(scope, receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, answer = self.answer(scope["path"].removeprefix(PREFIX), json.loads(body or b"{}"))
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def answer(self, question: str, arguments: dict[str, Any]) -> tuple[int, Any]:
        """Status and JSON answer to one question."""
        extension = self._extension
        if question == "resources":
            return 200, [record.as_dict() for record in extension.records]
        if question == "stacks":
            return 200, adapter.stack_states()
        if question == "calls":
            return 200, extension.calls
        if question == "faults":
            extension.faults.order(arguments)
            return 200, {}
        if question == "faults/clear":
            extension.faults.clear()
            return 200, {}
        if question == "labels":
            return 200, {kind: _label(kind, arguments["region"]) for kind in arguments["types"]}
        if question == "unprotect":
            adapter.unprotect(**arguments)
            return 200, {}
        if question == "answers/expect":
            return 200, adapter.expect_answer(arguments["token"])
        if question == "answers":
            return 200, adapter.answer(arguments["token"])
        if question == "ready":
            return 200, {"notes": mends.NOTES}
        return 404, {}


def _label(resource_type: str, region: str) -> str:
    try:
        return adapter.label_of(resource_type, region)[0]
    except UnknownResourceTypeError:
        return "unknown"


def main(port: int) -> None:
    """Serve on 127.0.0.1 until told to stop, or until standard input closes."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    extension = Extension()
    adapter.install(extension)
    adapter.serve(Application(extension), "127.0.0.1", port)


def _end_with_parent() -> None:
    """End this process and all it started once whoever started it is gone, however it went."""
    sys.stdin.buffer.read()
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
