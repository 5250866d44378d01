"""A domain of Unified Studio, with its units and the people in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from aws_cdk import CustomResource, RemovalPolicy, Stack
from aws_cdk import aws_datazone as datazone
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_one_of
from sagemaker_platform.functions import HandledResources
from sagemaker_platform.security import WildcardStatement
from sagemaker_platform.unified_studio.key_access import key_of_portal
from sagemaker_platform.unified_studio.service_role import (
    DATAZONE,
    SERVICE_ROLE_PATH,
    ServiceRole,
    source_account,
)

Assignment = Literal["manual", "automatic"]


@checks_types
@dataclass(frozen=True, kw_only=True)
class IdentityCenterSignIn:
    """Sign-in with AWS IAM Identity Center.

    Attributes:
        instance_arn: ARN of the instance. It must be in the region of the domain.
        assignment: who may sign in: only users and groups that are assigned to the domain
            (``manual``), or all of the instance (``automatic``).
    """

    instance_arn: str
    assignment: Assignment = "manual"

    def __post_init__(self) -> None:
        """Refuse an unknown assignment."""
        require_one_of("assignment", self.assignment, get_args(Assignment))


@dataclass(frozen=True)
class Enrolled:
    """A user or a group of a domain.

    Attributes:
        kind: whether the domain knows it as a user or as a group.
        id: ID of its profile in the domain.
        resource: the profile.
    """

    kind: Literal["user", "group"]
    id: str
    resource: Construct


@checks_types
class UnifiedStudioDomain(Construct):
    """A domain of Unified Studio (Amazon DataZone, version 2).

    With ``sign_in``, users and groups of IAM Identity Center sign in, and IAM roles are users of
    the domain. Without it, people sign in with IAM roles, which are groups of the domain: each
    session of a role is a user. A region of an account can have only one domain of that kind.

    AWS has no API to delete a profile. The AWS type of group profiles can take a group again that
    was removed before. The AWS type of user profiles cannot in all cases (awslabs MDAA issue 74),
    so a custom resource creates them: it takes over a profile that exists.

    Args:
        name: name of the domain, unique in the account.
        key: encrypts the domain. Its policy must let IAM policies of the account decide.
        sign_in: sign-in with IAM Identity Center. Defaults to IAM roles.
        log_retention_days: retention of the logs of the custom resource.
        removal_policy: with RETAIN, the domain stays, with its units and roles. Users and owners
            who are removed lose access in any case.

    Attributes:
        resource: the domain.
        id: ID of the domain.
        root_unit_id: ID of the root domain unit.
    """

    INTERFACE_ENDPOINTS = ("DATAZONE", "STS")

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key: kms.IKey,
        sign_in: IdentityCenterSignIn | None = None,
        log_retention_days: int,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        self._key, self._log_retention_days = key, log_retention_days
        self._removal_policy, self.sign_in = removal_policy, sign_in
        self._profiles: HandledResources | None = None
        execution, service = self._execution_role(), self._service_role()
        self.resource = datazone.CfnDomain(
            self,
            "Resource",
            name=name,
            domain_version="V2",
            domain_execution_role=execution.arn,
            service_role=service.arn,
            kms_key_identifier=key.key_arn,
            single_sign_on=datazone.CfnDomain.SingleSignOnProperty(type="DISABLED")
            if sign_in is None
            else datazone.CfnDomain.SingleSignOnProperty(
                type="IAM_IDC",
                user_assignment=sign_in.assignment.upper(),
                idc_instance_arn=sign_in.instance_arn,
            ),
        )
        for one in (execution, service, self.resource):
            one.apply_removal_policy(removal_policy)
        self.id = self.resource.attr_id
        self.root_unit_id = self.resource.attr_root_domain_unit_id

    def _execution_role(self) -> ServiceRole:
        """Create the role in which people work in the portal.

        Source: SageMaker Unified Studio Administrator Guide, "AmazonSageMakerDomainExecution".
        """
        account = Stack.of(self).account
        return ServiceRole(
            self,
            "ExecutionRole",
            services=[DATAZONE],
            actions=["sts:AssumeRole", "sts:SetContext", "sts:TagSession"],
            conditions={
                **source_account(account),
                "ForAllValues:StringLike": {"aws:TagKeys": ["datazone*"]},
            },
            managed=["service-role/SageMakerStudioDomainExecutionRolePolicy"],
            description="People in the portal of Unified Studio",
            path=SERVICE_ROLE_PATH,
            statements=key_of_portal(self._key),
        )

    def _service_role(self) -> ServiceRole:
        """Create the role in which the domain reads the parameters of project profiles.

        Source: SageMaker Unified Studio Administrator Guide, "AmazonSageMakerDomainService".
        """
        return ServiceRole(
            self,
            "ServiceRole",
            services=[DATAZONE],
            actions=["sts:AssumeRole"],
            conditions=source_account(Stack.of(self).account),
            managed=["service-role/SageMakerStudioDomainServiceRolePolicy"],
            description="Domain of Unified Studio: parameters of project profiles",
            path=SERVICE_ROLE_PATH,
        )

    def add_unit(self, id: str, *, name: str, parent_id: str | None = None) -> str:
        """Add a domain unit, and return its ID.

        AWS cannot move a unit: a change of the parent replaces the unit and all units below it.

        Args:
            id: construct ID.
            name: name of the unit, which can change.
            parent_id: ID of the unit above. Defaults to the root unit.
        """
        unit = datazone.CfnDomainUnit(
            self,
            id,
            domain_identifier=self.id,
            name=name,
            parent_domain_unit_identifier=parent_id or self.root_unit_id,
        )
        unit.apply_removal_policy(self._removal_policy)
        return unit.attr_id

    def enroll_role(self, id: str, *, role_arn: str, scope: Construct | None = None) -> Enrolled:
        """Let people with an IAM role into the domain.

        Args:
            id: construct ID.
            role_arn: ARN of the role.
            scope: scope of the profile, in this stack or in one that depends on it. Defaults to
                the domain.
        """
        if self.sign_in is not None:
            return self._enroll_user(id, role_arn, "IAM_ROLE", scope=scope)
        return self._enroll_group(
            id, group_type="IAM_ROLE_SESSION_GROUP", role_principal_arn=role_arn, scope=scope
        )

    def enroll_group(self, id: str, *, group_id: str) -> Enrolled:
        """Let a group of IAM Identity Center into the domain.

        Args:
            id: construct ID.
            group_id: ID of the group in the identity store.

        Raises:
            ValueError: the domain has no sign-in with IAM Identity Center.
        """
        self._require_sign_in(group_id)
        return self._enroll_group(id, group_type="DATAZONE_SSO_GROUP", group_identifier=group_id)

    def enroll_user(self, id: str, *, user_id: str) -> Enrolled:
        """Let a user of IAM Identity Center into the domain.

        Args:
            id: construct ID.
            user_id: ID of the user in the identity store.

        Raises:
            ValueError: the domain has no sign-in with IAM Identity Center, or assigns all users
                of the instance itself, so that AWS refuses to create a profile.
        """
        sign_in = self._require_sign_in(user_id)
        if sign_in.assignment == "automatic":
            raise ValueError(
                f"user_id: got {user_id!r}; must be a user of a domain with manual assignment, "
                "because AWS creates the profiles of all users with automatic assignment"
            )
        return self._enroll_user(id, user_id, "SSO_USER")

    def _require_sign_in(self, identifier: str) -> IdentityCenterSignIn:
        if self.sign_in is None:
            raise ValueError(
                f"got {identifier!r}; must be a domain with sign-in by IAM Identity Center, "
                "because the other kind knows IAM roles only"
            )
        return self.sign_in

    def _enroll_group(
        self,
        id: str,
        *,
        group_type: str,
        role_principal_arn: str | None = None,
        group_identifier: str | None = None,
        scope: Construct | None = None,
    ) -> Enrolled:
        profile = datazone.CfnGroupProfile(
            scope or self,
            id,
            domain_identifier=self.id,
            group_type=group_type,
            role_principal_arn=role_principal_arn,
            group_identifier=group_identifier,
            # With another status the type refuses a group that was removed before.
            status="ASSIGNED",
        )
        return Enrolled("group", profile.attr_id, profile)

    def _enroll_user(
        self, id: str, identifier: str, user_type: str, *, scope: Construct | None = None
    ) -> Enrolled:
        if self._profiles is None:
            self._profiles = HandledResources(
                self,
                "Profiles",
                folder="unified_studio_profile",
                statements=_profile_statements(),
                key=self._key,
                log_retention_days=self._log_retention_days,
                description="User profiles of Unified Studio",
            )
        profile: CustomResource = self._profiles.add(
            scope or self,
            id,
            resource_type="UnifiedStudioUserProfile",
            properties={"Domain": self.id, "User": identifier, "UserType": user_type},
        )
        return Enrolled("user", profile.get_att_string("Id"), profile)

    def add_owner(
        self,
        id: str,
        owner: Enrolled,
        *,
        unit_id: str | None = None,
        scope: Construct | None = None,
    ) -> None:
        """Make a user or group an owner of a domain unit.

        Args:
            id: construct ID. It must change with the owner and the unit, because AWS cannot
                update an owner.
            owner: the user or group.
            unit_id: ID of the unit. Defaults to the root unit.
            scope: scope of the owner. Defaults to the domain.
        """
        kind = datazone.CfnOwner
        resource = kind(
            scope or self,
            id,
            domain_identifier=self.id,
            entity_type="DOMAIN_UNIT",
            entity_identifier=unit_id or self.root_unit_id,
            owner=kind.OwnerPropertiesProperty(
                user=kind.OwnerUserPropertiesProperty(user_identifier=owner.id)
            )
            if owner.kind == "user"
            else kind.OwnerPropertiesProperty(
                group=kind.OwnerGroupPropertiesProperty(group_identifier=owner.id)
            ),
        )
        resource.node.add_dependency(owner.resource)


def _profile_statements() -> list[iam.PolicyStatement]:
    """Return what the handler of user profiles needs.

    Source: permissions of the handlers of `AWS::DataZone::UserProfile` in its schema.
    """
    return [
        WildcardStatement(
            actions=[
                "datazone:CreateUserProfile",
                "datazone:GetUserProfile",
                "datazone:UpdateUserProfile",
            ],
            resources=["*"],
            wildcard_reason="Amazon DataZone has no resources for these actions.",
        ),
        WildcardStatement(
            actions=["iam:GetRole"],
            resources=["*"],
            wildcard_reason="Settings name roles that people have, also of other paths. Reading "
            "a role gives no access.",
        ),
        WildcardStatement(
            actions=[
                "sso:AssociateProfile",
                "sso:DisassociateProfile",
                "sso:GetProfile",
                "sso:ListProfiles",
            ],
            resources=["*"],
            wildcard_reason="IAM Identity Center cannot restrict these actions to an application.",
        ),
    ]
