import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk.assertions import Template

from sagemaker_platform.mlflow import (
    MANAGING_ACTIONS,
    TRACKING_ACTIONS,
    ArtifactStore,
    MlflowApp,
    MlflowTrackingServer,
)
from sagemaker_platform.security import AccessPolicy


def store(stack: Stack, removal_policy: RemovalPolicy = RemovalPolicy.RETAIN) -> ArtifactStore:
    return ArtifactStore(
        stack,
        "Artifacts",
        key=kms.Key(stack, "Key"),
        access_logs=s3.Bucket.from_bucket_name(stack, "Logs", "logs"),
        removal_policy=removal_policy,
        noncurrent_days=7,
    )


def app(
    stack: Stack,
    *,
    registers_models: bool = False,
    removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    identifying_tags: dict[str, str] | None = None,
) -> MlflowApp:
    return MlflowApp(
        stack,
        "App",
        name="team",
        artifacts=store(stack, removal_policy),
        folder="app",
        registers_models=registers_models,
        maintenance_window_start="Sun:03:00",
        removal_policy=removal_policy,
        identifying_tags=identifying_tags,
    )


def server(stack: Stack, *, registers_models: bool = False) -> MlflowTrackingServer:
    return MlflowTrackingServer(
        stack,
        "Server",
        name="team-mlflow-3-0",
        artifacts=store(stack),
        folder="server",
        size="Medium",
        mlflow_version="3.0",
        registers_models=registers_models,
        maintenance_window_start="Sun:03:00",
        removal_policy=RemovalPolicy.RETAIN,
    )


def resource(stack: Stack, type_name: str) -> dict[str, Any]:
    [found] = Template.from_stack(stack).find_resources(type_name).values()
    return dict(found)


def allowed(statements: Sequence[iam.PolicyStatement]) -> dict[str, Sequence[str]]:
    """Return the resources on which each action is allowed."""
    return {action: s.resources for s in statements for action in s.actions}


def test_app_keeps_artifacts_in_its_folder(stack: Stack) -> None:
    app(stack)
    properties = resource(stack, "AWS::SageMaker::MlflowApp")["Properties"]
    assert properties["Name"] == "team"
    assert properties["ArtifactStoreUri"]["Fn::Join"][1][::2] == ["s3://", "/app"]
    assert properties["ModelRegistrationMode"] == "AutoModelRegistrationDisabled"
    assert properties["WeeklyMaintenanceWindowStart"] == "Sun:03:00"


def test_server_has_its_size_and_version(stack: Stack) -> None:
    server(stack, registers_models=True)
    properties = resource(stack, "AWS::SageMaker::MlflowTrackingServer")["Properties"]
    assert properties["TrackingServerName"] == "team-mlflow-3-0"
    assert properties["TrackingServerSize"] == "Medium"
    assert properties["MlflowVersion"] == "3.0"
    assert properties["AutomaticModelRegistration"] is True
    assert properties["ArtifactStoreUri"]["Fn::Join"][1][::2] == ["s3://", "/server"]


@pytest.mark.parametrize("make", [app, server])
@pytest.mark.parametrize("registers_models", [False, True])
def test_role_reaches_the_registry_only_where_models_are_registered(
    stack: Stack, make: Any, registers_models: bool
) -> None:
    make(stack, registers_models=registers_models)
    policy = resource(stack, "AWS::IAM::ManagedPolicy")["Properties"]["PolicyDocument"]
    actions = {a for s in policy["Statement"] for a in s["Action"]}
    assert {"s3:GetObject", "s3:PutObject", "s3:ListBucket", "kms:Decrypt"} <= actions
    assert "s3:DeleteObject" not in actions
    assert not any("*" in action for action in actions)
    assert ("sagemaker:CreateModelPackage" in actions) is registers_models
    if registers_models:
        [models] = [s for s in policy["Statement"] if "sagemaker:CreateModelPackage" in s["Action"]]
        # Nor does MLflow approve what a model approver has to.
        assert models["Condition"] == {
            "StringNotEquals": {"sagemaker:ModelApprovalStatus": "Approved"}
        }


def test_key_is_used_through_s3_only(stack: Stack) -> None:
    [use] = [s for s in store(stack).access_statements("app") if "kms:Decrypt" in s.actions]
    assert list((use.conditions or {})["StringEquals"]) == ["kms:ViaService"]


def test_writing_is_confined_to_the_folders(stack: Stack) -> None:
    puts = [s for s in store(stack).access_statements("a", "b") if "s3:PutObject" in s.actions]
    assert [s.resources[0].rsplit("/", 2)[1:] for s in puts] == [["a", "*"], ["b", "*"]]


@pytest.mark.parametrize("make", [app, server])
def test_retained_resources_keep_their_role(stack: Stack, make: Any) -> None:
    """MLflow takes no other role later, and could not reach its artifacts without."""
    make(stack)
    template = Template.from_stack(stack).to_json()["Resources"].values()
    kept = {r["Type"] for r in template if r.get("DeletionPolicy") == "Retain"}
    assert {"AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::S3::Bucket"} <= kept
    assert kept & {"AWS::SageMaker::MlflowApp", "AWS::SageMaker::MlflowTrackingServer"}


def test_deleted_resources_leave_no_role(stack: Stack) -> None:
    app(stack, removal_policy=RemovalPolicy.DESTROY)
    template = Template.from_stack(stack).to_json()["Resources"].values()
    policies = {r["Type"]: r.get("DeletionPolicy") for r in template}
    for type_name in ("AWS::SageMaker::MlflowApp", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"):
        assert policies[type_name] == "Delete"


def test_tracking_with_an_app_is_tracking_with_that_app(stack: Stack) -> None:
    made = app(stack)
    found = allowed(made.track_statements())
    assert found.pop("sagemaker:ListMlflowApps") == ["*"]
    assert set(found) == {
        "sagemaker:CallMlflowAppApi",
        "sagemaker:CreatePresignedMlflowAppUrl",
        "sagemaker:DescribeMlflowApp",
    }
    assert all(arns == [made.resource.attr_arn] for arns in found.values())


def test_tracking_with_an_app_that_tags_identify(stack: Stack) -> None:
    """Its policy can be created before the App."""
    statements = app(stack, identifying_tags={"environment": "dev"}).track_statements()
    [tracking] = [one for one in statements if "sagemaker:CallMlflowAppApi" in one.actions]
    assert tracking.resources == [
        stack.format_arn(service="sagemaker", resource="mlflow-app", resource_name="*")
    ]
    assert tracking.conditions == {"StringEquals": {"aws:ResourceTag/environment": "dev"}}
    with pytest.raises(ValueError, match="must have at least one tag"):
        app(Stack(), identifying_tags={}).track_statements()


def resolved(stack: Stack, statements: Sequence[iam.PolicyStatement]) -> list[Any]:
    """Return statements as a template has them."""
    return [stack.resolve(one.to_statement_json()) for one in statements]


@pytest.mark.parametrize(
    ("name", "prefix"),
    [("Dev-mlflow", "dev-mlflow-"), ("a-long-environment-mlflow", "a-long-environment-m")],
)
def test_artifacts_are_recognized_by_their_name(name: str, prefix: str) -> None:
    """A policy with these statements can be created before the bucket."""
    stack = Stack(None, "Stack", stack_name=name)
    made = store(stack)
    by_name = made.access_statements_by_name("app")
    *objects, key = [stack.resolve(one.to_statement_json()) for one in by_name]
    *by_arn, same_key = [
        stack.resolve(one.to_statement_json()) for one in made.access_statements("app")
    ]
    assert key == same_key
    assert [one["Action"] for one in objects] == [one["Action"] for one in by_arn]
    arns = [one["Resource"]["Fn::Join"][1][-1] for one in objects]
    arn = f":s3:::{prefix}*"
    assert arns == [arn, f"{arn}/*", f"{arn}/app/*"]
    assert all(
        one["Condition"] == {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}
        for one in objects
    )


def test_tracking_with_a_server_is_tracking_with_that_server(stack: Stack) -> None:
    found = allowed(server(stack).track_statements())
    everywhere = {action for action, arns in found.items() if arns == ["*"]}
    assert everywhere == {"sagemaker-mlflow:AccessUI", "sagemaker:ListMlflowTrackingServers"}
    for action in found.keys() - everywhere:
        assert found[action][0].endswith(":mlflow-tracking-server/team-mlflow-3-0")
        assert "*" not in action


def test_tracking_neither_promotes_nor_deletes_for_good(stack: Stack) -> None:
    made = server(stack)
    tracking, managing = allowed(made.track_statements()), allowed(made.manage_models_statements())
    assert not tracking.keys() & managing.keys()
    for action in ("DeleteRegisteredModel", "DeleteTraces", "SetRegisteredModelAlias"):
        assert f"sagemaker-mlflow:{action}" in managing
    # A run that is deleted can be restored.
    assert "sagemaker-mlflow:DeleteRun" in tracking


def test_actions_are_all_that_iam_knows() -> None:
    """A new action of IAM's has to be put among those that track, or those that manage."""
    file = resources.files("cfnlint.data.AdditionalSpecs").joinpath("Policies.json")
    known = set(json.loads(file.read_text("utf-8"))["sagemaker-mlflow"]["Actions"])
    ours = [action.lower() for action in (*TRACKING_ACTIONS, *MANAGING_ACTIONS, "AccessUI")]
    assert len(set(ours)) == len(ours)
    assert set(ours) == known


def test_tracking_fits_into_a_policy(stack: Stack) -> None:
    made = server(stack)
    AccessPolicy(
        stack,
        "Tracking",
        description="Tracking",
        statements=[*made.track_statements(), *made.manage_models_statements()],
    )
    policies = Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy")
    [policy] = [p for logical_id, p in policies.items() if logical_id.startswith("Tracking")]
    text = json.dumps(policy["Properties"]["PolicyDocument"], separators=(",", ":"))
    # IAM's limit is 6144; the rest is for what else the activity allows.
    assert len(text) < 4000


def test_the_default_of_a_domain_may_update_that_app_only(stack: Stack) -> None:
    from sagemaker_platform.mlflow.default_app import DefaultMlflowApp

    made = app(stack)
    DefaultMlflowApp(
        stack,
        "Default",
        app=made,
        domain=sagemaker.CfnDomain(
            stack,
            "Domain",
            domain_name="team",
            auth_mode="IAM",
            default_user_settings={"executionRole": "arn:aws:iam::123456789012:role/x"},
        ),
        key=kms.Key(stack, "LogKey"),
        log_retention_days=30,
    )
    template = Template.from_stack(stack)
    [default] = template.find_resources("Custom::DefaultMlflowApp").values()
    assert default["Properties"]["AppName"] == "team"
    arn = {"Fn::GetAtt": [stack.get_logical_id(made.resource), "Arn"]}
    updates = [
        statement
        for policy in template.find_resources("AWS::IAM::ManagedPolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "sagemaker:UpdateMlflowApp" in statement["Action"]
    ]
    assert [s["Resource"] for s in updates] == [arn]
