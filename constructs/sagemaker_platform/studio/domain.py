"""A SageMaker Studio domain that is reachable from its VPC only."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IDependable

from sagemaker_platform.network import INetwork

if TYPE_CHECKING:
    from sagemaker_platform.studio.clean_up import StudioCleanUp

AuthMode = Literal["IAM", "SSO"]
"""How people sign in: with an IAM identity, or through IAM Identity Center."""


@dataclass(frozen=True, kw_only=True)
class IdleShutdown:
    """When an idle JupyterLab or Code Editor app is stopped, in minutes.

    Args:
        default_minutes: for users who choose nothing.
        min_minutes: the least a user may choose.
        max_minutes: the most a user may choose.
    """

    default_minutes: int
    min_minutes: int
    max_minutes: int


@dataclass(frozen=True, kw_only=True)
class SpaceStorage:
    """Size of the EBS volume of a space, in GiB.

    Args:
        default_gib: for users who choose nothing.
        max_gib: the most a user may choose.
    """

    default_gib: int
    max_gib: int


class StudioDomain(Construct):
    """A Studio domain, encrypted, reachable from its VPC only.

    Home directories (EFS) and volumes of spaces (EBS) are encrypted with ``key``. Tags
    of the domain reach the apps that users start, so that their cost can be told apart.
    CloudTrail names the user profile with each call of an app, as its source identity.

    Args:
        name: name of the domain. It cannot change without replacing the domain, and with
            it every home directory; nor can ``auth_mode`` and ``key``, which must change
            together with the name, or the new domain would clash with the old.
        network: the VPC; its private subnets hold the apps.
        key: encrypts home directories and volumes.
        auth_mode: how people sign in.
        execution_role: what users may do who have no role of their own, and shared spaces;
            usually that of a `Persona` with what `studio_user_statements` allows.
        idle_shutdown: when an idle app is stopped.
        space_storage: sizes of volumes.
        instance_type: what JupyterLab and Code Editor run on unless a user chooses.
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
        network: INetwork,
        key: kms.IKey,
        auth_mode: AuthMode,
        execution_role: iam.IRole,
        idle_shutdown: IdleShutdown,
        space_storage: SpaceStorage,
        instance_type: str,
        removal_policy: RemovalPolicy,
        log_retention_days: int = 90,
    ) -> None:
        super().__init__(scope, id)
        self.network = network
        self.removal_policy = removal_policy
        # SageMaker adds the groups of a user to those of the domain: what all users share
        # must not let them reach each other.
        user_group = security_group(
            self, "UserSecurityGroup", network=network, description=f"All users of {name}"
        )
        space_group = security_group(
            self, "SpaceSecurityGroup", network=network, description=f"Shared spaces of {name}"
        )
        reach_itself(space_group)

        idle = sagemaker.CfnDomain.IdleSettingsProperty(
            lifecycle_management="ENABLED",
            idle_timeout_in_minutes=idle_shutdown.default_minutes,
            min_idle_timeout_in_minutes=idle_shutdown.min_minutes,
            max_idle_timeout_in_minutes=idle_shutdown.max_minutes,
        )
        lifecycle = sagemaker.CfnDomain.AppLifecycleManagementProperty(idle_settings=idle)
        default_instance = sagemaker.CfnDomain.ResourceSpecProperty(instance_type=instance_type)
        jupyter_lab = sagemaker.CfnDomain.JupyterLabAppSettingsProperty(
            app_lifecycle_management=lifecycle, default_resource_spec=default_instance
        )
        code_editor = sagemaker.CfnDomain.CodeEditorAppSettingsProperty(
            app_lifecycle_management=lifecycle, default_resource_spec=default_instance
        )
        storage = sagemaker.CfnDomain.DefaultSpaceStorageSettingsProperty(
            default_ebs_storage_settings=sagemaker.CfnDomain.DefaultEbsStorageSettingsProperty(
                default_ebs_volume_size_in_gb=space_storage.default_gib,
                maximum_ebs_volume_size_in_gb=space_storage.max_gib,
            )
        )
        self.resource = sagemaker.CfnDomain(
            self,
            "Resource",
            domain_name=name,
            auth_mode=auth_mode,
            vpc_id=network.vpc.vpc_id,
            subnet_ids=list(network.private_subnet_ids),
            app_network_access_type="VpcOnly",
            kms_key_id=key.key_arn,
            tag_propagation="ENABLED",
            domain_settings=sagemaker.CfnDomain.DomainSettingsProperty(
                execution_role_identity_config="USER_PROFILE_NAME"
            ),
            default_user_settings=sagemaker.CfnDomain.UserSettingsProperty(
                execution_role=execution_role.role_arn,
                security_groups=[user_group.security_group_id],
                studio_web_portal="ENABLED",
                default_landing_uri="studio::",
                jupyter_lab_app_settings=jupyter_lab,
                code_editor_app_settings=code_editor,
                space_storage_settings=storage,
            ),
            default_space_settings=sagemaker.CfnDomain.DefaultSpaceSettingsProperty(
                execution_role=execution_role.role_arn,
                security_groups=[space_group.security_group_id],
                jupyter_lab_app_settings=jupyter_lab,
                space_storage_settings=storage,
            ),
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
            )

    def delete_before(self, *others: IDependable) -> None:
        """Clean the domain up before others are deleted, if it is cleaned up at all."""
        if self._clean_up is not None:
            self._clean_up.after(*others)


def security_group(
    scope: Construct, id: str, *, network: INetwork, description: str
) -> ec2.SecurityGroup:
    """Make a group of apps that may call out by HTTPS, and NFS in the VPC.

    HTTPS is open to any address because the gateway endpoint of S3 routes to public
    ones; in a network without NAT nothing else answers.
    """
    group = ec2.SecurityGroup(
        scope, id, vpc=network.vpc, description=description, allow_all_outbound=False
    )
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "HTTPS")
    group.add_egress_rule(ec2.Peer.ipv4(network.cidr), ec2.Port.tcp(2049), "NFS in the VPC")
    return group


def reach_itself(group: ec2.SecurityGroup) -> None:
    """Let the apps of a group reach each other, as apps of one user or space have to.

    (AWS: "Connect Studio in a VPC to external resources".)
    """
    group.connections.allow_internally(
        ec2.Port.tcp_range(8192, 65535), "Apps of the same user among themselves"
    )
