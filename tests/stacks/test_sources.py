"""Sources and the warehouse of a lakehouse under Lake Formation."""

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
    [integration] = [r for r in resources.values() if r["Type"] == "AWS::Glue::Integration"]
    waits_for = {resources[one]["Type"] for one in integration["DependsOn"]}
    assert "Custom::DataGrant" in waits_for


def test_without_lake_formation_nothing_is_granted(examples: Path) -> None:
    assert grants(examples, "sources-complete/sources") == {}
