"""What each activity allows, and under which conditions."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from sagemaker_platform import access
from sagemaker_platform.foundation import AccessLogBucket, DataBucket
from sagemaker_platform.network import ImportedNetwork
from sagemaker_platform.security import AccessPolicy
from sagemaker_platform.studio import studio_user_statements
from sagemaker_platform.studio.canvas import (
    CanvasSettings,
    CanvasWorkspace,
    canvas_user_statements,
)


@pytest.fixture
def workload(stack: Stack) -> access.Workload:
    network = ImportedNetwork(
        stack,
        "Network",
        vpc_id="vpc-1",
        cidr="10.0.0.0/16",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        private_subnet_ids=["subnet-a", "subnet-b"],
    )
    return access.Workload(
        stack, "Workload", network=network, key=kms.Key(stack, "Key"), prefix="dev-user-"
    )


def files(stack: Stack) -> s3.IBucket:
    keep = RemovalPolicy.RETAIN
    logs = AccessLogBucket(stack, "Logs", retention_days=30, removal_policy=keep).bucket
    return DataBucket(
        stack, "Files", key=kms.Key(stack, "FilesKey"), access_logs=logs, removal_policy=keep
    ).bucket


def written(stack: Stack, statements: Sequence[iam.PolicyStatement]) -> list[dict[str, Any]]:
    """Return statements as a template has them, with lists of actions and resources."""
    found: list[dict[str, Any]] = stack.resolve([one.to_json() for one in statements])
    return [
        {
            **one,
            **{
                key: one[key] if isinstance(one[key], list) else [one[key]]
                for key in ("Action", "Resource")
            },
        }
        for one in found
    ]


def allowing(statements: Sequence[dict[str, Any]], action: str) -> list[dict[str, Any]]:
    return [one for one in statements if action in one["Action"]]


JOBS_IN_VPC = ["AutoMLJobV2", "HyperParameterTuningJob", "ProcessingJob", "TrainingJob"]


@pytest.mark.parametrize("noun", JOBS_IN_VPC)
def test_jobs_run_in_the_vpc(stack: Stack, workload: access.Workload, noun: str) -> None:
    statements = written(stack, access.run_jobs(workload, files=files(stack)))
    [create] = [
        one for one in allowing(statements, f"sagemaker:Create{noun}") if one["Effect"] == "Allow"
    ]
    condition = create["Condition"]
    assert condition["ForAllValues:StringEquals"]["sagemaker:VpcSubnets"] == [
        "subnet-a",
        "subnet-b",
    ]
    [group] = condition["ForAllValues:StringEquals"]["sagemaker:VpcSecurityGroupIds"]
    assert "WorkloadSecurityGroup" in str(group)
    # Without these, a request that names no subnet at all would pass.
    assert condition["Null"] == {
        "sagemaker:VpcSecurityGroupIds": "false",
        "sagemaker:VpcSubnets": "false",
    }


def test_instances_of_a_job_reach_each_other_and_nobody_else(
    stack: Stack, workload: access.Workload
) -> None:
    template = Template.from_stack(stack)
    group = stack.resolve(workload.security_group.security_group_id)
    [ingress] = template.find_resources("AWS::EC2::SecurityGroupIngress").values()
    [egress] = template.find_resources("AWS::EC2::SecurityGroupEgress").values()
    assert ingress["Properties"]["GroupId"] == group
    assert ingress["Properties"]["SourceSecurityGroupId"] == group
    assert egress["Properties"]["DestinationSecurityGroupId"] == group
    # EFA is none of the protocols that have ports.
    assert ingress["Properties"]["IpProtocol"] == egress["Properties"]["IpProtocol"] == "-1"


STATUS = "sagemaker:ModelApprovalStatus"


def may_approve(statements: Sequence[iam.PolicyStatement]) -> bool:
    """Whether any statement lets a user make or keep a version approved, or change one."""
    return any(
        (
            "sagemaker:UpdateModelPackage" in one.actions
            or (
                "sagemaker:CreateModelPackage" in one.actions
                and (one.conditions or {}).get("StringNotEquals") != {STATUS: "Approved"}
            )
        )
        for one in statements
    )


def test_who_registers_a_model_cannot_approve_it(stack: Stack, workload: access.Workload) -> None:
    """Nor by another activity that they have besides."""
    able = {name for name, found in every_activity(stack, workload).items() if may_approve(found)}
    assert able == {"approve_models"}
    [create] = allowing(
        written(stack, access.register_models(stack)), "sagemaker:CreateModelPackage"
    )
    assert create["Condition"]["Null"]["sagemaker:ModelLifeCycle:Stage"] == "true"


def test_models_with_the_role_of_another_persona_are_out_of_reach(
    stack: Stack, workload: access.Workload
) -> None:
    """Users of a model act with its role."""
    own = "model/dev-user-${aws:PrincipalTag/persona}-*"
    data = files(stack)
    jobs = written(stack, access.run_jobs(workload, files=data))
    [transform] = [
        one for one in allowing(jobs, "sagemaker:CreateTransformJob") if one["Effect"] == "Allow"
    ]
    assert own in str(transform["Condition"]["ArnLike"]["sagemaker:ModelArn"])
    for statements in (jobs, written(stack, access.deploy_endpoints(workload, files=data))):
        [create] = allowing(statements, "sagemaker:CreateModel")
        assert len(create["Resource"]) == 1
        assert own in str(create["Resource"])
    [config] = allowing(
        written(stack, access.deploy_endpoints(workload, files=data)),
        "sagemaker:CreateEndpointConfig",
    )
    assert own in str(config["Condition"]["ArnLikeIfExists"]["sagemaker:ModelArn"])


def test_canvas_encrypts_with_no_other_key_and_leaves_no_vpc(stack: Stack) -> None:
    statements = written(stack, canvas(stack, files(stack)))
    [create] = allowing(statements, "sagemaker:CreateProcessingJob")
    assert set(create["Condition"]["ArnEqualsIfExists"]) == {
        "sagemaker:OutputKmsKey",
        "sagemaker:OutputKmsKeyArn",
        "sagemaker:VolumeKmsKey",
        "sagemaker:VolumeKmsKeyArn",
    }
    assert create["Condition"]["Null"] == {"sagemaker:VpcSubnets": "false"}
    [transform] = allowing(statements, "sagemaker:CreateTransformJob")
    assert all("model/" in str(arn) for arn in transform["Condition"]["ArnLike"].values())


def test_jobs_join_no_group_of_studio(stack: Stack) -> None:
    access.Persona(stack, "Engineer", activities=[], passes_itself=True)
    [policy] = Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy").values()
    [join] = [
        one
        for one in allowing(
            policy["Properties"]["PolicyDocument"]["Statement"], "ec2:CreateNetworkInterface"
        )
        if "security-group" in str(one["Resource"])
    ]
    assert join["Condition"] == {
        "Null": {
            "aws:ResourceTag/studio-apps": "true",
            "aws:ResourceTag/ManagedByAmazonSageMakerResource": "true",
        }
    }


def test_who_approves_models_changes_nothing_but_the_status(stack: Stack) -> None:
    statements = written(stack, access.approve_models(stack))
    changing = [
        one
        for one in statements
        if any(not a.split(":")[1].startswith(("Describe", "List")) for a in one["Action"])
    ]
    assert [one["Action"] for one in changing] == [["sagemaker:UpdateModelPackage"]]
    assert "Approved" in changing[0]["Condition"]["StringEquals"]["sagemaker:ModelApprovalStatus"]


def test_who_traces_models_only_reads(stack: Stack) -> None:
    statements = written(stack, access.trace_models(stack))
    verbs = {action.split(":")[1] for one in statements for action in one["Action"]}
    reading = ("Describe", "GetDatabase", "GetTable", "List", "Lookup", "Query")
    assert [verb for verb in verbs if not verb.startswith(reading)] == []


def test_endpoints_by_hand_are_apart_from_those_of_templates(
    stack: Stack, workload: access.Workload
) -> None:
    data = files(stack)
    statements = written(stack, access.deploy_endpoints(workload, files=data))
    for statement in statements:
        if any("sagemaker:" in a and "List" not in a for a in statement["Action"]):
            assert all("/dev-user-" in str(arn) for arn in statement["Resource"]), statement
    [create] = allowing(statements, "sagemaker:CreateModel")
    assert "sagemaker:VpcSubnets" in create["Condition"]["ForAllValues:StringEquals"]
    [config] = allowing(statements, "sagemaker:CreateEndpointConfig")
    assert "sagemaker:VolumeKmsKey" in config["Condition"]["ArnEqualsIfExists"]


def test_invoking_is_limited_to_a_prefix(stack: Stack) -> None:
    [invoke, _] = written(stack, access.invoke_endpoints(stack, prefix="dev-"))
    assert "sagemaker:InvokeEndpoint" in invoke["Action"]
    assert all("/dev-*" in str(arn) for arn in invoke["Resource"])


def test_administrators_see_no_data_and_pass_no_role(stack: Stack) -> None:
    text = json.dumps(written(stack, access.administer(stack)))
    for forbidden in ("s3:", "kms:", "iam:", "athena:", "glue:", "PresignedDomainUrl", "CreateApp"):
        assert forbidden not in text
    assert "sagemaker:StopTrainingJob" in text


def canvas(stack: Stack, bucket: s3.IBucket) -> list[iam.PolicyStatement]:
    """Everything that Canvas can be allowed."""
    workspace = CanvasWorkspace(bucket=bucket, prefix="canvas", key=kms.Key(stack, "CanvasKey"))
    settings = CanvasSettings(workspace=workspace, model_register=True, direct_deploy=True)
    return list(canvas_user_statements(stack, settings, subnet_ids=["subnet-a"]))


def every_activity(stack: Stack, workload: access.Workload) -> dict[str, list[iam.PolicyStatement]]:
    data = files(stack)
    return {
        "administer": access.administer(stack),
        "approve_models": access.approve_models(stack),
        "build_pipelines": access.build_pipelines(workload),
        "deploy_jumpstart": access.deploy_jumpstart(stack),
        "push_images": access.push_images(stack, prefix="dev/"),
        "schedule_notebooks": access.schedule_notebooks(workload, files=data),
        "use_feature_store": access.use_feature_store(workload, files=data),
        "deploy_endpoints": access.deploy_endpoints(workload, files=data),
        "invoke_endpoints": access.invoke_endpoints(stack, prefix="dev-"),
        "register_models": access.register_models(stack),
        "run_jobs": access.run_jobs(workload, files=data),
        "run_studio_apps": list(studio_user_statements(stack)),
        "use_canvas": canvas(stack, data),
        "trace_models": access.trace_models(stack),
        "track_experiments": access.track_experiments(stack),
    }


def test_no_activity_changes_permissions(stack: Stack, workload: access.Workload) -> None:
    """No role leads from one persona to another."""
    for name, statements in every_activity(stack, workload).items():
        for statement in statements:
            for action in statement.actions:
                assert "*" not in action, name
                assert not action.startswith(("iam:", "sts:", "organizations:")), name
                assert "UserProfile" not in action or action.split(":")[1].startswith(
                    ("Describe", "List")
                ), name


def test_rules_start_what_the_persona_has_made(stack: Stack) -> None:
    rules = access.rules_of(stack, "dev-user-", "Engineer")
    access.Persona(stack, "Engineer", activities=[], passes_itself=True, started_by_rules=rules)
    template = Template.from_stack(stack)
    [role] = template.find_resources("AWS::IAM::Role").values()
    [trust] = [
        one
        for one in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        if one["Principal"] == {"Service": "events.amazonaws.com"}
    ]
    # Without both, any rule of EventBridge, of any account, could use the role.
    assert trust["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert "rule/dev-user-Engineer-*" in str(trust["Condition"]["ArnLike"]["aws:SourceArn"])
    [policy] = template.find_resources("AWS::IAM::ManagedPolicy").values()
    [passing] = allowing(policy["Properties"]["PolicyDocument"]["Statement"], "iam:PassRole")
    assert passing["Condition"]["StringEquals"]["iam:PassedToService"] == [
        "sagemaker.amazonaws.com",
        "events.amazonaws.com",
    ]


@pytest.mark.parametrize("activity", ["build_pipelines", "schedule_notebooks"])
def test_what_has_the_role_of_a_persona_is_its_own(
    stack: Stack, workload: access.Workload, activity: str
) -> None:
    """Who starts or changes a pipeline acts with its role, and so does a rule."""
    own = "dev-user-${aws:PrincipalTag/persona}-*"
    statements = written(stack, every_activity(stack, workload)[activity])
    for statement in statements:
        changing = [
            one
            for one in statement["Action"]
            if not one.split(":")[1].startswith(("Get", "List", "Search"))
        ]
        if changing:
            assert all(own in str(arn) for arn in statement["Resource"]), changing


def test_a_persona_passes_itself_and_nobody_else(stack: Stack, workload: access.Workload) -> None:
    policy = AccessPolicy(
        stack, "Jobs", statements=access.register_models(stack), description="Jobs"
    )
    for name, passes in (("Engineer", True), ("Approver", False)):
        access.Persona(stack, name, activities=[policy], passes_itself=passes)
    template = Template.from_stack(stack)
    passing = [
        policy["Properties"]
        for policy in template.find_resources("AWS::IAM::ManagedPolicy").values()
        if "iam:PassRole" in str(policy)
    ]
    [engineer] = [
        logical_id
        for logical_id in template.find_resources("AWS::IAM::Role")
        if logical_id.startswith("Engineer")
    ]
    [properties] = passing
    [statement] = allowing(properties["PolicyDocument"]["Statement"], "iam:PassRole")
    assert statement["Resource"] == {"Fn::GetAtt": [engineer, "Arn"]}
    assert statement["Condition"] == {
        "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
    }
    assert properties["Roles"] == [{"Ref": engineer}]
    role = template.find_resources("AWS::IAM::Role")[engineer]
    assert {"Key": "persona", "Value": "Engineer"} in role["Properties"]["Tags"]


def test_a_persona_is_assumed_by_sagemaker_here_and_by_those_named(stack: Stack) -> None:
    admin = "arn:aws:iam::123456789012:role/admin"
    access.Persona(
        stack,
        "Administrator",
        activities=[],
        passes_itself=False,
        managed_policies=["house-rules"],
        assumed_by=[admin],
        session_actions=["sts:SetContext"],
    )
    [role] = Template.from_stack(stack).find_resources("AWS::IAM::Role").values()
    trust = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    of_sagemaker = [one for one in trust if "Service" in one["Principal"]]
    for statement in of_sagemaker:
        assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
        assert "aws:SourceAccount" in statement["Condition"]["StringEquals"]
    # So that CloudTrail names the user who shares the role.
    assert "sts:SetSourceIdentity" in str(of_sagemaker)
    assert "sts:SetContext" in str(of_sagemaker)
    [other] = [one for one in trust if one not in of_sagemaker]
    assert other["Principal"] == {"AWS": admin}
    assert other["Action"] == "sts:AssumeRole"
    assert "policy/house-rules" in str(role["Properties"]["ManagedPolicyArns"])
