"""The key of an environment, for what projects of Unified Studio consist of."""

from typing import Any

import pytest
from aws_cdk import App, Environment, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from sagemaker_platform.network import ImportedNetwork
from sagemaker_platform.unified_studio import (
    BlueprintAccount,
    UnifiedStudioDomain,
    grant_key_to_projects,
)

Json = dict[str, Any]
DATAZONE = {"Service": "datazone.amazonaws.com"}


def new_stack() -> Stack:
    return Stack(App(), "One", env=Environment(account="123456789012", region="eu-west-1"))


def key_statements(*blueprints: str) -> list[Json]:
    stack = new_stack()
    grant_key_to_projects(kms.Key(stack, "Key"), blueprints=blueprints)
    [key] = Template.from_stack(stack).find_resources("AWS::KMS::Key").values()
    # Without the statement that lets IAM policies of the account decide.
    return list(key["Properties"]["KeyPolicy"]["Statement"][1:])


def services(statements: list[Json]) -> set[str]:
    return {one["Principal"]["Service"] for one in statements}


def policy_statements(template: Template, description: str) -> list[Json]:
    return [
        statement
        for one in template.find_resources("AWS::IAM::ManagedPolicy").values()
        if one["Properties"]["Description"] == description
        for statement in one["Properties"]["PolicyDocument"]["Statement"]
    ]


def allowed(statements: list[Json], prefix: str = "kms:") -> set[str]:
    return {
        action
        for one in statements
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
        if action.startswith(prefix)
    }


def test_datazone_itself_uses_the_key_that_a_blueprint_names() -> None:
    found = key_statements("Tooling", "DataLake")
    assert services(found) == {"datazone.amazonaws.com"}
    assert {"kms:CreateGrant", "kms:DescribeKey", "kms:ListGrants", "kms:RevokeGrant"} <= allowed(
        found
    )


def test_key_stays_closed_without_a_blueprint_that_names_it() -> None:
    assert key_statements("ToolingLite", "S3Bucket") == []


@pytest.mark.parametrize("blueprint", ["Tooling", "OneOfTomorrow"])
def test_a_blueprint_that_the_catalog_lacks_names_the_key_too(blueprint: str) -> None:
    assert services(key_statements(blueprint)) == {"datazone.amazonaws.com"}


def test_services_of_blueprints_use_the_key_for_the_account_only() -> None:
    found = key_statements("Tooling", "EmrServerless", "AmazonBedrockGuardrail")
    by_service: dict[str, list[Json]] = {}
    for one in found:
        by_service.setdefault(one["Principal"]["Service"], []).append(one)
    [emr] = by_service["emr-serverless.amazonaws.com"]
    source = str(emr["Condition"]["ArnLike"]["aws:SourceArn"])
    assert ":emr-serverless:eu-west-1:123456789012:/applications/*" in source
    data, grants = by_service["bedrock.amazonaws.com"]
    assert data["Condition"]["ForAnyValue:StringLike"]["kms:EncryptionContextKeys"] == [
        "aws:bedrock*",
        "evaluationJobArn",
    ]
    assert grants["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


@pytest.fixture(scope="module")
def template() -> Template:
    stack = new_stack()
    key = kms.Key(stack, "Key")
    domain = UnifiedStudioDomain(
        stack,
        "Domain",
        name="dev",
        key=key,
        log_retention_days=30,
        removal_policy=RemovalPolicy.DESTROY,
    )
    account = BlueprintAccount(
        stack,
        "Blueprints",
        domain_id=domain.id,
        domain_account="123456789012",
        name="dev",
        network=ImportedNetwork(
            stack,
            "Network",
            vpc_id="vpc-0a1b2c3d4e5f67890",
            cidr="10.0.0.0/16",
            availability_zones=["eu-west-1a", "eu-west-1b"],
            private_subnet_ids=["subnet-a", "subnet-b"],
        ),
        availability_zones=["eu-west-1a", "eu-west-1b"],
        key=key,
        access_logs=s3.Bucket(stack, "AccessLogs"),
        iam_sign_in=False,
        removal_policy=RemovalPolicy.DESTROY,
    )
    account.add_blueprint("Tooling", name="Tooling")
    account.add_blueprint("DataLake", name="DataLake")
    return Template.from_stack(stack)


def test_people_in_the_portal_create_and_revoke_grants_for_services(template: Template) -> None:
    found = policy_statements(template, "People in the portal of Unified Studio")
    assert {
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:GenerateDataKey",
        "kms:ListGrants",
        "kms:RevokeGrant",
    } <= allowed(found)
    for one in found:
        if "kms:CreateGrant" in allowed([one]):
            assert one["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


def test_lake_formation_assumes_a_role_of_its_own_for_tables_of_projects(
    template: Template,
) -> None:
    roles = template.find_resources("AWS::IAM::Role")
    [(name, role)] = [
        (name, one["Properties"])
        for name, one in roles.items()
        if "AmazonDataZoneS3Manage-eu-west-1-" in str(one["Properties"].get("RoleName"))
    ]
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lakeformation.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    [lake] = [
        one["Properties"]
        for one in template.find_resources(
            "AWS::DataZone::EnvironmentBlueprintConfiguration"
        ).values()
        if one["Properties"]["EnvironmentBlueprintIdentifier"] == "DataLake"
    ]
    [configured] = lake["ProvisioningConfigurations"]
    location = configured["LakeFormationConfiguration"]["LocationRegistrationRole"]
    assert location == {"Fn::GetAtt": [name, "Arn"]}
    found = policy_statements(template, "Unified Studio: tables of projects")
    assert {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"} <= allowed(found, "s3:")
    assert {"kms:Decrypt", "kms:GenerateDataKey"} <= allowed(found)
    passed = policy_statements(template, "Unified Studio: registers tables of projects")
    assert allowed(passed, "iam:") == {"iam:GetRole", "iam:PassRole"}


def test_query_role_has_the_tag_that_its_policy_asks_for(template: Template) -> None:
    [query] = [
        one["Properties"]
        for one in template.find_resources("AWS::IAM::Role").values()
        if one["Properties"].get("RoleName") == "SageMakerStudioQueryExecutionRole"
    ]
    assert {"Key": "SageMakerStudioQueryExecutionRole", "Value": "true"} in query["Tags"]


def test_provisioning_role_encrypts_what_it_creates(template: Template) -> None:
    found = policy_statements(template, "Unified Studio: creates what projects consist of")
    assert allowed(found) == {
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
    }
    [grants] = [one for one in found if one["Action"] == "kms:CreateGrant"]
    assert "redshift-serverless.eu-west-1.amazonaws.com" in str(grants["Condition"])
