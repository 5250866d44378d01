"""The list of permissions has what is effective: the grant and the policy together."""

import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from operations.assembly import Assembly, Stage
from operations.permissions import Permission, in_short, permissions, table
from tests.bad_settings import BASE, write
from tests.support import synthesized

LAKEHOUSE = """\
lakehouse:
  layers:
    - name: curated
      ACCESS
      tables:
        - name: orders
          columns: [{name: order_id, type: long}, {name: country, type: string}]
  table_buckets:
    - name: events
      namespaces:
        - name: web
          tables: [{name: clicks, columns: [{name: page, type: string}]}]
  catalog: {s3_tables: create}
  permissions:
    mode: MODE
    filters: [{name: de, layer: curated, table: orders, rows: "country = 'DE'"}]
    consumers: {prod: "555555555555"}
    shares: [{consumers: [prod], layer: curated}]
    grants:
      - {personas: [analyst], filter: de}
      - {personas: [writer], layer: curated, access: write}
      - {personas: [reader], table_bucket: events, namespace: web}
personas:
  analyst: {activities: [query_lakehouse]}
  writer: {activities: [query_lakehouse]}
  reader: {activities: [query_lakehouse]}
"""
MODES = ("governed", "hybrid")
FILTER = "rows where country = 'DE'"


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("effective")
    files = [
        write(
            folder,
            BASE.replace("name: base", f"name: {name}")
            .replace("10.0.", f"10.{octet}.")
            # The catalog of table buckets is one for each region.
            .replace("eu-west-1", region)
            + LAKEHOUSE.replace("MODE", mode).replace("      ACCESS\n", access),
            name,
        )
        for name, octet, region, mode, access in (
            ("governed", 1, "eu-west-1", "lake_formation", ""),
            ("hybrid", 2, "eu-central-1", "hybrid", "      access: none\n"),
        )
    ]
    return synthesized(folder / "out", *files)


def without(assembly: Path, tmp_path: Path, *actions: str) -> Path:
    """Return a copy of an assembly in which no policy of `access` allows some actions."""
    copy = tmp_path / "assembly"
    shutil.copytree(assembly, copy)
    for mode in MODES:
        file = Assembly.read(copy).stack(f"{mode}/access").file
        template = json.loads(file.read_text("utf-8"))
        for statement in statements(template["Resources"].values()):
            named = statement["Action"]
            given = [named] if isinstance(named, str) else named
            left = [one for one in given if one not in actions]
            statement["Action"] = left or ["sts:TagSession"]
        file.write_text(json.dumps(template), "utf-8")
    return copy


def statements(resources: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for resource in resources:
        if resource["Type"] in ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"):
            yield from resource["Properties"]["PolicyDocument"]["Statement"]


def of_data(stage: Stage) -> list[Permission]:
    """Return what Lake Formation grants to personas on tables."""
    return [
        one
        for one in permissions(stage)
        if one.through == "Lake Formation" and one.who.startswith("access/")
        if one.on.startswith("table")
    ]


def lines(found: Iterable[Permission], *, effective: bool) -> set[tuple[str, str, str]]:
    return {(one.who, one.may, one.limit) for one in found if bool(one.denied) is not effective}


@pytest.mark.parametrize("mode", MODES)
def test_grants_that_policies_honor_are_listed(assembly: Path, mode: str) -> None:
    found = of_data(Assembly.read(assembly).stage(mode))

    assert lines(found, effective=True) >= {
        ("access/Analyst", "read", FILTER),
        ("access/Writer", "write", ""),
        ("access/Reader", "read", ""),
    }
    assert not lines(found, effective=False)


@pytest.mark.parametrize("mode", MODES)
def test_write_without_rights_to_descriptions_is_read(
    assembly: Path, tmp_path: Path, mode: str
) -> None:
    """Case `lfm`: a grant to write for a persona that may only query."""
    changed = without(assembly, tmp_path, "glue:UpdateTable")

    found = of_data(Assembly.read(changed).stage(mode))

    assert ("access/Writer", "read", "") in lines(found, effective=True)
    assert ("access/Writer", "write", "") not in lines(found, effective=True)
    [lost] = {one for one in found if one.denied}
    assert (lost.who, lost.may) == ("access/Writer", "write")
    assert lost.denied.startswith("glue:UpdateTable on arn:aws:glue:")


@pytest.mark.parametrize("mode", MODES)
def test_filter_without_rights_to_the_catalog_is_nothing(
    assembly: Path, tmp_path: Path, mode: str
) -> None:
    """Case `hyb`: a filter on a layer that IAM hides from the persona."""
    changed = without(assembly, tmp_path, "glue:GetTable")

    found = of_data(Assembly.read(changed).stage(mode))

    assert not lines(found, effective=True)
    assert lines(found, effective=False) >= {
        ("access/Analyst", "read", FILTER),
        ("access/Writer", "write", ""),
        ("access/Reader", "read", ""),
    }


@pytest.mark.parametrize("action", ["lakeformation:GetDataAccess", "athena:StartQueryExecution"])
def test_data_that_cannot_be_queried_is_described(
    assembly: Path, tmp_path: Path, action: str
) -> None:
    changed = without(assembly, tmp_path, action)

    found = of_data(Assembly.read(changed).stage("governed"))

    assert {one.may for one in found if not one.denied} == {"describe"}
    assert all(one.denied.startswith(action) for one in found if one.denied)


def test_policy_that_a_denial_takes_back_has_no_effect(assembly: Path, tmp_path: Path) -> None:
    copy = tmp_path / "assembly"
    shutil.copytree(assembly, copy)
    file = Assembly.read(copy).stack("governed/access").file
    template = json.loads(file.read_text("utf-8"))
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            changes = ["s3:PutObject*", "s3:DeleteObject*", "s3:AbortMultipartUpload"]
            denial = {"Effect": "Deny", "Action": changes, "Resource": "*"}
            resource["Properties"]["PolicyDocument"]["Statement"].append(denial)
    file.write_text(json.dumps(template), "utf-8")

    before, after = (
        {
            (one.may, bool(one.denied))
            for one in permissions(Assembly.read(folder).stage("governed"))
            if one.who == "access/Analyst" and one.on.endswith("Results/analyst")
        }
        for folder in (assembly, copy)
    )

    assert ("read and write", False) in before
    assert after == {("read", False), ("read and write", True)}


def test_what_has_no_effect_is_printed_apart(assembly: Path, tmp_path: Path) -> None:
    stage = Assembly.read(without(assembly, tmp_path, "glue:UpdateTable")).stage("governed")

    text = table(in_short(permissions(stage)))

    effective, heading, rest = text.partition("\n\nGranted, and without effect\n")
    assert heading
    assert "access/Writer" in rest
    assert "glue:UpdateTable" in rest
    assert "glue:UpdateTable" not in effective
    assert "without effect" not in table(
        in_short(permissions(Assembly.read(assembly).stage("governed")))
    )


def test_every_grant_of_examples_has_an_effect(examples: Path) -> None:
    lost = [
        (stage.name, one)
        for stage in Assembly.read(examples).stages
        for one in permissions(stage)
        if one.denied
        # The role of an offline store creates one table, whose name this check does not know.
        and not (one.who.startswith("feature-store/") and one.may == "create tables")
    ]

    assert not lost


def test_every_grant_of_typical_environments_has_an_effect(typical: Path) -> None:
    stages = Assembly.read(typical).stages

    assert stages
    assert not [one for stage in stages for one in permissions(stage) if one.denied]
