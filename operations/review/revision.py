"""Synthesizes an earlier revision of the repository beside the working tree."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from operations.errors import OperationError

CACHE = Path(".cache/review")
_MAIN = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


class ReviewError(OperationError):
    """A revision that cannot be compared with."""


@dataclass(frozen=True)
class Revision:
    """A commit of the repository.

    Attributes:
        commit: its full hash.
        name: what people call it, such as ``main``.
    """

    commit: str
    name: str

    def __str__(self) -> str:
        """Return the name and the beginning of the hash."""
        short = self.commit[:7]
        return short if self.name == self.commit else f"{self.name} ({short})"


def find_base(name: str | None) -> Revision:
    """Return the revision to compare with.

    Args:
        name: a branch, tag or commit. Defaults to where the working tree left the main branch.

    Raises:
        ReviewError: there is no such revision, or no git repository.
    """
    if name is not None:
        commit = _git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if not commit:
            raise ReviewError(f"base: got {name!r}; must be a branch, a tag or a commit.{_hint()}")
        return Revision(commit, name)
    if not _git("rev-parse", "--verify", "--quiet", "HEAD^{commit}"):
        raise ReviewError("There is no git repository here, or it has no commits.")
    for branch in _MAIN:
        if _git("rev-parse", "--verify", "--quiet", f"{branch}^{{commit}}"):
            if commit := _git("merge-base", "HEAD", branch):
                return Revision(commit, branch)
            raise ReviewError(f"HEAD and {branch} have no common commit.{_hint()}")
    raise ReviewError("There is no main branch. Name a revision: sagemaker-platform review BASE")


def is_dirty() -> bool:
    """Return whether the working tree has changes that are in no commit."""
    return bool(_git("status", "--porcelain"))


def synthesize_base(base: Revision) -> Path:
    """Return the cloud assembly of a revision; a second call for the commit reads the cache.

    Raises:
        ReviewError: its app does not synthesize.
    """
    kept = CACHE / base.commit
    if (kept / "manifest.json").exists():
        return kept
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory(dir=CACHE) as made:
        checkout = Path(folder)
        archive = subprocess.run(
            [_program(), "archive", base.commit], check=True, capture_output=True
        ).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(checkout, filter="data")
        done = subprocess.run(
            [sys.executable, "app.py"],
            cwd=checkout,
            env={
                **os.environ,
                "CDK_OUTDIR": str(Path(made).resolve() / "cdk.out"),
                "CDK_CONTEXT_JSON": '{"checks": "false"}',
                # Not the packages of the working tree, which its environment would find.
                "PYTHONPATH": f"{checkout}{os.pathsep}{checkout / 'constructs'}",
                "PYTHONSAFEPATH": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise ReviewError(f"{base} does not synthesize: {last}")
        (Path(made) / "cdk.out").rename(kept)
    return kept


def _hint() -> str:
    if _git("rev-parse", "--is-shallow-repository") == "true":
        return " The clone is shallow: run `git fetch --unshallow`."
    return ""


def _git(*arguments: str) -> str:
    """Return what git prints; nothing if it fails."""
    done = subprocess.run([_program(), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _program() -> str:
    found = shutil.which("git")
    if found is None:
        raise ReviewError("git is not installed.")
    return found
