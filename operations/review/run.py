"""Reviews the working tree against an earlier revision."""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from operations.application import synthesize
from operations.review.base import Base, synthesize_base
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


def run_review(base: Revision, selection: Selection) -> Report:
    """Review the working tree.

    Args:
        base: the earlier revision.
        selection: which environments.

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
        environments = [_one(one, found, after, code=bool(code)) for one in files]
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


def _relative(file: Path) -> str:
    path = file.resolve()
    here = Path.cwd().resolve()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(file)
