"""Personas of a team's own, with and without Lake Formation: what is promised works."""

from pathlib import Path

import pytest

from operations.access.matrix import Judgment, matrix
from operations.access.report import explain
from operations.access.world import World
from operations.assembly import Assembly
from operations.permissions import permissions
from tests.support import synthesized

HEADER = """\
name: {name}
account: "{number:012d}"
region: eu-west-1
stage: development
owner: ml-platform
cost_center: research
network: {{cidr: 10.{number}.0.0/16, availability_zones: [eu-west-1a, eu-west-1b]}}
personas:
  analyst: {{activities: [query_lakehouse]}}
  loader: {{activities: [write_lakehouse]}}
  both: {{activities: [run_studio_apps, query_lakehouse, write_lakehouse]}}
  jobs: {{activities: [run_jobs, run_glue_jobs]}}
"""
LAYERS = """\
lakehouse:
  layers:
    - name: raw
    - name: curated
      {access}
      tables: [{{name: orders, columns: [{{name: id, type: long}}, {{name: who, type: string}}]}}]
"""
PERMISSIONS = "  permissions:\n    mode: {mode}\n    grants:\n"
GRANTS = {
    "layers": "[analyst], layer: curated | [both], layer: raw, access: write",
    "tables": (
        "[analyst], layer: curated, table: orders | "
        "[both], layer: curated, table: orders, access: write"
    ),
    "columns": (
        "[analyst], layer: curated, table: orders, columns: [id] | "
        "[both, loader], layer: curated, access: write"
    ),
    "descriptions": "[analyst], layer: curated, access: describe",
}


def settings() -> dict[str, str]:
    """Return settings files by the name of the environment."""
    texts = {"iam": LAYERS.format(access="access: read")}
    for mode in ("lake_formation", "hybrid"):
        for name, grants in GRANTS.items():
            closed = mode == "hybrid" and name in ("columns", "descriptions")
            lines = "".join(f"      - {{personas: {one}}}\n" for one in grants.split(" | "))
            texts[f"{name}-{mode[:4]}"] = (
                LAYERS.format(access="access: none" if closed else "")
                + PERMISSIONS.format(mode=mode)
                + lines
            )
    return {
        name: HEADER.format(name=name, number=number) + text
        for number, (name, text) in enumerate(texts.items(), start=1)
    }


NAMES = list(settings())


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("permutations")
    for name, text in settings().items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return synthesized(folder / "cdk.out", *sorted(folder.glob("*.yaml")))


@pytest.mark.parametrize("name", NAMES)
def test_promises_are_kept_and_nothing_else_works(name: str, assembly: Path) -> None:
    found = matrix(World.read(assembly, [name]))

    assert len(found) > 100
    assert [
        f"{one.persona}: {one.task}: {one.judgment}: {explain(one)}"
        for one in found
        if one.judgment in (Judgment.BROKEN, Judgment.LEAK, Judgment.UNKNOWN)
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_grant_is_without_effect(name: str, assembly: Path) -> None:
    found = permissions(Assembly.read(assembly).stage(name))

    assert [one for one in found if one.denied] == []
