from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from sagemaker_platform.foundation import DataBucket
from sagemaker_platform.partner_apps import (
    SESSION_ACTIONS,
    ArtifactAccess,
    PartnerApp,
    use_partner_apps,
)


def app(stack: Stack, **arguments: Any) -> PartnerApp:
    defaults = {
        "name": "TeamComet",
        "app_type": "comet",
        "tier": "small",
        "key": kms.Key(stack, "Key"),
        "admin_users": ["alice"],
        "maintenance_window_start": "Sun:03:00",
        "removal_policy": RemovalPolicy.RETAIN,
    }
    return PartnerApp(stack, "App", **{**defaults, **arguments})


def properties(stack: Stack) -> dict[str, Any]:
    [found] = Template.from_stack(stack).find_resources("AWS::SageMaker::PartnerApp").values()
    return dict(found["Properties"])


def role_statements(stack: Stack) -> list[dict[str, Any]]:
    """Return the statements of the app's role."""
    [policy] = Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy").values()
    return list(policy["Properties"]["PolicyDocument"]["Statement"])


def test_app_is_encrypted_and_maintained(stack: Stack) -> None:
    app(stack, arguments={"a": "b"})
    found = properties(stack)
    assert found["Name"] == "TeamComet"
    assert (found["Type"], found["Tier"], found["AuthType"]) == ("comet", "small", "IAM")
    assert found["ApplicationConfig"] == {"AdminUsers": ["alice"], "Arguments": {"a": "b"}}
    assert found["MaintenanceConfig"] == {"MaintenanceWindowStart": "Sun:03:00"}
    assert found["EnableAutoMinorVersionUpgrade"] is True
    assert found["EnableIamSessionBasedIdentity"] is False
    assert "Key" in str(found["KmsKeyId"])
    assert "AppVersion" not in found


def test_app_is_pinned_to_a_version(stack: Stack) -> None:
    app(stack, auto_minor_version_upgrade=False, app_version="1.4")
    found = properties(stack)
    assert found["EnableAutoMinorVersionUpgrade"] is False
    assert found["AppVersion"] == "1.4"


def test_role_checks_licences_and_nothing_else(stack: Stack) -> None:
    app(stack)
    [statement] = role_statements(stack)
    assert set(statement["Action"]) == {
        "license-manager:CheckInLicense",
        "license-manager:CheckoutLicense",
        "license-manager:ExtendLicenseConsumption",
        "license-manager:GetLicense",
        "license-manager:GetLicenseUsage",
    }


@pytest.mark.parametrize("write", [False, True])
def test_role_uses_one_bucket(stack: Stack, write: bool) -> None:
    key = kms.Key(stack, "BucketKey")
    bucket = DataBucket(
        stack,
        "Files",
        key=key,
        access_logs=s3.Bucket.from_bucket_name(stack, "Logs", "logs"),
        removal_policy=RemovalPolicy.RETAIN,
    ).bucket
    app(stack, artifacts=ArtifactAccess(bucket=bucket, key=key, write=write))
    actions = {a for s in role_statements(stack) for a in s["Action"]}
    assert "s3:GetObject" in actions
    assert {"s3:PutObject", "kms:GenerateDataKey"} <= actions or not write
    assert ("s3:PutObject" in actions) is write
    assert ("kms:GenerateDataKey" in actions) is write
    [use] = [s for s in role_statements(stack) if "kms:Decrypt" in s["Action"]]
    assert "kms:ViaService" in str(use["Condition"])


def test_role_calls_one_model(stack: Stack) -> None:
    app(stack, bedrock_models=["amazon.nova-lite-v1:0"])
    [_, statement] = role_statements(stack)
    assert set(statement["Action"]) == {"bedrock:GetFoundationModel", "bedrock:InvokeModel"}
    assert "::foundation-model/amazon.nova-lite-v1:0" in str(statement["Resource"])
    assert "*" not in str(statement["Resource"])


def test_role_calls_a_model_in_other_regions_through_its_profile_only(stack: Stack) -> None:
    app(stack, bedrock_models=["eu.amazon.nova-lite-v1:0"])
    [_, profile, model] = role_statements(stack)
    assert "inference-profile/eu.amazon.nova-lite-v1:0" in str(profile["Resource"])
    assert "bedrock:*::foundation-model/amazon.nova-lite-v1:0" in str(model["Resource"])
    assert model["Condition"] == {
        "StringEquals": {"bedrock:InferenceProfileArn": profile["Resource"]}
    }


@pytest.mark.parametrize(
    ("removal_policy", "expected"),
    [(RemovalPolicy.RETAIN, "Retain"), (RemovalPolicy.DESTROY, "Delete")],
)
def test_app_and_its_role_go_or_stay_together(
    stack: Stack, removal_policy: RemovalPolicy, expected: str
) -> None:
    app(stack, removal_policy=removal_policy)
    resources = Template.from_stack(stack).to_json()["Resources"].values()
    policies = {r["Type"]: r.get("DeletionPolicy") for r in resources}
    for type_name in ("AWS::SageMaker::PartnerApp", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"):
        assert policies[type_name] == expected


def test_users_reach_apps_by_their_tags(stack: Stack) -> None:
    use, see = use_partner_apps(stack, tags={"environment": "dev"})
    assert set(use.actions) == {
        "sagemaker:CallPartnerAppApi",
        "sagemaker:CreatePartnerAppPresignedUrl",
        "sagemaker:DescribePartnerApp",
    }
    assert use.conditions == {"StringEquals": {"aws:ResourceTag/environment": "dev"}}
    assert use.resources[0].endswith(":partner-app/*")
    assert see.actions == ["sagemaker:ListPartnerApps"]
    assert SESSION_ACTIONS == ("sts:TagSession",)
