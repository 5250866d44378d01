"""Renders what was adopted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from operations import output
from operations.adopt.adopt import Adopted
from operations.assembly import Json


def text(adopted: Adopted) -> str:
    """Return what was written, what would be replaced, and what to do next."""
    return "\n".join(_lines(adopted))


def _lines(adopted: Adopted) -> Iterator[str]:
    takeover = adopted.takeover
    yield f"{adopted.file}: written. Its comments say what the settings do not express:"
    yield from (f"  - {note}" for note in adopted.notes)
    if adopted.unanswered:
        yield "AWS did not answer, so that the settings may lack something:"
        yield from (f"  - {one}" for one in adopted.unanswered)
    if takeover.left:
        yield "Stays outside of CloudFormation:"
        yield from (f"  - {one}" for one in takeover.left)
    if takeover.replacements:
        yield "A deployment after the import replaces resources, because of create-only properties:"
        rows = [
            (one.resource, one.place, one.now, one.wanted, "yes" if one.certain else "maybe")
            for one in takeover.replacements
        ]
        yield output.table([("resource", "property", "now", "settings", "replaced"), *rows])
        yield "Do not deploy these settings before you have changed them, or moved what is in use."
    elif takeover.mappings:
        yield "No create-only property differs: a deployment after the import replaces nothing."
    if adopted.commands:
        yield "Import, then check with `cdk diff` and deploy:"
        yield from (f"  {one}" for one in adopted.commands)
    else:
        yield "CloudFormation can import none of it with these settings."


def as_json(adopted: Adopted) -> Json:
    """Return it for programs."""
    return {
        "kind": adopted.kind,
        "identifier": adopted.identifier,
        "file": str(adopted.file),
        "yaml": adopted.yaml,
        "notes": list(adopted.notes),
        "unanswered": list(adopted.unanswered),
        "left": adopted.takeover.left,
        "replacements": [asdict(one) for one in adopted.takeover.replacements],
        "mappings": adopted.takeover.mappings,
        "commands": list(adopted.commands),
    }
