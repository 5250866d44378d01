"""Names that the stack and the workflows share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from stacks.arns import partition_of

if TYPE_CHECKING:
    from stacks.settings import EnvironmentSettings

RoleKind = Literal["github-deploy", "github-read", "gitlab-deploy"]


def role_name(environment: str, kind: RoleKind) -> str:
    """Return the name of a role, which workflows need before the first deployment."""
    return f"{environment}-{kind}"


def role_arn(settings: EnvironmentSettings, kind: RoleKind) -> str:
    """Return the ARN of a role."""
    path, name = settings.role_path or "/", role_name(settings.name, kind)
    return f"arn:{partition_of(settings.region)}:iam::{settings.account}:role{path}{name}"
