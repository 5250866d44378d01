"""Repositories, and the claims of the tokens that their jobs get."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sagemaker_platform.arguments import checks_types

Claims = Mapping[str, str | Sequence[str]]
"""Claims by name, without ``aud``. A token must have one of the values of each claim."""


@checks_types
@dataclass(frozen=True, kw_only=True)
class GitHubRepository:
    """A repository on github.com.

    The claim ``sub`` of repositories that were created or renamed after 15 July 2026, or that have
    opted in, contains the ids of owner and repository; that of other repositories does not. Both
    forms are accepted, and ``repository_id`` must match in any case: a repository that takes over
    the name of a deleted one has another id.

    Source: GitHub, "OpenID Connect reference", immutable subject claims; AWS STS validates
    ``ref`` and ``repository_id`` of GitHub's tokens since 2026-01 (IAM User Guide, "IAM and AWS
    STS condition context keys").

    Args:
        name: ``<owner>/<repository>``.
        owner_id: id of the owner, a number.
        repository_id: id of the repository, a number.
    """

    name: str
    owner_id: str
    repository_id: str

    URL = "https://token.actions.githubusercontent.com"
    AUDIENCE = "sts.amazonaws.com"

    def __post_init__(self) -> None:
        # Anything else could widen the trust, for example `*`.
        if not re.fullmatch(r"[A-Za-z0-9_-]+/[A-Za-z0-9._-]+", self.name):
            raise ValueError(f"name: got {self.name!r}; must be <owner>/<repository>")
        for key, value in (("owner_id", self.owner_id), ("repository_id", self.repository_id)):
            if not re.fullmatch(r"[1-9]\d*", value):
                raise ValueError(f"{key}: got {value!r}; must be a number in digits")

    def environment_claims(self, environment: str, *, branch: str) -> Claims:
        """Return the claims of jobs of a GitHub environment on a branch.

        Args:
            environment: name of the GitHub environment. Its subject does not have the branch.
            branch: branch of the workflow run.
        """
        # GitHub writes a colon in a name as %3A, because colons separate the parts of a subject.
        subject = f"environment:{environment.replace(':', '%3A')}"
        return {**self._claims(subject), "ref": f"refs/heads/{branch}"}

    def branch_claims(self, branch: str, *, pull_requests: bool = False) -> Claims:
        """Return the claims of jobs of a branch without a GitHub environment.

        Args:
            branch: branch of the workflow run.
            pull_requests: whether jobs of all pull requests of the repository have them too. Pull
                requests of forks get no token. Defaults to no.
        """
        return self._claims(
            f"ref:refs/heads/{branch}", *(["pull_request"] if pull_requests else [])
        )

    def _claims(self, *contexts: str) -> Claims:
        owner, repository = self.name.split("/")
        names = (
            f"{owner}/{repository}",
            f"{owner}@{self.owner_id}/{repository}@{self.repository_id}",
        )
        return {
            "sub": [f"repo:{name}:{context}" for context in contexts for name in names],
            "repository_id": self.repository_id,
        }


@checks_types
@dataclass(frozen=True, kw_only=True)
class GitLabProject:
    """A project of GitLab.

    AWS STS knows ``aud`` and ``sub`` of GitLab's tokens only. Source: GitLab, "Configure OpenID
    Connect in AWS to retrieve temporary credentials".

    Args:
        path: path of the project with its groups, such as ``example/ml-platform``.
    """

    path: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+", self.path):
            raise ValueError(f"path: got {self.path!r}; must be <group>/<project>")

    def branch_claims(self, branch: str) -> Claims:
        """Return the claims of jobs of a branch."""
        return {"sub": f"project_path:{self.path}:ref_type:branch:ref:{branch}"}
