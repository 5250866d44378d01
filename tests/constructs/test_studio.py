import json
from collections.abc import Iterator
from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Match, Template

from sagemaker_platform.network import ImportedNetwork
from sagemaker_platform.studio import (
    AppDefaults,
    AuthMode,
    IdleShutdown,
    SpaceStorage,
    StudioDomain,
    UserProfile,
    studio_user_statements,
)


def domain(
    stack: Stack,
    *,
    auth_mode: AuthMode = "IAM",
    removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
) -> StudioDomain:
    return StudioDomain(
        stack,
        "Domain",
        name="team",
        network=ImportedNetwork(
            stack,
            "Network",
            vpc_id="vpc-1",
            cidr="10.0.0.0/16",
            availability_zones=["eu-west-1a", "eu-west-1b"],
            private_subnet_ids=["subnet-a", "subnet-b"],
        ),
        key=kms.Key(stack, "Key"),
        auth_mode=auth_mode,
        execution_role=iam.Role.from_role_arn(
            stack, "Role", "arn:aws:iam::123456789012:role/people"
        ),
        idle_shutdown=IdleShutdown(default_minutes=60, min_minutes=60, max_minutes=120),
        space_storage=SpaceStorage(default_gib=10, max_gib=50),
        jupyter_lab=AppDefaults(instance_type="ml.t3.medium"),
        removal_policy=removal_policy,
    )


def domain_properties(stack: Stack) -> dict[str, Any]:
    [resource] = Template.from_stack(stack).find_resources("AWS::SageMaker::Domain").values()
    return dict(resource["Properties"])


def test_domain_is_private_and_encrypted(stack: Stack) -> None:
    domain(stack)
    properties = domain_properties(stack)
    assert properties["AppNetworkAccessType"] == "VpcOnly"
    assert "KmsKeyId" in properties
    assert properties["SubnetIds"] == ["subnet-a", "subnet-b"]
    assert properties["TagPropagation"] == "ENABLED"


def test_idle_apps_stop_within_limits_in_every_app_and_space(stack: Stack) -> None:
    domain(stack)
    properties = domain_properties(stack)
    idle = {
        "LifecycleManagement": "ENABLED",
        "IdleTimeoutInMinutes": 60,
        "MinIdleTimeoutInMinutes": 60,
        "MaxIdleTimeoutInMinutes": 120,
    }
    user, space = properties["DefaultUserSettings"], properties["DefaultSpaceSettings"]
    for settings in (
        user["JupyterLabAppSettings"],
        user["CodeEditorAppSettings"],
        space["JupyterLabAppSettings"],
    ):
        assert settings["AppLifecycleManagement"]["IdleSettings"] == idle
    for settings in (user, space):
        assert settings["SpaceStorageSettings"]["DefaultEbsStorageSettings"] == {
            "DefaultEbsVolumeSizeInGb": 10,
            "MaximumEbsVolumeSizeInGb": 50,
        }


def test_users_own_their_spaces(stack: Stack) -> None:
    statements = [one.to_json() for one in studio_user_statements(stack)]
    changing = [s for s in statements if "sagemaker:CreateSpace" in s["Action"]]
    assert len(changing) == 1
    assert "sagemaker:OwnerUserProfileArn" in changing[0]["Condition"]["ArnLike"]
    private = [
        s
        for s in statements
        if "sagemaker:CreateApp" in s["Action"]
        and s["Condition"]["StringEquals"]["sagemaker:SpaceSharingType"] == ["Private"]
    ]
    assert len(private) == 1
    assert "sagemaker:OwnerUserProfileArn" in private[0]["Condition"]["ArnLike"]
    assert "iam:PassRole" not in str(statements)


def test_each_user_has_a_security_group_open_to_itself_only(stack: Stack) -> None:
    home = domain(stack)
    for name in ("alice", "bob"):
        UserProfile(stack, name, domain=home, name=name)
    template = Template.from_stack(stack)
    rules = template.find_resources("AWS::EC2::SecurityGroupIngress").values()
    for rule in rules:
        properties = rule["Properties"]
        assert properties["GroupId"] == properties["SourceSecurityGroupId"]
    reaching_themselves = [rule["Properties"]["GroupId"] for rule in rules]
    settings = domain_properties(stack)
    # SageMaker adds the groups of a profile to those of the domain: what a user has is both.
    [shared_by_users] = settings["DefaultUserSettings"]["SecurityGroups"]
    assert shared_by_users not in reaching_themselves
    own = [
        group
        for profile in template.find_resources("AWS::SageMaker::UserProfile").values()
        for group in profile["Properties"]["UserSettings"]["SecurityGroups"]
    ]
    assert len(own) == 2
    assert own[0] != own[1]
    [shared_by_spaces] = settings["DefaultSpaceSettings"]["SecurityGroups"]
    assert sorted(map(str, reaching_themselves)) == sorted(map(str, [*own, shared_by_spaces]))


def test_calls_name_their_user(stack: Stack) -> None:
    """The trust policy of a `Persona` allows it."""
    domain(stack)
    settings = domain_properties(stack)["DomainSettings"]
    assert settings["ExecutionRoleIdentityConfig"] == "USER_PROFILE_NAME"


def test_a_user_has_the_role_of_the_domain_or_their_own(stack: Stack) -> None:
    home = domain(stack)
    own = "arn:aws:iam::123456789012:role/engineers"
    engineers = iam.Role.from_role_arn(stack, "Engineers", own)
    UserProfile(stack, "Alice", domain=home, name="alice", execution_role=engineers)
    UserProfile(stack, "Bob", domain=home, name="bob")
    profiles = Template.from_stack(stack).find_resources("AWS::SageMaker::UserProfile").values()
    roles = {
        profile["Properties"]["UserProfileName"]: profile["Properties"]["UserSettings"].get(
            "ExecutionRole"
        )
        for profile in profiles
    }
    assert roles == {"alice": own, "bob": None}
    settings = domain_properties(stack)
    for kind in ("DefaultUserSettings", "DefaultSpaceSettings"):
        assert settings[kind]["ExecutionRole"] == "arn:aws:iam::123456789012:role/people"


@pytest.mark.parametrize("auth_mode", ["IAM", "SSO"])
def test_single_sign_on_users(stack: Stack, auth_mode: AuthMode) -> None:
    user = "alice@example.com" if auth_mode == "SSO" else None
    home = domain(stack, auth_mode=auth_mode)
    UserProfile(stack, "Alice", domain=home, name="alice", single_sign_on_user=user)
    Template.from_stack(stack).has_resource_properties(
        "AWS::SageMaker::UserProfile",
        {
            "UserProfileName": "alice",
            "SingleSignOnUserIdentifier": "UserName" if user else Match.absent(),
            "SingleSignOnUserValue": user or Match.absent(),
        },
    )


def test_home_directories_survive_the_stack(stack: Stack) -> None:
    domain(stack)
    Template.from_stack(stack).has_resource(
        "AWS::SageMaker::Domain", {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    )


def test_a_domain_that_is_kept_has_nothing_that_deletes(stack: Stack) -> None:
    home = domain(stack)
    UserProfile(stack, "Alice", domain=home, name="alice")
    template = Template.from_stack(stack)
    for kind in (
        "Custom::StudioCleanUp",
        "Custom::StudioUserCleanUp",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
    ):
        template.resource_count_is(kind, 0)
    assert "DeleteDomain" not in json.dumps(template.to_json())


@pytest.fixture
def deletable(stack: Stack) -> Template:
    home = domain(stack, removal_policy=RemovalPolicy.DESTROY)
    for name in ("alice", "bob"):
        UserProfile(stack, name, domain=home, name=name)
    return Template.from_stack(stack)


def test_the_clean_up_is_deleted_before_what_it_cleans_up_and_works_with(
    deletable: Template,
) -> None:
    resources = deletable.to_json()["Resources"]
    [clean_up] = [r for r in resources.values() if r["Type"] == "Custom::StudioCleanUp"]
    before: set[str] = set()
    new = set(references(clean_up))
    while new:
        before |= new
        new = {name for known in new for name in references(resources[known])} - before
    for kind, count in (
        ("AWS::SageMaker::Domain", 1),
        ("AWS::SageMaker::UserProfile", 2),
        ("AWS::Lambda::Function", 5),
        ("AWS::StepFunctions::StateMachine", 1),
        ("AWS::Logs::LogGroup", 1),
    ):
        assert len([n for n in before if resources[n]["Type"] == kind]) == count, kind
    of_clean_up = {
        name
        for name, resource in resources.items()
        if "CleanUp" in name and resource["Type"].startswith("AWS::IAM::")
    }
    assert of_clean_up <= before, "its permissions must outlive it"


@pytest.mark.parametrize("policy", [RemovalPolicy.DESTROY, RemovalPolicy.RETAIN])
def test_what_people_started_goes_after_the_apps_in_which_they_start_more(
    stack: Stack, policy: RemovalPolicy
) -> None:
    domain(stack, removal_policy=policy).clean_up_workload(
        security_group_id="sg-0a1b2c3d4e5f67890", prefix="dev-user-"
    )
    resources = Template.from_stack(stack).to_json()["Resources"]
    found = {
        name: resource
        for name, resource in resources.items()
        if resource["Type"] == "Custom::StudioWorkloadCleanUp"
    }

    assert len(found) == (policy is RemovalPolicy.DESTROY)
    for name, resource in found.items():
        assert resource["Properties"]["SecurityGroupId"] == "sg-0a1b2c3d4e5f67890"
        [of_domain] = [r for r in resources.values() if r["Type"] == "Custom::StudioCleanUp"]
        assert name in of_domain["DependsOn"]
        [permission] = [one for one in resources if "WorkloadPolicy" in one]
        assert permission in resource["DependsOn"], "its permissions must outlive it"
        assert "endpoint/dev-user-*" in str(resources[permission])


def test_a_user_is_cleaned_up_before_their_profile_goes(deletable: Template) -> None:
    profiles = {
        resource["Properties"]["UserProfileName"]: logical_id
        for logical_id, resource in deletable.find_resources("AWS::SageMaker::UserProfile").items()
    }
    clean_ups = deletable.find_resources("Custom::StudioUserCleanUp").values()
    assert {c["Properties"]["UserProfileName"] for c in clean_ups} == {"alice", "bob"}
    for clean_up in clean_ups:
        own = profiles[clean_up["Properties"]["UserProfileName"]]
        assert own in clean_up["DependsOn"]
        assert clean_up["Properties"]["ProfileLogicalId"] == own
        # What it works with outlives it.
        needed = " ".join(references(clean_up))
        assert "EventRolePolicy" in needed
        assert "WaitRolePolicy" in needed


def references(node: Any) -> Iterator[str]:
    """The logical ids that a part of a template depends on."""
    match node:
        case {"Ref": str(name)} if not name.startswith("AWS::"):
            yield name
        case {"Fn::GetAtt": [name, _]}:
            yield name
        case dict():
            after = node.get("DependsOn", [])
            yield from [after] if isinstance(after, str) else after
            for value in node.values():
                yield from references(value)
        case list():
            for value in node:
                yield from references(value)


def test_the_clean_up_may_still_delete_a_domain_that_an_update_has_replaced(
    deletable: Template,
) -> None:
    """Its policy is updated before: it must not name the domain, but what SageMaker made."""
    policies = deletable.find_resources("AWS::IAM::ManagedPolicy")
    [document] = [
        policy["Properties"]["PolicyDocument"]
        for policy in policies.values()
        if "DeleteDomain" in json.dumps(policy)
    ]
    [domain] = deletable.find_resources("AWS::SageMaker::Domain")
    assert domain not in json.dumps(document)
    deleting = 0
    for statement in document["Statement"]:
        actions = json.dumps(statement["Action"])
        if "Delete" in actions or "Revoke" in actions:
            deleting += 1
            limits = json.dumps([statement["Resource"], statement.get("Condition")])
            if "sagemaker:" not in actions:
                assert "ManagedByAmazonSageMakerResource" in limits or "vpc-1" in limits, statement
    assert deleting == 7


def test_the_clean_up_logs_encrypted_and_for_as_long_as_told(deletable: Template) -> None:
    [group] = deletable.find_resources("AWS::Logs::LogGroup").values()
    assert group["DeletionPolicy"] == "Delete"
    assert group["Properties"]["RetentionInDays"] == 90
    assert "KmsKeyId" in group["Properties"]
    for function in deletable.find_resources("AWS::Lambda::Function").values():
        assert "LogGroup" in function["Properties"]["LoggingConfig"]
