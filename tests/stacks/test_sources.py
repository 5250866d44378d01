"""Sources and the warehouse of a lakehouse under Lake Formation."""

import json
from pathlib import Path
from typing import Any

from tests.support import stack


def grants(assembly: Path, id: str) -> dict[str, list[tuple[str, Any]]]:
    """Return permissions and targets of a stack's grants by the role's logical id."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for grant in stack(assembly, id).of_type("Custom::DataGrant"):
        role = grant["Principal"]["Fn::GetAtt"][0]
        found.setdefault(role, []).append((",".join(grant["Permissions"]), grant["Target"]))
    return found


def test_services_are_granted_the_layers_they_work_on(examples: Path) -> None:
    by_role = grants(examples, "sources-governed/sources")
    permissions = {
        next(name for name in ("Crawler", "Target", "Quality") if name in role): {
            given for given, _ in granted
        }
        for role, granted in by_role.items()
    }
    assert set(permissions) == {"Crawler", "Target", "Quality"}
    for writer in ("Crawler", "Target"):
        assert "CREATE_TABLE,DESCRIBE" in permissions[writer]
        assert "DATA_LOCATION_ACCESS" in permissions[writer]
    assert permissions["Quality"] == {"DESCRIBE", "DESCRIBE,SELECT"}


def test_the_warehouse_is_granted_the_layers_it_reads(examples: Path) -> None:
    [(role, granted)] = grants(examples, "sources-governed/warehouse").items()
    assert "Warehouse" in role
    assert {given for given, _ in granted} == {"DESCRIBE", "DESCRIBE,SELECT"}


def test_an_integration_waits_for_its_grants(examples: Path) -> None:
    resources = stack(examples, "sources-governed/sources").resources()
    [into_layer, into_bucket] = [
        {resources[one]["Type"] for one in found["DependsOn"]}
        for found in resources.values()
        if found["Type"] == "AWS::Glue::Integration"
    ]
    assert "Custom::DataGrant" in into_layer
    # Glue writes to a table bucket past Lake Formation.
    needed = {"AWS::Glue::IntegrationResourceProperty", "Custom::GlueCatalogPolicy"}
    assert needed <= into_bucket


def test_glue_may_let_a_source_into_the_catalog_of_a_table_bucket(examples: Path) -> None:
    found = stack(examples, "sources-governed/sources")
    [policy] = found.of_type("Custom::GlueCatalogPolicy")
    [_, statement] = policy["Statements"]
    [_, catalog] = statement["Resource"]
    assert catalog.endswith(":catalog/s3tablescatalog/sources-governed-replica")
    targets = found.of_type("AWS::Glue::IntegrationResourceProperty")
    assert catalog in [one["ResourceArn"] for one in targets]


def test_loads_that_fail_are_told(examples: Path) -> None:
    alarms = stack(examples, "sources-governed/sources").of_type("AWS::CloudWatch::Alarm")
    loads = [json.dumps(a["Metrics"]) for a in alarms if "IngestionFailed" in json.dumps(a)]
    assert len(loads) == 2
    assert all("AWS/Glue/ZeroETL" in one and "IntegrationArn" in one for one in loads)


def test_without_lake_formation_nothing_is_granted(examples: Path) -> None:
    assert grants(examples, "sources-complete/sources") == {}
