"""Projects of a domain with IAM roles: what their people and their roles can do."""

from typing import Any

import pytest

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision
from operations.access.matrix import Judgment, matrix
from operations.access.role import Role
from operations.access.session import Session
from operations.access.world import World
from tests.support import synthesized

ALLOWED, DENIED, FAILS_LATER = Decision.ALLOWED, Decision.DENIED, Decision.FAILS_LATER
SETTINGS = """\
name: teams
account: "123123123123"
region: eu-west-1
stage: development
owner: ml-platform
cost_center: research
network:
  cidr: 10.0.0.0/16
  availability_zones: [eu-west-1a, eu-west-1b, eu-west-1c]
personas:
  data_scientist: {}
  data_engineer: {}
  auditor: {}
teams:
  churn:
    owners: [data_engineer]
lakehouse:
  layers:
    - name: raw
    - name: curated
    - name: sales
      tables:
        - name: orders
          columns: [{name: id, type: long}, {name: email, type: string}]
        - name: prices
          columns: [{name: article, type: string}]
    - name: scores
    - name: features
      tags: {domain: features}
  permissions:
    tags: {domain: [features]}
    grants:
      - {projects: [forecasting], layer: sales, table: prices}
      - {projects: [forecasting], layer: sales, table: orders, excluded_columns: [email]}
      - {personas: [data_scientist], projects: [forecasting], tags: {domain: [features]}}
      - {projects: [churn], layer: scores, access: write}
  query:
    workgroups:
      - {name: adhoc, personas: [data_scientist]}
unified_studio:
  host:
    projects:
      forecasting:
        name: Forecasting
        profile: default
        owners: [data_engineer]
        contributors: [data_scientist]
        connections:
          adhoc: {athena: {workgroup: adhoc, layers: [raw]}}
      churn:
        name: Churn
        profile: default
        team: churn
        connections:
          adhoc: {athena: {workgroup: adhoc, layers: [curated]}}
          granted: {athena: {}}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("teams")
    file = folder / "teams.yaml"
    file.write_text(SETTINGS, "utf-8")
    return World.read(synthesized(folder / "out", file))


def role(world: World, path: str) -> Role:
    [found] = [one for one in world.roles.values() if one.record.path.endswith(path)]
    return found


@pytest.fixture(scope="module")
def forecasting(world: World) -> Role:
    return role(world, "/RoleForecasting/Role")


def decision(world: World, caller: Role, call: Call) -> Decision:
    session = Session(caller, world.environments["teams"], in_network=False)
    return Authorizer(world).authorize(call, session).decision


def test_people_create_projects_but_give_no_role_of_a_project_to_another(world: World) -> None:
    found = [one for one in matrix(world) if "Unified Studio" in one.task]
    assert all(one.judgment is Judgment.AS_PROMISED for one in found)
    assert {
        (one.persona, one.task.partition(" of Unified")[0], one.decision)
        for one in found
        if one.persona in ("DataScientist", "Auditor") and "project" in one.task
    } == {
        ("DataScientist", "open the portal", ALLOWED),
        ("DataScientist", "see the members, connections and environments of a project", ALLOWED),
        ("DataScientist", "create a project", DENIED),
        ("Auditor", "open the portal", DENIED),
        ("Auditor", "see the members, connections and environments of a project", DENIED),
        ("Auditor", "create a project", DENIED),
    }


@pytest.mark.parametrize(
    ("project", "decided"), [(None, ALLOWED), ("Forecasting", DENIED), ("Churn", DENIED)]
)
def test_members_create_projects_without_the_role_of_a_project(
    project: str | None, decided: Decision, world: World, forecasting: Role
) -> None:
    parameters = {"domainIdentifier": "dzd-0123456789abcd", "name": "Notes"}
    if project:
        parameters["projectExecutionRole"] = role(world, f"/Role{project}/Role").arn
    call = Call("datazone", "CreateProject", parameters)
    assert decision(world, forecasting, call) is decided


@pytest.mark.parametrize(("project", "decided"), [("Forecasting", ALLOWED), ("Churn", DENIED)])
def test_jobs_of_a_project_have_its_own_role(
    project: str, decided: Decision, world: World, forecasting: Role
) -> None:
    passed = role(world, f"/Role{project}/Role").arn
    call = Call(
        "glue", "CreateSession", {"Id": "one", "Role": passed, "Command": {"Name": "glueetl"}}
    )
    assert decision(world, forecasting, call) is decided


@pytest.mark.parametrize(
    ("path", "decided"),
    [
        ("/ForecastingConnectionAdhoc/Access/Role", ALLOWED),
        ("/ChurnConnectionAdhoc/Access/Role", DENIED),
        ("/RoleChurn/Role", DENIED),
    ],
)
def test_members_use_the_connections_of_their_project(
    path: str, decided: Decision, world: World, forecasting: Role
) -> None:
    call = Call(
        "sts", "AssumeRole", {"RoleArn": role(world, path).arn, "RoleSessionName": "session"}
    )
    assert decision(world, forecasting, call) is decided


@pytest.mark.parametrize(
    ("path", "layer", "decided"),
    [
        ("/ForecastingConnectionAdhoc/Access/Role", "raw", ALLOWED),
        ("/ForecastingConnectionAdhoc/Access/Role", "curated", FAILS_LATER),
        ("/ChurnConnectionAdhoc/Access/Role", "raw", FAILS_LATER),
        ("/ChurnConnectionAdhoc/Access/Role", "curated", ALLOWED),
        # Layers are reached through connections only.
        ("/RoleForecasting/Role", "raw", FAILS_LATER),
    ],
)
def test_a_project_queries_the_layers_of_its_connections(
    path: str, layer: str, decided: Decision, world: World
) -> None:
    call = Call(
        "athena",
        "StartQueryExecution",
        {"WorkGroup": "teams-adhoc", "QueryString": "SELECT"},
        {"reads": [f"teams_{layer}.orders"], "columns": []},
    )
    assert decision(world, role(world, path), call) is decided


@pytest.mark.parametrize(
    ("connection", "reads", "columns", "decided"),
    [
        ("Forecasting", "sales.prices", [], ALLOWED),
        ("Forecasting", "sales.orders", ["id"], ALLOWED),
        ("Forecasting", "sales.orders", ["email"], FAILS_LATER),
        ("Forecasting", "features.customers", [], ALLOWED),
        ("Forecasting", "raw.events", [], ALLOWED),
        ("Churn", "sales.prices", [], FAILS_LATER),
        ("Churn", "features.customers", [], FAILS_LATER),
        ("Churn", "scores.events", [], ALLOWED),
        ("Churn", "curated.orders", [], ALLOWED),
    ],
)
def test_members_query_what_grants_of_the_lakehouse_give_to_their_project(
    connection: str, reads: str, columns: list[str], decided: Decision, world: World
) -> None:
    call = Call(
        "athena",
        "StartQueryExecution",
        {"WorkGroup": "teams-adhoc", "QueryString": "SELECT"},
        {"reads": [f"teams_{reads}"], "columns": columns},
    )
    caller = role(world, f"/{connection}ConnectionAdhoc/Access/Role")
    assert decision(world, caller, call) is decided


def test_a_project_writes_layers_that_grants_give_to_it(world: World) -> None:
    def writes(connection: str, layer: str) -> Decision:
        caller = role(world, f"/{connection}/Access/Role")
        group = "teams" if connection.endswith("Granted") else "teams-adhoc"
        call = Call(
            "athena",
            "StartQueryExecution",
            {"WorkGroup": group, "QueryString": "INSERT"},
            {"writes": [f"teams_{layer}.events"], "columns": []},
        )
        return decision(world, caller, call)

    assert writes("ChurnConnectionGranted", "scores") is ALLOWED
    assert writes("ChurnConnectionGranted", "curated") is FAILS_LATER
    assert writes("ForecastingConnectionAdhoc", "scores") is FAILS_LATER


def test_lake_formation_knows_the_role_of_a_granted_project(world: World) -> None:
    forecasting, churn = (role(world, f"/Role{name}/Role").arn for name in ("Forecasting", "Churn"))
    grants = world.lake_formation.grants
    of_churn = [one.target for one in grants if one.principal == churn]
    assert {one["Database"] for one in of_churn if "Database" in one} == {"teams_scores"}
    of_forecasting = [one.target for one in grants if one.principal == forecasting]
    tables = {one["Table"] for one in of_forecasting if "Table" in one}
    assert tables == {"orders", "prices"}


def test_a_project_of_a_team_pays_as_the_team(world: World) -> None:
    environment = world.environments["teams"]
    [profile] = environment.of_type("AWS::DataZone::ProjectProfile")
    tags = {one["Key"]: one for one in profile.properties["ProjectResourceTags"]}
    assert tags["team"] == {"Key": "team", "Value": "ml-platform", "IsValueEditable": True}
    assert not tags["owner"]["IsValueEditable"]
    found = {
        one.properties["Name"]: one.properties.get("ResourceTags")
        for one in environment.of_type("AWS::DataZone::Project")
    }
    assert found == {"Churn": [{"Key": "team", "Value": "churn"}], "Forecasting": None}
    members = environment.of_type("AWS::DataZone::ProjectMembership")
    # Two projects with an owner, one contributor, and the waiter in each.
    assert len(members) == 5


def test_aws_may_create_projects_with_the_tags_of_their_profile(world: World) -> None:
    # AWS's own policy allows keys that begin with AmazonDataZone only.
    statements = [
        one
        for policy in role(world, "/ProvisioningRole").policies
        for one in policy.statements
        if one.names_action("cloudformation:CreateStack")
    ]
    [statement] = statements
    [profile] = world.environments["teams"].of_type("AWS::DataZone::ProjectProfile")
    allowed = statement.document["Condition"]["ForAnyValue:StringEquals"]["aws:TagKeys"]
    assert {one["Key"] for one in profile.properties["ProjectResourceTags"]} <= set(allowed)
    assert not statement.names_action("cloudformation:DeleteStack")


# AWS makes the domain of SageMaker, the user profile and the space with these tags, and tags the
# session of a member in the role of the project. Source: AWS's policy of the role, version 21.
MEMBER = {"aws:PrincipalTag/datazone:userId": "user-one"}
STUDIO = {"DomainId": "d-of-the-project"}
SPACE = {**STUDIO, "SpaceName": "notebook"}
APP = {**SPACE, "AppType": "JupyterLab", "AppName": "default"}
SHARED = {"SharingType": "Shared"}
PRIVATE = {"SharingType": "Private"}


@pytest.mark.parametrize("tagged", ["user-one", "user-two", None])
@pytest.mark.parametrize(
    ("operation", "parameters", "facts", "own"),
    [
        (
            "CreatePresignedDomainUrl",
            {**STUDIO, "UserProfileName": "user-one", "SpaceName": "notebook"},
            {},
            ALLOWED,
        ),
        ("CreateSpace", {**SPACE, "SpaceSharingSettings": PRIVATE}, {}, ALLOWED),
        ("CreateSpace", {**SPACE, "SpaceSharingSettings": SHARED}, {}, DENIED),
        ("CreateApp", APP, {"sharing": "Private"}, ALLOWED),
        ("CreateApp", APP, {"sharing": "Shared"}, DENIED),
        ("DeleteApp", APP, {"sharing": "Private"}, ALLOWED),
        ("DeleteSpace", SPACE, {"sharing": "Private"}, ALLOWED),
    ],
)
def test_members_open_their_own_notebooks_only(
    operation: str,
    parameters: dict[str, Any],
    facts: dict[str, Any],
    own: Decision,
    tagged: str | None,
    world: World,
    forecasting: Role,
) -> None:
    tags = {"AmazonDataZoneProject": "forecasting"}
    if tagged:
        tags["AmazonDataZoneUser"] = tagged
    call = Call("sagemaker", operation, parameters, {**facts, "resource_tags": tags})
    member = Session(forecasting, world.environments["teams"], context=MEMBER, in_network=False)
    decided = Authorizer(world).authorize(call, member).decision
    assert decided is (own if tagged == "user-one" else DENIED)
    # Who assumes the role without being a member has no notebooks.
    assert decision(world, forecasting, call) is DENIED


@pytest.mark.parametrize(
    ("keys", "decided"), [(["ProjectUserTag1"], ALLOWED), (["AmazonDataZoneUser"], DENIED)]
)
def test_members_do_not_tag_a_space_as_their_own(
    keys: list[str], decided: Decision, world: World, forecasting: Role
) -> None:
    space = "arn:aws:sagemaker:eu-west-1:123123123123:space/d-of-the-project/theirs"
    tags = [{"Key": key, "Value": "user-one"} for key in keys]
    call = Call("sagemaker", "AddTags", {"ResourceArn": space, "Tags": tags})
    member = Session(forecasting, world.environments["teams"], context=MEMBER, in_network=False)
    assert Authorizer(world).authorize(call, member).decision is decided


def test_a_project_reads_no_files_of_the_environment(world: World, forecasting: Role) -> None:
    bucket = "amazon-sagemaker-123123123123-teams"
    assert bucket in world.buckets
    read = {
        name
        for name in world.buckets
        if decision(world, forecasting, Call("s3", "GetObject", {"Bucket": name, "Key": "churn/x"}))
        is not DENIED
    }
    assert not read
    listing = Call("s3", "ListObjectsV2", {"Bucket": bucket, "Prefix": "churn/"})
    # AWS's policy for these roles allows to list names in all buckets of the account.
    assert decision(world, forecasting, listing) is ALLOWED


def test_a_project_uses_the_key_for_its_domain_only(world: World, forecasting: Role) -> None:
    [key] = world.environments["teams"].of_type("AWS::KMS::Key")
    statements = [
        one
        for policy in forecasting.policies
        for one in policy.statements
        if one.names_action("kms:Decrypt")
    ]
    [statement] = statements
    assert statement.names_resource(key.arn, {})
    assert statement.document["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "aws:datazone:domainId"}
    }
