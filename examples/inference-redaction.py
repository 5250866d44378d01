"""Redacts captured requests: texts keep neither mail addresses nor telephone numbers."""

import re
from typing import Any

_PERSONAL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|\+?\d[\d ()-]{6,}\d")


def redact(record: dict[str, Any]) -> dict[str, Any] | None:
    """Return what may be kept of one captured request and its answer."""
    for side in ("endpointInput", "endpointOutput"):
        captured = record["captureData"].get(side)
        if captured is None:
            continue
        if captured["encoding"] == "BASE64":
            # Its content is unknown.
            return None
        captured["data"] = _PERSONAL.sub("[removed]", captured["data"])
    # Whatever the caller put into its header.
    record["eventMetadata"].pop("customAttributes", None)
    return record
