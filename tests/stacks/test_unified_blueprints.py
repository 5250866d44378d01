"""Blueprints of a team: what the role that deploys one can do, and what members get."""

import json
from pathlib import Path
from typing import Any

import pytest

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision
from operations.access.role import Role
from operations.access.session import Session
from operations.access.world import World
from operations.assembly import Assembly
from sagemaker_platform.synthesized_stack import SynthesizedStack
from stacks.unified_studio.blueprint_template_grammar import parse_template
from stacks.unified_studio.blueprint_template_rules import faults
from stacks.unified_studio.custom_blueprint_settings import BlueprintParameterSettings
from tests.support import synthesized

ACCOUNT, REGION = "123123123123", "eu-west-1"
SETTINGS = """\
name: own
account: "123123123123"
region: eu-west-1
stage: development
owner: ml-platform
cost_center: research
network:
  cidr: 10.0.0.0/16
  availability_zones: [eu-west-1a, eu-west-1b, eu-west-1c]
unified_studio:
  custom_blueprints:
    customer_features:
      name: Customer features
      units: [research]
      feature_group:
        features: [{name: customer, type: string}, {name: at, type: string}]
        record_identifier: customer
        event_time: at
    tracking:
      name: Tracking
      mlflow_app: {}
    query_workgroup:
      name: Query workgroup
      template: examples/blueprints/query-workgroup.yaml
      managed_policies: [team/workgroups]
      parameters: {gigabytesPerQuery: {default: "20", editable: true}}
  host:
    identity_center:
      instance: arn:aws:sso:::instance/ssoins-0123456789abcdef
      region: eu-west-1
    units: {research: {name: Research}}
    profiles:
      standard:
        name: Standard
        preset: sql_analytics
        parts:
          features: {blueprint: customer_features, name: Features}
          apps: {blueprint: tracking, name: Tracking, when: demand}
          queries: {blueprint: query_workgroup, name: Queries, editable: {gigabytesPerQuery: "5"}}
"""
# The role that AWS creates for a project trusts the services of its parts.
TRUSTS = {
    "Effect": "Allow",
    "Principal": {"Service": "sagemaker.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
BY_CLOUDFORMATION = {"aws:CalledViaFirst": "cloudformation.amazonaws.com"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("own")
    file = made / "own.yaml"
    file.write_text(SETTINGS, "utf-8")
    return synthesized(made / "out", file)


@pytest.fixture(scope="module")
def custom(folder: Path) -> SynthesizedStack:
    [found] = [
        one.with_template()
        for one in Assembly.read(folder).stacks()
        if one.name.endswith("unified-studio-custom")
    ]
    return found


def offered(folder: Path, kind: str = "AWS::SageMaker::FeatureGroup") -> dict[str, Any]:
    """Return the template with a resource of a type, as it is uploaded."""
    [found] = [
        text for file in folder.glob("asset.*.yaml") if kind in (text := file.read_text("utf-8"))
    ]
    made: dict[str, Any] = json.loads(found)
    return made


def deployed(template: dict[str, Any], environment: str, key: str) -> SynthesizedStack:
    """Return the stack of a part, as Amazon DataZone deploys it, with the role of the project."""
    values = {
        "datazoneEnvironmentDomainId": "dzd-one",
        "datazoneEnvironmentEnvironmentId": environment,
        "datazoneEnvironmentProjectId": f"project-{environment}",
        "keyArn": key,
    }

    def fill(node: Any) -> Any:
        if isinstance(node, dict):
            if node.keys() == {"Ref"} and node["Ref"] in values:
                return values[node["Ref"]]
            return {name: fill(one) for name, one in node.items()}
        return [fill(one) for one in node] if isinstance(node, list) else node

    filled = fill(template)
    [output] = [one for one in filled["Outputs"].values() if "Export" in one]
    # What Amazon DataZone does with the export.
    name = output["Export"]["Name"]["Fn::Join"][1]
    assert name == ["datazone-managed-policy-access-", environment]
    filled["Resources"]["Member"] = {
        "Type": "AWS::IAM::Role",
        "Metadata": {"aws:cdk:path": f"own/{environment}/Member"},
        "Properties": {
            "RoleName": f"datazone_usr_role_{environment}",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [TRUSTS]},
            "ManagedPolicyArns": [output["Value"]],
        },
    }
    return SynthesizedStack(
        name=f"DataZone-Env-{environment}",
        account=ACCOUNT,
        region=REGION,
        template=filled,
        environment="own",
    )


@pytest.fixture(scope="module")
def world(folder: Path) -> World:
    stacks = [one.with_template() for one in Assembly.read(folder).stacks()]
    first = World.of(stacks)
    template, key = offered(folder), key_of(first)
    return World.of([*stacks, *(deployed(template, name, key) for name in ("first", "second"))])


def key_of(world: World) -> str:
    [key] = world.environments["own"].of_type("AWS::KMS::Key")
    return key.arn


def domain_of(world: World) -> str:
    [domain] = world.environments["own"].of_type("AWS::DataZone::Domain")
    return domain.ref.partition("|")[0]


def role(world: World, path: str) -> Role:
    [found] = [one for one in world.roles.values() if one.record.path.endswith(path)]
    return found


def decision(world: World, caller: Role, call: Call, **context: str) -> Decision:
    session = Session(caller, world.environments["own"], context=context, in_network=False)
    return Authorizer(world).authorize(call, session).decision


def create(world: World, **changes: Any) -> Call:
    return Call(
        "sagemaker",
        "CreateFeatureGroup",
        {
            "FeatureGroupName": "customer-features-first",
            "RecordIdentifierFeatureName": "customer",
            "EventTimeFeatureName": "at",
            "FeatureDefinitions": [],
            "OnlineStoreConfig": {
                "EnableOnlineStore": True,
                "SecurityConfig": {"KmsKeyId": key_of(world)},
            },
            "Tags": [{"Key": "AmazonDataZoneDomain", "Value": domain_of(world)}],
            **changes,
        },
    )


def test_offered_templates_keep_the_contract(folder: Path) -> None:
    template = parse_template(json.dumps(offered(folder)))
    given = {"keyArn": BlueprintParameterSettings(default="arn")}
    assert not list(faults(template, given))
    template = parse_template(json.dumps(offered(folder, "AWS::SageMaker::MlflowApp")))
    assert not list(faults(template, {}))


def test_blueprints_are_configured_and_granted(custom: SynthesizedStack) -> None:
    made = {
        one["Properties"]["Name"]: one["Properties"]
        for one in custom.resources.values()
        if one["Type"] == "Custom::UnifiedStudioBlueprint"
    }
    assert made["Customer features"]["Regions"] == [REGION]
    assert [one["Name"] for one in made["Customer features"]["Parameters"]] == ["keyArn"]
    [parameter] = made["Query workgroup"]["Parameters"]
    assert parameter["Default"] == "20"
    assert parameter["Editable"] == "true"
    kinds = [one["Type"] for one in custom.resources.values()]
    assert kinds.count("AWS::DataZone::PolicyGrant") == 3
    # The function that creates them is a user of the domain, and an owner.
    assert kinds.count("Custom::UnifiedStudioUserProfile") == 1
    assert kinds.count("AWS::DataZone::Owner") == 1


@pytest.mark.parametrize(
    ("changes", "by", "decided"),
    [
        ({}, BY_CLOUDFORMATION, Decision.ALLOWED),
        ({}, {}, Decision.DENIED),
        ({"FeatureGroupName": "orders-first"}, BY_CLOUDFORMATION, Decision.DENIED),
        ({"OnlineStoreConfig": {"EnableOnlineStore": True}}, BY_CLOUDFORMATION, Decision.DENIED),
        (
            {"Tags": [{"Key": "AmazonDataZoneDomain", "Value": "dzd-other"}]},
            BY_CLOUDFORMATION,
            Decision.DENIED,
        ),
    ],
    ids=["its group", "not by CloudFormation", "another name", "no key", "another domain"],
)
def test_role_of_a_blueprint_creates_only_its_groups(
    changes: dict[str, Any], by: dict[str, str], decided: Decision, world: World
) -> None:
    caller = role(world, "/CustomerFeatures/Role")
    assert decision(world, caller, create(world, **changes), **by) is decided


ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
OF_PROJECT = f"arn:aws:iam::{ACCOUNT}:policy/DataZone-Env-first-Access"
MEMBER = "datazone_usr_role_first"


@pytest.mark.parametrize(
    ("operation", "given", "decided"),
    [
        ("iam.CreateRole", {"RoleName": "mine"}, Decision.DENIED),
        ("iam.CreatePolicy", {"PolicyName": "other"}, Decision.DENIED),
        ("iam.CreatePolicy", {"PolicyName": "DataZone-Env-first-Access"}, Decision.ALLOWED),
        (
            "iam.AttachRolePolicy",
            {"RoleName": MEMBER, "PolicyArn": ADMINISTRATOR},
            Decision.DENIED,
        ),
        ("iam.AttachRolePolicy", {"RoleName": MEMBER, "PolicyArn": OF_PROJECT}, Decision.ALLOWED),
        (
            "iam.AttachRolePolicy",
            {"RoleName": "of-a-person", "PolicyArn": OF_PROJECT},
            Decision.DENIED,
        ),
        ("cloudformation.CreateStack", {"StackName": "DataZone-Env-first"}, Decision.ALLOWED),
        ("cloudformation.DeleteStack", {"StackName": "own-foundation"}, Decision.DENIED),
        ("s3.GetObject", {"Bucket": f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"}, Decision.DENIED),
    ],
)
def test_role_of_a_blueprint_deploys_its_template_and_no_more(
    operation: str, given: dict[str, str], decided: Decision, world: World
) -> None:
    service, _, name = operation.partition(".")
    given = {"Key": "other", **given} if service == "s3" else given
    caller = role(world, "/CustomerFeatures/Role")
    found = decision(world, caller, Call(service, name, given), **BY_CLOUDFORMATION)
    assert found is decided


@pytest.mark.parametrize(
    ("member", "group", "decided"),
    [
        ("first", "first", Decision.ALLOWED),
        ("second", "second", Decision.ALLOWED),
        ("first", "second", Decision.DENIED),
        ("second", "first", Decision.DENIED),
    ],
)
@pytest.mark.parametrize("operation", ["GetRecord", "PutRecord"])
def test_members_use_the_group_of_their_project_only(
    operation: str, member: str, group: str, decided: Decision, world: World
) -> None:
    values: dict[str, Any] = {"GetRecord": "1", "PutRecord": []}
    keys = {"GetRecord": "RecordIdentifierValueAsString", "PutRecord": "Record"}
    given = {
        "FeatureGroupName": f"customer-features-{group}",
        keys[operation]: values[operation],
    }
    call = Call("sagemaker-featurestore-runtime", operation, given, {"key": key_of(world)})
    assert decision(world, role(world, f"{member}/Member"), call) is decided


@pytest.mark.parametrize(
    ("operation", "given", "decided"),
    [
        ("CreateMlflowApp", {}, Decision.ALLOWED),
        ("CreateMlflowApp", {"Tags": []}, Decision.DENIED),
        ("CreateMlflowApp", {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/other"}, Decision.DENIED),
    ],
    ids=["its App", "without the tag", "with another role"],
)
def test_role_of_the_tracking_blueprint_creates_apps_with_the_role_of_a_project(
    operation: str, given: dict[str, Any], decided: Decision, world: World
) -> None:
    parameters = {
        "Name": "tracking-first",
        "ArtifactStoreUri": "s3://amazon-sagemaker-123123123123-own/dzd-one/project/dev/mlflow",
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{MEMBER}",
        "Tags": [{"Key": "AmazonDataZoneDomain", "Value": domain_of(world)}],
        **given,
    }
    caller = role(world, "/Tracking/Role")
    call = Call("sagemaker", operation, parameters)
    assert decision(world, caller, call, **BY_CLOUDFORMATION) is decided
