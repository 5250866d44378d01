"""The report of a rehearsal: a table of resources, and what it does not prove."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from operations.assembly import Stage

LIMITS = (
    "A rehearsal does not prove people's permissions, quotas, what a region offers, the services' "
    "own validation, or how any service behaves: bridged and recorded resources are records that "
    "fit the registry schemas."
)
LABELS = ("native", "bridged", "recorded")


def resources_of(
    stages: Iterable[Stage], resources: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the resources that belong to a stack of the stages."""
    stacks = {(s.account, s.region, s.stack_name) for stage in stages for s in stage.stacks}
    return [r for r in resources if (r["account"], r["region"], r["stack"]) in stacks]


def table(rows: Iterable[tuple[str, str]], notes: dict[str, str]) -> str:
    """Return a table of types with their label and number, and a line of totals.

    Args:
        rows: type and label of each resource.
        notes: what to say next to a type.
    """
    counts = Counter(rows)
    lines = [f"{'type':<44} {'label':<9} {'number':>6}"]
    for (kind, label), number in sorted(counts.items(), key=lambda item: _rank(item[0])):
        note = f"  {notes[kind]}" if kind in notes else ""
        lines.append(f"{kind:<44} {label:<9} {number:>6}{note}")
    lines.append(totals(counts))
    return "\n".join(lines)


def totals(counts: Counter[tuple[str, str]]) -> str:
    """Return one line with the number of resources and types, by label."""
    parts = [
        f"{sum(n for (_, label), n in counts.items() if label == wanted)} {wanted} "
        f"({sum(1 for _, label in counts if label == wanted)} types)"
        for wanted in LABELS
    ]
    return f"{counts.total()} resources of {len(counts)} types: {', '.join(parts)}."


def summary(
    stages: Sequence[Stage],
    resources: Sequence[dict[str, Any]],
    calls: Sequence[str],
    notes: dict[str, str],
) -> str:
    """Return the table of each environment, the API calls without effect, and the limits."""
    blocks = []
    for stage in stages:
        own = resources_of([stage], resources)
        where = ", ".join(f"{account}/{region}" for account, region in stage.targets)
        heading = f"{stage.name} ({where})"
        blocks.append(f"{heading}\n{table([(r['kind'], r['label']) for r in own], notes)}")
    if calls:
        counted = ", ".join(f"{call} ({number})" for call, number in Counter(calls).items())
        blocks.append(f"API calls accepted without effect: {counted}.")
    return "\n\n".join([*blocks, LIMITS])


def leftovers(
    stages: Sequence[Stage],
    resources: Sequence[dict[str, Any]],
    stacks: Sequence[dict[str, Any]],
) -> list[str]:
    """Return a line for each resource that outlived its stack, with the reason."""
    retained = {
        (s["account"], s["region"], s["stack"], kept["logical_id"], kept["physical_id"])
        for s in stacks
        for kept in s["retained"]
    }
    lines = []
    for r in resources_of(stages, resources):
        key = (r["account"], r["region"], r["stack"], r["logical_id"], r["physical_id"])
        kept = f"kept, as removal_policy retain says: {r['why_kept'] or 'no reason known'}"
        why = kept if key in retained else "not deleted"
        lines.append(f"{r['stack']}/{r['logical_id']} {r['kind']} {r['physical_id']}: {why}")
    accounts = {(s.account, s.region) for stage in stages for s in stage.stacks}
    for r in resources:
        if not r["stack"] and (r["account"], r["region"]) in accounts:
            lines.append(f"{r['kind']} {r['physical_id']}: made through the API, not deleted")
    return lines


def _rank(key: tuple[str, str]) -> tuple[int, str]:
    kind, label = key
    return (LABELS.index(label) if label in LABELS else len(LABELS), kind)
