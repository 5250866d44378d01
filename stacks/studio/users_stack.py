"""Wires the users of Studio, in the stack of the domain or in stacks of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.studio import Space, UserProfile
from stacks.base import EnvironmentStack
from stacks.shared import SharedResources
from stacks.studio.mapping import file_system
from stacks.studio.settings import StudioSettings
from stacks.studio.user_settings import UserSettings
from stacks.teams import tag_team

if TYPE_CHECKING:
    from stacks.studio.canvas_mapping import StudioCanvas
    from stacks.studio.stack import StudioStack


class StudioUsersStack(EnvironmentStack):
    """A share of the users, for which the stack of the domain has no room."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: StudioSettings,
        users: Sequence[UserSettings],
        studio: StudioStack,
        roles: Mapping[str, iam.IRole],
        canvas: StudioCanvas | None,
    ) -> None:
        super().__init__(scope, id, environment=shared.environment, description="users of Studio")
        add_people(
            self,
            settings=settings,
            users=users,
            studio=studio,
            roles=roles,
            canvas=canvas,
            key=shared.key,
            log_retention_days=shared.environment.log_retention_days,
        )


def user_stack_id(number: int) -> str:
    """Return the id of a stack of users."""
    return f"studio-users-{number}"


def add_people(
    stack: EnvironmentStack,
    *,
    settings: StudioSettings,
    users: Sequence[UserSettings],
    studio: StudioStack,
    roles: Mapping[str, iam.IRole],
    canvas: StudioCanvas | None,
    key: kms.IKey,
    log_retention_days: int,
    of_domain: bool = False,
) -> None:
    """Add users with their spaces, and what CloudFormation does not know of them.

    Args:
        stack: where they are.
        settings: all settings of Studio.
        users: those of this stack.
        studio: the stack of the domain.
        roles: roles by persona.
        canvas: what Canvas needs.
        key: encrypts logs.
        log_retention_days: how long logs are kept.
        of_domain: whether settings of the domain itself that CloudFormation does not know
            are added, too.
    """
    # A profile of the next domain is no replacement of one that has the same name.
    suffix = "" if settings.domain_number == 1 else f"-{settings.domain_number}"
    profiles = {
        user.profile: UserProfile(
            stack,
            f"User-{user.profile}{suffix}",
            domain=studio.domain,
            name=user.profile,
            execution_role=roles[user.persona] if user.persona else None,
            single_sign_on_user=user.name if settings.auth_mode == "SSO" else None,
            own=studio.mapping.of_user(user),
        )
        for user in users
    }
    owners = {user.name: profiles[user.profile] for user in users}
    spaces = {
        space.name: Space(
            stack,
            f"Space-{space.name}{suffix}",
            owner=owners[space.owner],
            name=space.name,
            sharing=space.sharing,
            app=space.app,
            starts_with=studio.mapping.of_space(space),
            storage_gib=space.storage_gib,
            display_name=space.display_name,
            file_system=file_system(space.file_system) if space.file_system else None,
        )
        for space in settings.spaces
        if space.owner in owners
    }
    teams = {user.name: user.team for user in users}
    for user in users:
        tag_team(profiles[user.profile], user.team)
    for space in settings.spaces:
        if space.name in spaces:
            tag_team(spaces[space.name], teams[space.owner])
    if settings.has_api_settings(users, of_domain=of_domain):
        # Here, because importing Lambda and Step Functions costs time.
        from stacks.studio.api_mapping import add_api_settings

        add_api_settings(
            stack,
            settings=settings,
            users=users,
            domain=studio.domain,
            profiles=profiles,
            spaces=spaces,
            canvas=canvas,
            key=key,
            log_retention_days=log_retention_days,
            of_domain=of_domain,
        )
