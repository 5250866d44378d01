"""An approved subscription is a right: the whole way between two accounts, and no wider.

The environments are the examples of a domain with a further account. What Amazon DataZone makes
itself stands in fixtures: the role and the workgroup of the project that subscribes, the grants of
the two roles `AmazonSageMakerManageAccess-…`, and the resource link. (Amazon DataZone User Guide,
"Grant access to managed AWS Glue Data Catalog assets".)
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision, Outcome
from operations.access.operation import Need
from operations.access.role import Role
from operations.access.session import Session
from operations.access.world import World
from sagemaker_platform.synthesized_stack import SynthesizedStack
from tests.support import ROOT, stacks_in, synthesized

PUBLISHER, SUBSCRIBER = "555555555555", "777777777777"
PUBLISHED = """\
    projects:
      platform:
        name: Platform
        profile: platform
        owners: [data_engineer]
        connections:
          catalog: {lakehouse: {}}
        data_sources:
          curated: {layer: curated, tables: [orders]}
lakehouse:
  layers:
    - name: raw
    - name: curated
      tables:
        - {name: orders, columns: [{name: id, type: long}]}
        - {name: prices, columns: [{name: article, type: string}]}
  permissions: {}
"""
DATABASE, LINK = "unified_host_curated", "sales_sub_db"
PROJECT = {"Key": "AmazonDataZoneProject", "Value": "0a1b2c3d4e"}
USER_ROLE = "datazone_usr_role_0a1b2c3d4e_0123456789abcd"
USER_ROLE_ARN = f"arn:aws:iam::{SUBSCRIBER}:role/{USER_ROLE}"


def grant(principal: str, permissions: list[str], **target: str) -> dict[str, Any]:
    return {
        "Type": "Custom::DataGrant",
        "Properties": {"Principal": principal, "Target": target, "Permissions": permissions},
    }


# In the account of the table, by the role that its data source names.
BY_PUBLISHER = {
    "Share": grant(
        SUBSCRIBER, ["DESCRIBE", "SELECT"], Type="Table", Database=DATABASE, Table="orders"
    )
}
# As in `SageMakerStudioProjectUserRolePolicy`, version 63: of Athena, what has the tag of the
# project, here its workgroup; of Glue, all tables that Lake Formation decides about.
USES = [
    {
        "Effect": "Allow",
        "Action": ["athena:StartQueryExecution", "athena:GetQueryResults"],
        "Resource": f"arn:aws:athena:eu-west-1:{SUBSCRIBER}:workgroup/sales",
    },
    {"Effect": "Allow", "Action": ["glue:GetDatabase", "glue:GetTable"], "Resource": "*"},
    {"Effect": "Allow", "Action": "lakeformation:GetDataAccess", "Resource": "*"},
]
# In the account of the project, by blueprints and by the role of that account.
BY_SUBSCRIBER = {
    "UserRole": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": USER_ROLE,
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "datazone.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
            "Policies": [
                {
                    "PolicyName": "Uses",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": USES},
                }
            ],
            "Tags": [PROJECT],
        },
    },
    "Workgroup": {
        "Type": "AWS::Athena::WorkGroup",
        "Properties": {
            "Name": "sales",
            "WorkGroupConfiguration": {"ManagedQueryResultsConfiguration": {"Enabled": True}},
            "Tags": [PROJECT],
        },
    },
    "Link": {
        "Type": "AWS::Glue::Database",
        "Properties": {
            "CatalogId": SUBSCRIBER,
            "DatabaseInput": {
                "Name": LINK,
                "TargetDatabase": {"CatalogId": PUBLISHER, "DatabaseName": DATABASE},
            },
        },
    },
    "OnLink": grant(USER_ROLE_ARN, ["DESCRIBE"], Type="Database", Database=LINK),
    "OnTable": grant(
        USER_ROLE_ARN,
        ["DESCRIBE", "SELECT"],
        Type="Table",
        CatalogId=PUBLISHER,
        Database=DATABASE,
        Table="orders",
    ),
}
ADDED = {
    "unified-host-unified-studio-content": BY_PUBLISHER,
    "unified-sales-unified-studio-blueprints": BY_SUBSCRIBER,
}


def nothing(name: str, resource: str) -> bool:
    return False


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> list[SynthesizedStack]:
    folder = tmp_path_factory.mktemp("subscription")
    paths = []
    for name, more in (("unified-host", PUBLISHED), ("unified-sales", "")):
        path = folder / f"{name}.yaml"
        text = (ROOT / "examples" / f"{name}.yaml").read_text("utf-8")
        path.write_text(text + more, "utf-8")
        paths.append(path)
    return stacks_in(synthesized(folder / "cdk", *paths))


def subscribed(stacks: list[SynthesizedStack], lost: Callable[[str, str], bool] = nothing) -> World:
    """Return the accounts with an approved subscription to `orders`, without some resources."""
    made, found = [], set()
    for stack in stacks:
        template = json.loads(json.dumps(stack.template))
        added = ADDED.get(stack.name, {})
        if added:
            found.add(stack.name)
        template["Resources"].update(added)
        template["Resources"] = {
            key: one for key, one in template["Resources"].items() if not lost(stack.name, key)
        }
        made.append(replace(stack, template=template))
    assert found == ADDED.keys()
    return World.of(made)


def query(world: World, table: str) -> Outcome:
    place = world.environments["unified-sales"]
    call = Call(
        "athena",
        "StartQueryExecution",
        {"WorkGroup": "sales", "QueryString": "SELECT"},
        {"reads": [table], "columns": []},
    )
    session = Session(world.roles[USER_ROLE_ARN], place, in_network=False)
    return Authorizer(world).authorize(call, session)


@pytest.mark.parametrize(
    ("table", "decision", "failed"),
    [
        (f"{LINK}.orders", Decision.ALLOWED, ""),
        # Of the same layer, and not subscribed.
        (f"{LINK}.prices", Decision.FAILS_LATER, f"{DATABASE}/prices"),
        # By its name in the other account, which no link leads to.
        (f"{DATABASE}.orders", Decision.FAILS_LATER, "orders"),
    ],
)
def test_the_project_reads_what_it_subscribed_to(
    stacks: list[SynthesizedStack], table: str, decision: Decision, failed: str
) -> None:
    outcome = query(subscribed(stacks), table)

    assert outcome.decision is decision, outcome.failed
    assert failed in (outcome.failed.resource if outcome.failed else "")


@pytest.mark.parametrize(
    ("lost", "action"),
    [
        ("Share", "Lake Formation SELECT"),
        ("OnLink", "Lake Formation DESCRIBE"),
        ("OnTable", "Lake Formation SELECT"),
    ],
)
def test_each_grant_is_needed(stacks: list[SynthesizedStack], lost: str, action: str) -> None:
    outcome = query(subscribed(stacks, lambda _, key: key == lost), f"{LINK}.orders")

    assert outcome.failed is not None
    assert outcome.failed.action == action


def test_the_publisher_reads_the_files_for_the_subscriber(stacks: list[SynthesizedStack]) -> None:
    """The subscriber needs no right on the bucket and the key of the other account."""
    checks = query(subscribed(stacks), f"{LINK}.orders").checks

    of_files = [one for one in checks if one.action.startswith(("s3:", "kms:"))]
    assert {one.action for one in of_files} == {"s3:GetObject", "s3:ListBucket", "kms:Decrypt"}
    assert all(f"::{PUBLISHER}:role/" in one.principal for one in of_files)


def manages_access(world: World, environment: str) -> Role:
    [found] = [
        one
        for one in world.environments[environment].roles.values()
        if "/AmazonSageMakerManageAccess-" in one.arn
    ]
    return found


RAM_BY_LAKE_FORMATION: dict[str, str | list[str]] = {
    "aws:calledvia": ["lakeformation.amazonaws.com"],
    "ram:requestedresourcetype": "glue:Table",
}
CATALOG = f"arn:aws:glue:eu-west-1:{PUBLISHER}:catalog"


@pytest.mark.parametrize(
    ("need", "allowed"),
    [
        (Need("lakeformation:GrantPermissions", "*"), True),
        (Need("lakeformation:RevokePermissions", "*"), True),
        # Sharing with another account is a share of AWS RAM, which Lake Formation makes.
        (Need("ram:CreateResourceShare", "*", RAM_BY_LAKE_FORMATION), True),
        (Need("ram:CreateResourceShare", "*", {"ram:requestedresourcetype": "glue:Table"}), False),
        (Need("glue:PutResourcePolicy", CATALOG, {"aws:calledvia": ["ram.amazonaws.com"]}), True),
        (Need("glue:PutResourcePolicy", CATALOG), False),
        # It hands out data, and reads none.
        (Need("s3:GetObject", "arn:aws:s3:::any-bucket/tables/orders/x"), False),
        (Need("athena:StartQueryExecution", "*"), False),
    ],
)
def test_the_domain_grants_and_reads_no_data(
    stacks: list[SynthesizedStack], need: Need, allowed: bool
) -> None:
    world = subscribed(stacks)
    role = manages_access(world, "unified-host")
    session = Session(role, world.environments["unified-host"], in_network=False)

    found = Authorizer(world).authorize_need(need, session)

    assert not role.unknown
    assert (found.decision is Decision.ALLOWED) is allowed


def test_the_domain_grants_what_is_published_alone(stacks: list[SynthesizedStack]) -> None:
    """The role of the publisher's account may grant its layer on, and no other."""
    world = World.of(stacks)
    role = manages_access(world, "unified-host")
    held = [one for one in world.lake_formation.grants if one.principal == role.arn]

    assert {one.target["Database"] for one in held} == {DATABASE}
    assert all(set(one.record.properties["Grantable"]) == one.permissions for one in held)
    assert {"DESCRIBE", "SELECT"} in [set(one.permissions) for one in held]
    # The subscriber's account has a role of its own for the other end.
    assert manages_access(world, "unified-sales").arn.split(":")[4] == SUBSCRIBER


def test_who_approves_is_an_owner_of_the_project(stacks: list[SynthesizedStack]) -> None:
    """Owners approve, and each membership is a resource of the file."""
    [owner] = [
        one["Properties"]
        for stack in stacks
        for one in stack.resources.values()
        if one["Type"] == "AWS::DataZone::ProjectMembership"
        and one["Properties"]["Designation"] == "PROJECT_OWNER"
    ]

    assert "DataEngineer" in json.dumps(owner["Member"])
