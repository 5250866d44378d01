"""A SageMaker Studio domain that is reachable from its VPC only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IConstruct

from sagemaker_platform.arguments import checks_types, require_each, require_one_of
from sagemaker_platform.network import EgressRule, INetwork, network_of
from sagemaker_platform.security import acknowledge
from sagemaker_platform.studio.apps import AppDefaults, IdleShutdown
from sagemaker_platform.studio.existing_domain import ExistingStudioDomain
from sagemaker_platform.studio.groups import reach_itself, security_group
from sagemaker_platform.studio.portal import Portal
from sagemaker_platform.studio.r_studio import RStudio, access_property, domain_role
from sagemaker_platform.studio.storage import FileSystem, SpaceStorage, file_system_properties

if TYPE_CHECKING:
    from sagemaker_platform.studio.clean_up import StudioCleanUp

AuthMode = Literal["IAM", "SSO"]
"""How people sign in: with an IAM identity, or through IAM Identity Center."""


@checks_types
@dataclass(frozen=True, kw_only=True)
class SharedSpaces:
    """What spaces start with that several people share.

    Args:
        jupyter_lab: what JupyterLab starts with.
        space_storage: sizes of volumes.
        file_systems: your file systems in each shared space, at most two.
    """

    jupyter_lab: AppDefaults
    space_storage: SpaceStorage
    file_systems: Sequence[FileSystem] = ()


@checks_types
@dataclass(frozen=True, kw_only=True)
class DockerAccess:
    """Docker in Studio's apps: building images, and running containers in SageMaker's own way.

    Args:
        trusted_accounts: accounts whose registries in ECR images may be pulled from besides
            this account's, at most 20.
    """

    trusted_accounts: Sequence[str] = ()

    INTERFACE_ENDPOINTS: ClassVar = ("ECR", "ECR_DOCKER")
    """AWS services that Docker calls from inside the VPC besides those of the domain."""


@checks_types
class StudioDomain(Construct):
    """A Studio domain, encrypted, reachable from its VPC only.

    Home directories (EFS) and volumes of spaces (EBS) are encrypted with ``key``. Tags
    of the domain reach the apps that users start, so that their cost can be told apart.
    CloudTrail names the user profile with each call of an app, as its source identity.

    A domain cannot change its name, ``auth_mode``, ``key`` or VPC: CloudFormation would make
    another in its place, without the home directories. That takes a new ``name`` here. All
    users are in a security group called ``group_name``, which has these facts in its
    description: a group cannot change its description, and CloudFormation replaces nothing
    that keeps its custom name ("Name type" in its guide). So it refuses a change of these
    facts alone, before it comes to the domain, at a resource that is called so.

    Args:
        name: name of the domain.
        network: the VPC; its private subnets hold the apps.
        key: encrypts home directories and volumes.
        auth_mode: how people sign in.
        execution_role: role of shared spaces, and of users without a role;
            usually that of a `Persona` with what `studio_user_statements` allows.
        idle_shutdown: when an idle app is stopped.
        space_storage: sizes of volumes.
        jupyter_lab: what JupyterLab starts with.
        code_editor: settings of Code Editor. Defaults to those of JupyterLab.
        shared_spaces: settings of shared spaces. Defaults to those of users' spaces.
        portal: parts of Studio that users see. Defaults to everything.
        file_systems: your file systems in every user's spaces, at most two.
        lustre: whether apps may reach FSx for Lustre: needed as soon as the domain, a user
            or a space has such a file system.
        egress: further connections that apps may open.
        security_group_ids: your security groups for all apps, at most three.
        docker: Docker in apps. Defaults to no Docker.
        r_studio: RStudio. Defaults to no RStudio.
        group_name: name of the security group of all users, which must change together with
            ``name``. Defaults to a name derived from it.
        user_stacks: names of other stacks that hold users.
        removal_policy: RETAIN keeps the domain, with the users' homes, when the stack
            goes. With DESTROY nothing is left of it, see `StudioCleanUp`.
        log_retention_days: how long the logs of that clean-up are kept; one of the periods
            that CloudWatch Logs offers.
    """

    INTERFACE_ENDPOINTS = (
        "CLOUDWATCH_LOGS",
        "SAGEMAKER_API",
        "SAGEMAKER_RUNTIME",
        "SAGEMAKER_STUDIO",
        "STS",
    )
    """AWS services that apps call from inside the VPC (names of constants of
    ``ec2.InterfaceVpcEndpointAwsService``)."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        network: INetwork | ec2.IVpc,
        key: kms.IKey,
        auth_mode: AuthMode,
        execution_role: iam.IRole,
        idle_shutdown: IdleShutdown,
        space_storage: SpaceStorage,
        jupyter_lab: AppDefaults,
        code_editor: AppDefaults | None = None,
        shared_spaces: SharedSpaces | None = None,
        portal: Portal | None = None,
        file_systems: Sequence[FileSystem] = (),
        lustre: bool = False,
        egress: Sequence[EgressRule] = (),
        security_group_ids: Sequence[str] = (),
        docker: DockerAccess | None = None,
        r_studio: RStudio | None = None,
        group_name: str | None = None,
        user_stacks: Sequence[str] = (),
        removal_policy: RemovalPolicy,
        log_retention_days: int = 90,
    ) -> None:
        super().__init__(scope, id)
        network = network_of(network)
        require_one_of("auth_mode", auth_mode, AuthMode)
        self.network = network
        self.removal_policy = removal_policy
        self.lustre = lustre
        # SageMaker adds the groups of a user to those of the domain: what all users share
        # must not let them reach each other.
        user_group = security_group(
            self,
            # What CloudFormation says when it refuses to replace the domain.
            "UserSecurityGroupReplacesDomain",
            network=network,
            name=group_name or f"{name}-studio-users",
            # Any other wording would itself be refused in every environment that is deployed.
            description=f"All users of a Studio domain with sign-in {auth_mode}, key {key.key_arn}",
            lustre=lustre,
        )
        acknowledge(
            user_group,
            ["AwsSolutions-EC27"],
            reason="There is a description; the rule cannot read one that refers to the key.",
        )
        space_group = security_group(
            self,
            "SpaceSecurityGroup",
            network=network,
            description=f"Shared spaces of {name}",
            lustre=lustre,
        )
        reach_itself(space_group)
        require_each("egress", egress, EgressRule)
        for rule in egress:
            rule.add_to(user_group)
            rule.add_to(space_group)
        shared = shared_spaces or SharedSpaces(
            jupyter_lab=jupyter_lab, space_storage=space_storage, file_systems=file_systems
        )
        portal = portal or Portal()
        lifecycle = {"appLifecycleManagement": idle_shutdown.to_property()}
        user_settings: dict[str, Any] = {
            "executionRole": execution_role.role_arn,
            "securityGroups": [user_group.security_group_id, *security_group_ids],
            "studioWebPortal": "ENABLED",
            "defaultLandingUri": portal.default_landing_uri,
            "studioWebPortalSettings": portal.to_property(),
            "jupyterLabAppSettings": {**lifecycle, **jupyter_lab.to_property("JupyterLab")},
            "codeEditorAppSettings": {
                **lifecycle,
                **(code_editor or jupyter_lab).to_property("CodeEditor"),
            },
            "spaceStorageSettings": space_storage.to_property(),
            "customFileSystemConfigs": file_system_properties(file_systems),
        }
        if r_studio is not None:
            user_settings["rStudioServerProAppSettings"] = access_property(r_studio.access)
        self.resource = sagemaker.CfnDomain(
            self,
            "Resource",
            domain_name=name,
            auth_mode=auth_mode,
            vpc_id=network.vpc.vpc_id,
            subnet_ids=list(network.private_subnet_ids),
            app_network_access_type="VpcOnly",
            # RStudio in a VPC without internet asks for groups that SageMaker makes.
            app_security_group_management="Service" if r_studio else None,
            kms_key_id=key.key_arn,
            tag_propagation="ENABLED",
            domain_settings={
                "executionRoleIdentityConfig": "USER_PROFILE_NAME",
                **_docker(docker),
                **self._r_studio(r_studio),
            },
            default_user_settings=user_settings,
            default_space_settings={
                "executionRole": execution_role.role_arn,
                "securityGroups": [space_group.security_group_id, *security_group_ids],
                "jupyterLabAppSettings": {
                    **lifecycle,
                    **shared.jupyter_lab.to_property("JupyterLab"),
                },
                "spaceStorageSettings": shared.space_storage.to_property(),
                "customFileSystemConfigs": file_system_properties(shared.file_systems),
            },
        )
        self.resource.apply_removal_policy(removal_policy)
        self._clean_up: StudioCleanUp | None = None
        if removal_policy is RemovalPolicy.DESTROY:
            # Here, because importing Lambda and Step Functions costs time.
            from sagemaker_platform.studio import clean_up

            self._clean_up = clean_up.StudioCleanUp(
                self,
                "CleanUp",
                domain=self.resource,
                key=key,
                log_retention_days=log_retention_days,
                user_stacks=user_stacks,
            )

    @property
    def domain_id(self) -> str:
        """Id of the domain."""
        return self.resource.attr_domain_id

    @staticmethod
    def from_domain_id(
        scope: Construct,
        id: str,
        domain_id: str,
        *,
        network: INetwork | ec2.IVpc,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> ExistingStudioDomain:
        """Import a domain of the account and region of the stack, to add users to it.

        Args:
            scope: scope of the new construct.
            id: id of the new construct.
            domain_id: id of the domain, such as ``d-0123456789ab``.
            network: VPC of the domain.
            removal_policy: of the users that are added. Defaults to RETAIN.
        """
        return ExistingStudioDomain(
            scope, id, domain_id=domain_id, network=network, removal_policy=removal_policy
        )

    def clean_up_user(
        self, scope: Construct, profile: sagemaker.CfnUserProfile
    ) -> IConstruct | None:
        """Clean up after a user before their profile goes, if the domain is cleaned up at all."""
        return self._clean_up.clean_up_user(scope, profile) if self._clean_up else None

    def clean_up_workload(self, *, security_group_id: str, prefix: str) -> None:
        """End what people started when the stack is deleted, if the domain is cleaned up at all."""
        if self._clean_up is not None:
            self._clean_up.clean_up_workload(
                self, security_group_id=security_group_id, prefix=prefix
            )

    def delete_before(self, *others: IConstruct) -> None:
        """Clean the domain up before others are deleted, if it is cleaned up at all.

        What is in another stack that needs the domain is deleted before it anyway.
        """
        if self._clean_up is not None:
            here = Stack.of(self).node.path
            self._clean_up.resource.node.add_dependency(
                *(o for o in others if Stack.of(o).node.path == here)
            )

    def _r_studio(self, r_studio: RStudio | None) -> Mapping[str, Any]:
        if r_studio is None:
            return {}
        return {
            "rStudioServerProDomainSettings": {
                "domainExecutionRoleArn": domain_role(self).role_arn,
                "rStudioConnectUrl": r_studio.connect_url,
                "rStudioPackageManagerUrl": r_studio.package_manager_url,
            }
        }


def _docker(docker: DockerAccess | None) -> Mapping[str, Any]:
    # Said even if there is none: what an update leaves out, SageMaker keeps.
    return {
        "dockerSettings": {
            "enableDockerAccess": "ENABLED" if docker else "DISABLED",
            "vpcOnlyTrustedAccounts": list(docker.trusted_accounts) if docker else [],
        }
    }
