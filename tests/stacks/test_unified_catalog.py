"""The catalog of Unified Studio: glossaries, metadata forms and rules, and data that has them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stacks.loading import load_environments
from stacks.unified_studio.capability import UnifiedStudio
from tests.bad_settings import write
from tests.support import synthesized

EXAMPLE = Path(__file__).parents[2] / "examples" / "unified-catalog.yaml"
Resources = Mapping[str, dict[str, Any]]


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesized(tmp_path_factory.mktemp("catalog"), EXAMPLE)


def template(assembly: Path, stack: str) -> Resources:
    [file] = assembly.glob(f"*/*{stack}*.template.json")
    found: Resources = json.loads(file.read_text("utf-8"))["Resources"]
    return found


@pytest.fixture(scope="module")
def content(assembly: Path) -> Resources:
    return template(assembly, "unifiedstudiocontent")


def of(resources: Resources, kind: str, key: str = "Name") -> dict[str, dict[str, Any]]:
    found = (one["Properties"] for one in resources.values() if one["Type"] == kind)
    return {one[key]: one for one in found}


def smithy(form: Mapping[str, Any]) -> str:
    """Return the model of a form, with references as words."""
    model = form["Model"]["Smithy"]
    if isinstance(model, str):
        return model
    parts = model["Fn::Join"][1]
    return "".join(one if isinstance(one, str) else one["Fn::GetAtt"][0][:20] for one in parts)


def test_glossaries_have_the_words_of_the_file_and_the_classes(content: Resources) -> None:
    found = of(content, "Custom::UnifiedStudioGlossary")
    assert set(found) == {"Business terms", "Data classes"}
    terms = found["Business terms"]["Terms"]
    assert terms["customer"]["IsA"] == ["party"]
    assert terms["contact"]["Classifies"] == ["customer"]
    assert terms["customer"]["Long"].startswith("A party with at least one order")
    classes = found["Data classes"]["Terms"]
    assert list(classes) == ["public", "internal", "confidential"]
    assert classes["internal"]["Short"].startswith("Class 2 of 3")
    assert found["Data classes"]["Keep"] == "true"


def test_forms_are_models_that_aws_takes(content: Resources) -> None:
    found = of(content, "AWS::DataZone::FormType")
    assert set(found) == {"DataClass", "Purpose", "Stewardship"}
    assert smithy(found["Stewardship"]).splitlines() == [
        "@length(min: 1, max: 1)",
        "list SubjectTerms { member: String }",
        '@amazon.datazone#displayname(defaultName: "Stewardship")',
        "structure Stewardship {",
        "    @required",
        '    @amazon.datazone#displayname(defaultName: "Steward")',
        '    @documentation("E-mail address of the team that answers")',
        "    @amazon.datazone#searchable",
        "    steward: String",
        '    @amazon.datazone#displayname(defaultName: "Subject")',
        '    @amazon.datazone#glossaryterm("GlossaryBusinessC978")',
        "    subject: SubjectTerms",
        '    @amazon.datazone#displayname(defaultName: "Retention in days")',
        "    retention_days: Integer",
        "    @required",
        '    @amazon.datazone#displayname(defaultName: "Personal data")',
        "    personal: Boolean",
        "}",
    ]
    kept = [one for one in content.values() if one["Type"] == "AWS::DataZone::FormType"]
    assert all(one["UpdateReplacePolicy"] == "Retain" for one in kept)


def test_rules_demand_forms_and_terms(content: Resources) -> None:
    found = of(content, "Custom::UnifiedStudioRule")
    steward, why, terms = (found[one] for one in ("Name a steward", "Say why", "Sales terms"))
    assert steward["Action"] == "CREATE_LISTING_CHANGE_SET"
    assert [one["Name"]["Fn::GetAtt"][0][:8] for one in steward["Forms"]] == [
        "FormStew",
        "FormData",
    ]
    # A new revision of the form changes the rule.
    assert steward["Forms"][0]["Revision"]["Fn::GetAtt"][1] == "Revision"
    assert steward["AssetTypes"] == [
        "amazon.datazone.GlueTableAssetType",
        "amazon.datazone.GlueViewAssetType",
    ]
    assert "ProjectOrders" in json.dumps(steward["Projects"])
    assert steward["DataProducts"] == "false"
    assert why["Action"] == "CREATE_SUBSCRIPTION_REQUEST"
    assert "UnitSales" in json.dumps(terms["Unit"])
    assert "GlossaryBusiness" in json.dumps(terms["Terms"])


def test_imported_tables_have_their_class_and_their_forms(content: Resources) -> None:
    [source] = of(content, "AWS::DataZone::DataSource").values()
    forms = {one["FormName"]: one for one in source["AssetFormsInput"]}
    assert set(forms) == {"DataClass", "Stewardship"}
    text = json.dumps(forms["DataClass"]["Content"])
    [glossary] = [
        one["Properties"] for key, one in content.items() if key.startswith("GlossaryDataClasses")
    ]
    [attribute] = glossary["Outputs"]
    assert glossary["Outputs"][attribute] == "internal"
    assert attribute in text
    assert '\\"steward\\":\\"orders@example.com\\"' in json.dumps(forms["Stewardship"]["Content"])
    # Nothing is published before the rules are there.
    [needed] = [
        one["DependsOn"] for one in content.values() if one["Type"] == "AWS::DataZone::DataSource"
    ]
    assert len([one for one in needed if one.startswith("Rule")]) == 3


def test_the_owner_of_the_catalog_may_create_it(assembly: Path, content: Resources) -> None:
    grants = of(content, "AWS::DataZone::PolicyGrant", "PolicyType")
    assert set(grants) == {"CREATE_FORM_TYPE", "CREATE_GLOSSARY"}
    for one in grants.values():
        assert "ProjectGovernance" in json.dumps(one["Principal"]["Project"]["ProjectIdentifier"])
    projects = template(assembly, "unifiedstudioprojects")
    waiter = {
        key.split("Waiter")[0]: one["Properties"]["Designation"]
        for key, one in projects.items()
        if one["Type"] == "AWS::DataZone::ProjectMembership" and "Waiter" in key
    }
    assert waiter == {"ProjectGovernance": "PROJECT_OWNER", "ProjectOrders": "PROJECT_CONTRIBUTOR"}
    allowed = json.dumps([one for one in projects.values() if "ManagedPolicy" in one["Type"]])
    assert "datazone:CreateRule" in allowed


@pytest.mark.parametrize(
    ("old", "new", "warned"),
    [
        # All forms are there.
        ("", "", None),
        # A form is missing.
        ("steward: orders@example.com", "steward: x", None),
        ("forms: [stewardship, data_class]", "forms: [purpose]", "demands forms: purpose"),
        # Terms are no part of a data source.
        ("asset_types: [redshift_table]", "asset_types: [glue_table]", "demands terms"),
        # The rule is for another unit.
        (
            "asset_types: [redshift_table]\n          unit: sales",
            "unit: other",
            None,
        ),
    ],
)
def test_rules_that_stop_a_publication_are_warned_of(
    tmp_path: Path, old: str, new: str, warned: str | None
) -> None:
    text = EXAMPLE.read_text("utf-8").replace(old, new)
    text = text.replace("sales: { name: Sales }", "sales: {name: Sales}\n      other: {name: O}")
    text = text.replace("name: unified-catalog", "name: base", 1)
    [environment] = load_environments(files=[write(tmp_path, text)])
    studio = environment.find(UnifiedStudio)
    assert studio is not None
    told = [one for one in studio.warnings() if "AWS publishes no table of it" in one]
    assert [warned is not None and warned in one for one in told] == ([True] if warned else [])
