"""Run the emulator: `python -m operations.rehearsal.server <port> [<file of a fake> ...]`."""

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from operations.rehearsal.server import adapter, fakes, patches
from operations.rehearsal.server.extension import Extension
from operations.rehearsal.server.schemas import UnknownResourceTypeError

PREFIX = "/_rehearsal/"


class Application:
    """The ASGI application of the emulator, with endpoints for the rehearsal."""

    def __init__(self, extension: Extension) -> None:
        """Answer from `extension`; the emulator answers other requests."""
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
        """Return the status and the JSON answer to one question."""
        extension = self._extension
        if question == "resources":
            return 200, [
                {**record.as_dict(), "why_kept": fakes.facts_of(record.kind).why_kept}
                for record in extension.records
            ]
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
            return 200, {"notes": patches.NOTES}
        return 404, {}


def _label(resource_type: str, region: str) -> str:
    try:
        return adapter.label_of(resource_type, region)[0]
    except UnknownResourceTypeError:
        return "unknown"


def main(port: int, files: Sequence[str]) -> None:
    """Serve on 127.0.0.1 until told to stop, or until standard input closes.

    Args:
        port: where to serve.
        files: fakes of the fork's capabilities.
    """
    try:
        fakes.load(map(Path, files))
    except (ValueError, ImportError, SyntaxError) as error:
        sys.exit(f"A fake cannot be loaded: {error}")
    threading.Thread(target=_end_with_parent, daemon=True).start()
    extension = Extension()
    adapter.install(extension)
    adapter.serve(Application(extension), "127.0.0.1", port)


def _end_with_parent() -> None:
    """End this process and its children when the process that started it ends."""
    sys.stdin.buffer.read()
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
