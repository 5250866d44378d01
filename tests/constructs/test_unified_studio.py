"""Domains of Unified Studio: both ways to sign in, roles as AWS expects them, and owners."""

from typing import Any

import pytest
from aws_cdk import App, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from sagemaker_platform.catalog.unified_studio import policies
from sagemaker_platform.unified_studio import (
    Enrolled,
    Everyone,
    Grantee,
    IdentityCenterSignIn,
    PolicyGrant,
    Project,
    ProjectRole,
    ProjectsOf,
    ProjectWaiter,
    UnifiedStudioDomain,
)

INSTANCE = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
ROLE = "arn:aws:iam::123456789012:role/scientist"
GROUP = "1234567890-aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"


def domain(sign_in: IdentityCenterSignIn | None = None) -> UnifiedStudioDomain:
    stack = Stack(App(), "One")
    return UnifiedStudioDomain(
        stack,
        "Domain",
        name="dev",
        key=kms.Key(stack, "Key"),
        sign_in=sign_in,
        log_retention_days=30,
        removal_policy=RemovalPolicy.DESTROY,
    )


def resources(made: UnifiedStudioDomain, kind: str) -> list[dict[str, Any]]:
    template = Template.from_stack(Stack.of(made))
    return [one["Properties"] for one in template.find_resources(kind).values()]


def test_iam_domain_has_no_assignment_and_roles_are_groups() -> None:
    made = domain()
    assert made.enroll_role("Role", role_arn=ROLE).kind == "group"
    [found] = resources(made, "AWS::DataZone::Domain")
    assert found["SingleSignOn"] == {"Type": "DISABLED"}
    assert found["DomainVersion"] == "V2"
    [profile] = resources(made, "AWS::DataZone::GroupProfile")
    assert profile.pop("DomainIdentifier")
    assert profile == {
        "GroupType": "IAM_ROLE_SESSION_GROUP",
        "RolePrincipalArn": ROLE,
        "Status": "ASSIGNED",
    }


def test_identity_center_domain_knows_roles_as_users() -> None:
    made = domain(IdentityCenterSignIn(instance_arn=INSTANCE))
    assert made.enroll_role("Role", role_arn=ROLE).kind == "user"
    assert made.enroll_group("Group", group_id=GROUP).kind == "group"
    assert made.enroll_user("User", user_id=GROUP).kind == "user"
    [found] = resources(made, "AWS::DataZone::Domain")
    assert found["SingleSignOn"] == {
        "Type": "IAM_IDC",
        "UserAssignment": "MANUAL",
        "IdcInstanceArn": INSTANCE,
    }
    users = resources(made, "Custom::UnifiedStudioUserProfile")
    assert sorted(one["UserType"] for one in users) == ["IAM_ROLE", "SSO_USER"]


def test_roles_trust_datazone_for_the_account_only() -> None:
    made = domain()
    roles = {
        one["ManagedPolicyArns"][0]["Fn::Join"][1][-1].rpartition("/")[2]: one
        for one in resources(made, "AWS::IAM::Role")
        if one.get("Path") == "/service-role/"
    }
    assert set(roles) == {
        "SageMakerStudioDomainExecutionRolePolicy",
        "SageMakerStudioDomainServiceRolePolicy",
    }
    for role in roles.values():
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "datazone.amazonaws.com"}
        assert statement["Condition"]["StringEquals"] == {
            "aws:SourceAccount": {"Ref": "AWS::AccountId"}
        }
    [execution] = roles["SageMakerStudioDomainExecutionRolePolicy"]["AssumeRolePolicyDocument"][
        "Statement"
    ]
    assert execution["Action"] == ["sts:AssumeRole", "sts:SetContext", "sts:TagSession"]


@pytest.mark.parametrize("method", ["enroll_group", "enroll_user"])
def test_iam_domain_refuses_people_of_identity_center(method: str) -> None:
    argument = {"enroll_group": "group_id", "enroll_user": "user_id"}[method]
    with pytest.raises(ValueError, match="must be a domain with sign-in by IAM Identity Center"):
        getattr(domain(), method)("Who", **{argument: GROUP})


def test_automatic_assignment_refuses_users() -> None:
    made = domain(IdentityCenterSignIn(instance_arn=INSTANCE, assignment="automatic"))
    with pytest.raises(ValueError, match="AWS creates the profiles of all users"):
        made.enroll_user("User", user_id=GROUP)


def grantee(kind: str, made: UnifiedStudioDomain) -> Grantee:
    if kind == "projects":
        return ProjectsOf(made.root_unit_id)
    return Everyone() if kind == "everyone" else made.enroll_role("Role", role_arn=ROLE)


@pytest.mark.parametrize("policy", policies())
@pytest.mark.parametrize("kind", ["one", "everyone", "projects"])
@pytest.mark.parametrize("profile", [None, "profile"])
def test_grants_have_only_what_belongs_together(
    policy: str, kind: str, profile: str | None
) -> None:
    """AWS takes no other combination, and CloudFormation checks none of them."""
    about, made = policies()[policy], domain()

    def grant() -> PolicyGrant:
        return PolicyGrant(
            Stack.of(made),
            "Grant",
            domain_id=made.id,
            policy=policy,
            entity_id="unit",
            grantee=grantee(kind, made),
            profile_id=profile,
        )

    fits = (kind == "projects") == (about.principals == "projects")
    if not fits or about.profiles != (profile is not None):
        with pytest.raises(ValueError, match="must "):
            grant()
        return
    grant()
    [found] = resources(made, "AWS::DataZone::PolicyGrant")
    assert found["PolicyType"] == about.type
    assert found["EntityType"] == about.entity
    # The key of the detail is the type in another spelling.
    assert [key.lower() for key in found["Detail"]] == [about.type.replace("_", "").lower()]
    assert set(found["Principal"]) == {
        {"projects": "Project", "everyone": "User", "one": "Group"}[kind]
    }


def test_policy_that_cloudformation_lacks_is_refused() -> None:
    made = domain()
    with pytest.raises(ValueError, match="policy: got 'create_environment'; must be one of"):
        PolicyGrant(
            Stack.of(made),
            "Grant",
            domain_id=made.id,
            policy="create_environment",
            entity_id="unit",
            grantee=Enrolled("user", "id", made),
        )


def project(made: UnifiedStudioDomain, **more: Any) -> Project:
    return Project(
        Stack.of(made),
        "Project",
        domain_id=made.id,
        unit_id=made.root_unit_id,
        name="Sales",
        profile_id="profile",
        removal_policy=RemovalPolicy.DESTROY,
        **more,
    )


@pytest.mark.parametrize("designation", ["owner", "contributor"])
def test_designation_is_not_in_the_logical_id(designation: Any) -> None:
    """With it, CloudFormation would delete the member after it has created it again."""
    made = domain()
    one = project(made)
    one.add_member("Member", made.enroll_role("Role", role_arn=ROLE), designation=designation)
    template = Template.from_stack(Stack.of(made)).find_resources(
        "AWS::DataZone::ProjectMembership"
    )
    [(logical_id, found)] = template.items()
    assert logical_id == "ProjectMember4F361973"
    assert found["Properties"]["Designation"] == f"PROJECT_{designation.upper()}"


def test_project_takes_parameters_of_the_latest_profile_and_no_members_at_creation() -> None:
    made = domain()
    project(made, parameters={"Lakehouse Database": {"glueDbName": "sales"}})
    [found] = resources(made, "AWS::DataZone::Project")
    assert found["ProjectProfileVersion"] == "latest"
    # A changed list would replace the project.
    assert "MembershipAssignments" not in found


def test_role_of_a_project_passes_itself_and_trusts_services_of_the_account() -> None:
    made = domain()
    stack = Stack.of(made)
    project(made, role=ProjectRole(stack, "ProjectRole", key=kms.Key(stack, "Own")))
    [role] = [
        one
        for one in resources(made, "AWS::IAM::Role")
        if "SageMakerStudioUserIAMDefaultExecutionPolicy" in str(one)
    ]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }
    assert len(statement["Principal"]["Service"]) == 10
    [found] = resources(made, "AWS::DataZone::Project")
    assert found["ProjectExecutionRole"]["Fn::GetAtt"][1] == "Arn"


def test_waiter_is_an_owner_of_the_root_unit_before_it_waits() -> None:
    made = domain()
    ProjectWaiter(
        Stack.of(made),
        "Waiter",
        domain=made,
        administrators=[ROLE],
        keep=False,
        key=kms.Key(Stack.of(made), "WaiterKey"),
        log_retention_days=30,
    )
    template = Template.from_stack(Stack.of(made))
    [gone] = template.find_resources("Custom::UnifiedStudioGone").values()
    [owner] = template.find_resources("AWS::DataZone::Owner")
    [profile] = template.find_resources("AWS::DataZone::GroupProfile")
    assert {owner, profile} <= set(gone["DependsOn"])
    assert gone["Properties"]["Keep"] == "false"
