"""Projects of Unified Studio that the platform owns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_datazone as datazone
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security import AccessPolicy, acknowledge
from sagemaker_platform.unified_studio.domain import Enrolled
from sagemaker_platform.unified_studio.service_role import DATAZONE, ServiceRole, source_account

Designation = Literal["owner", "contributor"]

_SERVICES = (
    "airflow-serverless.amazonaws.com",
    "athena.amazonaws.com",
    "bedrock.amazonaws.com",
    "datazone.amazonaws.com",
    "emr-serverless.amazonaws.com",
    "glue.amazonaws.com",
    "lakeformation.amazonaws.com",
    "redshift.amazonaws.com",
    "sagemaker.amazonaws.com",
    "scheduler.amazonaws.com",
)


@checks_types
class ProjectRole(Construct):
    """The role in which people and services work for a project of a domain with IAM sign-in.

    Sources: SageMaker Unified Studio Administrator Guide, "Set up IAM-based domains"; AWS's
    Terraform module (examples/tooling-lite, 2026-08).

    Args:
        key: key of the domain.

    Attributes:
        arn: ARN of the role.
    """

    def __init__(self, scope: Construct, id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, id)
        role = ServiceRole(
            self,
            "Role",
            services=_SERVICES,
            actions=["sts:AssumeRole", "sts:SetContext", "sts:SetSourceIdentity", "sts:TagSession"],
            conditions=source_account(Stack.of(self).account),
            managed=["SageMakerStudioUserIAMDefaultExecutionPolicy"],
            description="Project of Unified Studio",
            statements=[
                iam.PolicyStatement(actions=["kms:DescribeKey"], resources=[key.key_arn]),
                iam.PolicyStatement(
                    actions=["kms:Decrypt", "kms:GenerateDataKey"],
                    resources=[key.key_arn],
                    conditions={
                        "ForAnyValue:StringEquals": {
                            "kms:EncryptionContextKeys": "aws:datazone:domainId"
                        }
                    },
                ),
            ],
        )
        self.arn = role.arn
        # Not to Amazon DataZone: the role would become that of another project.
        passed_to = [one for one in _SERVICES if one != DATAZONE]
        self.policy = AccessPolicy(
            self,
            "PassesItself",
            description="Passes the role of a project to services",
            statements=[
                iam.PolicyStatement(
                    actions=["iam:PassRole"],
                    resources=[role.arn],
                    conditions={"StringEquals": {"iam:PassedToService": passed_to}},
                )
            ],
            attached_to=[iam.Role.from_role_name(self, "Attached", role.resource.ref)],
        )


@checks_types
class Project(Construct):
    """A project. Its environments exist some time after CloudFormation has created it.

    Args:
        domain_id: ID of the domain.
        unit_id: ID of its domain unit, which can change.
        name: name that people see, which can change.
        profile_id: ID of its profile. A change replaces the project.
        description: description that people see. Defaults to none.
        parameters: values of editable parameters of the profile, by the name of the part.
        tags: values of tags that the profile lets projects change. Defaults to none.
        role: role of the project in a domain with IAM sign-in. Defaults to the role that AWS
            creates in the other kind of domain.
        removal_policy: with RETAIN, the project stays, with its members.

    Attributes:
        id: ID of the project.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain_id: str,
        unit_id: str,
        name: str,
        profile_id: str,
        description: str | None = None,
        parameters: Mapping[str, Mapping[str, str]] | None = None,
        tags: Mapping[str, str] | None = None,
        role: ProjectRole | None = None,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        self._domain_id = domain_id
        kind = datazone.CfnProject
        self.resource = kind(
            self,
            "Resource",
            name=name,
            description=description,
            domain_identifier=domain_id,
            domain_unit_id=unit_id,
            project_profile_id=profile_id,
            # Without it, AWS ignores changed parameters of a project that exists.
            project_profile_version="latest",
            project_execution_role=role.arn if role else None,
            resource_tags=[
                kind.ResourceTagProperty(key=key, value=value)
                for key, value in (tags or {}).items()
            ]
            or None,
            user_parameters=[
                kind.EnvironmentConfigurationUserParameterProperty(
                    environment_configuration_name=part,
                    environment_parameters=[
                        kind.EnvironmentParameterProperty(name=key, value=value)
                        for key, value in values.items()
                    ],
                )
                for part, values in (parameters or {}).items()
            ]
            or None,
        )
        if role is not None:
            self.resource.node.add_dependency(role)
        self.resource.apply_removal_policy(removal_policy)
        self.id = self.resource.attr_id

    def add_member(self, id: str, member: Enrolled, *, designation: Designation) -> None:
        """Add a user or group as a member.

        Args:
            id: construct ID. It must change with the member, and must stay the same when the
                designation changes: AWS changes it in place, and a second membership of one member
                would be deleted with the first.
            member: the user or group.
            designation: whether the member owns the project or contributes to it.
        """
        membership = datazone.CfnProjectMembership(
            self,
            id,
            domain_identifier=self._domain_id,
            project_identifier=self.id,
            designation=f"PROJECT_{designation.upper()}",
            member={f"{member.kind}Identifier": member.id},
        )
        membership.node.add_dependency(member.resource)
        acknowledge(
            membership,
            ["CloudFormation Validate::E3019"],
            reason="The identifier in the schema leaves the member out: a project has several "
            "memberships.",
        )
