"""Compares two revisions of environments, one by one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from operations.assembly import Assembly
from operations.review.acknowledgements import CheckChange, compare_checks
from operations.review.attribution import Attribution, attribute
from operations.review.comparison import Comparison, Side
from operations.review.deployment import plan
from operations.review.edits import edits_between
from operations.review.files import Files, read_settings
from operations.review.graph import Graph
from operations.review.limits import limits_near
from operations.review.model import EnvironmentReview, State
from operations.review.renames import find_renames
from operations.review.stateful import HOLDS
from operations.review.variants import InvalidVariantError, Variants
from operations.review.verdict import DATA, DEPLOY, Finding, sorted_findings


def review(before: Path, after: Path) -> list[EnvironmentReview]:
    """Compare two cloud assemblies; return one review for each environment, in order of names.

    What causes a change is not looked for.

    Args:
        before: assembly of the earlier revision.
        after: assembly of the working tree.
    """
    names = {stage.name for one in (before, after) for stage in Assembly.read(one).stages}
    return [compare_environment(Files(name, None, None), before, after) for name in sorted(names)]


def compare_environment(
    files: Files, before: Path, after: Path, *, base: Path | None = None, code: bool = True
) -> EnvironmentReview:
    """Compare one environment in two cloud assemblies.

    Args:
        files: its settings files, whose edits are looked at.
        before: assembly of the earlier revision.
        after: assembly of the working tree.
        base: folder with the files of the earlier revision. Defaults to none: what causes a change
            is not looked for.
        code: whether anything but settings differs.
    """
    old, new = Side.read(before, files.name), Side.read(after, files.name)
    notes = [files.note] if files.note else []
    if old.stage is None or new.stage is None or old.target != new.target:
        earlier = old if not files.renamed_from else Side.read(before, files.renamed_from)
        return _as_a_whole(files, earlier, new, notes)
    comparison = Comparison.of(old, new)
    checks = compare_checks(before, after, files.name)
    findings = sorted_findings(
        [*comparison.findings, *checks.findings(), *limits_near(old.stage, new.stage)]
    )
    changed = bool(comparison.changes or checks.added or checks.removed or findings)
    attribution, edits = Attribution(), 0
    if base is not None and files.old and files.new:
        attribution, edits = _attribute(files, base, old, new, code=code)
    return EnvironmentReview(
        files.name,
        "changed" if changed else "same",
        findings,
        list(comparison.changes.values()),
        comparison.access,
        checks,
        plan(new.stage, comparison.changes, set(comparison.deployed), comparison.forced),
        attribution,
        find_renames(comparison.changes),
        notes,
        edits,
    )


def _attribute(
    files: Files, base: Path, old: Side, new: Side, *, code: bool
) -> tuple[Attribution, int]:
    assert files.old is not None
    assert files.new is not None
    before, after = read_settings(base / files.old), read_settings(Path(files.new))
    if before is None or after is None:
        return Attribution(), 0
    edits = edits_between(before, after, old_file=files.old, new_file=files.new)
    with Variants(files.name, Path(files.new).parent) as variants:

        def make(data: object) -> Side:
            return Side.read(variants.synthesize(data), files.name)

        return attribute(old, new, before.data, edits, make, code_changed=code), len(edits)


def _as_a_whole(files: Files, old: Side, new: Side, notes: Sequence[str]) -> EnvironmentReview:
    """Review an environment that is new, gone, renamed, or in another account or region."""
    state: State = "moved"
    if new.stage is None:
        state = "gone"
    elif files.renamed_from:
        state = "renamed"
    elif old.stage is None:
        state = "new"
    findings: list[Finding] = []
    stays = _stays(old)
    where = f"environment {files.name}"
    if state == "gone":
        findings.append(
            Finding(1, "Its stacks stay deployed, and nothing updates them", stays, where, DEPLOY)
        )
    elif state == "renamed":
        title = "An environment has another name: all its resources are created again"
        why = f"it was {files.renamed_from}. {stays}. The new environment has none of its data"
        findings.append(Finding(2, title, why, where, DATA))
    elif state == "moved":
        title = "An environment is created again elsewhere"
        assert old.target
        assert new.target
        why = f"{' '.join(old.target)} -> {' '.join(new.target)}. {stays}"
        findings.append(Finding(2, title, why, where, DATA))
    same_place = old.target == new.target
    comparison = Comparison.of(old if same_place else Side.of(None, files.name), new)
    if new.stage is not None:
        # All of it is new: what is dangerous is told, not what each role may do.
        findings += [one for one in comparison.findings if one.rank == 2]
    graph = new.graph if new.stage is not None else Graph.of(None)
    return EnvironmentReview(
        files.name,
        state,
        sorted_findings(findings),
        list(comparison.changes.values()),
        comparison.access,
        CheckChange(compared=False),
        plan(new.stage, comparison.changes, set(graph.stacks), set()),
        notes=notes,
    )


def _stays(old: Side) -> str:
    """Return what stays in an account, for people."""
    stacks = [] if old.stage is None else [one.id for one in old.stage.stacks]
    held = sorted(
        {HOLDS[one["Type"]] for one in old.graph.resources.values() if one["Type"] in HOLDS}
    )
    holds = f", with {', '.join(held)}," if held else ""
    return (
        f"`cdk deploy` deletes no stack: {', '.join(stacks)}{holds} stay as they are until you "
        "delete them (`make destroy` at the earlier revision)"
    )


def not_compared(files: Files, reason: str) -> EnvironmentReview:
    """Return the review of an environment whose earlier revision does not synthesize."""
    why = f"{reason}. Whether its data is kept is not known"
    finding = Finding(2, "It cannot be compared", why, f"environment {files.name}", DEPLOY)
    return EnvironmentReview(
        files.name, "not compared", [finding], notes=[files.note] if files.note else []
    )


def compare_settings_only(files: Files, after: Path, base: Path, reason: str) -> EnvironmentReview:
    """Compare with the earlier settings and the code of the working tree.

    Args:
        files: the settings files.
        after: assembly of the working tree.
        base: folder with the files of the earlier revision.
        reason: why the earlier revision does not synthesize with its own code.
    """
    assert files.old is not None
    settings = read_settings(base / files.old)
    if settings is None:
        return not_compared(files, reason)
    with Variants(files.name, (base / files.old).parent) as variants:
        try:
            before = variants.synthesize(settings.data)
        except InvalidVariantError:
            return not_compared(files, reason)
        found = compare_environment(files, before, after, base=base, code=False)
    note = (
        f"the earlier revision does not synthesize ({reason}): its settings were compared with "
        "the code of the working tree, so changes of the code are not shown"
    )
    finding = Finding(
        1, "Changes of the code are not known", reason, f"environment {files.name}", DEPLOY
    )
    return replace(
        found,
        notes=[*found.notes, note],
        findings=sorted_findings([*found.findings, finding]),
        state="changed",
    )
