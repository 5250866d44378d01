"""Findings of the checks that a change newly accepts, or leaves open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from operations.review.verdict import CHECKS, Finding
from sagemaker_platform.guardrails.findings import Finding as Checked
from sagemaker_platform.guardrails.findings import read_findings

_SHOWN = 4


@dataclass(frozen=True)
class Acknowledgements:
    """What checks found in one environment that is accepted for one reason.

    Attributes:
        reason: why it is accepted.
        rules: the rules, each once.
        constructs: where, each once.
    """

    reason: str
    rules: tuple[str, ...]
    constructs: tuple[str, ...]


@dataclass(frozen=True)
class CheckChange:
    """What a change does to the findings of the checks.

    Attributes:
        added: newly accepted.
        removed: no longer accepted, or no longer found.
        open: new findings that nothing accepts, which fail the synth.
        compared: whether both revisions were checked.
    """

    added: tuple[Acknowledgements, ...] = ()
    removed: tuple[Acknowledgements, ...] = ()
    open: tuple[Acknowledgements, ...] = ()
    compared: bool = True

    def findings(self) -> Iterable[Finding]:
        """Yield what needs eyes."""
        for one in self.open:
            yield Finding(
                2,
                "A check fails",
                f"{', '.join(one.rules[:_SHOWN])}: {one.reason}",
                _listing(one.constructs),
                CHECKS,
            )
        for one in self.added:
            yield Finding(
                1,
                "A finding of a check is accepted",
                f"{', '.join(one.rules[:_SHOWN])}; reason: {one.reason}",
                _listing(one.constructs),
                CHECKS,
            )


def compare_checks(before: Path, after: Path, environment: str) -> CheckChange:
    """Compare what the checks of two assemblies found in an environment."""
    if not all((one / "validation-report.json").exists() for one in (before, after)):
        return CheckChange(compared=False)
    old, new = _findings(before, environment), _findings(after, environment)
    known = {_identity(one) for one in old}
    now = {_identity(one) for one in new}
    added = [one for one in new if _identity(one) not in known]
    return CheckChange(
        _grouped(one for one in added if one.acknowledged is not None),
        _grouped(one for one in old if one.acknowledged is not None and _identity(one) not in now),
        _grouped(one for one in added if one.acknowledged is None),
    )


def _findings(assembly: Path, environment: str) -> Sequence[Checked]:
    return [
        one
        for one in read_findings(assembly)
        if one.construct_path.split("/")[0] in (environment, "all stacks")
    ]


def _identity(one: Checked) -> tuple[str, str, str | None]:
    return (one.rule, one.construct_path, one.acknowledged)


def _grouped(findings: Iterable[Checked]) -> tuple[Acknowledgements, ...]:
    by_reason: dict[str, list[Checked]] = {}
    for one in findings:
        reason = one.description if one.acknowledged is None else one.acknowledged
        by_reason.setdefault(reason, []).append(one)
    return tuple(
        Acknowledgements(
            reason,
            tuple(sorted({one.rule for one in found})),
            tuple(sorted({_path(one.construct_path) for one in found})),
        )
        for reason, found in sorted(by_reason.items())
    )


def _path(path: str) -> str:
    """Return the path of a construct below its environment."""
    parts = [part for part in path.split("/")[1:] if part not in ("Resource", "Default")]
    return "/".join(parts) or path


def _listing(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown
