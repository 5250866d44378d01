"""Content of projects of Unified Studio with one fault each."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from stacks.loading import load_environments
from stacks.unified_studio.capability import UnifiedStudio
from tests.bad_settings import BASE, Bad, check, write

EXAMPLES = Path(__file__).parents[2] / "examples"
SLURM, EKS = (
    (EXAMPLES / f"hyperpod-{name}.yaml").read_text("utf-8") for name in ("minimal", "governed")
)
PROJECT = """\
unified_studio:
  host:
    projects:
      a:
        name: A
        profile: default
        owners: [administrator]
"""
AT = "unified_studio.host.projects.a"


def bad(
    id: str, lines: str, *, path: str, got: str | None, right: str, more: str = "", base: str = BASE
) -> Bad:
    """Add lines to a project, and further blocks."""
    text = f"{base}{more}{PROJECT}{indent(dedent(lines).strip(), ' ' * 8)}\n"
    return Bad(id, text, f"{AT}{path}", got, right)


def connection(
    id: str, line: str, *, path: str, got: str | None, right: str, more: str = "", base: str = BASE
) -> Bad:
    """Add a connection."""
    lines = f"connections:\n  one:\n    {line} # HERE"
    return bad(
        id, lines, path=f".connections.one{path}", got=got, right=right, more=more, base=base
    )


CASES = [
    bad(
        "connection without a kind",
        """
        connections:
          one: # HERE
            description: Nothing
        """,
        path=".connections.one",
        got='{"description": "Nothing"}',
        right="must have exactly one of athena, hyperpod, lakehouse, mlflow, s3, spark_glue",
    ),
    bad(
        "connection of two kinds",
        """
        connections:
          one: # HERE
            s3: raw
            mlflow: app
        """,
        path=".connections.one",
        got='{"s3": "raw", "mlflow": "app"}',
        right="has mlflow, s3",
    ),
    bad(
        "connection with a space in its name",
        """
        connections:
          my tables: {lakehouse: {}} # HERE
        """,
        path=".connections.my tables",
        got='"my tables"',
        right="must start with a lower-case letter",
    ),
    connection(
        "layer without a lakehouse",
        "s3: raw",
        path=".s3.layer",
        got='"raw"',
        right="must be a layer of the lakehouse: there is none",
    ),
    connection(
        "layer with a typing error",
        "s3: {layer: curatd}",
        path=".s3.layer",
        got='"curatd"',
        right="curated, analytics; did you mean curated?",
        more="lakehouse: {}\n",
    ),
    connection(
        "files that Lake Formation hands out",
        "s3: raw",
        path=".s3.layer",
        got='"raw"',
        right="the files of a bucket go past it",
        more="lakehouse: {permissions: {}}\n",
    ),
    connection(
        "Athena with a layer that is not there",
        "athena: {layers: [silver]}",
        path=".athena.layers[0]",
        got='"silver"',
        right="must be a layer of the lakehouse: raw, curated, analytics",
        more="lakehouse: {}\n",
    ),
    connection(
        "Athena with a workgroup of Spark",
        "athena: {workgroup: adhoc, layers: [raw]}",
        path=".athena.workgroup",
        got='"adhoc"',
        right="must be an SQL workgroup of lakehouse.query.workgroups: there is none",
        more="lakehouse:\n  query:\n    workgroups:\n"
        "      - {name: adhoc, engine: spark, personas: [data_scientist]}\n"
        "personas: {data_scientist: {}, administrator: {}}\n",
    ),
    connection(
        "lakehouse connection without a lakehouse",
        "lakehouse: {}",
        path=".lakehouse",
        got=None,
        right="needs a lakehouse. Add lakehouse: {} to the environment",
    ),
    connection(
        "MLflow without a server",
        "mlflow: tracking_server",
        path=".mlflow",
        got='"tracking_server"',
        right="must be what the mlflow block has: app",
        more="mlflow: {app: {}}\n",
    ),
    connection(
        "no warehouse",
        "warehouse: {}",
        path=".warehouse",
        got=None,
        right="needs a warehouse. Add warehouse: {} to the environment",
    ),
    connection(
        "no cluster",
        "hyperpod: research",
        path=".hyperpod.cluster",
        got='"research"',
        right="must be a cluster of hyperpod with EKS: there is none",
    ),
    connection(
        "cluster with Slurm",
        "hyperpod: research",
        path=".hyperpod.cluster",
        got='"research"',
        right="must be a cluster with EKS: people reach the nodes of Slurm as a user",
        base=SLURM,
    ),
    connection(
        "cluster with teams and none named",
        "hyperpod: shared",
        path=".hyperpod",
        got=None,
        right="must have a team, because shared has teams: vision, serving, students",
        base=EKS,
    ),
    connection(
        "team that is not of the cluster",
        "hyperpod: {cluster: shared, team: visoin}",
        path=".hyperpod.team",
        got='"visoin"',
        right="must be a team of shared: vision, serving, students; did you mean vision?",
        base=EKS,
    ),
    connection(
        "version of AWS Glue as a number",
        "spark_glue: {glue_version: 5.0}",
        path=".spark_glue.glue_version",
        got="5.0",
        right="must be",
    ),
    connection(
        "one worker",
        "spark_glue: {workers: 1}",
        path=".spark_glue.workers",
        got="1",
        right="must be at least 2",
    ),
]


SOURCE = """
connections:
  catalog: {lakehouse: {}}
data_sources:
  one:
    layer: curated
"""


def source(id: str, line: str, *, path: str, got: str, right: str, more: str = "") -> Bad:
    """Add a line to a data source."""
    lines = f"{SOURCE.rstrip()}\n    {line} # HERE"
    if "layer" in line:
        lines = lines.replace("    layer: curated\n", "")
    return bad(
        id,
        lines,
        path=f".data_sources.one{path}",
        got=got,
        right=right,
        more=more or "lakehouse: {}\n",
    )


CASES += [
    bad(
        "data source without a connection",
        """
        data_sources: # HERE
          one: {layer: curated}
        """,
        path=".data_sources",
        got=None,
        right="must have a connection of the kind lakehouse. Add catalog: {lakehouse: {}}",
        more="lakehouse: {}\n",
    ),
    source(
        "data source with a layer that is not there",
        "layer: gold",
        path=".layer",
        got='"gold"',
        right="must be a layer of the lakehouse: raw, curated, analytics",
    ),
    source(
        "schedule with a step",
        "schedule: cron(*/5 4 * * ? *)",
        path=".schedule",
        got='"cron(*/5 4 * * ? *)"',
        right="must have plain numbers as minute and hour, such as cron(30 4 * * ? *)",
    ),
    source(
        "schedule with a list of hours",
        "schedule: cron(0 4,16 * * ? *)",
        path=".schedule",
        got='"cron(0 4,16 * * ? *)"',
        right="takes no lists, ranges and steps there",
    ),
    source(
        "schedule with an hour that does not exist",
        "schedule: cron(0 25 * * ? *)",
        path=".schedule",
        got='"cron(0 25 * * ? *)"',
        right="must",
    ),
    source(
        "time zone without a schedule",
        "time_zone: UTC",
        path=".time_zone",
        got='"UTC"',
        right="must not be given without a schedule",
    ),
    source(
        "time zone of another service",
        "time_zone: Europe/Paris",
        path=".time_zone",
        got='"Europe/Paris"',
        right="must be a time zone of Amazon DataZone, such as UTC or EUROPE_PARIS",
    ),
    source(
        "no tables",
        "tables: []",
        path=".tables",
        got="[]",
        right="must",
    ),
    source(
        "pattern with a slash",
        'tables: ["sales/*"]',
        path=".tables[0]",
        got='"sales/*"',
        right="must be the name of a table, or a pattern such as sales_*",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_fault_is_named(case: Bad, tmp_path: Path) -> None:
    check(case, tmp_path)


@pytest.mark.parametrize(
    ("lakehouse", "warned"),
    [("{}", True), ("{permissions: {mode: hybrid}}", True), ("{permissions: {}}", False)],
)
def test_subscriptions_that_give_no_access_are_warned_of(
    tmp_path: Path, lakehouse: str, warned: bool
) -> None:
    block = indent(SOURCE.strip(), " " * 8)
    text = f"{BASE}lakehouse: {lakehouse}\n{PROJECT}{block}\n"
    [environment] = load_environments(files=[write(tmp_path, text)])
    studio = environment.find(UnifiedStudio)
    assert studio is not None
    told = [one for one in studio.warnings() if "an approved subscription gives no" in one]
    assert bool(told) == warned
