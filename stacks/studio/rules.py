"""Rules among several settings of Studio; each refuses what would fail, or not do, at AWS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from stacks.fields import close_to, validation_error
from stacks.partition import Partition
from stacks.studio.app_settings import types_of_domains

if TYPE_CHECKING:
    from stacks.access.settings import PersonaSettings
    from stacks.studio.settings import StudioSettings
    from stacks.studio.space_settings import SpaceSettings
    from stacks.studio.user_settings import UserSettings

# An IAM policy has 6144 characters, and the rest of what Studio's users may do takes half.
POLICY_CAPACITY = 3000
_MAX_EXCEPTIONS = 40


# Five of the 500 resources that a stack takes, and room for the domain and spaces.
USERS_OF_A_STACK = 75
_MAX_STACKS = 20
_STACK_CAPACITY = 430


PARTITION: Partition[UserSettings] = Partition(
    # Names of profiles are not case-sensitive.
    name=lambda user: user.profile.lower(),
    size=lambda _: 1,
    capacity=USERS_OF_A_STACK,
    max_stacks=_MAX_STACKS,
)
"""Distribution of users over stacks."""


def check_stacks(studio: StudioSettings) -> None:
    """Refuse more users than their stacks take."""
    # Scripts and images are in the stack of the domain, with the users if these have no other.
    others = len(studio.lifecycle_configs) + 6 * len(studio.images)
    needed = PARTITION.sufficient(studio.users)
    remedy = (
        f"use {needed}, but read docs/studio.md before you change it"
        if needed
        else "divide the users among several environments"
    )
    if (
        studio.user_stacks == 1
        and 5 * len(studio.users) + others + len(studio.spaces) > _STACK_CAPACITY
    ):
        raise validation_error(
            f"puts {len(studio.users)} users, and all scripts, images and spaces, into one "
            f"stack, which exceeds CloudFormation's limit of resources: {remedy}",
            at="user_stacks",
            value=studio.user_stacks,
        )
    if (most := PARTITION.largest(studio.users, studio.user_stacks)) <= USERS_OF_A_STACK:
        return
    raise validation_error(
        (f"puts {most} users into one stack, which has capacity for {USERS_OF_A_STACK}: {remedy}"),
        at="user_stacks",
        value=studio.user_stacks,
    )


def check_users(studio: StudioSettings) -> None:
    """Refuse users that are no profile, or the same profile."""
    profiles: dict[str, str] = {}
    for index, user in enumerate(studio.users):
        at, profile = f"users.{index}.name", user.profile
        if studio.auth_mode == "IAM" and profile != user.name:
            raise validation_error(
                "must be letters and digits, with single hyphens between", at=at, value=user.name
            )
        if not profile:
            raise validation_error("must contain a letter or a digit", at=at, value=user.name)
        # Names of profiles are not case sensitive.
        if (earlier := profiles.get(profile.lower())) is not None:
            raise validation_error(
                f"must differ from {earlier}, because both get the profile {profile}",
                at=at,
                value=user.name,
            )
        profiles[profile.lower()] = user.name
        if user.r_studio is not None and studio.r_studio is None:
            raise validation_error(
                "requires RStudio in the domain. Add r_studio to studio, or remove the line",
                at=f"users.{index}.r_studio",
                value=user.r_studio,
            )


def check_instance_types(studio: StudioSettings) -> None:
    """Refuse lists of instance types that are too long, and defaults that are in none."""
    everybody = studio.allowed_instance_types
    lists: list[tuple[str, Sequence[str] | None]] = [("", everybody)]
    lists += [(f"users.{i}.", user.allowed_instance_types) for i, user in enumerate(studio.users)]
    for where, allowed in lists:
        if allowed is not None and len(set(allowed)) < len(allowed):
            raise validation_error(
                "names one twice", at=f"{where}allowed_instance_types", value=allowed
            )
    exceptions = studio.instance_type_exceptions
    if len(exceptions) > _MAX_EXCEPTIONS:
        raise validation_error(
            f"must have at most {_MAX_EXCEPTIONS} users with allowed_instance_types, not "
            f"{len(exceptions)}, because all are in one IAM policy",
            at="users",
            value=len(studio.users),
        )
    if exceptions and (size := _policy_size(everybody, exceptions)) > POLICY_CAPACITY:
        raise validation_error(
            f"need about {size} characters of an IAM policy for allowed_instance_types, "
            f"which can have {POLICY_CAPACITY}. Let users share a list, or shorten the lists",
            at="users",
            value=len(studio.users),
        )
    for at, instance_type, allowed, in_domain in _defaults(studio):
        if in_domain and instance_type not in types_of_domains():
            raise validation_error(
                "must be an instance type that CloudFormation supports for domains. Choose "
                "another default, and let users choose this type in Studio",
                at=at,
                value=instance_type,
            )
        if allowed is not None and instance_type not in allowed:
            raise validation_error(
                f"must be one of allowed_instance_types ({', '.join(allowed[:5])}"
                f"{', …' if len(allowed) > 5 else ''})",
                at=at,
                value=instance_type,
            )


def _policy_size(everybody: Sequence[str] | None, exceptions: Mapping[str, Sequence[str]]) -> int:
    lists = {tuple(types) for types in exceptions.values()}
    if everybody is not None:
        lists.add((*everybody, *exceptions))
    names = [*exceptions, *(name for types in lists for name in types)]
    return 400 * len(lists) + sum(len(name) + 5 for name in names)


def _defaults(studio: StudioSettings) -> Iterator[tuple[str, str, Sequence[str] | None, bool]]:
    """Return where each default is, what it may be, and whether the domain holds it."""
    everybody = studio.allowed_instance_types
    yield "instance_type", studio.instance_type, everybody, True
    for where, app in studio.apps():
        if app.instance_type is not None:
            yield f"{where}.instance_type", app.instance_type, everybody, True
    for index, user in enumerate(studio.users):
        allowed = user.allowed_instance_types
        if user.instance_type is not None:
            at = f"users.{index}.instance_type"
            yield at, user.instance_type, allowed or everybody, False
        elif allowed is not None:
            used = [studio.jupyter_lab.instance_type, studio.code_editor.instance_type]
            for instance_type in used:
                at = f"users.{index}.allowed_instance_types"
                default = instance_type or studio.instance_type
                if default not in allowed:
                    raise validation_error(
                        f"must include {default}, the default of this user's apps, unless "
                        "the user has an instance_type",
                        at=at,
                        value=allowed,
                    )


def check_persona_types(studio: StudioSettings, personas: Mapping[str, PersonaSettings]) -> None:
    """Refuse personas that may not use what the apps of their people run on by default."""
    for who, persona, instance_type in _defaults_of_personas(studio):
        if not personas[persona].allows_instance_type(instance_type):
            raise validation_error(
                f"must match {instance_type}, the default of apps of {who}. Add it, or "
                "choose another default in studio",
                at=f"personas.{persona}.allowed_instance_types",
                value=personas[persona].allowed_instance_types,
            )


def _defaults_of_personas(studio: StudioSettings) -> Iterator[tuple[str, str, str]]:
    """Yield who has which persona, and what their apps run on by default."""
    everybody = {studio.instance_type}
    everybody |= {app.instance_type for _, app in studio.apps() if app.instance_type is not None}
    personas = {one.name: one.persona or studio.default_persona for one in studio.users}
    for one in sorted(everybody):
        yield "everybody", studio.default_persona, one
    for user in studio.users:
        for one in sorted({user.instance_type} if user.instance_type else everybody):
            yield user.name, personas[user.name], one
    for space in studio.spaces:
        if space.instance_type is not None:
            persona = personas.get(space.owner, studio.default_persona)
            yield f"space {space.name}", persona, space.instance_type


def check_apps(studio: StudioSettings) -> None:
    """Refuse scripts and images that are not there, or for another app."""
    for where, app in studio.apps():
        kind = "CodeEditor" if where == "code_editor" else "JupyterLab"
        for index, name in enumerate(app.lifecycle_configs):
            _check_script(studio, name, kind, at=f"{where}.lifecycle_configs.{index}")
        for index, name in enumerate(app.images):
            _check_image(studio, name, at=f"{where}.images.{index}")
    used = {name for _, app in studio.apps() for name in (*app.lifecycle_configs, *app.images)}
    for space in studio.spaces:
        used |= {name for name in (space.lifecycle_config, space.image) if name}
    for key, known in (("lifecycle_configs", studio.lifecycle_configs), ("images", studio.images)):
        for name in known:
            if name not in used:
                raise validation_error(
                    f"must be used by an app or a space. Add it to the {key} of "
                    "jupyter_lab, code_editor or shared_spaces, or remove it",
                    at=f"{key}.{name}",
                    value=name,
                )


def _check_script(studio: StudioSettings, name: str, kind: str, *, at: str) -> None:
    script = studio.lifecycle_configs.get(name)
    if script is None:
        raise validation_error(
            (
                "must be in "
                f"studio.lifecycle_configs{close_to(name, list(studio.lifecycle_configs))}"
            ),
            at=at,
            value=name,
        )
    if script.app_type != kind:
        raise validation_error(f"is for {script.app_type}, not for {kind}", at=at, value=name)


def _check_image(studio: StudioSettings, name: str, *, at: str) -> None:
    if name not in studio.images:
        raise validation_error(
            f"must be in studio.images{close_to(name, list(studio.images))}", at=at, value=name
        )


def check_spaces(studio: StudioSettings) -> None:
    """Refuse spaces without an owner, too large, twice, or on what their owner may not use."""
    users = {user.name: user for user in studio.users}
    names: dict[str, str] = {}
    for index, space in enumerate(studio.spaces):
        at = f"spaces.{index}"
        owner = users.get(space.owner)
        if owner is None:
            raise validation_error(
                f"must be the name of a user{close_to(space.owner, list(users))}",
                at=f"{at}.owner",
                value=space.owner,
            )
        if (earlier := names.get(space.name.lower())) is not None:
            raise validation_error(
                f"must be unique: {earlier} has the same name", at=f"{at}.name", value=space.name
            )
        names[space.name.lower()] = f"spaces[{index}]"
        _check_space(studio, space, owner, at)


def _check_space(
    studio: StudioSettings, space: SpaceSettings, owner: UserSettings, at: str
) -> None:
    shared = space.sharing == "Shared"
    if shared and (owner.persona or studio.default_persona) != studio.default_persona:
        raise validation_error(
            f"must have the default persona ({studio.default_persona}), because shared "
            "spaces run with its role",
            at=f"{at}.owner",
            value=space.owner,
        )
    if shared and space.app != "JupyterLab":
        raise validation_error(
            "must be JupyterLab in a shared space, because SageMaker has no settings and "
            "no idle shutdown of other apps there",
            at=f"{at}.app",
            value=space.app,
        )
    own = studio.shared_spaces.space_storage if shared else owner.space_storage
    limit = (own or studio.space_storage).max_gib
    if space.storage_gib is not None and space.storage_gib > limit:
        raise validation_error(
            f"must be at most {limit}, the max_gib of {'shared spaces' if shared else 'the owner'}",
            at=f"{at}.storage_gib",
            value=space.storage_gib,
        )
    allowed = owner.allowed_instance_types or studio.allowed_instance_types
    if space.instance_type is not None and allowed and space.instance_type not in allowed:
        raise validation_error(
            f"must be one of the allowed_instance_types of {space.owner}",
            at=f"{at}.instance_type",
            value=space.instance_type,
        )
    if space.lifecycle_config is not None:
        _check_script(studio, space.lifecycle_config, space.app, at=f"{at}.lifecycle_config")
    if space.image is not None:
        _check_image(studio, space.image, at=f"{at}.image")


def check_region(studio: StudioSettings, region: str) -> None:
    """Refuse what is in another region than the environment."""
    for name, image in studio.images.items():
        if image.region != region:
            raise validation_error(
                f"must be in {region}: SageMaker pulls images from the region of the domain",
                at=f"studio.images.{name}.base_image",
                value=image.base_image,
            )
