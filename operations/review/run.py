"""Reviews the working tree against an earlier revision."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from operations.application import synthesize
from operations.assembly import Assembly, Stage
from operations.cost.monthly import Monthly, monthly
from operations.evidence.comparison import evidence_changes
from operations.picture.draw import Mark, draw
from operations.picture.items import Place
from operations.review.base import Base, synthesize_base
from operations.review.cost import CostChange
from operations.review.files import Files, old_files, pair
from operations.review.git import (
    ReviewError,
    Revision,
    changed_code,
    files_here,
    files_of,
    is_dirty,
)
from operations.review.model import EnvironmentReview, Report
from operations.review.review import compare_environment, compare_settings_only, not_compared
from stacks.selection import Selection


def run_review(base: Revision, selection: Selection, *, pictures: bool = False) -> Report:
    """Review the working tree.

    Args:
        base: the earlier revision.
        selection: which environments.
        pictures: whether to draw the environments that change.

    Raises:
        ReviewError: the working tree does not synthesize.
    """
    started = time.monotonic()
    named = bool(selection.names or selection.files)
    new = [_relative(file) for file in selection.paths()]
    old = old_files(new, names=named, listed=files_of(base))
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as pool:
        after = Path(folder) / "cdk.out"
        # Both at once, where the earlier one is not kept.
        earlier = pool.submit(synthesize_base, base, old)
        status = synthesize(after, selection)
        found = earlier.result()
        if status and not (after / "manifest.json").exists():
            raise ReviewError("The working tree does not synthesize: see above.")
        files = pair(old, new, here=files_here(), base=found.folder)
        code = changed_code(base, settings=[*old, *new])
        environments = [
            _with_views(_one(one, found, after, code=bool(code)), one, found, after, pictures)
            for one in files
        ]
    return Report(
        str(base), is_dirty(), environments, code, found.notes, time.monotonic() - started
    )


def _one(files: Files, base: Base, after: Path, *, code: bool) -> EnvironmentReview:
    if files.old and files.name in base.failed:
        reason = base.failed[files.name]
        if files.new is None:
            return not_compared(files, reason)
        return compare_settings_only(files, after, base.folder, reason)
    before = base.assemblies.get(files.renamed_from or files.name)
    if before is None:
        # It is new: there is nothing to compare with, but other names of its account.
        before = next(iter(base.assemblies.values()), None)
    if before is None:
        with tempfile.TemporaryDirectory() as empty:
            (Path(empty) / "manifest.json").write_text('{"artifacts": {}}', "utf-8")
            return compare_environment(files, Path(empty), after)
    return compare_environment(files, before, after, base=base.folder, code=code)


def _with_views(
    review: EnvironmentReview, files: Files, base: Base, after: Path, pictures: bool
) -> EnvironmentReview:
    """Return a review with cost and evidence, and a picture where something changes."""
    if review.state in ("same", "not compared"):
        return review
    earlier = base.assemblies.get(files.renamed_from or files.name)
    old = _stage(earlier, files.renamed_from or files.name)
    new = _stage(after, files.name)
    cost = CostChange(_cost(earlier, old), _cost(after, new))
    stage = new or old
    picture = ""
    if pictures and stage is not None:
        picture = draw(stage, marks_of(review), old if old is not stage else None)
    evidence: Sequence[tuple[str, str, str]] = ()
    if earlier is not None and old is not None and new is not None and review.checks.compared:
        evidence = evidence_changes((earlier, old), (after, new))
    return replace(review, cost=cost, picture=picture, evidence=evidence)


def _stage(assembly: Path | None, name: str) -> Stage | None:
    stages = Assembly.read(assembly).stages if assembly is not None else ()
    return next((one for one in stages if one.name == name), None)


def _cost(assembly: Path | None, stage: Stage | None) -> Monthly | None:
    return monthly(assembly)[stage.name] if assembly is not None and stage is not None else None


_MARKS: Mapping[str, Mark] = {
    "create": "added",
    "delete": "removed",
    "leave behind": "removed",
    "stays deployed": "removed",
}


def marks_of(review: EnvironmentReview) -> dict[Place, Mark]:
    """Return what a change does to each resource, for a picture."""
    return {
        (one.key.stack, one.key.logical_id): _MARKS.get(one.kind, "changed")
        for one in review.changes
    }


def _relative(file: Path) -> str:
    path = file.resolve()
    here = Path.cwd().resolve()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(file)
