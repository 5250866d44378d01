"""Grants of the lakehouse to projects of Unified Studio, with one fault each."""

from pathlib import Path

import pytest

from stacks.loading import load_environments
from stacks.unified_studio.capability import UnifiedStudio
from tests.bad_settings import BASE, Bad, check, write

THERE = "222222222222"
LAKEHOUSE = """\
lakehouse:
  layers:
    - name: raw
    - name: curated
      tables:
        - name: orders
          columns: [{name: id, type: long}, {name: email, type: string}]
  permissions:
    grants:
"""
STUDIO = """\
unified_studio:
  host:
    projects:
      churn:
        name: Churn
        profile: default
        owners: [administrator]
"""
MEMBER = f"""\
unified_studio:
  host:
    identity_center:
      instance: arn:aws:sso:::instance/ssoins-0123456789abcdef
      region: eu-west-1
    accounts:
      member: {{account: "{THERE}", state: joined}}
    profiles:
      far: {{name: Far, preset: sql_analytics, account: member}}
    owners: [{{role: arn:aws:iam::123456789012:role/platform}}]
    projects:
      churn:
        name: Churn
        profile: far
        owners: [{{role: arn:aws:iam::123456789012:role/platform}}]
"""
JOIN = f"""\
unified_studio:
  join:
    host: portal
    account: "{THERE}"
    domain: dzd-0123456789abcd
    root_unit: 0123456789abcd
"""
ATHENA = """\
        connections:
          tables:
            athena: {}
"""


def grant(
    id: str, *lines: str, path: str, got: str | None, right: str, studio: str = STUDIO
) -> Bad:
    """Write the lines of grants in front of a domain."""
    text = "".join(f"      {line}\n" for line in lines)
    return Bad(
        id,
        f"{BASE}{LAKEHOUSE}{text}{studio}",
        f"lakehouse.permissions.grants[{path}",
        got,
        right,
    )


CASES = [
    grant(
        "neither personas nor projects",
        "- {layer: raw} # HERE",
        path="0]",
        got='{"layer": "raw"}',
        right="must have personas, projects, or both",
    ),
    grant(
        "a project that does not exist",
        "- layer: raw",
        "  projects:",
        "    - chrun # HERE",
        path="0].projects[0]",
        got='"chrun"',
        right="must be a key of unified_studio.host.projects: churn",
    ),
    grant(
        "a project by the name that people see",
        "- layer: raw",
        "  projects: [Churn] # HERE",
        path="0].projects[0]",
        got='"Churn"',
        right="must start with a lower-case letter",
    ),
    grant(
        "a project twice",
        "- layer: raw",
        "  projects: [churn, churn] # HERE",
        path="0].projects",
        got='["churn", "churn"]',
        right="must name each project once",
    ),
    grant(
        "the same grant again",
        "- {projects: [churn], layer: raw}",
        "- layer: raw",
        "  projects: [churn] # HERE",
        path="1].projects",
        got='["churn"]',
        right="must not repeat an earlier grant to project churn",
    ),
    grant(
        "no domain at all",
        "- {projects: [churn], layer: raw} # HERE",
        path="0].projects[0]",
        got='"churn"',
        right="Add unified_studio, with the project in host.projects",
        studio="",
    ),
    grant(
        "a domain of another account",
        "- {projects: [churn], layer: raw} # HERE",
        path="0].projects[0]",
        got='"churn"',
        right="it joins that of another",
        studio=JOIN,
    ),
    grant(
        "a project in another account",
        "- {projects: [churn], layer: raw} # HERE",
        path="0].projects[0]",
        got='"churn"',
        right="must be a project in the account of the lakehouse: it is in member",
        studio=MEMBER,
    ),
    grant(
        "columns of a table that another grant gives as a whole",
        "- {projects: [churn], layer: curated}",
        "- projects: [churn]",
        "  layer: curated",
        "  table: orders",
        "  excluded_columns: [email] # HERE",
        path="1].excluded_columns",
        got='["email"]',
        right="does not limit project churn, because grants[0] gives",
    ),
    grant(
        "columns of a layer that a connection gives as a whole",
        "- projects: [churn]",
        "  layer: curated",
        "  table: orders",
        "  columns: [id] # HERE",
        path="0].columns",
        got='["id"]',
        right="does not limit the project Churn, because its connection tables gives the whole",
        studio=STUDIO + ATHENA.replace("{}", "{layers: [curated]}"),
    ),
    grant(
        "a layer that does not exist",
        "- projects: [churn]",
        "  layer: curate # HERE",
        path="0].layer",
        got='"curate"',
        right="curated",
    ),
    Bad(
        "a workgroup of neither a persona nor a project",
        f"{BASE}lakehouse:\n  query:\n    workgroups:\n      - name: adhoc # HERE\n{STUDIO}",
        "lakehouse.query.workgroups[0]",
        '"adhoc"',
        "must have a persona, or be the workgroup of a connection of a project",
    ),
    Bad(
        "a workgroup of Spark without a persona",
        f"{BASE}lakehouse:\n  query:\n    workgroups:\n"
        "      - {name: adhoc, engine: spark} # HERE\n",
        "lakehouse.query.workgroups[0]",
        '{"name": "adhoc", "engine": "spark"}',
        "must have a persona, because Spark reads data with its grants",
    ),
    Bad(
        "a connection without layers and without a grant",
        f"{BASE}lakehouse: {{}}\n{STUDIO}{ATHENA.replace('{}', '{} # HERE')}",
        "unified_studio.host.projects.churn.connections.tables.athena",
        None,
        "must have layers, because no grant of lakehouse.permissions names the project",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_fault_is_named(case: Bad, tmp_path: Path) -> None:
    check(case, tmp_path)


@pytest.mark.parametrize(("connection", "warned"), [("", True), (ATHENA, False)])
def test_a_grant_without_a_connection_to_athena_is_warned_of(
    connection: str, warned: bool, tmp_path: Path
) -> None:
    text = f"{BASE}{LAKEHOUSE}      - {{projects: [churn], layer: raw}}\n{STUDIO}{connection}"
    [environment] = load_environments(files=[write(tmp_path, text)])
    studio = environment.find(UnifiedStudio)
    assert studio is not None
    told = [one for one in studio.warnings() if "has no connection of the kind athena" in one]
    assert bool(told) == warned
