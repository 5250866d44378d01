"""What the templates of environments say about permissions, with all references resolved."""

import time
from pathlib import Path
from typing import Any

import pytest

from operations.access.lake_formation import Data
from operations.access.resolver import Resolver
from operations.access.tables import table
from operations.access.world import World
from sagemaker_platform.synthesized_stack import SynthesizedStack

ACCOUNT, REGION = "111111111111", "eu-west-1"


def stack(name: str = "dev-one", outputs: Any = None, **resources: Any) -> SynthesizedStack:
    template = {
        "Parameters": {"Set": {"Default": "value"}, "Unset": {}},
        "Mappings": {"Map": {"a": {"b": "found"}}},
        "Resources": {
            key: {"Type": one[0], "Properties": one[1]} for key, one in resources.items()
        },
        "Outputs": outputs or {},
    }
    return SynthesizedStack(
        environment="dev", name=name, account=ACCOUNT, region=REGION, template=template
    )


RESOURCES: dict[str, Any] = {
    "Named": ("AWS::S3::Bucket", {"BucketName": "named"}),
    "Unnamed": ("AWS::S3::Bucket", {}),
    "Key": ("AWS::KMS::Key", {}),
    "InPath": ("AWS::IAM::Role", {"RoleName": "r", "Path": "/team/"}),
    "Thing": ("Custom::Thing", {}),
    "Odd": ("Fork::Own::Type", {}),
}
OUTPUTS = {"Arn": {"Value": {"Fn::GetAtt": ["Named", "Arn"]}, "Export": {"Name": "named-arn"}}}


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ({"Ref": "Named"}, "named"),
        ({"Ref": "AWS::Region"}, REGION),
        ({"Ref": "Set"}, "value"),
        ({"Fn::GetAtt": ["Named", "Arn"]}, "arn:aws:s3:::named"),
        ({"Fn::GetAtt": "Named.Arn"}, "arn:aws:s3:::named"),
        ({"Fn::GetAtt": ["InPath", "Arn"]}, f"arn:aws:iam::{ACCOUNT}:role/team/r"),
        ({"Fn::Join": ["/", ["a", {"Ref": "Named"}]]}, "a/named"),
        ({"Fn::Sub": "${AWS::AccountId} ${Named} ${Named.Arn} ${!Named}"},
         f"{ACCOUNT} named arn:aws:s3:::named ${{Named}}"),
        ({"Fn::Sub": ["${x}-${Named}", {"x": {"Ref": "Set"}}]}, "value-named"),
        ({"Fn::Select": ["1", {"Fn::Split": [":", "a:b"]}]}, "b"),
        ({"Fn::FindInMap": ["Map", "a", "b"]}, "found"),
        ({"Fn::ImportValue": "named-arn"}, "arn:aws:s3:::named"),
        ({"Fn::GetStackOutput": {"StackName": "dev-one", "OutputName": "Arn"}},
         "arn:aws:s3:::named"),
        ({"List": [{"Ref": "Named"}, 1, True]}, {"List": ["named", 1, True]}),
    ],
)  # fmt: skip
def test_intrinsic_functions_are_resolved(value: Any, resolved: Any) -> None:
    one = stack(outputs=OUTPUTS, **RESOURCES)
    resolver = Resolver([one])
    assert resolver.value(one, value) == resolved
    assert not resolver.unresolved


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"Fn::GetAtt": ["Odd", "Arn"]}, "dev-one: Fork::Own::Type has no Arn in names.yaml"),
        ({"Fn::ImportValue": "nothing"}, "dev-one: export nothing"),
        ({"Fn::GetStackOutput": {"StackName": "x", "OutputName": "y"}}, "dev-one: output y of x"),
        ({"Fn::Cidr": []}, "dev-one: Fn::Cidr"),
        ({"Ref": "Unset"}, "dev-one: Unset"),
    ],
)
def test_what_cannot_be_resolved_is_reported(value: Any, told: str) -> None:
    one = stack(outputs=OUTPUTS, **RESOURCES)
    resolver = Resolver([one])
    resolver.value(one, value)
    assert resolver.unresolved == [told]


def test_made_up_names_are_stable_and_distinct() -> None:
    one = stack(**RESOURCES)
    name = Resolver([one]).value(one, {"Ref": "Unnamed"})
    assert name == Resolver([one]).value(one, {"Ref": "Unnamed"})
    assert name.startswith("dev-one-unnamed-")
    other = stack("dev-two", **RESOURCES)
    assert name != Resolver([other]).value(other, {"Ref": "Unnamed"})


def statement(action: str, **more: Any) -> dict[str, Any]:
    allow = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [allow]}


TRUST = statement("sts:AssumeRole", Principal={"Service": "sagemaker.amazonaws.com"})


def test_role_has_policies_from_all_sides() -> None:
    basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    other = "arn:aws:iam::aws:policy/AdministratorAccess"
    world = World.of(
        [
            stack(
                Role=(
                    "AWS::IAM::Role",
                    {
                        "AssumeRolePolicyDocument": TRUST,
                        "Policies": [{"PolicyName": "in", "PolicyDocument": statement("a:Inline")}],
                        "ManagedPolicyArns": [{"Ref": "Attached"}, basic, other],
                        "PermissionsBoundary": {"Ref": "Boundary"},
                        "Tags": [{"Key": "persona", "Value": "Dev"}],
                    },
                ),
                Attached=("AWS::IAM::ManagedPolicy", {"PolicyDocument": statement("a:Attached")}),
                Own=(
                    "AWS::IAM::ManagedPolicy",
                    {"PolicyDocument": statement("a:Own"), "Roles": [{"Ref": "Role"}]},
                ),
                Classic=(
                    "AWS::IAM::Policy",
                    {"PolicyDocument": statement("a:Classic"), "Roles": [{"Ref": "Role"}]},
                ),
                Boundary=("AWS::IAM::ManagedPolicy", {"PolicyDocument": statement("a:*")}),
            )
        ]
    )
    role = world.role("dev", "Dev")
    for action in ("a:Inline", "a:Attached", "a:Own", "a:Classic", "logs:PutLogEvents"):
        assert any(
            one.names_action(action) for policy in role.policies for one in policy.statements
        )
    assert role.boundary is not None
    assert role.boundary.origin.logical_id == "Boundary"
    assert role.unknown == (other,)
    with pytest.raises(LookupError, match="persona: got 'Who'; must be one of Dev"):
        world.role("dev", "Who")


def test_resources_have_the_policy_that_decides() -> None:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
    permission = {"Action": "lambda:InvokeFunction", "FunctionName": "f"}
    world = World.of(
        [
            stack(
                Bucket=("AWS::S3::Bucket", {"BucketName": "b"}),
                Policy=(
                    "AWS::S3::BucketPolicy",
                    {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": TRUST},
                ),
                One=(
                    "AWS::Lambda::Permission",
                    {**permission, "Principal": "events.amazonaws.com"},
                ),
                Two=("AWS::Lambda::Permission", {**permission, "Principal": "222222222222"}),
            )
        ]
    )
    of_bucket = world.resource_policy("arn:aws:s3:::b")
    assert of_bucket is not None
    assert world.resource_policy("arn:aws:s3:::b/folder/key") is of_bucket
    assert world.resource_policy("arn:aws:s3:::other/key") is None
    of_function = world.resource_policy(arn)
    assert of_function is not None
    assert [one.origin.logical_id for one in of_function.statements] == ["One", "Two"]


def governance(**resources: Any) -> World:
    made: dict[str, Any] = {
        name: (f"Custom::{kind}", given) for name, (kind, given) in resources.items()
    }
    return World.of([stack(**made)])


RAW = Data(ACCOUNT, "raw")
CLICKS = Data(ACCOUNT, "raw", "clicks")


def grant(target: Any, *permissions: str) -> Any:
    return "DataGrant", {"Principal": "role", "Target": target, "Permissions": [*permissions]}


def test_lake_formation_grants_by_name() -> None:
    table = {"Type": "Columns", "Database": "raw", "Table": "clicks", "ExcludedColumns": ["email"]}
    world = governance(
        Closed=("ClosedDatabase", {"Database": "raw"}),
        OnDatabase=grant({"Type": "Database", "Database": "raw"}, "DESCRIBE"),
        OnTable=grant(table, "SELECT"),
    ).lake_formation
    assert world.governs(CLICKS)
    assert not world.governs(Data(ACCOUNT, "other"))
    assert world.grant_for("role", "DESCRIBE", RAW) is not None
    assert world.grant_for("role", "DESCRIBE", CLICKS) is None
    found = world.grant_for("role", "SELECT", CLICKS)
    assert found is not None
    assert found.restricts == "all columns but email"
    assert world.grant_for("role", "SELECT", Data(ACCOUNT, "raw", "orders")) is None
    assert world.grant_for("another", "SELECT", CLICKS) is None


def test_lake_formation_grants_by_tags_that_tables_inherit() -> None:
    target = {"Type": "TaggedTables", "Expression": {"layer": ["raw"], "level": ["public"]}}
    on = {"Type": "Database", "Database": "raw"}
    level = {"Type": "Table", "Database": "raw", "Table": "secret"}
    world = governance(
        Tags=("LakeFormationTags", {"Target": on, "Tags": {"layer": "raw", "level": "public"}}),
        Level=("LakeFormationTags", {"Target": level, "Tags": {"level": "confidential"}}),
        Grant=grant(target, "SELECT"),
    ).lake_formation
    assert world.grant_for("role", "SELECT", CLICKS) is not None
    assert world.grant_for("role", "SELECT", Data(ACCOUNT, "raw", "secret")) is None
    assert world.grant_for("role", "SELECT", RAW) is None


@pytest.mark.parametrize("which", ["typical", "examples"])
def test_nothing_is_unresolved(which: str, request: pytest.FixtureRequest) -> None:
    assembly: Path = request.getfixturevalue(which)
    started = time.process_time()
    world = World.read(assembly)
    assert world.unresolved == []
    assert world.roles
    per_environment = (time.process_time() - started) / len(world.environments)
    assert per_environment < 0.3


def test_unknown_environment_is_refused(typical: Path) -> None:
    with pytest.raises(LookupError, match="environments: got nowhere; must be of "):
        World.read(typical, ["nowhere"])


def test_names_of_types_are_sorted() -> None:
    assert list(table("names")) == sorted(table("names"))
