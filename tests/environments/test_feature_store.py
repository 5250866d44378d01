"""Feature groups in templates: what changes them, who is granted their tables, and when."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision
from operations.access.duties import duties
from operations.access.session import Session
from operations.access.world import World
from operations.review.review import review
from tests.bad_settings import BASE, write
from tests.support import StackTemplate, dependencies, stack, synthesized

TYPE = "AWS::SageMaker::FeatureGroup"
GROUPS = """\
feature_store:
  groups:
    - name: customers
      features:
        - {name: customer_id, type: string}
        - {name: event_time, type: string}
        - {name: orders_30d, type: integral}
      record_identifier: customer_id
      event_time: event_time
      online: {}
      offline: {layer: curated}
    - name: risk-scores
      features: [{name: id, type: string}, {name: at, type: fractional}]
      record_identifier: id
      event_time: at
      online: {}
      offline: {layer: curated, format: glue}
      read_by: [analyst]
      written_by: [writer]
personas:
  scientist: {activities: [query_lakehouse, read_features]}
  analyst: {activities: [query_lakehouse, read_features]}
  writer: {activities: [write_features]}
  reader: {activities: [query_lakehouse]}
"""
LAKEHOUSE = """\
lakehouse:
  layers:
    - name: curated
      ACCESS
  permissions:
    mode: MODE
    grants: [{personas: [analyst], layer: curated, access: write}]
"""


def settings(name: str, **changes: str) -> str:
    text = BASE.replace("name: base", f"name: {name}").replace("10.0.", f"10.{len(name)}.")
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return three environments: Lake Formation decides, it decides for some, IAM decides."""
    folder = tmp_path_factory.mktemp("features")
    bases = {
        "governed": LAKEHOUSE.replace("      ACCESS\n", "").replace("MODE", "lake_formation"),
        "hybrid": LAKEHOUSE.replace("ACCESS", "access: read").replace("MODE", "hybrid"),
        "open": "lakehouse: {layers: [{name: curated, access: read}]}\n",
    }
    files = [
        write(folder, settings(name) + lakehouse + GROUPS, name)
        for name, lakehouse in bases.items()
    ]
    return synthesized(folder / "out", *files)


@pytest.fixture(scope="module")
def world(folder: Path) -> World:
    return World.read(folder)


def groups(template: StackTemplate) -> dict[str, Any]:
    return {one["FeatureGroupName"]: one for one in template.of_type(TYPE)}


def test_changed_tags_leave_groups_as_they_are(folder: Path, tmp_path: Path) -> None:
    lakehouse = "lakehouse: {layers: [{name: curated, access: read}]}\n"
    changed = settings(
        "open",
        **{
            "owner: ml-platform": "owner: another-team\ntags: {project: churn}",
            "cost_center: research": 'cost_center: "4711"',
            "stage: development": "stage: staging",
        },
    )
    file = write(tmp_path, changed + lakehouse + GROUPS, "open")
    before = stack(folder, "open/feature-store")
    after = stack(synthesized(tmp_path / "out", file), "open/feature-store")

    assert groups(after) == groups(before)
    [tag] = groups(after)["open-customers"]["Tags"]
    assert tag == {"Key": "environment", "Value": "open"}
    # CloudFormation gives the tags of a stack to its resources. Those of other stacks change.
    for assembly in (folder, tmp_path / "out"):
        assert tags_of_stack(assembly, "open/feature-store") == {}
        assert tags_of_stack(assembly, "open/lakehouse") != {}
    assert tags_of_stack(folder, "open/lakehouse") != tags_of_stack(
        tmp_path / "out", "open/lakehouse"
    )


def tags_of_stack(assembly: Path, id: str) -> dict[str, str]:
    """Return the tags that the CDK CLI gives to a stack."""
    for file in assembly.rglob("manifest.json"):
        for artifact in json.loads(file.read_text("utf-8"))["artifacts"].values():
            if artifact.get("displayName") == id:
                return dict(artifact["properties"].get("tags", {}))
    raise LookupError(id)


def test_groups_are_kept_with_their_stack(folder: Path) -> None:
    template = stack(folder, "open/feature-store")
    kept = {
        resource["Type"]: resource.get("DeletionPolicy")
        for resource in template.resources().values()
    }
    assert kept[TYPE] == kept["AWS::IAM::Role"] == "RetainExceptOnCreate"


def test_group_waits_for_what_creating_its_table_takes(folder: Path) -> None:
    resources = stack(folder, "governed/feature-store").resources()
    role = next(
        name for name in resources if name.startswith("CustomersRole") and "Policy" not in name
    )
    [group] = [
        one
        for one in resources.values()
        if one["Type"] == TYPE and one["Properties"]["FeatureGroupName"] == "governed-customers"
    ]
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for name, one in resources.items():
        if one["Type"] == "Custom::DataGrant" and role in str(one["Properties"]["Principal"]):
            target = one["Properties"]["Target"]
            where = before if name in group["DependsOn"] else after
            where[target["Type"]] = one["Properties"]["Permissions"]
    assert before == {
        "Location": ["DATA_LOCATION_ACCESS"],
        "Database": ["CREATE_TABLE", "DESCRIBE"],
    }
    assert after == {"Table": ["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"]}


def test_tables_are_granted_once_where_only_grants_count(folder: Path) -> None:
    assert "governed/feature-store" in dependencies(folder, "governed/data-access")
    found: dict[str, list[Any]] = {}
    for name, one in stack(folder, "governed/data-access").resources().items():
        if one["Type"] == "Custom::DataGrant":
            persona = next(who for who in ("scientist", "analyst", "writer") if who in name)
            target = one["Properties"]["Target"]
            found.setdefault(persona, []).append((target["Type"], target.get("Table")))
    assert set(found) == {"scientist", "analyst"}
    assert sorted(map(str, found["scientist"])) == sorted(
        map(str, [("Database", None), ("Table", "customers")])
    )
    # A layer that is granted too: Lake Formation keeps one grant for a principal and a target.
    assert len(found["analyst"]) == len(set(found["analyst"]))
    assert {("Table", "customers"), ("Table", "risk_scores")} < set(found["analyst"])
    assert stack(folder, "hybrid/feature-store").of_type("Custom::DataGrant") == []


# Records by persona: those it reads, and those it writes.
RECORDS = {
    "Scientist": ({"customers"}, set()),
    "Analyst": ({"customers", "risk-scores"}, set()),
    "Writer": (set(), {"customers", "risk-scores"}),
    "Reader": (set(), set()),
}


@pytest.mark.parametrize("environment", ["governed", "hybrid", "open"])
@pytest.mark.parametrize("persona", RECORDS)
def test_personas_use_records_as_the_settings_say(
    world: World, environment: str, persona: str
) -> None:
    session = Session(
        world.role(environment, persona), world.environments[environment], in_network=False
    )

    def may(operation: str, group: str) -> bool:
        parameters = {"FeatureGroupName": f"{environment}-{group}"}
        call = Call("sagemaker-featurestore-runtime", operation, parameters)
        return Authorizer(world).authorize(call, session).decision is Decision.ALLOWED

    for used, operation in zip(RECORDS[persona], ("GetRecord", "PutRecord"), strict=True):
        for group in ("customers", "risk-scores", "user-mine"):
            assert may(operation, group) is (group in used), (operation, group)


# Tables that each persona queries, by who decides.
TABLES = {
    "governed": {"Scientist": {"customers"}, "Analyst": {"customers", "risk_scores"}},
    "open": {who: {"customers", "risk_scores"} for who in ("Scientist", "Analyst", "Reader")},
}


@pytest.mark.parametrize("environment", TABLES)
@pytest.mark.parametrize("persona", ["Scientist", "Analyst", "Reader"])
def test_personas_query_tables_as_the_settings_say(
    world: World, environment: str, persona: str
) -> None:
    session = Session(
        world.role(environment, persona), world.environments[environment], in_network=False
    )

    def may(table: str) -> bool:
        call = Call(
            "athena",
            "StartQueryExecution",
            {"WorkGroup": f"{environment}-{persona.lower()}", "QueryString": "SELECT"},
            {"reads": [f"{environment}_curated.{table}"]},
        )
        return Authorizer(world).authorize(call, session).decision is Decision.ALLOWED

    queried = TABLES[environment].get(persona, set())
    assert {table for table in ("customers", "risk_scores") if may(table)} == queried


def test_roles_write_their_tables(world: World) -> None:
    found = [one for one in duties(world) if one.rule.startswith("feature-group")]
    assert len(found) == 2 * 2 * 3
    assert {
        f"{one.environment} {one.resource}: {one.failed}" for one in found if one.failed
    } == set()


@pytest.mark.parametrize("taken", ["Policy", "Grant"])
def test_missing_right_of_a_role_is_noticed(folder: Path, tmp_path: Path, taken: str) -> None:
    changed = shutil.copytree(folder, tmp_path / "out")
    [file] = changed.rglob("governedfeaturestore*.template.json")
    template = json.loads(file.read_text("utf-8"))
    resources = template["Resources"]
    if taken == "Policy":
        for one in resources.values():
            if one["Type"] == "AWS::IAM::ManagedPolicy":
                one["Properties"]["PolicyDocument"]["Statement"].pop()
    else:
        gone = {name for name, one in resources.items() if one["Type"] == "Custom::DataGrant"}
        template["Resources"] = {
            name: {
                **one,
                "DependsOn": [other for other in one.get("DependsOn", []) if other not in gone],
            }
            for name, one in resources.items()
            if name not in gone
        }
    file.write_text(json.dumps(template), "utf-8")
    failed = [one for one in duties(World.read(changed)) if one.failed]
    assert {one.rule for one in failed} == {"feature-group-table", "feature-group-writes"}
    assert {one.environment for one in failed} == {"governed"}


def rename(group: dict[str, Any]) -> None:
    group["FeatureDefinitions"][2]["FeatureName"] = "orders_60d"


def remove(group: dict[str, Any]) -> None:
    group["FeatureDefinitions"].pop()


def change_type(group: dict[str, Any]) -> None:
    group["FeatureDefinitions"][2]["FeatureType"] = "String"


def append(group: dict[str, Any]) -> None:
    group["FeatureDefinitions"].append({"FeatureName": "new", "FeatureType": "String"})


def describe(group: dict[str, Any]) -> None:
    group["Description"] = "Orders"


def shorten(group: dict[str, Any]) -> None:
    group["OnlineStoreConfig"]["TtlDuration"] = {"Unit": "Days", "Value": 1}


@pytest.mark.parametrize(
    ("edit", "verdict", "told"),
    [
        (rename, "dangerous", "must keep orders_30d as they are"),
        (remove, "dangerous", "must keep orders_30d as they are"),
        (change_type, "dangerous", "must keep orders_30d as they are"),
        (describe, "dangerous", "'open-customers' is taken"),
        (append, "safe", ""),
        (shorten, "safe", ""),
    ],
)
def test_review_tells_what_fails(
    folder: Path, tmp_path: Path, edit: Any, verdict: str, told: str
) -> None:
    changed = shutil.copytree(folder, tmp_path / "out")
    [file] = changed.rglob("openfeaturestore*.template.json")
    template = json.loads(file.read_text("utf-8"))
    for one in template["Resources"].values():
        if one["Type"] == TYPE and one["Properties"]["FeatureGroupName"] == "open-customers":
            edit(one["Properties"])
    file.write_text(json.dumps(template), "utf-8")

    [found] = [one for one in review(folder, changed) if one.name == "open"]

    text = "\n".join(f"{one.title}: {one.why}" for one in found.findings)
    assert (found.verdict, told in text) == (verdict, True), text
