"""Settings of Unified Studio with something that is there twice, or that AWS spells otherwise."""

from pathlib import Path

import pytest

from stacks.loading import load_environments
from tests.bad_settings import BASE, Bad, check, write
from tests.stacks.test_bad_unified_studio import GROUP, center, host

PROJECT = """\
projects:
  one:
    name: One
    profile: sql_analytics
    owners: [administrator]
"""
LAKE = "lakehouse: {}\n"
JOIN = "{host: other, account: '222222222222', domain: dzd-1, root_unit: a, units: "
SAME_KEY = "has the same letters and digits: both would be one resource of CloudFormation"


def of_block(id: str, lines: str, *, path: str, got: str, right: str) -> Bad:
    return Bad(id, f"{BASE}unified_studio:\n{lines}", f"unified_studio.{path}", got, right)


CASES = [
    host(
        "owner of the domain twice",
        "owners:\n  - administrator\n  - administrator # HERE",
        path=".owners[1]",
        got='"administrator"',
        right="must not be there twice: host.owners[0] has it already",
    ),
    host(
        "owner of a unit twice",
        """
        units:
          a:
            name: A
            owners:
              - administrator
              - persona: administrator # HERE
        """,
        path=".units.a.owners[1]",
        got='"administrator"',
        right="must not be there twice: host.units.a.owners[0]",
    ),
    host(
        "grantee twice",
        "grants:\n  - {may: be_members, who: [administrator, administrator]} # HERE",
        path=".grants[0].who[1]",
        got='"administrator"',
        right="must not be there twice",
    ),
    host(
        "profile of a grant twice",
        "grants:\n  - {may: create_projects, everyone: true, profiles: [default, default]} # HERE",
        path=".grants[0].profiles[1]",
        got='"default"',
        right="must not name a profile twice",
    ),
    host(
        "two units of one name",
        "units:\n  a: {name: Same}\n  b: {name: Same} # HERE",
        path=".units.b.name",
        got='"Same"',
        right="must be another name than that of host.units.a.name",
    ),
    host(
        "name with accents",
        "units:\n  a: {name: Vertrieb Süd} # HERE",
        path=".units.a.name",
        got='"Vertrieb Süd"',
        right="must be up to 128 letters from A to Z",
    ),
    host(
        "name of spaces",
        "units:\n  a: {name: ' '} # HERE",
        path=".units.a.name",
        got='" "',
        right="without spaces at its ends",
    ),
    host(
        "unit keys that differ in an underscore",
        "units:\n  a_1: {name: A}\n  a1: {name: B} # HERE",
        path=".units.a1",
        got='"a1"',
        right=SAME_KEY,
    ),
    host(
        "unit paths with the same words",
        """
        units:
          north_east: {name: A}
          north:
            name: B
            units:
              east: {name: C} # HERE
        """,
        path=".units.north.units.east",
        got='"east"',
        right=SAME_KEY,
    ),
    center(
        "accounts that differ in a hyphen",
        """
        accounts:
          a-1: {account: "222222222222"}
          a1: {account: "333333333333"} # HERE
        """,
        path=".accounts.a1",
        got='"a1"',
        right=SAME_KEY,
    ),
    center(
        "project keys that differ in an underscore",
        PROJECT.replace("one:", "one_1:")
        + """\
  one1: # HERE
    name: Two
    profile: sql_analytics
    owners: [administrator]
""",
        path=".projects.one1",
        got='"one1"',
        right=SAME_KEY,
    ),
    center(
        "connections that differ in an underscore",
        PROJECT
        + """\
    connections:
      a_1: {lakehouse: {}}
      a1: {lakehouse: {}} # HERE
""",
        path=".projects.one.connections.a1",
        got='"a1"',
        right=SAME_KEY,
        more=LAKE,
    ),
    center(
        "layer of a connection twice",
        PROJECT + "    connections: {a: {athena: {layers: [raw, raw]}}} # HERE\n",
        path=".projects.one.connections.a.athena.layers[1]",
        got='"raw"',
        right="must not name a layer twice",
        more=LAKE,
    ),
    center(
        "group in upper and lower case",
        PROJECT
        + f"    contributors:\n      - group: {GROUP}\n      - group: {GROUP.upper()} # HERE\n",
        path=".projects.one.contributors[1].group",
        got=f'"{GROUP.upper()}"',
        right=f"must be written as {GROUP}, as before",
    ),
    center(
        "blueprint of a part in lower case",
        """
        profiles:
          a:
            name: A
            preset: sql_analytics
            parts: {x: {blueprint: datalake, name: X}} # HERE
        """,
        path=".profiles.a.parts.x.blueprint",
        got='"datalake"',
        right="must be DataLake: AWS tells upper case from lower case",
    ),
    of_block(
        "unit of a blueprint twice",
        "  host: {units: {a: {name: A}}}\n"
        "  blueprints: [{name: ToolingLite, units: [a, a]}, S3Bucket, S3TableCatalog] # HERE\n",
        path="blueprints[0].units[1]",
        got='"a"',
        right="must not name a unit twice",
    ),
    of_block(
        "blueprint for no unit",
        "  blueprints: [{name: ToolingLite, units: []}, S3Bucket, S3TableCatalog] # HERE\n",
        path="blueprints[0].units",
        got="[]",
        right="must have at least 1",
    ),
    of_block(
        "ID of two units",
        f"  join: {JOIN}{{x: b, y: b}}}} # HERE\n",
        path="join.units.y",
        got='"b"',
        right="must be another ID than that of join.units.x",
    ),
    of_block(
        "ID of the root unit for another",
        f"  join: {JOIN}{{x: a}}}} # HERE\n",
        path="join.units.x",
        got='"a"',
        right="must be another ID than that of join.root_unit",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_what_is_there_twice_is_refused(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def test_unknown_blueprint_of_a_part_and_disabled_profile_are_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = center(
        "",
        """
        profiles:
          a:
            name: A
            preset: sql_analytics
            enabled: false
            parts: {x: {blueprint: DataLak, name: X}}
        """
        + PROJECT.replace("sql_analytics", "a").replace("\n", "\n        "),
        path="",
        got=None,
        right="",
    ).text
    [environment] = load_environments(files=[write(tmp_path, text)])
    found = "\n".join(text for one in environment.capabilities for text in one.warnings())
    assert "DataLak is not a managed blueprint that this project knows; did you mean" in found
    assert "AWS creates no project of the profile a, which is not enabled" in found
