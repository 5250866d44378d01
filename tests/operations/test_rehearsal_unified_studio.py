"""The life of a domain of Unified Studio: deployed, changed, destroyed, deployed again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.assembly import Assembly
from operations.rehearsal import report
from operations.rehearsal.errors import RehearsalError
from operations.rehearsal.rehearsal import Rehearsal

ACCOUNT = "123123123123"
ADMIN = {"DataLakePrincipalIdentifier": f"arn:aws:iam::{ACCOUNT}:role/of-another-team"}
SETTINGS = """\
name: portal
account: "123123123123"
region: eu-west-1
stage: development
owner: ml-platform
cost_center: research
removal_policy: destroy
network:
  cidr: 10.0.0.0/16
  availability_zones: [eu-west-1a, eu-west-1b]
  nat_gateways: one
  interface_endpoints: none
mlflow: {app: {}}
data_classes: {names: [public, internal]}
lakehouse:
  removal_policy: destroy
  permissions:
    grants:
      - {projects: [sales], layer: raw}
  layers: [{name: raw, data_class: public}, {name: curated, data_class: internal}]
personas:
  data_scientist: {}
  ml_engineer: {}
unified_studio:
  custom_blueprints:
    customer_features:
      name: Customer features
      feature_group:
        features:
          - {name: customer, type: string}
          - {name: at, type: string}
        record_identifier: customer
        event_time: at
  host:
    profiles:
      sql_analytics:
        name: SQL analytics
        preset: sql_analytics
        parts:
          features: {blueprint: customer_features, name: Features}
    identity_center:
      instance: arn:aws:sso:::instance/ssoins-0123456789abcdef
      region: eu-west-1
    catalog_export: true
    units:
      research: {name: Research}
    catalog:
      project: sales
      glossaries:
        business:
          name: Business terms
          terms:
            party: {name: Party}
            customer: {name: Customer, is_a: [party]}
      forms:
        stewardship:
          name: Stewardship
          fields:
            steward: {name: Steward, required: true}
            subject: {name: Subject, type: term, glossary: business}
      rules:
        steward: {name: Name a steward, before: publishing, forms: [stewardship, data_class]}
        customers: {name: Customers, before: publishing, terms: [business/customer], unit: research}
    projects:
      sales:
        name: Sales
        profile: sql_analytics
        unit: research
        owners: [administrator]
        contributors: [data_scientist]
        connections:
          tracking: {mlflow: app}
          sessions: {spark_glue: {}}
          catalog: {lakehouse: {}}
        data_sources:
          curated:
            layer: curated
            forms: {stewardship: {steward: sales@example.com, subject: customer}}
"""
SUBSCRIBER = "arn:aws:iam::321321321321:role/datazone_usr_role_subscriber_x"
AT = "- {name: at, type: string}"
UNITS = "      research: {name: Research}\n"
MOVED = "      labs: {name: Labs, units: {research: {name: Research}}}\n"
MEMBERS = "contributors: [data_scientist]"
CLIENT = "            customer: {name: Client, is_a"


def resources(rehearsal: Rehearsal, assembly: Assembly, noun: str) -> list[dict[str, Any]]:
    found = report.resources_of(assembly.stages, rehearsal.emulator.resources())
    return [one for one in found if one["kind"] == f"AWS::DataZone::{noun}"]


def rights_of(client: Any, principal: str) -> set[str]:
    """Return the permissions of a principal in Lake Formation."""
    found = client("lakeformation", ACCOUNT).list_permissions(
        Principal={"DataLakePrincipalIdentifier": principal}
    )["PrincipalResourcePermissions"]
    return {right for one in found for right in one["Permissions"]}


def trusted_by_access_roles(rehearsal: Rehearsal, assembly: Assembly) -> set[str]:
    found = report.resources_of(assembly.stages, rehearsal.emulator.resources())
    return {
        statement["Principal"]["AWS"]
        for one in found
        if one["kind"] == "AWS::IAM::Role"
        and one["properties"].get("Description") == "Connection of a project of Unified Studio"
        for statement in one["properties"]["AssumeRolePolicyDocument"]["Statement"]
    }


def admins(client: Any) -> list[str]:
    found = client("lakeformation", ACCOUNT).get_data_lake_settings()["DataLakeSettings"]
    return [one["DataLakePrincipalIdentifier"] for one in found.get("DataLakeAdmins", [])]


def domain_of(rehearsal: Rehearsal, assembly: Assembly) -> str:
    [domain] = resources(rehearsal, assembly, "Domain")
    return str(domain["physical_id"])


def blueprint_of(datazone: Any, domain: str) -> dict[str, Any]:
    """Return the one blueprint of the team."""
    [found] = datazone.list_environment_blueprints(domainIdentifier=domain, managed=False)["items"]
    return dict(found)


def check_blueprint(datazone: Any, domain: str, blueprint: str, project: str) -> None:
    """Check that the blueprint is enabled, used, and protected as AWS protects it."""
    about = {"domainIdentifier": domain, "environmentBlueprintIdentifier": blueprint}
    configured = datazone.get_environment_blueprint_configuration(**about)
    assert configured["enabledRegions"] == ["eu-west-1"]
    assert ":role/" in configured["provisioningRoleArn"]
    parts = datazone.list_environments(**about, projectIdentifier=project)["items"]
    assert [one["name"] for one in parts] == ["Features"]
    with pytest.raises(ClientError, match="Sales/Features"):
        datazone.delete_environment_blueprint(domainIdentifier=domain, identifier=blueprint)
    template = {"cloudFormation": {"templateUrl": "https://b.s3.eu-west-1.amazonaws.com/t.yaml"}}
    for name in ("Customer features", "DataLake"):
        with pytest.raises(ClientError, match="exists"):
            datazone.create_environment_blueprint(
                domainIdentifier=domain, name=name, provisioningProperties=template
            )
    template["cloudFormation"]["templateUrl"] = "https://example.com/t.yaml"
    with pytest.raises(ClientError, match="Access denied to blueprint template"):
        datazone.create_environment_blueprint(
            domainIdentifier=domain, name="Other", provisioningProperties=template
        )


def catalog(datazone: Any, domain: str) -> dict[str, str]:
    """Return the IDs of glossaries and terms by name."""
    found = [
        one
        for scope in ("GLOSSARY", "GLOSSARY_TERM")
        for item in datazone.search(domainIdentifier=domain, searchScope=scope)["items"]
        for one in item.values()
    ]
    return {one["name"]: one["id"] for one in found}


def rules(datazone: Any, domain: str, unit: str) -> list[dict[str, Any]]:
    """Return the rules of a unit."""
    found = datazone.list_rules(
        domainIdentifier=domain, targetType="DOMAIN_UNIT", targetIdentifier=unit
    )["items"]
    return [
        datazone.get_rule(domainIdentifier=domain, identifier=one["identifier"]) for one in found
    ]


@pytest.fixture(scope="module")
def make(synthesize_ours: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Assembly]:
    folder: Path = tmp_path_factory.mktemp("settings")

    def assembly(*changes: tuple[str, str]) -> Assembly:
        text = SETTINGS
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file = folder / "portal.yaml"
        file.write_text(text, "utf-8")
        made: Assembly = synthesize_ours(file)
        return made

    return assembly


def test_life_of_a_domain(rehearsal: Rehearsal, make: Callable[..., Assembly], client: Any) -> None:
    lake, datazone = client("lakeformation", ACCOUNT), client("datazone", ACCOUNT)
    lake.put_data_lake_settings(DataLakeSettings={"DataLakeAdmins": [ADMIN]})
    first = make()
    rehearsal.bootstrap(first.targets)
    # Throttled calls are repeated.
    rehearsal.emulator.order_fault(
        target="datazone:GetProject", action="call", code="ThrottlingException", times=2
    )
    rehearsal.emulator.order_fault(
        target="datazone:CreateEnvironmentBlueprint",
        action="call",
        code="ThrottlingException",
        times=2,
    )
    rehearsal.deploy(first)
    domain = domain_of(rehearsal, first)
    blueprint = blueprint_of(datazone, domain)
    [project] = resources(rehearsal, first, "Project")
    identifier = project["attributes"]["Id"]
    # The deployment waited until the project's parts were active.
    found = datazone.list_environments(domainIdentifier=domain, projectIdentifier=identifier)
    assert {one["status"] for one in found["items"]} == {"ACTIVE"}
    assert len(resources(rehearsal, first, "ProjectMembership")) == 3
    # The data source has run, once.
    [source] = resources(rehearsal, first, "DataSource")
    runs = {"domainIdentifier": domain, "dataSourceIdentifier": source["attributes"]["Id"]}
    assert [one["status"] for one in datazone.list_data_source_runs(**runs)["items"]] == ["SUCCESS"]
    exported = datazone.get_data_export_configuration(domainIdentifier=domain)
    assert exported["isExportEnabled"]
    assert ":key/" in exported["encryptionConfiguration"]["kmsKeyArn"]
    # Connections belong to an environment that is active, and the role of the project is known.
    tooling = next(one["id"] for one in found["items"] if one["name"] == "Tooling")
    connections = resources(rehearsal, first, "Connection")
    assert {one["properties"]["EnvironmentIdentifier"] for one in connections} == {tooling}
    environment = datazone.get_environment(domainIdentifier=domain, identifier=tooling)
    [user_role] = [one["value"] for one in environment["provisionedResources"]]
    assert f"datazone_usr_role_{identifier}_" in user_role
    assert trusted_by_access_roles(rehearsal, first) == {user_role}
    # Lake Formation grants data to a role that AWS created.
    assert rights_of(client, user_role) == {"DESCRIBE", "SELECT"}
    added = admins(client)
    assert added[0] == ADMIN["DataLakePrincipalIdentifier"]
    names = [arn.rpartition("/")[2].split("-")[0] for arn in added]
    assert names[-2:] == ["AmazonSageMakerManageAccess", "AmazonSageMakerProvisioning"]

    # An approved subscription: the domain grants a table to the project of another account.
    subscription = {
        "Principal": {"DataLakePrincipalIdentifier": SUBSCRIBER},
        "Resource": {"Table": {"DatabaseName": "portal_curated", "Name": "orders"}},
        "Permissions": ["DESCRIBE", "SELECT"],
    }
    lake.grant_permissions(**subscription)

    # The catalog has its words and rules, and the imported tables the class of their layer.
    words = catalog(datazone, domain)
    assert set(words) == {
        "Business terms",
        "Data classes",
        "Party",
        "Customer",
        "public",
        "internal",
    }
    [filled] = [source["properties"]["AssetFormsInput"]]
    assert {one["FormName"]: json.loads(one["Content"]) for one in filled} == {
        "DataClass": {"data_class": [words["internal"]]},
        "Stewardship": {"steward": "sales@example.com", "subject": [words["Customer"]]},
    }
    [unit] = resources(rehearsal, first, "DomainUnit")
    assert [one["name"] for one in rules(datazone, domain, unit["attributes"]["Id"])] == [
        "Customers"
    ]

    # Another deployment changes nothing, neither do administrators that AWS added go.
    rehearsal.deploy(make())
    assert domain_of(rehearsal, first) == domain
    assert admins(client) == added

    assert blueprint_of(datazone, domain) == blueprint
    check_blueprint(datazone, domain, blueprint["id"], identifier)

    # A member more, one with another designation, another name and another parameter. The unit
    # moves: in the first step there are two of it, and the project is in the new one.
    [research] = resources(rehearsal, first, "DomainUnit")
    changed = make(
        (MEMBERS, "contributors: [ml_engineer]"),
        ("owners: [administrator]", "owners: [administrator, data_scientist]"),
        ("name: Sales", "name: Sales 2027"),
        (
            "- {name: at, type: string}",
            "- {name: at, type: string}\n          - {name: n, type: integral}",
        ),
        (
            "            layer: curated\n",
            '            layer: curated\n            tables: ["s_*"]\n',
        ),
        # A glossary and a term with another name, a term and a field more, and a rule elsewhere.
        ("name: Business terms", "name: Terms of sales"),
        (
            "customer: {name: Customer,",
            "order: {name: Order}\n            customer: {name: Client,",
        ),
        ("type: term, glossary: business}", "type: term, glossary: business, required: true}"),
        (", unit: research}", "}"),
        (
            "unit: research\n",
            "unit: labs/research\n        parameters: {lakehouse: {glueDbName: s}}\n",
        ),
        (UNITS, UNITS + MOVED),
    )
    rehearsal.deploy(changed)
    [project] = resources(rehearsal, changed, "Project")
    assert project["attributes"]["Id"] == identifier
    assert project["properties"]["Name"] == "Sales 2027"
    units = {one["physical_id"]: one for one in resources(rehearsal, changed, "DomainUnit")}
    assert len(units) == 3
    moved = project["properties"]["DomainUnitId"]
    assert moved != research["attributes"]["Id"]
    # What is renamed keeps its ID, and rules demand the new revision of the form.
    renamed = catalog(datazone, domain)
    assert renamed["Terms of sales"] == words["Business terms"]
    assert renamed["Client"] == words["Customer"]
    assert "Order" in renamed
    assert not rules(datazone, domain, unit["attributes"]["Id"])
    [root] = [
        one["attributes"]["RootDomainUnitId"] for one in resources(rehearsal, changed, "Domain")
    ]
    demanded = {one["name"]: one["detail"] for one in rules(datazone, domain, root)}
    assert set(demanded) == {"Name a steward", "Customers"}
    required = demanded["Name a steward"]["metadataFormEnforcementDetail"]["requiredMetadataForms"]
    assert [(one["typeIdentifier"], one["typeRevision"]) for one in required] == [
        (one["attributes"]["FormTypeIdentifier"], one["attributes"]["Revision"])
        for name in ("Stewardship", "DataClass")
        for one in resources(rehearsal, changed, "FormType")
        if one["properties"]["Name"] == name
    ]
    members = resources(rehearsal, changed, "ProjectMembership")
    # The function that writes the catalog is an owner too.
    assert sorted(one["properties"]["Designation"] for one in members) == [
        "PROJECT_CONTRIBUTOR",
        "PROJECT_OWNER",
        "PROJECT_OWNER",
        "PROJECT_OWNER",
    ]

    # A changed template is that of the same blueprint.
    after = blueprint_of(datazone, domain)
    assert after["id"] == blueprint["id"]
    assert after["provisioningProperties"] != blueprint["provisioningProperties"]

    # A changed data source runs again. A deployment that takes it away takes its own grants, and
    # leaves those of subscriptions.
    assert len(datazone.list_data_source_runs(**runs)["items"]) == 2
    assert rights_of(client, SUBSCRIBER) == {"DESCRIBE", "SELECT"}
    fewer = make(
        (SETTINGS[SETTINGS.index("        data_sources:") :], ""),
        (
            "    grants:\n      - {projects: [sales], layer: raw}\n",
            "    close_account_defaults: true\n",
        ),
        (UNITS, MOVED),
        ("unit: research\n", "unit: labs/research\n"),
        (", unit: research}", "}"),
    )
    rehearsal.deploy(fewer)
    # The second step: the unit at the old place is gone, and the project is where it was.
    names = [one["properties"]["Name"] for one in resources(rehearsal, fewer, "DomainUnit")]
    assert sorted(names) == ["Labs", "Research"]
    [project] = resources(rehearsal, fewer, "Project")
    assert (project["attributes"]["Id"], project["properties"]["DomainUnitId"]) == (
        identifier,
        moved,
    )
    assert rights_of(client, SUBSCRIBER) == {"DESCRIBE", "SELECT"}
    assert not rights_of(client, user_role)

    # People's projects stop a deletion, by name.
    mine = datazone.create_project(domainIdentifier=domain, name="Private notes")["id"]
    with pytest.raises(RehearsalError, match=r"Private notes \(created by a-person\)"):
        rehearsal.destroy(changed)
    assert domain_of(rehearsal, changed) == domain
    datazone.delete_project(domainIdentifier=domain, identifier=mine)

    # The deletion waits for environments that go after their project.
    rehearsal.destroy(changed)
    assert not resources(rehearsal, changed, "Domain")
    assert admins(client) == [ADMIN["DataLakePrincipalIdentifier"]]

    # Nothing that is left stops another deployment of the same names.
    again = make()
    rehearsal.deploy(again)
    assert domain_of(rehearsal, again) != domain

    # In one step, the stack of the units comes before that of the projects: CloudFormation cannot
    # delete the unit that a project is in, and leaves it without a stack.
    at_once = make(
        (UNITS, MOVED),
        ("unit: research\n", "unit: labs/research\n"),
        (", unit: research}", "}"),
    )
    rehearsal.deploy(at_once)
    left = [one["properties"]["Name"] for one in resources(rehearsal, again, "DomainUnit")]
    assert sorted(left) == ["Labs", "Research", "Research"]
    rehearsal.destroy(again)
    assert json.dumps(resources(rehearsal, again, "Domain")) == "[]"
