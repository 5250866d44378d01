"""Lake Formation in the templates of the examples: what is granted, closed, tagged, and when."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support import ROOT, StackTemplate, dependencies, stack, synthesized

RIGHTS, HYBRID = "lakehouse-rights", "lakehouse-shared"
RAW, CURATED = "lakehouse_rights_raw", "lakehouse_rights_curated"
EVENTS = "666666666666:s3tablescatalog/lakehouse-rights-events"
Item = dict[str, Any]


def grants(template: StackTemplate) -> dict[tuple[str, str], Item]:
    """Return the grants of a stack by their principal and target, both as texts."""
    found = {}
    for logical_id, resource in template.resources().items():
        if resource["Type"] != "Custom::DataGrant":
            continue
        properties = resource["Properties"]
        principal = properties["Principal"]
        if isinstance(principal, dict):
            principal = logical_id.removeprefix("Grant").split(properties["Target"]["Type"])[0]
        target = properties["Target"]
        names = [target[k] for k in ("Database", "Table", "Filter", "Name") if k in target]
        words = [target["Type"], *names, *map(str, target.get("Expression", {}).items())]
        found[principal, " ".join(words)] = properties
    return found


@pytest.fixture
def rights(examples: Path) -> dict[tuple[str, str], Item]:
    return grants(stack(examples, f"{RIGHTS}/data-access"))


def depends_on(template: StackTemplate, logical_id: str) -> set[str]:
    """Return everything that a resource waits for, directly or not."""
    resources = template.resources()
    found: set[str] = set()
    todo = [logical_id]
    while todo:
        resource = resources[todo.pop()]
        needed = resource.get("DependsOn", [])
        text = str(resource.get("Properties"))
        direct = {needed} if isinstance(needed, str) else set(needed)
        direct |= {other for other in resources if f"'{other}'" in text}
        todo += direct - found
        found |= direct
    return found


def ids(template: StackTemplate, kind: str, **properties: Any) -> list[str]:
    return [
        logical_id
        for logical_id, resource in template.resources().items()
        if resource["Type"] == kind
        if properties.items() <= resource.get("Properties", {}).items()
    ]


def test_reading_by_tag(rights: dict[tuple[str, str], Item]) -> None:
    expression = {
        "lakehouse-rights-domain": ["sales"],
        "lakehouse-rights-sensitivity": ["internal", "public"],
    }
    found = [
        properties
        for (who, _), properties in rights.items()
        if who == "datascientist" and properties["Target"].get("Expression") == expression
    ]
    assert [(p["Target"]["Type"], p["Permissions"]) for p in found] == [
        ("TaggedDatabases", ["DESCRIBE"]),
        ("TaggedTables", ["DESCRIBE", "SELECT"]),
    ]


def test_writing_by_tag_takes_the_places_of_the_layers(
    rights: dict[tuple[str, str], Item],
) -> None:
    for layer in ("RawLayer", "CuratedLayer"):
        location = rights["dataengineer", f"Location {layer}"]
        assert location["Permissions"] == ["DATA_LOCATION_ACCESS"]
        [source] = location["Target"]["Arn"].values()
        assert source["StackName"] == "lakehouse-rights-lakehouse"
    assert ("datascientist", "Location CuratedLayer") not in rights


def test_some_columns_of_a_table_bucket(rights: dict[tuple[str, str], Item]) -> None:
    columns = rights["datascientist", "Columns web clicks"]
    assert columns["Target"] == {
        "Type": "Columns",
        "CatalogId": EVENTS,
        "Database": "web",
        "Table": "clicks",
        "ExcludedColumns": ["visitor"],
    }
    assert columns["Permissions"] == ["SELECT"]
    assert rights["datascientist", "Database web"]["Target"]["CatalogId"] == EVENTS


def test_a_table_of_a_catalog_elsewhere(
    rights: dict[tuple[str, str], Item], examples: Path
) -> None:
    granted = rights["analyst", "Table public customers"]
    assert granted["Target"]["CatalogId"] == "666666666666:lakehouse_rights_shop"
    assert granted["Permissions"] == ["DESCRIBE", "SELECT"]
    assert rights["analyst", "Database public"]["Permissions"] == ["DESCRIBE"]
    made = stack(examples, f"{RIGHTS}/sources").of_type("AWS::Glue::Catalog")
    made += stack(examples, f"{RIGHTS}/sources").of_type("AWS::Athena::DataCatalog")
    assert "lakehouse_rights_shop" in [catalog["Name"] for catalog in made]


def test_a_filter_is_granted_with_a_sight_of_its_database(
    rights: dict[tuple[str, str], Item],
) -> None:
    granted = rights["analyst", f"Filter {CURATED} orders orders-in-europe"]
    assert granted["Permissions"] == ["SELECT"]
    assert rights["analyst", f"Database {CURATED}"]["Permissions"] == ["DESCRIBE"]
    assert ("analyst", f"Table {CURATED} orders") not in rights


def test_another_environment_grants_on(rights: dict[tuple[str, str], Item]) -> None:
    shared = {target: p for (who, target), p in rights.items() if who == "555555555555"}
    assert len(shared) == 6
    for properties in shared.values():
        assert properties["Grantable"] == properties["Permissions"]
        assert properties["OptIn"] == "false"
    own = [p for (who, _), p in rights.items() if who != "555555555555"]
    assert {tuple(p["Grantable"]) for p in own} == {()}


def test_nobody_is_granted_anything_twice(rights: dict[tuple[str, str], Item]) -> None:
    seen = [(str(p["Principal"]), str(p["Target"])) for p in rights.values()]
    assert len(set(seen)) == len(seen)


def test_grants_come_after_data_and_roles(examples: Path) -> None:
    needed = dependencies(examples, f"{RIGHTS}/data-access")
    assert {f"{RIGHTS}/lakehouse", f"{RIGHTS}/access", f"{RIGHTS}/sources"} <= needed


def test_administrators_come_first_and_go_last(examples: Path) -> None:
    template = stack(examples, f"{RIGHTS}/lakehouse")
    [first] = ids(template, "Custom::DataLakeAdministrators")
    governed = [
        logical_id
        for kind in (
            "AWS::Glue::Database",
            "AWS::Glue::Table",
            "Custom::ClosedDatabase",
            "Custom::DataCellsFilter",
            "Custom::DataGrant",
            "Custom::LakeFormationTagValue",
            "Custom::LakeFormationTags",
        )
        for logical_id in ids(template, kind)
    ]
    assert len(governed) > 20
    for logical_id in governed:
        assert first in depends_on(template, logical_id), logical_id


def test_whoever_deploys_may_make_tables_before_they_are_made(examples: Path) -> None:
    template = stack(examples, f"{RIGHTS}/lakehouse")
    deployment = {
        logical_id
        for logical_id, resource in template.resources().items()
        if resource["Type"] == "Custom::DataGrant"
        if "cfn-exec-role" in str(resource["Properties"]["Principal"])
        if "curated" in logical_id.lower()
    }
    assert len(deployment) == 3
    registrations = ids(template, "AWS::LakeFormation::Resource")
    for table in ids(template, "AWS::Glue::Table"):
        waits_for = depends_on(template, table)
        assert deployment <= waits_for
        assert any("Curated" in found for found in waits_for & set(registrations))


def test_whoever_deploys_may_make_catalogs_before_they_are_made(examples: Path) -> None:
    template = stack(examples, f"{RIGHTS}/lakehouse")
    [granted] = [
        logical_id
        for logical_id, resource in template.resources().items()
        if resource["Type"] == "Custom::DataGrant"
        if resource["Properties"]["Target"] == {"Type": "Catalog"}
    ]
    assert template.resources()[granted]["Properties"]["Permissions"] == [
        "CREATE_CATALOG",
        "CREATE_DATABASE",
        "DESCRIBE",
    ]
    [catalog] = ids(template, "AWS::Glue::Catalog")
    assert granted in depends_on(template, catalog)


def test_optimizers_come_after_their_grants(examples: Path) -> None:
    template = stack(examples, f"{RIGHTS}/lakehouse")
    granted = {found for found in ids(template, "Custom::DataGrant") if "maintenance" in found}
    assert len(granted) == 2
    optimizers = ids(template, "AWS::Glue::TableOptimizer")
    assert len(optimizers) == 6
    for optimizer in optimizers:
        assert granted <= depends_on(template, optimizer)


HOLDS_TABLES = {"AWS::S3Tables::": "Namespace", "AWS::Glue::": "Database"}


def test_tags_of_tables_come_after_values_and_table(examples: Path) -> None:
    template = stack(examples, f"{RIGHTS}/lakehouse")
    values = set(ids(template, "Custom::LakeFormationTagValue"))
    assert len(values) == 7
    assigned = {}
    for logical_id in ids(template, "Custom::LakeFormationTags"):
        properties = template.resources()[logical_id]["Properties"]
        target = properties["Target"]
        assigned[target["Type"], target.get("Table", target["Database"])] = properties["Tags"]
        waits_for = depends_on(template, logical_id)
        assert values <= waits_for
        made_by = "AWS::S3Tables::" if "CatalogId" in target else "AWS::Glue::"
        kind = "Table" if "Table" in target else HOLDS_TABLES[made_by]
        assert set(ids(template, made_by + kind)) & waits_for
    prefix = "lakehouse-rights-"
    assert assigned == {
        ("Database", RAW): {f"{prefix}layer": "raw", f"{prefix}sensitivity": "confidential"},
        ("Database", CURATED): {
            f"{prefix}layer": "curated",
            f"{prefix}domain": "sales",
            f"{prefix}sensitivity": "internal",
        },
        ("Table", "prices"): {f"{prefix}sensitivity": "public"},
        ("Columns", "orders"): {f"{prefix}sensitivity": "confidential"},
        ("Database", "web"): {f"{prefix}sensitivity": "confidential"},
        ("Table", "pages"): {f"{prefix}domain": "sales", f"{prefix}sensitivity": "internal"},
    }


def test_every_layer_is_closed_and_registered_with_its_own_role(examples: Path) -> None:
    template = stack(examples, f"{RIGHTS}/lakehouse")
    closed = {p["Database"] for p in template.of_type("Custom::ClosedDatabase")}
    assert closed == {RAW, CURATED}
    registered = [
        p for p in template.of_type("AWS::LakeFormation::Resource") if not p["WithFederation"]
    ]
    roles = {str(p["RoleArn"]) for p in registered}
    assert len(roles) == len(registered) == 3
    assert {p["HybridAccessEnabled"] for p in registered} == {False}
    assert {p["UseServiceLinkedRole"] for p in registered} == {False}


def test_personas_have_no_way_round_lake_formation(examples: Path) -> None:
    """Their policies give no objects of a layer, only the descriptions of tables."""
    for policy in stack(examples, f"{RIGHTS}/access").of_type("AWS::IAM::ManagedPolicy"):
        if "lakehouse" not in policy["Description"]:
            continue
        statements = policy["PolicyDocument"]["Statement"]
        objects = [s for s in statements if "s3:GetObject" in s["Action"]]
        assert "Layer" not in str(objects)
        assert [s for s in statements if s["Action"] == "lakeformation:GetDataAccess"]


def test_defaults_and_version_of_the_account(examples: Path) -> None:
    [ours] = stack(examples, f"{RIGHTS}/lakehouse").of_type("Custom::DataLakeAdministrators")
    assert ours["CloseDefaults"] == "true"
    assert ours["CrossAccountVersion"] == "4"
    assert ours["Administrators"][1] == "arn:aws:iam::666666666666:role/data-steward"
    [personas] = stack(examples, f"{RIGHTS}/data-access").of_type("Custom::DataLakeAdministrators")
    [source] = personas["Administrators"][0].values()
    assert "Administrator" in source["OutputName"]
    assert ours["Parameter"] != personas["Parameter"]


def test_sharing_takes_rights_that_others_need_not(examples: Path) -> None:
    def actions(name: str) -> set[str]:
        return {
            action
            for policy in stack(examples, f"{name}/lakehouse").of_type("AWS::IAM::ManagedPolicy")
            for statement in policy["PolicyDocument"]["Statement"]
            for action in (
                [statement["Action"]]
                if isinstance(statement["Action"], str)
                else statement["Action"]
            )
        }

    assert "ram:CreateResourceShare" in actions(RIGHTS)
    assert not [action for action in actions(HYBRID) if action.startswith("ram:")]


def test_hybrid_leaves_the_rest_to_iam(examples: Path) -> None:
    template = stack(examples, f"{HYBRID}/lakehouse")
    [ours] = template.of_type("Custom::DataLakeAdministrators")
    assert ours["CloseDefaults"] == "false"
    assert template.of_type("Custom::ClosedDatabase") == []
    assert {p["HybridAccessEnabled"] for p in template.of_type("AWS::LakeFormation::Resource")} == {
        True
    }
    [policy] = [
        p
        for p in stack(examples, f"{HYBRID}/access").of_type("AWS::IAM::ManagedPolicy")
        if p["Description"] == "The activity write_lakehouse"
    ]
    assert "s3:PutObject" in str(policy)


def test_hybrid_opts_in_where_something_is_granted(examples: Path) -> None:
    found = grants(stack(examples, f"{HYBRID}/data-access"))
    opted = {target for (_, target), p in found.items() if p["OptIn"] == "true"}
    assert opted == {"Database lakehouse_shared_raw", "Tables lakehouse_shared_raw"}
    # A table bucket has no other way in, and a location none to opt in to.
    assert found["dataengineer", "Tables web"]["OptIn"] == "false"
    assert found["dataengineer", "Location RawLayer"]["OptIn"] == "false"


@pytest.mark.parametrize(
    ("example", "policy"), [("lakehouse-tables", "Delete"), (HYBRID, "RetainExceptOnCreate")]
)
def test_tables_are_kept_or_deleted_with_two_keys(
    examples: Path, example: str, policy: str
) -> None:
    kinds = {
        "AWS::Glue::Catalog",
        "AWS::Glue::Table",
        "AWS::S3Tables::Namespace",
        "AWS::S3Tables::Table",
        "AWS::S3Tables::TableBucket",
        "AWS::S3Tables::TableBucketPolicy",
    }
    found = {
        (resource["Type"], resource.get("DeletionPolicy"))
        for resource in stack(examples, f"{example}/lakehouse").resources().values()
        if resource["Type"] in kinds
    }
    assert {kind for kind, _ in found} <= kinds
    assert len(found) >= 3
    assert {kept for _, kept in found} == {policy}


def test_workgroups_are_for_their_personas(examples: Path) -> None:
    template = stack(examples, f"{RIGHTS}/access")
    used: dict[str, set[str]] = {}
    for policy in template.of_type("AWS::IAM::ManagedPolicy"):
        for persona in ("Analyst", "DataScientist", "DataEngineer"):
            if persona in str(policy.get("Roles")):
                used.setdefault(persona, set()).update(
                    resource.split("/")[-1]
                    for statement in policy["PolicyDocument"]["Statement"]
                    for resource in str(statement["Resource"]).split("'")
                    if ":workgroup/" in resource
                )
    assert used == {
        "Analyst": {f"{RIGHTS}-analyst", f"{RIGHTS}-analysts"},
        "DataScientist": {f"{RIGHTS}-data_scientist", f"{RIGHTS}-science"},
        "DataEngineer": {f"{RIGHTS}-data_engineer", f"{RIGHTS}-spark"},
    }


def test_spark_has_the_grants_of_its_persona(rights: dict[tuple[str, str], Item]) -> None:
    of_persona = {t: p["Permissions"] for (who, t), p in rights.items() if who == "dataengineer"}
    of_spark = {t: p["Permissions"] for (who, t), p in rights.items() if who == "sparkspark"}
    assert len(of_spark) == 5
    # Spark in Athena needs all rights on what it writes.
    assert of_spark == {
        target: ["ALL"] if "INSERT" in given else given for target, given in of_persona.items()
    }


def test_services_are_granted_what_they_work_on(tmp_path: Path) -> None:
    """Crawlers, data quality, zero-ETL and the warehouse, when IAM alone gives nothing."""
    data = YAML(typ="safe", pure=True).load(ROOT / "examples/sources-complete.yaml")
    data["lakehouse"]["permissions"] = {}
    data["warehouse"]["layers"] = [{"name": "curated", "access": "read"}]
    file = tmp_path / f"{data['name']}.yaml"
    file.write_text(json.dumps(data))
    synthesized(tmp_path / "out", file)
    found: dict[str, set[str]] = {}
    for name in ("sources", "warehouse"):
        template = stack(tmp_path / "out", f"{data['name']}/{name}")
        for logical_id, resource in template.resources().items():
            if resource["Type"] == "Custom::DataGrant":
                who = logical_id.removeprefix("Grant").split(
                    resource["Properties"]["Target"]["Type"]
                )
                found.setdefault(who[0], set()).update(resource["Properties"]["Permissions"])
    writes = {
        "ALTER", "CREATE_TABLE", "DATA_LOCATION_ACCESS", "DELETE", "DESCRIBE", "DROP", "INSERT",
        "SELECT",
    }  # fmt: skip
    reads = {"DESCRIBE", "SELECT"}
    crawlers = {f"crawler{one['name'].replace('-', '')}" for one in data["sources"]["crawlers"]}
    quality = {f"quality{one['name'].replace('-', '')}" for one in data["sources"]["data_quality"]}
    assert {who for who, given in found.items() if given == writes} == {*crawlers, "zeroetlraw"}
    assert {who for who, given in found.items() if given == reads} == {
        *quality,
        "warehousecurated",
    }
