"""What some API calls do besides making a record, as far as handlers of this project look."""

from collections.abc import Callable
from typing import Any

from operations.rehearsal.server.wire import Call

_SHARD = "rehearsed-shard"


async def follow(call: Call, s3: Callable[..., Any]) -> None:
    """Let a call that was answered have its effect.

    Args:
        call: the call.
        s3: the emulator's S3.
    """
    if call.operation.name == "CreateOptimizationJob":
        uri = call.arguments["OutputConfig"]["S3OutputLocation"]
        path = uri.removeprefix("s3:/")
        await s3("PUT", f"{path}{_SHARD}", {"host": "localhost"}, b"", {})
