"""What git says of the repository that is reviewed."""

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from operations.errors import OperationError

_MAIN = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
# What changes no template.
_NO_CODE = ("docs/", "tests/", ".github/", ".ci/", "environments/snapshots/")
_NO_CODE_SUFFIXES = (".md", ".rst")


class ReviewError(OperationError):
    """Something that cannot be compared; the message says why and what to do."""


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
    if _git("rev-parse", "--is-inside-work-tree") != "true":
        raise ReviewError(
            "There is no git repository here. `review` compares with an earlier commit: run it in "
            "a clone, or run `git init` and commit first."
        )
    if not _git("rev-parse", "--verify", "--quiet", "HEAD^{commit}"):
        raise ReviewError("The repository has no commits to compare with. Commit first.")
    if name is not None:
        # A name with a dash would be an option of git.
        commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if not commit:
            raise ReviewError(f"base: got {name!r}; must be a branch, a tag or a commit.{_hint()}")
        return Revision(commit, name)
    for branch in _MAIN:
        if _git("rev-parse", "--verify", "--quiet", f"{branch}^{{commit}}"):
            if commit := _git("merge-base", "HEAD", branch):
                return Revision(commit, branch)
            raise ReviewError(
                f"HEAD and {branch} have no common commit.{_hint()} Or name a revision: "
                "sagemaker-platform review BASE"
            )
    raise ReviewError(
        f"There is no main branch here.{_hint()} Name a revision: sagemaker-platform review BASE"
    )


def head() -> str:
    """Return the full hash of the commit that is checked out; empty if there is none."""
    return _git("rev-parse", "--verify", "--quiet", "HEAD^{commit}")


def is_dirty() -> bool:
    """Return whether the working tree has changes that are in no commit."""
    return bool(_git("status", "--porcelain", "--", "."))


def files_of(base: Revision) -> list[str]:
    """Return the paths of the files of a revision, from the working directory."""
    return _paths("ls-tree", "-r", "--name-only", "-z", base.commit)


def files_here() -> list[str]:
    """Return the paths of the files of the working tree that git does not ignore."""
    listed = _paths("ls-files", "--cached", "--others", "--exclude-standard", "-z")
    return [one for one in dict.fromkeys(listed) if os.path.exists(one)]


def changed_code(base: Revision, *, settings: Iterable[str]) -> list[str]:
    """Return the files that differ and may change templates, without settings files."""
    different = [
        *_paths("diff", "--name-only", "--no-renames", "--relative", "-z", base.commit, "--", "."),
        *_paths("ls-files", "--others", "--exclude-standard", "-z"),
    ]
    return sorted(
        one
        for one in set(different) - set(settings)
        if not one.startswith(_NO_CODE) and not one.endswith(_NO_CODE_SUFFIXES)
    )


def extract(base: Revision, folder: Path) -> None:
    """Write the files of a revision into a folder."""
    archive = subprocess.run(
        [_program(), "archive", base.commit], check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")


def _hint() -> str:
    if _git("rev-parse", "--is-shallow-repository") == "true":
        return " The clone is shallow: run `git fetch --unshallow origin`."
    return ""


def _paths(*arguments: str) -> list[str]:
    return [one for one in _git(*arguments).split("\0") if one]


def _git(*arguments: str) -> str:
    """Return what git prints; nothing if it fails."""
    done = subprocess.run([_program(), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _program() -> str:
    found = shutil.which("git")
    if found is None:
        raise ReviewError("git is not installed. Install it to compare with an earlier commit.")
    return found
