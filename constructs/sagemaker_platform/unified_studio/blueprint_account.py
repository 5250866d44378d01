"""The blueprints that an account offers to a domain of Unified Studio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import CfnResource, RemovalPolicy, Stack, Tags
from aws_cdk import aws_datazone as datazone
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.catalog.unified_studio import blueprint
from sagemaker_platform.foundation import DataBucket, access_to_bucket
from sagemaker_platform.network import INetwork, network_of
from sagemaker_platform.security import AccessPolicy, WildcardStatement
from sagemaker_platform.unified_studio.key_access import key_of_provisioning
from sagemaker_platform.unified_studio.project_tags import tag_projects
from sagemaker_platform.unified_studio.service_role import (
    DATAZONE,
    SERVICE_ROLE_PATH,
    ServiceRole,
    source_account,
)

QUERY_ROLE = "SageMakerStudioQueryExecutionRole"
"""Name of the role that AWS's provisioning policy allows to pass. An account has one."""


def provisioning_role_name(domain_account: str) -> str:
    """Return the name that AWS's console gives to the provisioning role of a domain's account."""
    return f"AmazonSageMakerProvisioning-{domain_account}"


def projects_bucket_name(account: str, environment: str) -> str:
    """Return the name of the bucket of projects. AWS's policies expect how it begins."""
    return f"amazon-sagemaker-{account}-{environment}"


@checks_types
class BlueprintAccount(Construct):
    """Roles, a bucket, and the configuration of blueprints in one account.

    AWS overwrites the configuration of a blueprint as a whole, so an account has one owner of it.
    Configurations are created one after the other, as AWS's own templates do.

    Sources: SageMaker Unified Studio Administrator Guide, "Roles"; AWS's managed policies
    SageMakerStudioProjectProvisioningRolePolicy (version 77) and those of the roles.

    Args:
        domain_id: ID of the domain.
        domain_account: account of the domain.
        name: name of the environment, for the name of the bucket.
        network: network of the projects.
        availability_zones: its zones.
        key: encrypts what projects store.
        access_logs: receives the access logs of the bucket.
        iam_sign_in: whether people sign in to the domain with IAM roles. Projects then have roles
            of yours, and the provisioning role works for them without an administrator's project.
        tags: keys of the tags that project profiles give to projects. Defaults to none.
        permissions_boundary: ARN of a policy that bounds the roles that AWS creates for projects.
            Defaults to none.
        removal_policy: whether everything stays with the domain.

    Attributes:
        bucket: bucket of the projects. AWS's policies reach buckets whose names begin with
            ``amazon-sagemaker``.
        manage_access: role in which the domain grants subscriptions.
        provisioning: role in which the domain creates what projects consist of.
    """

    INTERFACE_ENDPOINTS = (
        "ATHENA",
        "DATAZONE",
        "EC2",
        "EC2_MESSAGES",
        "GLUE",
        "KMS",
        "LAKE_FORMATION",
        "SAGEMAKER_API",
        "SAGEMAKER_RUNTIME",
        "SECRETS_MANAGER",
        "SSM",
        "SSM_MESSAGES",
        "STS",
    )

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain_id: str,
        domain_account: str,
        name: str,
        network: INetwork | ec2.IVpc,
        availability_zones: Sequence[str],
        key: kms.IKey,
        access_logs: s3.IBucket,
        iam_sign_in: bool,
        tags: Sequence[str] = (),
        permissions_boundary: str | None = None,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        self._domain_id, self._removal_policy, self._key = domain_id, removal_policy, key
        stack = Stack.of(self)
        self.query = self._query_role()
        self.manage_access = self._manage_access_role(domain_account)
        self.provisioning = self._provisioning_role(
            domain_account, key, tags, iam_sign_in=iam_sign_in
        )
        self.bucket = DataBucket(
            self,
            "Projects",
            key=key,
            access_logs=access_logs,
            removal_policy=removal_policy,
            name=projects_bucket_name(stack.account, name),
        ).bucket
        network = network_of(network)
        subnets = ",".join(network.private_subnet_ids)
        vpc = {"VpcId": network.vpc.vpc_id, "Subnets": subnets}
        self._parameters: Mapping[str, Mapping[str, str]] = {
            "boundary": {"PermissionsBoundaryArn": permissions_boundary}
            if permissions_boundary
            else {},
            "bucket": {"S3Location": f"s3://{self.bucket.bucket_name}"},
            "key": {"KmsKeyArn": key.key_arn},
            "network": {**vpc, "AZs": ",".join(availability_zones)},
            "subnets": vpc,
        }
        self._last: CfnResource | None = None
        for role in (self.query, self.manage_access, self.provisioning):
            role.apply_removal_policy(removal_policy)

    def _query_role(self) -> ServiceRole:
        """Create the role of federated queries.

        AWS's guide and its CloudFormation template trust AWS Glue and Lake Formation; its Terraform
        module trusts Amazon DataZone.
        """
        role = ServiceRole(
            self,
            "QueryRole",
            name=QUERY_ROLE,
            services=["glue.amazonaws.com", "lakeformation.amazonaws.com"],
            actions=["sts:AssumeRole", "sts:SetContext"],
            conditions=source_account(Stack.of(self).account),
            managed=["service-role/SageMakerStudioQueryExecutionRolePolicy"],
            description="Federated queries of projects in Unified Studio",
        )
        # Version 6 of the policy allows spilled results and connectors to roles with this tag.
        Tags.of(role.resource).add("SageMakerStudioQueryExecutionRole", "true")
        return role

    def _registration_role(self) -> ServiceRole:
        """Create the role in which Lake Formation reads and writes tables of projects.

        Lake Formation cannot assume the role that grants subscriptions, which Amazon DataZone
        assumes. AWS's policy of that role lets it pass this one by its name, without another path.

        Source: Amazon DataZone User Guide, "AmazonDataZoneS3Manage-<region>-<domainId>".
        """
        stack = Stack.of(self)
        via_s3 = {"StringEquals": {"kms:ViaService": f"s3.{stack.region}.amazonaws.com"}}
        role = ServiceRole(
            self,
            "RegistrationRole",
            name=f"AmazonDataZoneS3Manage-{stack.region}-{self._domain_id}",
            path=SERVICE_ROLE_PATH,
            services=["lakeformation.amazonaws.com"],
            actions=["sts:AssumeRole", "sts:SetContext", "sts:SetSourceIdentity"],
            conditions=source_account(stack.account),
            managed=[],
            description="Unified Studio: tables of projects",
            statements=[
                *access_to_bucket(self.bucket, write=True),
                iam.PolicyStatement(
                    actions=["kms:Decrypt", "kms:GenerateDataKey"],
                    resources=[self._key.key_arn],
                    conditions=via_s3,
                ),
            ],
        )
        role.apply_removal_policy(self._removal_policy)
        services = ["glue.amazonaws.com", "lakeformation.amazonaws.com"]
        policy = AccessPolicy(
            self,
            "Registers",
            description="Unified Studio: registers tables of projects",
            statements=[
                iam.PolicyStatement(actions=["iam:GetRole"], resources=[role.arn]),
                iam.PolicyStatement(
                    actions=["iam:PassRole"],
                    resources=[role.arn],
                    conditions={"StringEquals": {"iam:PassedToService": services}},
                ),
            ],
            attached_to=[
                iam.Role.from_role_name(self, "Registering", self.manage_access.resource.ref)
            ],
        )
        policy.managed_policy.apply_removal_policy(self._removal_policy)
        return role

    def _manage_access_role(self, domain_account: str) -> ServiceRole:
        stack = Stack.of(self)
        domain_arn = (
            f"arn:{stack.partition}:datazone:{stack.region}:{domain_account}:domain/"
            f"{self._domain_id}"
        )
        return ServiceRole(
            self,
            "ManageAccessRole",
            name=f"AmazonSageMakerManageAccess-{stack.region}-{self._domain_id}",
            path=SERVICE_ROLE_PATH,
            services=[DATAZONE],
            actions=["sts:AssumeRole"],
            conditions={
                **source_account(domain_account),
                "ArnEquals": {"aws:SourceArn": domain_arn},
            },
            managed=[
                "service-role/AmazonDataZoneGlueManageAccessRolePolicy",
                "service-role/AmazonDataZoneRedshiftManageAccessRolePolicy",
                "AmazonDataZoneSageMakerManageAccessRolePolicy",
            ],
            description="Unified Studio: access that subscriptions give",
            statements=[
                WildcardStatement(
                    actions=["secretsmanager:GetSecretValue"],
                    resources=["*"],
                    conditions={
                        "StringEquals": {
                            "secretsmanager:ResourceTag/AmazonDataZoneDomain": self._domain_id
                        }
                    },
                    wildcard_reason="AWS names the secrets of projects; the condition requires the "
                    "tag of this domain.",
                )
            ],
        )

    def _provisioning_role(
        self,
        domain_account: str,
        key: kms.IKey,
        tags: Sequence[str],
        *,
        iam_sign_in: bool,
    ) -> ServiceRole:
        return ServiceRole(
            self,
            "ProvisioningRole",
            name=provisioning_role_name(domain_account),
            path=SERVICE_ROLE_PATH,
            services=[DATAZONE],
            actions=["sts:AssumeRole"],
            conditions=source_account(domain_account),
            managed=[
                "service-role/SageMakerStudioProjectProvisioningRolePolicy",
                *(["SageMakerStudioAdminIAMDefaultExecutionPolicy"] if iam_sign_in else []),
            ],
            description="Unified Studio: creates what projects consist of",
            statements=[
                *key_of_provisioning(key),
                # AWS's policy allows to pass the role without a path only.
                iam.PolicyStatement(actions=["iam:GetRole"], resources=[self.query.arn]),
                iam.PolicyStatement(
                    actions=["iam:PassRole"],
                    resources=[self.query.arn],
                    conditions={
                        "StringEquals": {
                            "iam:PassedToService": [
                                "glue.amazonaws.com",
                                "lakeformation.amazonaws.com",
                            ]
                        }
                    },
                ),
                *(tag_projects(tags) if tags else ()),
            ],
        )

    def add_blueprint(
        self,
        id: str,
        *,
        name: str,
        parameters: Mapping[str, str] | None = None,
        global_parameters: Mapping[str, str] | None = None,
    ) -> str:
        """Configure a blueprint, and return its ID.

        Args:
            id: construct ID.
            name: name of a managed blueprint.
            parameters: regional parameters besides those of the environment.
            global_parameters: parameters of all regions.
        """
        about, kind = blueprint(name), datazone.CfnEnvironmentBlueprintConfiguration
        regional = {
            key: value
            for one in sorted(about.parameters)
            for key, value in self._parameters[one].items()
        }
        given = {
            **({"sagemakerQueryExecutionRoleArn": self.query.arn} if name == "Tooling" else {}),
            **(global_parameters or {}),
        }
        locations = (
            [
                kind.ProvisioningConfigurationProperty(
                    lake_formation_configuration=kind.LakeFormationConfigurationProperty(
                        location_registration_role=self._registration_role().arn
                    )
                )
            ]
            if name == "DataLake"
            else None
        )
        made = kind(
            self,
            id,
            domain_identifier=self._domain_id,
            environment_blueprint_identifier=name,
            enabled_regions=[Stack.of(self).region],
            manage_access_role_arn=self.manage_access.arn,
            provisioning_role_arn=self.provisioning.arn if about.provisioned else None,
            regional_parameters=[
                kind.RegionalParameterProperty(
                    region=Stack.of(self).region, parameters={**regional, **(parameters or {})}
                )
            ],
            global_parameters=given or None,
            provisioning_configurations=locations,
        )
        made.apply_removal_policy(self._removal_policy)
        if self._last is not None:
            made.add_resource_dependency(self._last)
        self._last = made
        return made.attr_environment_blueprint_id
