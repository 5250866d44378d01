"""Wires the settings of Studio that CloudFormation does not know."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_kms as kms

from sagemaker_platform.studio import IdleShutdown, Space, StudioDomain, UserProfile
from sagemaker_platform.studio.api_settings import (
    DomainApiSettings,
    SpaceApiSettings,
    StudioApiSettings,
    UserApiSettings,
)
from stacks.base import EnvironmentStack
from stacks.studio.canvas_mapping import StudioCanvas
from stacks.studio.settings import StudioSettings
from stacks.studio.user_settings import UserSettings


def add_api_settings(
    stack: EnvironmentStack,
    *,
    settings: StudioSettings,
    users: Sequence[UserSettings],
    domain: StudioDomain,
    profiles: Mapping[str, UserProfile],
    spaces: Mapping[str, Space],
    canvas: StudioCanvas | None,
    key: kms.IKey,
    log_retention_days: int,
    of_domain: bool,
) -> None:
    """Add what the settings ask for: of some users, and of the domain if that is wanted."""
    for_domain = DomainApiSettings(
        canvas=canvas.of(settings.canvas) if canvas and settings.canvas else None,
        trusted_identity_propagation=settings.trusted_identity_propagation or None,
        rootless_docker=True if settings.docker and settings.docker.rootless else None,
        amazon_q_profile_arn=settings.amazon_q_profile_arn,
    )
    for_users = []
    for user in users:
        if user.idle_shutdown is None and user.canvas is None:
            continue
        default, least, most = settings.idle_bounds(user)
        for_users.append(
            UserApiSettings(
                profile=profiles[user.profile],
                idle_shutdown=IdleShutdown(
                    default_minutes=default, min_minutes=least, max_minutes=most
                )
                if user.idle_shutdown
                else None,
                canvas=canvas.of(user.canvas) if canvas and user.canvas else None,
            )
        )
    StudioApiSettings(
        stack,
        "ApiSettings",
        domain=domain,
        settings=for_domain if of_domain else DomainApiSettings(),
        users=for_users,
        spaces=[
            SpaceApiSettings(
                space=spaces[space.name].resource, app=space.app, idle_minutes=space.idle_minutes
            )
            for space in settings.spaces
            if space.name in spaces and space.idle_minutes is not None
        ],
        key=key,
        log_retention_days=log_retention_days,
    )
