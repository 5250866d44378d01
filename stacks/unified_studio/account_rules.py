"""Rules among the environments that share a domain of Unified Studio."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from stacks.fields import close_to, validation_error

if TYPE_CHECKING:
    from pydantic_core import PydanticCustomError

    from stacks.settings import EnvironmentSettings
    from stacks.unified_studio.account_settings import JoinSettings
    from stacks.unified_studio.capability import UnifiedStudio
    from stacks.unified_studio.settings import HostSettings, UnifiedStudioSettings

_ACCOUNTS = "unified_studio.host.accounts"
_JOIN = "unified_studio.join"


def check_accounts(host: HostSettings) -> None:
    """Refuse accounts in a domain of the other kind, equal ones, and profiles of wrong accounts."""
    if host.accounts and host.identity_center is None:
        raise validation_error(
            "must be only in a domain with sign-in by IAM Identity Center: AWS describes other "
            "accounts for that kind of domain only. Add identity_center, or remove the block",
            at="host.accounts",
            value=list(host.accounts),
        )
    names: dict[str, str] = {}
    for name, settings in host.accounts.items():
        if (earlier := names.setdefault(settings.account, name)) != name:
            raise validation_error(
                f"must be another account than that of {earlier}: an account joins a domain once",
                at=f"host.accounts.{name}.account",
                value=settings.account,
            )
    for key, profile in host.all_profiles.items():
        if profile.account is None:
            continue
        at, known = f"host.profiles.{key}.account", list(host.accounts)
        if profile.account not in known:
            raise validation_error(
                f"must be a key of host.accounts: {', '.join(known) or 'there is none'}"
                f"{close_to(profile.account, known)}",
                at=at,
                value=profile.account,
            )
        if host.accounts[profile.account].state != "joined":
            raise validation_error(
                "must be an account that has joined: its environment has blueprints for projects "
                f"only then. Deploy {profile.account}, then set state: joined in host.accounts",
                at=at,
                value=profile.account,
            )
    for key, project in host.projects.items():
        account = host.all_profiles[project.profile].account
        if project.has_content and account is not None:
            raise validation_error(
                "must be only for a project in the account of the domain: the project is in "
                f"{account}, whose resources this file does not know. Remove the block, and "
                "connect the project in the portal",
                at=f"host.projects.{key}.connections",
                value=list(project.connections),
            )


def check_join(settings: UnifiedStudioSettings) -> None:
    """Refuse a domain of its own next to another, and units whose IDs are not given."""
    if (join := settings.join) is None:
        return
    if settings.host is not None:
        raise validation_error(
            "must not be together with host: an account has its own domain or joins another. "
            "Remove one of them",
            at="join",
        )
    for index, one in enumerate(settings.blueprints or ()):
        for number, path in enumerate(one.units or ()):
            if path not in join.units:
                raise validation_error(
                    f"must be a key of join.units{close_to(path, list(join.units))}: the file of "
                    "another account does not know the units of the domain. Add it with its ID",
                    at=f"blueprints.{index}.units.{number}",
                    value=path,
                )


def check_own(settings: UnifiedStudioSettings, environment: EnvironmentSettings) -> None:
    """Refuse the environment itself, and its account, as another account."""
    for name, one in settings.wanted_host.accounts.items():
        for at, value, own in (
            (f"{_ACCOUNTS}.{name}", name, environment.name),
            (f"{_ACCOUNTS}.{name}.account", one.account, environment.account),
        ):
            if value == own:
                raise validation_error(
                    "must be another account: this one has the domain. Remove the entry",
                    at=at,
                    value=value,
                )
    if (join := settings.join) is None:
        return
    for key, own in (("host", environment.name), ("account", environment.account)):
        if getattr(join, key) == own:
            raise validation_error(
                "must be an environment in another account: this one cannot join its own domain. "
                "Use host in place of join",
                at=f"{_JOIN}.{key}",
                value=own,
            )


def misfits(
    capability: UnifiedStudio, others: Sequence[EnvironmentSettings]
) -> Iterable[PydanticCustomError]:
    """Yield an error for each account that does not fit the file of its environment.

    Environments that are not loaded are not known, and not refused.
    """
    known = {one.name: one for one in others}
    if (join := capability.settings.join) is not None:
        yield from _of_member(capability, join, known)
    else:
        yield from _of_host(capability, known)


def _of_host(
    capability: UnifiedStudio, known: dict[str, EnvironmentSettings]
) -> Iterator[PydanticCustomError]:
    environment, host = capability.environment, capability.settings.wanted_host
    for name, one in host.accounts.items():
        at = f"{_ACCOUNTS}.{name}"
        if (member := known.get(name)) is None:
            continue
        join = _join_of(member)
        if member.account != one.account:
            rule = f"must be {member.account}, the account of {name}"
            yield validation_error(rule, at=f"{at}.account", value=one.account)
        elif member.region != environment.region:
            rule = (
                f"must be an environment in {environment.region}, the region of the domain: "
                f"{name} is in {member.region}"
            )
            yield validation_error(rule, at=at, value=name)
        elif join is not None and join.host != environment.name:
            rule = f"must be an environment that joins this domain: {name} joins {join.host}"
            yield validation_error(rule, at=at, value=name)
        elif one.state == "joined" and join is None:
            rule = (
                f"must be invited while {name} does not join. Add unified_studio.join to {name}, "
                "and deploy it first"
            )
            yield validation_error(rule, at=f"{at}.state", value=one.state)
        elif join is not None:
            yield from _missing_blueprints(host, member)


def _missing_blueprints(
    host: HostSettings, member: EnvironmentSettings
) -> Iterator[PydanticCustomError]:
    settings = _settings_of(member)
    offered = list(settings.offered) if settings else []
    for key, profile in host.all_profiles.items():
        wanted = [part.blueprint for part in profile.all_parts.values()]
        missing = [name for name in dict.fromkeys(wanted) if name not in offered]
        if profile.account == member.name and missing:
            yield validation_error(
                f"must be an account that offers {', '.join(missing)}. Add it to "
                f"unified_studio.blueprints of {member.name}",
                at=f"unified_studio.host.profiles.{key}.account",
                value=member.name,
            )


def _of_member(
    capability: UnifiedStudio, join: JoinSettings, known: dict[str, EnvironmentSettings]
) -> Iterator[PydanticCustomError]:
    name = capability.environment.name
    hosts = {one.name: one for one in known.values() if _hosts(one)}
    host = known.get(join.host)
    if host is None:
        meant = [one.name for one in hosts.values() if one.account == join.account]
        if meant:
            rule = f"must be {meant[0]}, which has the domain of account {join.account}"
            yield validation_error(rule, at=f"{_JOIN}.host", value=join.host)
    elif host.name not in hosts:
        yield validation_error(
            f"must be an environment with a domain of its own{close_to(join.host, list(hosts))}. "
            f"Add unified_studio.host to {join.host}, or name another",
            at=f"{_JOIN}.host",
            value=join.host,
        )
    elif host.account != join.account:
        rule = f"must be {host.account}, the account of {join.host}"
        yield validation_error(rule, at=f"{_JOIN}.account", value=join.account)
    elif settings := _settings_of(host):
        units = list(settings.wanted_host.unit_paths)
        if name not in settings.wanted_host.accounts:
            yield validation_error(
                f"must be a domain that is shared with this account. Add {name} to "
                f"unified_studio.host.accounts of {join.host}, and deploy {join.host} first",
                at=f"{_JOIN}.host",
                value=join.host,
            )
        for path in join.units:
            if path not in units:
                yield validation_error(
                    f"must be the path of a unit of {join.host}: "
                    f"{', '.join(units) or 'there is none'}{close_to(path, units)}",
                    at=f"{_JOIN}.units.{path}",
                    value=path,
                )


def _settings_of(environment: EnvironmentSettings) -> UnifiedStudioSettings | None:
    from stacks.unified_studio.capability import UnifiedStudio

    found = environment.find(UnifiedStudio)
    return found.settings if found else None


def _join_of(environment: EnvironmentSettings) -> JoinSettings | None:
    settings = _settings_of(environment)
    return settings.join if settings else None


def _hosts(environment: EnvironmentSettings) -> bool:
    settings = _settings_of(environment)
    return settings is not None and settings.join is None
