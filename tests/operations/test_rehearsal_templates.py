"""What CloudFormation refuses, replaces and restores, tried on templates of a resource or two."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.assembly import Stack, Stage
from operations.rehearsal import report
from operations.rehearsal.rehearsal import Rehearsal

ACCOUNT = "666666666666"

Template = dict[str, Any]
Deploy = Callable[..., str]


@pytest.fixture
def deploy(rehearsal: Rehearsal, client: Any) -> Iterator[Deploy]:
    """Creates or updates stacks of the test's own, and says how it ended and what failed."""
    formation = client("cloudformation", ACCOUNT)
    made: set[str] = set()

    def state(stack: str) -> dict[str, Any]:
        (found,) = [
            s for s in rehearsal.emulator.stacks() if (s["stack"], s["account"]) == (stack, ACCOUNT)
        ]
        return found

    def settled(stack: str) -> str:
        until = time.monotonic() + 30
        while state(stack)["status"].endswith("_IN_PROGRESS"):
            assert time.monotonic() < until, f"{stack} did not end"
            time.sleep(0.05)
        end = state(stack)
        return " ".join([end["status"], *(failure["reason"] for failure in end["failed"])])

    def run(stack: str, resources: Template) -> str:
        act = formation.update_stack if stack in made else formation.create_stack
        act(
            StackName=stack,
            TemplateBody=json.dumps({"Resources": resources}),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        made.add(stack)
        return settled(stack)

    yield run
    for stack in made:
        formation.delete_stack(StackName=stack)
        settled(stack)


def parameter(value: Any, **more: Any) -> Template:
    return {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Value": value},
        **more,
    }


@pytest.mark.parametrize(
    "refers",
    [
        parameter({"Ref": "Nothing"}),
        parameter({"Fn::GetAtt": ["Nothing", "Arn"]}),
        parameter({"Fn::Sub": "a-${Nothing}"}),
        parameter("a", DependsOn="Nothing"),
    ],
)
def test_a_reference_to_nothing_is_refused(deploy: Deploy, refers: Template) -> None:
    with pytest.raises(ClientError, match=r"Unresolved resource dependencies \[Nothing\]"):
        deploy("refers", {"Parameter": refers})


@pytest.mark.parametrize(
    "elsewhere", [{"Region": "us-east-1"}, {"RoleArn": "arn:aws:iam::555555555555:role/reader"}]
)
def test_the_output_of_a_stack_elsewhere_is_refused(deploy: Deploy, elsewhere: Template) -> None:
    output = {"StackName": "producer", "OutputName": "Key", **elsewhere}
    with pytest.raises(ClientError, match="cannot read the outputs of stack producer in another"):
        deploy("reads", {"Parameter": parameter({"Fn::GetStackOutput": output})})


def test_what_kubectl_would_do_is_recorded_without_its_function(deploy: Deploy) -> None:
    """Created, changed in place, ordered, and deleted: all but carried out."""

    def manifest(text: str) -> Template:
        return {
            "Type": "Custom::AWSCDK-EKS-KubernetesResource",
            "Properties": {
                "ServiceToken": "arn:aws:lambda:eu-west-1:666666666666:function:none",
                "ClusterName": "research",
                "Manifest": text,
            },
        }

    after = parameter("there", DependsOn="Manifest")
    assert deploy("kubectl", {"Manifest": manifest("[]"), "After": after}) == "CREATE_COMPLETE"
    changed = {"Manifest": manifest("[{}]"), "After": after}
    assert deploy("kubectl", changed) == "UPDATE_COMPLETE"
    assert deploy("kubectl", {"After": parameter("there")}) == "UPDATE_COMPLETE"


def test_a_rollback_takes_back_what_an_update_gave_a_bucket(deploy: Deploy, client: Any) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "rolled-back"}}
    assert deploy("bucket", {"Bucket": bucket}) == "CREATE_COMPLETE"
    changed = {
        "BucketName": "rolled-back",
        "Tags": [{"Key": "team", "Value": "one"}],
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
            ]
        },
    }
    faulty = {"Type": "AWS::SNS::Topic", "Properties": {"Nonsense": 1}, "DependsOn": "Bucket"}
    end = deploy("bucket", {"Bucket": {**bucket, "Properties": changed}, "Topic": faulty})
    assert end.startswith("UPDATE_ROLLBACK_COMPLETE Properties validation failed for AWS::SNS")

    s3 = client("s3", ACCOUNT)
    with pytest.raises(ClientError, match="NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket="rolled-back")
    assert "aws:kms" not in str(s3.get_bucket_encryption(Bucket="rolled-back"))


def test_an_identifier_that_the_emulator_lacks_is_the_physical_id(
    deploy: Deploy, rehearsal: Rehearsal
) -> None:
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
    properties = {"VpcId": {"Ref": "Vpc"}, "GroupDescription": "a"}
    group = {"Type": "AWS::EC2::SecurityGroup", "Properties": properties}
    assert deploy("identifier", {"Vpc": vpc, "Group": group}) == "CREATE_COMPLETE"
    made = resource(rehearsal, "identifier", "Group")
    assert made["attributes"]["Id"] == made["physical_id"]


def test_an_attribute_that_is_made_up_outlives_an_update(
    deploy: Deploy, rehearsal: Rehearsal
) -> None:
    known = []
    for name in ("one", "two"):
        topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": name}}
        assert deploy("attribute", {"Topic": topic}).endswith("_COMPLETE")
        known.append(resource(rehearsal, "attribute", "Topic")["attributes"])
    assert known[0]["DisplayName"] != known[1]["DisplayName"]
    assert known[0]["KmsMasterKeyId"] == known[1]["KmsMasterKeyId"]


def test_a_create_only_change_of_a_native_resource_replaces_it(
    deploy: Deploy, rehearsal: Rehearsal
) -> None:
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
    known = []
    for service in ("s3", "dynamodb"):
        properties = {"VpcId": {"Ref": "Vpc"}, "ServiceName": f"com.amazonaws.eu-west-1.{service}"}
        endpoint = {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties}
        assert deploy("replaced", {"Vpc": vpc, "Endpoint": endpoint}).endswith("_COMPLETE")
        known.append(resource(rehearsal, "replaced", "Endpoint")["physical_id"])
    assert known[0] != known[1]


def test_the_name_of_another_stacks_resource_is_taken(deploy: Deploy) -> None:
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"RoleName": "taken", "AssumeRolePolicyDocument": {"Statement": []}},
    }
    assert deploy("owns", {"Role": role}) == "CREATE_COMPLETE"
    end = deploy("wants", {"Again": role})
    assert end == ("ROLLBACK_COMPLETE AWS::IAM::Role taken already exists, as Role of stack owns")


def test_a_role_with_the_policy_of_another_stack_stays(deploy: Deploy) -> None:
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"RoleName": "attached", "AssumeRolePolicyDocument": {"Statement": []}},
    }
    policy = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": {"Statement": []}, "Roles": ["attached"]},
    }
    deploy("people", {"Role": role, "Code": repository("one")})
    deploy("clusters", {"Policy": policy, "Code": repository("one")})
    assert deploy("people", {"Code": repository("one")}).startswith(
        "UPDATE_COMPLETE Cannot delete entity, must detach all policies first: arn:"
    )


def repository(branch: str, **properties: str) -> Template:
    config = {"RepositoryUrl": "https://example.com/code.git", "Branch": branch}
    return {
        "Type": "AWS::SageMaker::CodeRepository",
        "Properties": {"GitConfig": config, **properties},
    }


def test_a_nested_create_only_change_replaces(deploy: Deploy, rehearsal: Rehearsal) -> None:
    known = []
    for branch in ("one", "two"):
        assert deploy("nested", {"Code": repository(branch)}).endswith("_COMPLETE")
        known.append(resource(rehearsal, "nested", "Code")["physical_id"])
    assert known[0] != known[1]


def test_a_replacement_is_made_before_the_old_one_goes(deploy: Deploy) -> None:
    deploy("fixed", {"Code": repository("one", CodeRepositoryName="fixed")})
    end = deploy("fixed", {"Code": repository("two", CodeRepositoryName="fixed")})
    assert end.startswith("UPDATE_ROLLBACK_COMPLETE CodeRepository arn:")
    assert end.endswith("/fixed already exists")


def test_what_outlives_its_stack_is_listed_with_the_reason(
    deploy: Deploy, rehearsal: Rehearsal, client: Any
) -> None:
    kept = {**repository("one"), "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    undeletable = repository("one")
    deploy("leaves", {"Code": kept, "Other": undeletable})
    rehearsal.emulator.order_fault("leaves/Other", action="delete", code="Busy")
    deploy("leaves", {"Code": {**kept, **repository("two")}, "Other": repository("two")})
    client("cloudformation", ACCOUNT).delete_stack(StackName="leaves")

    stage = Stage("leaves", (Stack("leaves/leaves", "leaves", ACCOUNT, "eu-west-1", Path()),))
    until = time.monotonic() + 30
    left: list[str] = []
    while len(left) != 3:
        assert time.monotonic() < until, left
        emulator = rehearsal.emulator
        left = report.leftovers([stage], emulator.resources(), emulator.stacks())
    reasons = sorted((line.split()[0], line.rpartition(": ")[2]) for line in left)
    assert reasons == [
        ("leaves/Code", "no reason known"),
        ("leaves/Code", "no reason known"),
        ("leaves/Other", "not deleted"),
    ]


def resource(rehearsal: Rehearsal, stack: str, logical_id: str) -> dict[str, Any]:
    (found,) = [
        r
        for r in rehearsal.emulator.resources()
        if (r["account"], r["stack"], r["logical_id"]) == (ACCOUNT, stack, logical_id)
    ]
    return found


def test_features_are_added_only_and_records_stay(deploy: Deploy, client: Any) -> None:
    names = ["id", "at"]
    properties: dict[str, Any] = {
        "FeatureGroupName": "rehearsed-customers",
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "at",
        "OnlineStoreConfig": {"EnableOnlineStore": True},
    }

    def group(*features: str, **more: Any) -> Template:
        definitions = [{"FeatureName": one, "FeatureType": "String"} for one in features]
        made = {**properties, "FeatureDefinitions": definitions, **more}
        return {"Group": {"Type": "AWS::SageMaker::FeatureGroup", "Properties": made}}

    assert deploy("features", group(*names, "n")) == "CREATE_COMPLETE"
    runtime = client("sagemaker-featurestore-runtime", ACCOUNT)
    record = [{"FeatureName": name, "ValueAsString": "1"} for name in names]
    where = {"FeatureGroupName": "rehearsed-customers"}
    runtime.put_record(**where, Record=record)

    assert deploy("features", group(*names, "n", "more")) == "UPDATE_COMPLETE"
    renamed = deploy("features", group(*names, "count", "more"))
    assert renamed.startswith("UPDATE_ROLLBACK_COMPLETE FeatureDefinitions cannot be removed")
    for change in ({"Description": "other"}, {"Tags": [{"Key": "team", "Value": "other"}]}):
        end = deploy("features", group(*names, "n", "more", **change))
        assert "rehearsed-customers already exists" in end

    assert runtime.get_record(**where, RecordIdentifierValueAsString="1")["Record"] == record
    found = runtime.batch_get_record(
        Identifiers=[{**where, "RecordIdentifiersValueAsString": ["1", "2"]}]
    )["Records"]
    assert [one["RecordIdentifierValueAsString"] for one in found] == ["1"]
    for wrong in (record[:1], [*record, {"FeatureName": "x", "ValueAsString": "1"}]):
        with pytest.raises(ClientError, match="ValidationError"):
            runtime.put_record(**where, Record=wrong)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        runtime.get_record(FeatureGroupName="other", RecordIdentifierValueAsString="1")
    runtime.delete_record(**where, RecordIdentifierValueAsString="1", EventTime="2")
    assert "Record" not in runtime.get_record(**where, RecordIdentifierValueAsString="1")
