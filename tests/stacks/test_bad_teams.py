"""Teams, and what contradicts them."""

from pathlib import Path

import pytest

from stacks.loading import load_environments
from stacks.unified_studio.capability import UnifiedStudio
from tests.bad_settings import BASE, Bad, check, write

GROUP = "1234567890-aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
PERSONAS = "personas: {data_scientist: {}, data_engineer: {}, auditor: {}}\n"
TEAMS = """\
teams:
  churn:
    owners: [data_engineer]
    contributors: [data_scientist]
"""
STUDIO = """\
unified_studio:
  host:
    units:
      research: {name: Research}
"""
PROJECT = """\
    projects:
      churn:
        name: Churn
        profile: default
        team: churn
"""


def bad(id: str, *blocks: str, path: str, got: str | None, right: str) -> Bad:
    return Bad(id, BASE + PERSONAS + "".join(blocks), path, got, right)


AT = "unified_studio.host"
CASES = [
    bad(
        "a person twice",
        TEAMS.replace("[data_scientist]", "[data_engineer] # HERE"),
        path="teams.churn.contributors[0]",
        got='"data_engineer"',
        right="must not be in the team twice: owners.0 has it already",
    ),
    bad(
        "a project of a team that does not exist",
        TEAMS,
        STUDIO,
        PROJECT.replace("team: churn", "team: chrun # HERE"),
        path=f"{AT}.projects.churn.team",
        got='"chrun"',
        right="must be a key of teams: churn",
    ),
    bad(
        "a project of a team without teams",
        STUDIO,
        PROJECT.replace("team: churn", "team: churn # HERE"),
        path=f"{AT}.projects.churn.team",
        got='"churn"',
        right="must be a key of teams: there is none",
    ),
    bad(
        "neither owners nor a team",
        STUDIO,
        PROJECT.replace("      churn:", "      churn: # HERE").replace("        team: churn\n", ""),
        path=f"{AT}.projects.churn.owners",
        got=None,
        right="must be given. Add owners, or a team",
    ),
    bad(
        "a member of the team again",
        TEAMS,
        STUDIO,
        PROJECT,
        "        contributors: [data_scientist] # HERE\n",
        path=f"{AT}.projects.churn.contributors[0]",
        got='"data_scientist"',
        right="must not repeat a member of the team churn",
    ),
    bad(
        "a team without owners",
        TEAMS.replace("    owners: [data_engineer]\n", ""),
        STUDIO,
        PROJECT.replace("team: churn", "team: churn # HERE"),
        path=f"{AT}.projects.churn.team",
        got='"churn"',
        right="must be a team with owners, or have owners itself",
    ),
    bad(
        "the unit of the team and another",
        TEAMS,
        "    unit: research\n",
        STUDIO,
        PROJECT,
        "        unit: research # HERE\n",
        path=f"{AT}.projects.churn.unit",
        got='"research"',
        right="must not be given, because teams.churn.unit is the unit of the projects",
    ),
    bad(
        "a unit that does not exist",
        TEAMS,
        "    unit: reserach # HERE\n",
        STUDIO,
        PROJECT,
        path="teams.churn.unit",
        got='"reserach"',
        right="must be the path of a unit: research",
    ),
    bad(
        "a unit of a team without owners",
        TEAMS.replace("    owners: [data_engineer]\n", ""),
        STUDIO.replace("{name: Research}", "{name: Research, team: churn} # HERE"),
        path=f"{AT}.units.research.team",
        got='"churn"',
        right="must be a team with owners, because they administer the unit",
    ),
    bad(
        "a grant to a team and to everyone",
        TEAMS,
        STUDIO,
        "    grants:\n      - {may: be_members, team: churn, everyone: true} # HERE\n",
        path=f"{AT}.grants[0]",
        got='{"may": "be_members", "team": "churn", "everyone": true}',
        right="must have either who or everyone",
    ),
    bad(
        "a grant to a team without people",
        "teams: {churn: {}}\n",
        STUDIO,
        "    grants:\n      - {may: be_members, team: churn} # HERE\n",
        path=f"{AT}.grants[0].team",
        got='"churn"',
        right="must be a team with people",
    ),
    bad(
        "a persona without Unified Studio",
        TEAMS.replace("[data_scientist]", "[auditor] # HERE"),
        STUDIO,
        PROJECT,
        path="teams.churn.contributors[0]",
        got='"auditor"',
        right="must be a persona with the activity use_unified_studio",
    ),
    bad(
        "a group in a domain with IAM roles",
        TEAMS.replace(
            "contributors: [data_scientist]", f"contributors: [{{group: {GROUP}}}] # HERE"
        ),
        STUDIO,
        PROJECT,
        path="teams.churn.contributors[0].group",
        got=f'"{GROUP}"',
        right="must be a persona or a role",
    ),
    bad(
        "a user of a team that is not there",
        TEAMS.replace("teams:", "teams: # HERE"),
        "studio:\n  users: [{name: ada, team: vision}]\n",
        path="teams",
        got='["churn"]',
        right="must have vision, which a user, endpoint, cluster, quota or project names",
    ),
    bad(
        "a user with a persona of another team",
        TEAMS,
        "studio:\n  users: [{name: ada, team: churn, persona: ml_engineer}] # HERE\n",
        path="studio.users[0].persona",
        got='"ml_engineer"',
        right="must be a persona of the team churn: data_engineer, data_scientist",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_fault_is_named(case: Bad, tmp_path: Path) -> None:
    check(case, tmp_path)


def test_units_projects_and_grants_take_the_people_of_their_team(tmp_path: Path) -> None:
    text = f"{BASE}{PERSONAS}{TEAMS}    unit: research\n{STUDIO}{PROJECT}" + (
        "        owners: [administrator]\n"
        "    grants:\n      - {may: create_projects, team: churn, unit: research}\n"
    )
    text = text.replace(
        "{name: Research}", "{name: Research, team: churn, owners: [administrator]}"
    )
    [environment] = load_environments(files=[write(tmp_path, text)])
    studio = environment.find(UnifiedStudio)
    assert studio is not None
    host = studio.settings.wanted_host
    project = host.projects["churn"]
    assert [who.persona for who in project.owners] == ["data_engineer", "administrator"]
    assert [who.persona for who in project.contributors] == ["data_scientist"]
    assert project.unit == "research"
    assert [who.persona for who in host.units["research"].owners] == [
        "data_engineer",
        "administrator",
    ]
    assert host.grants is not None
    assert [who.persona for who in host.grants[0].who] == ["data_engineer", "data_scientist"]
    assert list(studio.teams()) == ["churn"]
