"""Rules between the owner of a model registry and the environments that follow it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from stacks.arns import parse_arn
from stacks.fields import close_to, validation_error
from stacks.inference.catalog_settings import ModelPackageSettings
from stacks.model_registry.settings import group_name

if TYPE_CHECKING:
    from pydantic_core import PydanticCustomError

    from stacks.inference.capability import Inference
    from stacks.model_registry.capability import ModelRegistry
    from stacks.model_registry.settings import ModelGroupSettings
    from stacks.settings import EnvironmentSettings

_STAGES = ("development", "staging", "production")
"""Stages in the order in which models move through them."""


class _Followed(NamedTuple):
    """A group that a model is taken from.

    Attributes:
        at: path of the key that names it.
        value: value of that key.
        account: account that has the group.
        name: name of the group in SageMaker.
        version: version in the lock file; None if it is not known.
    """

    at: str
    value: str
    account: str
    name: str
    version: int | None


def wrong_followers(
    registry: ModelRegistry, others: Sequence[EnvironmentSettings]
) -> Iterable[PydanticCustomError]:
    """Yield an error for each follower that a registry names and that cannot be one."""
    owner, known = registry.environment, {one.name: one for one in others}
    for name, account in registry.settings.followers.items():
        follower = known.get(name)
        if follower is None:
            continue
        if follower.account != account:
            rule = f"must be {follower.account}, the account of {name}"
        elif follower.region != owner.region:
            rule = (
                f"must be an environment in {owner.region}, where the registry is: {name} is in "
                f"{follower.region}"
            )
        elif _is_before(follower, owner):
            rule = f"{_stage_rule(owner, follower)}. Remove the line"
        else:
            continue
        yield validation_error(rule, at=f"model_registry.followers.{name}", value=account)


def wrong_groups(
    inference: Inference, others: Sequence[EnvironmentSettings]
) -> Iterable[PydanticCustomError]:
    """Yield an error for each model of a group that its environment cannot follow."""
    environment = inference.environment
    everyone = [environment, *others]
    for followed in _followed(inference):
        rule = _rule_about(followed, environment, everyone) or _skipped_stage(
            followed, environment, others
        )
        if rule is not None:
            yield validation_error(rule, at=followed.at, value=followed.value)


def _rule_about(
    followed: _Followed,
    environment: EnvironmentSettings,
    everyone: Sequence[EnvironmentSettings],
) -> str | None:
    """Return what would be right about a group; None if it is right or not known."""
    there = [
        one
        for one in everyone
        if (one.account, one.region) == (followed.account, environment.region)
    ]
    owners = [(one, group) for one in there if (group := _group(one, followed.name))]
    if not owners:
        return _rule_about_unknown(followed, environment, there)
    [(owner, group), *_] = owners
    if owner is environment:
        return None
    if _is_before(environment, owner):
        return (
            f"{_stage_rule(owner, environment)}. Follow a group of an environment whose stage is "
            f"{environment.stage} or earlier"
        )
    if environment.name not in group.followers:
        return (
            f"must be a group that is shared with {environment.name}. Add {environment.name} to "
            f"followers of the group {group.name} in the model_registry of {owner.name}"
        )
    if environment in _reached(owner, everyone):
        return (
            f"must not be a group of {owner.name}, which follows {environment.name}, because "
            "models move in one direction. Remove this model, or the models of "
            f"{environment.name} in {owner.name}"
        )
    return None


def _skipped_stage(
    followed: _Followed, environment: EnvironmentSettings, others: Sequence[EnvironmentSettings]
) -> str | None:
    """Return what would be right about a version that an earlier stage does not have yet.

    An older version is allowed, so that a revert works.
    """
    from stacks.inference.capability import Inference

    for other in others:
        inference = other.find(Inference) if _is_before(other, environment) else None
        for one in _followed(inference) if inference else ():
            if (one.account, one.name) != (followed.account, followed.name):
                continue
            if followed.version and one.version and followed.version > one.version:
                return (
                    f"must not have version {followed.version}, which was never in "
                    f"{other.name} ({other.stage}); version {one.version} is there. Promote "
                    "it there first"
                )
    return None


def _rule_about_unknown(
    followed: _Followed, environment: EnvironmentSettings, there: Sequence[EnvironmentSettings]
) -> str | None:
    """Return what would be right about a group that no environment has."""
    names = [name for one in there for name in _group_names(one)]
    if followed.account == environment.account:
        # People may create groups by hand, in their own account.
        meant = group_name(environment.name, followed.name)
        known = meant in _group_names(environment)
        return f"must be {meant}, the name of the group in SageMaker" if known else None
    if not there:
        return None
    remedy = "Use one of them, or add the group there" if names else "Add the group there"
    return (
        f"must be a group of the model_registry of {' or '.join(one.name for one in there)}, "
        f"which {'have' if len(there) > 1 else 'has'} {', '.join(names) or 'none'}. {remedy}"
        f"{close_to(followed.name, names)}"
    )


def _followed(inference: Inference) -> Iterator[_Followed]:
    for path, model in inference.settings.models():
        wanted = model.looked_up
        if not isinstance(wanted, ModelPackageSettings):
            continue
        key = "arn" if wanted.arn else "latest_approved"
        value = str(wanted.arn or wanted.latest_approved)
        account, name = inference.environment.account, value
        if value.startswith("arn:"):
            arn = parse_arn(value)
            account, name = arn.account, arn.resource.split("/")[1]
        locked = model.lock.models.get(wanted.key) if model.lock else None
        number = str(locked.model_package_arn).rpartition("/")[2] if locked else ""
        version = int(number) if number.isdigit() else None
        yield _Followed(f"inference.{path}.model_package.{key}", value, account, name, version)


def _group_names(environment: EnvironmentSettings) -> list[str]:
    from stacks.model_registry.capability import ModelRegistry

    registry = environment.find(ModelRegistry)
    return registry.group_names() if registry else []


def _group(environment: EnvironmentSettings, name: str) -> ModelGroupSettings | None:
    from stacks.model_registry.capability import ModelRegistry

    registry = environment.find(ModelRegistry)
    if registry is None or name not in (names := registry.group_names()):
        return None
    return registry.settings.groups[names.index(name)]


def _reached(
    start: EnvironmentSettings, everyone: Sequence[EnvironmentSettings]
) -> list[EnvironmentSettings]:
    """Return the environments that one follows, and those that these follow."""
    from stacks.inference.capability import Inference

    found: list[EnvironmentSettings] = []
    waiting = [start]
    while waiting:
        inference = waiting.pop().find(Inference)
        for followed in _followed(inference) if inference else ():
            for one in everyone:
                here = followed.account == one.account and _group(one, followed.name)
                if here and one is not start and one not in found:
                    found.append(one)
                    waiting.append(one)
    return found


def _is_before(one: EnvironmentSettings, other: EnvironmentSettings) -> bool:
    return _STAGES.index(one.stage) < _STAGES.index(other.stage)


def _stage_rule(owner: EnvironmentSettings, follower: EnvironmentSettings) -> str:
    return (
        f"must not promote from {owner.name} ({owner.stage}) to {follower.name} "
        f"({follower.stage}), because models move from development to staging to production"
    )
