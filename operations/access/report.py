"""Prints who can do what, and why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.access.check import DIRECT, Check, Decision, Outcome
from operations.access.duties import Duty, duties
from operations.access.evaluation import NearMiss, Verdict
from operations.access.incomplete import (
    Incomplete,
    Untagged,
    incomplete_grants,
    untagged_creations,
)
from operations.access.lake_formation import Grant
from operations.access.matrix import Entry, Judgment, matrix
from operations.access.world import World
from operations.output import table

CELLS = {
    Decision.ALLOWED: "yes",
    Decision.DENIED: "no",
    Decision.FAILS_LATER: "fails",
    Decision.UNREACHABLE: "hangs",
    Decision.UNDECIDED: "?",
}
_LEGEND = (
    "yes: works. no: AWS refuses it. fails: AWS accepts it, and it fails afterwards. hangs: the "
    "network leads nowhere. ?: the tables or the templates do not say. !: against what the "
    "documentation says. Numbers: the reasons below."
)
_NEAR = 2


@dataclass(frozen=True)
class Findings:
    """Everything that was decided about some environments.

    Attributes:
        entries: tasks of personas.
        duties: what services do with roles.
        incomplete: actions that roles hold in vain.
        untagged: what personas may create without tags only.
        unresolved: values of templates that could not be resolved.
    """

    entries: Sequence[Entry] = ()
    duties: Sequence[Duty] = ()
    incomplete: Sequence[Incomplete] = ()
    untagged: Sequence[Untagged] = ()
    unresolved: Sequence[str] = ()

    @classmethod
    def of(cls, assembly: Path) -> "Findings":
        """Decide about all environments of a cloud assembly."""
        world = World.read(assembly)
        return cls(
            matrix(world),
            list(duties(world)),
            list(incomplete_grants(world)),
            list(untagged_creations(world)),
            sorted(set(world.unresolved)),
        )


def report(findings: Findings, *, why: bool = False, mismatches: bool = False) -> str:
    """Return tables of tasks and personas, one for each environment, with reasons.

    Args:
        findings: what was decided.
        why: whether to say also what allows a task.
        mismatches: whether to leave out tasks that are as the documentation says.
    """
    entries = findings.entries
    if mismatches:
        against = {
            (entry.environment, entry.task)
            for entry in entries
            if entry.judgment in (Judgment.BROKEN, Judgment.LEAK, Judgment.UNKNOWN)
        }
        entries = [one for one in entries if (one.environment, one.task) in against]
    services = [
        f"{one.environment} {one.resource}: cannot {one.title}: {explain_check(check)}"
        for one in findings.duties
        if (check := one.failed) is not None
    ]
    environments = dict.fromkeys(entry.environment for entry in entries)
    parts = [
        _environment([one for one in entries if one.environment == name], name, why=why)
        for name in environments
    ]
    for heading, lines in (
        ("What services cannot do", services),
        ("Grants that allow nothing", [str(one) for one in findings.incomplete]),
        ("Creations that fail because of tags", [str(one) for one in findings.untagged]),
        ("Values that could not be resolved", findings.unresolved),
    ):
        if lines:
            parts.append("\n".join([heading, *(f"  {line}" for line in lines)]))
    if not parts:
        return "Everything is as the documentation says."
    return "\n\n".join([*parts, *([_LEGEND] if entries else [])])


def _environment(entries: Sequence[Entry], name: str, *, why: bool) -> str:
    personas = list(dict.fromkeys(entry.persona for entry in entries))
    reasons: dict[str, int] = {}
    lines = []
    for area in dict.fromkeys(entry.area for entry in entries):
        rows = [[area, *personas]]
        tasks = dict.fromkeys(entry.task for entry in entries if entry.area == area)
        for task in tasks:
            cells = []
            for persona in personas:
                found = [one for one in entries if (one.task, one.persona) == (task, persona)]
                cells.append(_cell(found[0], reasons, why=why) if found else "-")
            rows.append([task, *cells])
        lines += ["", table(rows)]
    notes = [f"{number:>4}  {reason}" for reason, number in reasons.items()]
    return "\n".join([name, *lines, *(["", *notes] if notes else [])])


def _cell(entry: Entry, reasons: dict[str, int], *, why: bool) -> str:
    against = entry.judgment in (Judgment.BROKEN, Judgment.LEAK)
    cell = CELLS[entry.decision] + ("!" if against else "")
    if entry.decision is Decision.ALLOWED and not why and not against:
        return cell
    text = explain(entry)
    return f"{cell} {reasons.setdefault(text, len(reasons) + 1)}"


def explain(entry: Entry) -> str:
    """Return the reason of a decision in one line."""
    outcome = entry.outcomes[-1]
    if outcome.gap:
        return outcome.gap
    if (check := outcome.failed) is not None:
        return explain_check(check, entry.role_arn)
    return "; ".join(
        f"{check.action} allowed by {_giver(check)}"
        for one in entry.outcomes
        for check in one.checks
        if check.rule == DIRECT
    )


def explain_check(check: Check, role_arn: str = "") -> str:
    """Return in one line why a check failed.

    Args:
        check: the check.
        role_arn: ARN of the role that everybody knows to be asking.
    """
    if check.rule == "network":
        return f"{check.action}: {check.reason}"
    rule = "" if check.rule == DIRECT else f" ({check.rule})"
    who = "" if check.principal == role_arn else f" as {check.principal.rpartition('/')[2]}"
    what = f"{check.action} on {check.resource}{who}{rule}"
    if not isinstance(check.reason, Verdict):
        return f"{what}: {check.reason}"
    verdict = check.reason
    if verdict.statement is not None:
        return f"{what}: denied by {verdict.statement}"
    by_condition = [one for one in verdict.near if one.condition is not None]
    near = "; ".join(_near(one) for one in (by_condition[:_NEAR] or verdict.near[:1]))
    nearest = f" Nearest: {near}." if near else ""
    unknown = " A policy outside the templates may allow it." if check.undecided else ""
    return f"{what}: no {verdict.layer} allows it.{nearest}{unknown}"


def _near(near: NearMiss) -> str:
    if near.condition is None:
        return f"{near.statement} allows it on other resources"
    condition = near.condition
    return f"{near.statement} asks for {condition.operator} {condition.key}"


def _giver(check: Check) -> str:
    if isinstance(check.reason, Verdict):
        return str(check.reason.statement)
    if isinstance(check.reason, Grant):
        record = check.reason.record
        return f"{record.stack.name} {record.logical_id} ({record.path})"
    return check.reason


def as_json_value(findings: Findings) -> dict[str, Any]:
    """Return what was decided, for programs."""
    return {
        "tasks": _tasks(findings.entries),
        "services": [
            {
                "environment": one.environment,
                "resource": one.resource,
                "rule": one.rule,
                "title": one.title,
                "works": one.failed is None,
                "checks": [_check(check) for check in one.checks],
            }
            for one in findings.duties
        ],
        "incomplete": [str(one) for one in findings.incomplete],
        "untagged": [str(one) for one in findings.untagged],
        "unresolved": list(findings.unresolved),
    }


def _tasks(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    return [
        {
            "environment": entry.environment,
            "persona": entry.persona,
            "area": entry.area,
            "task": entry.task,
            "decision": str(entry.decision),
            "judgment": str(entry.judgment),
            "reason": explain(entry),
            "calls": [_outcome(outcome) for outcome in entry.outcomes],
        }
        for entry in entries
    ]


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "call": str(outcome.call),
        "decision": str(outcome.decision),
        "gap": outcome.gap,
        "checks": [_check(check) for check in outcome.checks],
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "rule": check.rule,
        "certainty": check.certainty,
        "source": check.source,
        "action": check.action,
        "resource": check.resource,
        "principal": check.principal,
        "allowed": check.allowed,
        "late": check.late,
        "undecided": check.undecided,
        **_reason(check.reason),
    }


def _reason(reason: Verdict | Grant | str) -> Mapping[str, Any]:
    if isinstance(reason, Verdict):
        return {
            "layer": str(reason.layer),
            "statement": None if reason.statement is None else str(reason.statement),
            "near": [_near(one) for one in reason.near],
        }
    if isinstance(reason, Grant):
        return {
            "layer": "Lake Formation",
            "statement": f"{reason.record.stack.name} {reason.record.logical_id}",
            "restricts": reason.restricts,
        }
    return {"reason": reason}
