"""Completes a described resource to an environment that loads, and renders it as YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from operations.adopt.found import Asking, Found, Keys, Note, customer_key
from operations.assembly import Json
from operations.errors import OperationError
from stacks.loading import find_problems

_RANGE = "10.0.0.0/16"
_WIDTH = 96
_PLAIN = re.compile(r"[A-Za-z/](?:[\w./@+=-]|:(?=[^ ]))*")
# What YAML takes for another type.
_WORDS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
_MOST_SUBNETS = 3
# A fact for which there is no key is removed from the block; more than this is no description.
_MOST_REMOVALS = 300


def describe(
    found: Found, asking: Asking, *, account: str, region: str, path: Path
) -> tuple[Json, list[Note]]:
    """Return settings of an environment that load, and the comments in them.

    Args:
        found: the described resource.
        asking: asks the account about the network.
        account: account of the resource.
        region: region of the resource.
        path: file that the settings will be in.

    Raises:
        OperationError: what is left of the resource is no valid block.
    """
    notes: list[Note] = []
    network = _network(found, asking, region, notes)
    tags = {key.lower(): one for key, one in found.tags.items()}
    settings: Json = {
        "name": found.environment,
        "account": account,
        "region": region,
        "stage": tags["stage"]
        if tags.get("stage") in ("development", "staging")
        else "development",
        "owner": tags.get("owner", "ml-platform"),
        "cost_center": tags.get("cost-center") or tags.get("cost_center") or "ml-platform",
        "network": network,
    }
    if "stage" not in tags or tags["stage"] != settings["stage"]:
        notes.append(
            Note(
                ("stage",),
                "Choose it: development, staging, or production, which needs alarm_emails",
            )
        )
    for key, tag in (("owner", "owner"), ("cost_center", "cost-center")):
        if settings[key] == "ml-platform" and tag not in tags:
            notes.append(Note((key,), f"The resource has no tag {tag}: choose it"))
    if found.key_arn:
        if arn := customer_key(found.key_arn, region, account):
            settings["foundation"] = {"key_arn": arn}
            text = "The key of the resource. Its policy must allow the platform: docs/security.md"
            notes.append(Note(("foundation", "key_arn"), text))
        else:
            notes.append(Note((), f"It is encrypted with {found.key_arn}, a key of AWS"))
    settings |= found.block
    notes += found.notes
    try:
        _prune(settings, notes, path)
    except OperationError as error:
        if asking.unanswered:
            reasons = "; ".join(asking.unanswered)
            raise OperationError(f"{error}. AWS did not answer: {reasons}") from None
        raise
    return settings, notes


def _network(found: Found, asking: Asking, region: str, notes: list[Note]) -> Json:
    subnets = (
        asking.ask("ec2", "describe_subnets", SubnetIds=list(found.subnets)).get("Subnets", [])
        if found.subnets
        else []
    )
    by_zone: dict[str, Json] = {}
    for one in sorted(subnets, key=lambda one: (one["AvailabilityZone"], one["SubnetId"])):
        by_zone.setdefault(one["AvailabilityZone"], one)
    chosen = list(by_zone.values())[:_MOST_SUBNETS]
    if left := [one["SubnetId"] for one in subnets if one not in chosen]:
        text = f"The environment has one subnet for each of at most three zones, not {left}"
        notes.append(Note(("network", "existing"), text))
    if len(chosen) < 2:
        where = f"is in {', '.join(found.subnets)} only" if found.subnets else "has no network"
        notes.append(
            Note(
                ("network",),
                f"The resource {where}, and the environment needs two zones: choose the network. "
                "As it stands, a deploy makes a VPC",
            )
        )
        return {"cidr": _RANGE, "availability_zones": [f"{region}a", f"{region}b"]}
    vpc = str(chosen[0]["VpcId"])
    [described, *_] = asking.ask("ec2", "describe_vpcs", VpcIds=[vpc]).get("Vpcs", []) or [{}]
    ranges = [
        one["CidrBlock"]
        for one in described.get("CidrBlockAssociationSet", [])
        if one["CidrBlock"] != described.get("CidrBlock")
    ]
    if not described:
        text = "AWS does not return the range of the VPC: replace it"
        notes.append(Note(("network", "cidr"), text))
    existing: Json = {"vpc_id": vpc, "private_subnet_ids": [one["SubnetId"] for one in chosen]}
    return {
        "cidr": described.get("CidrBlock", _RANGE),
        "availability_zones": [one["AvailabilityZone"] for one in chosen],
        "existing": {**existing, **({"secondary_cidrs": ranges} if ranges else {})},
    }


def _prune(settings: Json, notes: list[Note], path: Path) -> None:
    """Remove what the settings refuse, with a comment for each."""
    first = ""
    for _ in range(_MOST_REMOVALS):
        problems = find_problems(path, settings)
        if not problems:
            return
        keys, text = problems[0]
        first = first or f"{dotted(keys)}: {text}"
        removed = _remove(settings, list(keys))
        if removed is None:
            break
        at, value = removed
        shown = json.dumps(value, default=str)
        shown = shown if len(shown) <= _WIDTH else f"{shown[: _WIDTH - 3]}..."
        notes[:] = [_moved(one, at) for one in notes if one.keys[: len(at)] != at]
        notes.append(Note(at[:-1], f"Left out {dotted(list(at))}: {shown}: {text}"))
    raise OperationError(f"The resource does not fit the settings: {first}")


def _remove(settings: Json, keys: list[str | int]) -> tuple[Keys, Any] | None:
    """Remove the closest value at or above a path; None where a block would go as a whole."""
    inside: list[Any] = [settings]
    for key in keys:
        try:
            inside.append(inside[-1][key])
        except (KeyError, IndexError, TypeError):
            # Something is missing there: without it, what should hold it is of no use.
            break
    depth = len(inside) - 1
    if depth < 2:
        return None
    at = keys[:depth]
    value = inside[-1]
    del inside[-2][at[-1]]
    return tuple(at), value


def _moved(note: Note, removed: Keys) -> Note:
    """Return a note with the positions that entries of a list have after a removal."""
    position = removed[-1]
    depth = len(removed) - 1
    if not isinstance(position, int) or note.keys[:depth] != removed[:-1]:
        return note
    own = note.keys[depth] if len(note.keys) > depth else None
    if not isinstance(own, int) or own < position:
        return note
    return Note((*note.keys[:depth], own - 1, *note.keys[depth + 1 :]), note.text)


def dotted(keys: Sequence[str | int]) -> str:
    """Return a path of keys as text, such as `studio.users[0]`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.removeprefix(".")


def render(settings: Json, notes: Sequence[Note], head: Sequence[str]) -> str:
    """Return settings as YAML, with each note as a comment above its key.

    Args:
        settings: of an environment.
        notes: comments.
        head: lines at the top.
    """
    by_keys: dict[Keys, list[str]] = {}
    for note in notes:
        texts = by_keys.setdefault(_closest(settings, note.keys), [])
        if note.text not in texts:
            texts.append(note.text)
    lines = ["# yaml-language-server: $schema=../environments/schema.json"]
    for one in (*head, *by_keys.get((), ())):
        lines += _comment(one, "")
    lines += _mapping(settings, (), "", by_keys)
    return "\n".join(lines) + "\n"


def _closest(value: Any, keys: Keys) -> Keys:
    """Return the part of a path that is there."""
    for depth, key in enumerate(keys):
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return keys[:depth]
    return keys


def _comment(text: str, indent: str) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(indent) + len(line) + len(word) + 3 > _WIDTH:
            yield f"{indent}# {line}"
            line = ""
        line = f"{line} {word}".strip()
    yield f"{indent}# {line}"


def _mapping(block: Json, at: Keys, indent: str, notes: dict[Keys, list[str]]) -> Iterator[str]:
    for key, value in block.items():
        own = (*at, key)
        for text in notes.get(own, ()):
            yield from _comment(text, indent)
        name = _scalar(key)
        if isinstance(value, dict) and value:
            yield f"{indent}{name}:"
            yield from _mapping(value, own, f"{indent}  ", notes)
        elif isinstance(value, list) and value:
            yield f"{indent}{name}:"
            yield from _list(value, own, f"{indent}  ", notes)
        else:
            yield f"{indent}{name}: {_scalar(value)}"


def _list(entries: list[Any], at: Keys, indent: str, notes: dict[Keys, list[str]]) -> Iterator[str]:
    for index, value in enumerate(entries):
        own = (*at, index)
        for text in notes.get(own, ()):
            yield from _comment(text, indent)
        if isinstance(value, dict) and value:
            lines = list(_mapping(value, own, f"{indent}  ", notes))
            # Comments of the first key stand above the dash.
            while lines[0].lstrip().startswith("#"):
                yield lines.pop(0).removeprefix("  ")
            yield f"{indent}- {lines[0].lstrip()}"
            yield from lines[1:]
        else:
            yield f"{indent}- {_scalar(value)}"


def _scalar(value: Any) -> str:
    """Return a value as YAML: plain text where it reads as nothing else, or else JSON."""
    plain = isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return str(value) if plain else json.dumps(value, ensure_ascii=False)
