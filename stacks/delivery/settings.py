"""Settings of deployments from a CI system."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.delivery.fields import (
    BranchName,
    GitHubEnvironmentName,
    GitHubId,
    GitHubRepositoryName,
    GitLabProjectPath,
    IssuerUrl,
)
from stacks.fields import Settings, validation_error

Provider = Literal["create", "exists"]
SessionHours = Annotated[int, Field(ge=1, le=12)]


class GitHubSettings(Settings):
    """Jobs of GitHub Actions that deploy the environment, without AWS keys."""

    repository: GitHubRepositoryName
    """Repository, such as `example/ml-platform`."""
    owner_id: GitHubId
    """Id of the owner, in quotes. GitHub's tokens contain it since July 2026."""
    repository_id: GitHubId
    """Id of the repository, in quotes. A repository that takes over the name has another id."""
    environment: GitHubEnvironmentName | None = None
    """GitHub environment of the jobs that deploy. Its reviewers approve deployments. Defaults to
    the name of the environment."""
    branch: BranchName = "main"
    """Branch whose jobs deploy."""
    pull_requests: bool = False
    """Whether jobs of pull requests may read the account with the lookup role of the CDK, for
    `preflight` and `cdk diff`. Everyone who can push a branch can then read the account. Pull
    requests of forks cannot."""
    provider: Provider = "create"
    """Whether to create the account's identity provider of GitHub, or to use the one that
    `exists`. An account can have one."""
    session_hours: SessionHours = 4
    """Hours after which the credentials of a deployment expire."""


class GitLabSettings(Settings):
    """Jobs of GitLab CI/CD that deploy the environment, without AWS keys."""

    project_path: GitLabProjectPath
    """Project with its groups, such as `example/ml-platform`."""
    issuer: IssuerUrl = "https://gitlab.com"
    """Address of the GitLab instance, which AWS must reach. It is also the audience of the
    tokens."""
    branch: BranchName = "main"
    """Branch whose jobs deploy. Protect it."""
    provider: Provider = "create"
    """Whether to create the account's identity provider of the instance, or to use the one that
    `exists`. An account can have one."""
    session_hours: SessionHours = 4
    """Hours after which the credentials of a deployment expire."""


class DeliverySettings(Settings):
    """CI systems that deploy the environment."""

    github: GitHubSettings | None = None
    """A repository on github.com. Optional."""
    gitlab: GitLabSettings | None = None
    """A project of GitLab. Optional."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.github is None and self.gitlab is None:
            raise validation_error("must have a `github` or a `gitlab` block. Add one of them")
        return self
