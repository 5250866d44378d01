"""Glossaries and rules of a catalog, with everything that AWS may answer."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from sagemaker_platform.custom_resources.common.errors import (
    CustomResourceError,
    WaitTimeoutError,
)
from sagemaker_platform.custom_resources.unified_studio import index
from tests.custom_resources.catalog_aws import DOMAIN, CatalogAws
from tests.custom_resources.fake_aws import failure

POLL = 30.0
LIMIT = 120


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> CatalogAws:
    world = CatalogAws()
    world.install(monkeypatch)
    return world


def term(name: str, **more: Any) -> dict[str, Any]:
    empty = {"Short": "", "Long": "", "Status": "ENABLED", "IsA": [], "Classifies": []}
    return {"Name": name, **empty, **more}


def words(**more: Any) -> dict[str, Any]:
    return {
        "Domain": DOMAIN,
        "Key": "business",
        "Keep": "false",
        "Project": "governance",
        "Name": "Business terms",
        "Description": "What words mean",
        "Status": "ENABLED",
        "Terms": {
            "party": term("Party", Short="A person"),
            "customer": term("Customer", IsA=["party"]),
            "contact": term("Contact", Classifies=["customer"]),
        },
        "Outputs": {"Term1": "customer"},
        **more,
    }


def rule(**more: Any) -> dict[str, Any]:
    return {
        "Domain": DOMAIN,
        "Key": "steward",
        "Keep": "false",
        "Unit": "root",
        "Name": "Name a steward",
        "Description": "",
        "Action": "CREATE_LISTING_CHANGE_SET",
        "Forms": [{"Name": "Stewardship", "Revision": "1"}],
        "Terms": [],
        "AssetTypes": [],
        "Projects": [],
        "DataProducts": "true",
        **more,
    }


def request(kind: str, properties: dict[str, Any], old: dict[str, Any] | None = None) -> Any:
    resource = "Rule" if "Unit" in properties else "Glossary"
    return {
        "RequestType": kind,
        "ResourceType": f"Custom::UnifiedStudio{resource}",
        "ResourceProperties": properties,
        **({"OldResourceProperties": old} if old else {}),
        **({"PhysicalResourceId": f"{resource}/x"} if kind == "Delete" else {}),
    }


def run(
    aws: CatalogAws,
    kind: str,
    properties: dict[str, Any],
    old: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Send a request as the framework does; return the attributes."""
    asked = request(kind, properties, old)
    begun = index.on_event(asked, None)
    for _ in range(LIMIT):
        answer = index.is_complete({**asked, **begun}, None)
        if answer["IsComplete"]:
            data: dict[str, Any] = answer.get("Data", {})
            return data
        aws.sleep(POLL)
    raise AssertionError("does not end")


def names(aws: CatalogAws) -> dict[str, str]:
    return {one["name"]: key for key, one in aws.terms.items()}


@pytest.mark.parametrize("delay", [0.0, 45.0])
def test_glossary_has_its_terms_and_relations(aws: CatalogAws, delay: float) -> None:
    # A search finds new things after a time.
    aws.search_delay = delay
    made = run(aws, "Create", words())
    [glossary] = aws.glossaries.values()
    assert glossary["status"] == "ENABLED"
    ids = names(aws)
    assert made == {"Id": glossary["id"], "Term1": ids["Customer"]}
    assert aws.terms[ids["Customer"]]["termRelations"] == {"isA": [ids["Party"]]}
    assert aws.terms[ids["Contact"]]["termRelations"] == {"classifies": [ids["Customer"]]}
    assert aws.terms[ids["Party"]]["shortDescription"] == "A person"


def test_the_same_request_again_writes_nothing(aws: CatalogAws) -> None:
    run(aws, "Create", words())
    run(aws, "Create", rule())
    aws.calls.clear()
    run(aws, "Update", words(), words())
    run(aws, "Update", rule(), rule())
    assert not [one for one in aws.calls if one.startswith(("Create", "Update", "Delete"))]


def test_renamed_things_keep_their_ids(aws: CatalogAws) -> None:
    before = words()
    run(aws, "Create", before)
    glossary, ids = list(aws.glossaries), names(aws)
    terms = {**before["Terms"], "customer": term("Client", IsA=["party"])}
    run(aws, "Update", words(Name="Terms", Terms=terms), before)
    assert list(aws.glossaries) == glossary
    assert aws.glossaries[glossary[0]]["name"] == "Terms"
    assert names(aws)["Client"] == ids["Customer"]

    run(aws, "Create", rule())
    kept = list(aws.rules)
    run(aws, "Update", rule(Name="Steward"), rule())
    assert [(key, one["name"]) for key, one in aws.rules.items()] == [(kept[0], "Steward")]


def test_a_removed_term_goes_and_those_of_people_stay(aws: CatalogAws) -> None:
    before = words()
    run(aws, "Create", before)
    [glossary] = aws.glossaries
    aws.create_glossary_term(glossaryIdentifier=glossary, name="Mine", status="ENABLED")
    terms = {key: before["Terms"][key] for key in ("party", "customer")}
    run(aws, "Update", words(Terms=terms), before)
    assert sorted(names(aws)) == ["Customer", "Mine", "Party"]


@pytest.mark.parametrize("disabled_only", [False, True])
def test_deletion_takes_terms_and_glossary(aws: CatalogAws, disabled_only: bool) -> None:
    aws.deletes_disabled_terms_only = disabled_only
    run(aws, "Create", words())
    run(aws, "Delete", words())
    assert not aws.terms
    assert not aws.glossaries
    # A second deletion finds nothing.
    run(aws, "Delete", words())


def test_a_glossary_that_is_kept_stays(aws: CatalogAws) -> None:
    run(aws, "Create", words())
    run(aws, "Delete", words(Keep="true"))
    assert len(aws.terms) == 3


def test_a_disabled_glossary_gets_terms_first(aws: CatalogAws) -> None:
    before = words(Status="DISABLED")
    run(aws, "Create", before)
    [glossary] = aws.glossaries.values()
    assert glossary["status"] == "DISABLED"
    assert len(aws.terms) == 3
    more = {**before["Terms"], "order": term("Order")}
    run(aws, "Update", words(Status="DISABLED", Terms=more), before)
    assert glossary["status"] == "DISABLED"
    assert "Order" in names(aws)


def test_a_glossary_of_another_project_is_refused_and_kept(aws: CatalogAws) -> None:
    aws.add_glossary("Business terms", "sales")
    with pytest.raises(CustomResourceError, match="belongs to project sales, and AWS cannot"):
        run(aws, "Create", words())
    # CloudFormation deletes what it could not create.
    run(aws, "Delete", words())
    assert len(aws.glossaries) == 1


def test_the_project_that_is_gone_is_reported(aws: CatalogAws) -> None:
    aws.order("CreateGlossary", failure("ValidationException", "Project governance is gone"))
    with pytest.raises(CustomResourceError, match="Project governance is gone"):
        run(aws, "Create", words())


def test_a_term_that_assets_have_is_waited_for_and_named(aws: CatalogAws) -> None:
    run(aws, "Create", words())
    aws.used = {names(aws)["Customer"]}
    begun = aws.now
    with pytest.raises(WaitTimeoutError, match=r"term Customer is in use; take it from the assets"):
        run(aws, "Delete", words())
    assert aws.now - begun < index.CATALOG_TIMEOUT_SECONDS + 2 * POLL
    aws.used.clear()
    run(aws, "Delete", words())
    assert not aws.glossaries


def test_terms_of_people_stop_a_deletion_by_name(aws: CatalogAws) -> None:
    run(aws, "Create", words())
    [glossary] = aws.glossaries
    aws.create_glossary_term(glossaryIdentifier=glossary, name="Mine", status="ENABLED")
    with pytest.raises(CustomResourceError, match="has terms of people: Mine"):
        run(aws, "Delete", words())


def test_a_rule_demands_forms_of_the_new_revision(aws: CatalogAws) -> None:
    run(aws, "Create", rule())
    [made] = aws.rules
    new = rule(Forms=[{"Name": "Stewardship", "Revision": "2"}], AssetTypes=["a.B"])
    run(aws, "Update", new, rule())
    assert list(aws.rules) == [made]
    required = aws.rules[made]["detail"]["metadataFormEnforcementDetail"]["requiredMetadataForms"]
    assert required == [{"typeIdentifier": "Stewardship", "typeRevision": "2"}]
    assert aws.rules[made]["scope"] == {
        "assetType": {"selectionMode": "SPECIFIC", "specificAssetTypes": ["a.B"]},
        "dataProduct": True,
        "project": {"selectionMode": "ALL"},
    }


@pytest.mark.parametrize(
    "change",
    [
        {"Unit": "sales"},
        {"Action": "CREATE_SUBSCRIPTION_REQUEST"},
        {"Forms": [], "Terms": ["id7"]},
    ],
)
def test_what_aws_cannot_change_replaces_the_rule(aws: CatalogAws, change: Any) -> None:
    run(aws, "Create", rule())
    run(aws, "Update", rule(**change), rule())
    [made] = aws.rules.values()
    assert made["unit"] == change.get("Unit", "root")
    assert made["action"] == change.get("Action", "CREATE_LISTING_CHANGE_SET")
    assert ("glossaryTermEnforcementDetail" in made["detail"]) == ("Terms" in change)
    run(aws, "Delete", rule(**change))
    assert not aws.rules
    run(aws, "Delete", rule(**change))


def test_two_rules_that_demand_the_same_are_reported(aws: CatalogAws) -> None:
    run(aws, "Create", rule())
    with pytest.raises(WaitTimeoutError, match="Rule with metadata form already exists"):
        run(aws, "Create", rule(Key="other", Name="Other"))


FAULTS = [
    failure("ThrottlingException"),
    failure("InternalServerException", status=500),
    failure("ConflictException"),
    failure("AccessDeniedException", "no user of the domain"),
    failure("UnauthorizedException"),
    ReadTimeoutError(endpoint_url="x"),
]
OPERATIONS = {
    "Create": ["Search", "CreateGlossary", "CreateGlossaryTerm", "UpdateGlossaryTerm"],
    "Delete": ["GetGlossary", "GetGlossaryTerm", "DeleteGlossaryTerm", "DeleteGlossary"],
}


@pytest.mark.parametrize("error", FAULTS, ids=str)
@pytest.mark.parametrize(
    ("kind", "operation"), [(kind, one) for kind, some in OPERATIONS.items() for one in some]
)
def test_calls_of_a_glossary_are_repeated(
    aws: CatalogAws, error: BaseException, kind: str, operation: str
) -> None:
    if kind == "Delete":
        run(aws, "Create", words())
    aws.order(operation, error, times=3)
    run(aws, kind, words())
    assert len(aws.terms) == (3 if kind == "Create" else 0)
    assert aws.faults == []


@pytest.mark.parametrize("error", FAULTS, ids=str)
@pytest.mark.parametrize("operation", ["ListRules", "CreateRule", "GetRule", "DeleteRule"])
def test_calls_of_a_rule_are_repeated(
    aws: CatalogAws, error: BaseException, operation: str
) -> None:
    if operation != "CreateRule":
        run(aws, "Create", rule())
    aws.order(operation, error, times=3)
    run(aws, "Delete" if operation == "DeleteRule" else "Create", rule())
    assert len(aws.rules) == (0 if operation == "DeleteRule" else 1)
    assert aws.faults == []


def test_quota_is_reported(aws: CatalogAws) -> None:
    aws.order("CreateGlossaryTerm", failure("ServiceQuotaExceededException", "200 terms"))
    with pytest.raises(CustomResourceError, match="200 terms"):
        run(aws, "Create", words())
