"""What units, projects and grants of Unified Studio take from the teams that they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from stacks.fields import close_to, validation_error

if TYPE_CHECKING:
    from stacks.team_settings import TeamSettings
    from stacks.unified_studio.grant_settings import GrantSettings
    from stacks.unified_studio.project_settings import ProjectSettings
    from stacks.unified_studio.settings import HostSettings, UnifiedStudioSettings, UnitSettings
    from stacks.unified_studio.who_settings import WhoSettings

_HOST = "unified_studio.host"
Teams = Mapping[str, "TeamSettings"]


def with_teams(settings: UnifiedStudioSettings, teams: Teams) -> UnifiedStudioSettings:
    """Return settings in which units, projects and grants have the people of their teams.

    Raises:
        PydanticCustomError: a team does not exist, or says something else than the block.
    """
    if (host := settings.host) is None:
        return settings
    found: HostSettings = host.model_copy(
        update={
            "units": {
                key: _unit(unit, teams, at=f"{_HOST}.units.{key}")
                for key, unit in host.units.items()
            },
            "projects": {
                key: _project(one, host, teams, at=f"{_HOST}.projects.{key}")
                for key, one in host.projects.items()
            },
            "grants": host.grants
            and [
                _grant(one, teams, at=f"{_HOST}.grants.{index}")
                for index, one in enumerate(host.grants)
            ],
        }
    )
    return settings.model_copy(update={"host": found})


def _team(name: str, teams: Teams, *, at: str) -> TeamSettings:
    if name not in teams:
        known = list(teams)
        raise validation_error(
            f"must be a key of teams: {', '.join(known) or 'there is none'}{close_to(name, known)}",
            at=f"{at}.team",
            value=name,
        )
    return teams[name]


def _check_repeated(
    own: Sequence[WhoSettings], people: Sequence[WhoSettings], team: str, *, at: str
) -> None:
    known = {who.identity for who in people}
    for index, who in enumerate(own):
        if who.identity in known:
            raise validation_error(
                f"must not repeat a member of the team {team}. Remove it here, or in the team",
                at=f"{at}.{index}",
                value=who.identity[1],
            )


def _unit(unit: UnitSettings, teams: Teams, *, at: str) -> UnitSettings:
    owners = list(unit.owners)
    if unit.team is not None:
        team = _team(unit.team, teams, at=at)
        if not team.owners:
            raise validation_error(
                f"must be a team with owners, because they administer the unit. Add owners to "
                f"teams.{unit.team}",
                at=f"{at}.team",
                value=unit.team,
            )
        _check_repeated(owners, team.owners, unit.team, at=f"{at}.owners")
        owners = [*team.owners, *owners]
    below = {key: _unit(one, teams, at=f"{at}.units.{key}") for key, one in unit.units.items()}
    return unit.model_copy(update={"owners": owners, "units": below})


def _project(
    project: ProjectSettings, host: HostSettings, teams: Teams, *, at: str
) -> ProjectSettings:
    if project.team is None:
        return project
    team = _team(project.team, teams, at=at)
    if team.unit is not None:
        if project.unit is not None:
            raise validation_error(
                f"must not be given, because teams.{project.team}.unit is the unit of the "
                "projects of the team. Remove one of the two",
                at=f"{at}.unit",
                value=project.unit,
            )
        if team.unit not in (known := list(host.unit_paths)):
            raise validation_error(
                f"must be the path of a unit: {', '.join(known) or 'there is none'}"
                f"{close_to(team.unit, known)}",
                at=f"teams.{project.team}.unit",
                value=team.unit,
            )
    _check_repeated(project.owners, team.owners, project.team, at=f"{at}.owners")
    _check_repeated(project.contributors, team.people, project.team, at=f"{at}.contributors")
    # A contributor of the team can own one of its projects, and is then no contributor there.
    raised = {who.identity for who in project.owners}
    contributors = [who for who in team.contributors if who.identity not in raised]
    owners = [*team.owners, *project.owners]
    if not owners:
        raise validation_error(
            f"must be a team with owners, or have owners itself. Add owners to "
            f"teams.{project.team}",
            at=f"{at}.team",
            value=project.team,
        )
    return project.model_copy(
        update={
            "owners": owners,
            "contributors": [*contributors, *project.contributors],
            "unit": team.unit or project.unit,
        }
    )


def _grant(grant: GrantSettings, teams: Teams, *, at: str) -> GrantSettings:
    if grant.team is None:
        return grant
    team = _team(grant.team, teams, at=at)
    if not team.people:
        raise validation_error(
            f"must be a team with people. Add owners or contributors to teams.{grant.team}",
            at=f"{at}.team",
            value=grant.team,
        )
    _check_repeated(grant.who, team.people, grant.team, at=f"{at}.who")
    return grant.model_copy(update={"who": [*team.people, *grant.who]})
