"""The checks that a fork's environments go through find what they look for."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests import snapshots
from tests.limits import above, template_sizes
from tests.names import physical_names
from tests.support import StackTemplate

BUCKET: dict[str, Any] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "data"}}
TOPIC: dict[str, Any] = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "alarms"}}
ROLE: dict[str, Any] = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {"Statement": []},
        "ManagedPolicyArns": [f"arn:aws:iam::aws:policy/{number}" for number in range(9)],
    },
}


def stack(folder: Path, resources: dict[str, Any], name: str = "network") -> StackTemplate:
    file = folder / f"{name}.json"
    file.write_text(json.dumps({"Resources": resources}), "utf-8")
    return StackTemplate(f"dev/{name}", f"dev-{name}", "111111111111", "eu-west-1", file)


def template(**resources: Any) -> dict[str, Any]:
    return {"storage": {"Resources": resources}}


def test_too_many_resources_are_told_with_the_figure(tmp_path: Path) -> None:
    many = stack(tmp_path, {f"Topic{number}": TOPIC for number in range(501)})

    assert above(template_sizes(many)) == ["Resources of dev/network: got 501; must be at most 500"]


@pytest.mark.parametrize(
    ("kind", "key", "found"),
    [
        ("AWS::S3::Bucket", "BucketName", True),
        ("AWS::S3::Bucket", "ObjectLockConfigurationName", False),
        ("AWS::SageMaker::UserProfile", "UserProfileName", False),
        ("Custom::Thing", "ThingName", False),
    ],
)
def test_names_are_those_that_an_account_has_once(
    kind: str, key: str, found: bool, tmp_path: Path
) -> None:
    one = stack(tmp_path, {"One": {"Type": kind, "Properties": {key: "x"}}})

    assert list(physical_names(one)) == ([(kind, "x")] if found else [])


def test_a_deleted_resource_that_holds_data_is_lost() -> None:
    assert snapshots.lost(template(Data=BUCKET, Role=ROLE), template()) == [
        "storage Data (AWS::S3::Bucket) is deleted"
    ]


def test_a_replaced_resource_that_holds_data_is_lost() -> None:
    renamed = {**BUCKET, "Properties": {"BucketName": "other"}}

    assert snapshots.lost(template(Data=BUCKET), template(Data=renamed)) == [
        "storage Data (AWS::S3::Bucket) is replaced, because of BucketName"
    ]


def test_a_type_with_a_deletion_policy_holds_data() -> None:
    table = {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Delete"}

    assert snapshots.lost(template(Data=table), template()) == [
        "storage Data (AWS::DynamoDB::Table) is deleted"
    ]


def test_updates_in_place_lose_nothing() -> None:
    changed = {**BUCKET, "Properties": {"BucketName": "data", "Tags": []}}

    assert snapshots.lost(template(Data=BUCKET), template(Data=changed)) == []
    assert '+        "Tags": []' in snapshots.difference(
        template(Data=BUCKET), template(Data=changed)
    )
    assert snapshots.difference(template(Data=BUCKET), template(Data=BUCKET)) == ""
