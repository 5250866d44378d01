"""Wires Studio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_platform.network import INetwork
from sagemaker_platform.studio import (
    DockerAccess,
    IdleShutdown,
    RStudio,
    Space,
    StudioDomain,
    UserProfile,
)
from stacks.base import EnvironmentStack
from stacks.settings import EnvironmentSettings
from stacks.studio.parts import Parts, file_system
from stacks.studio.settings import StudioSettings

if TYPE_CHECKING:
    from sagemaker_platform.mlflow import MlflowApp
    from stacks.studio.canvas import StudioCanvas


class StudioStack(EnvironmentStack):
    """The Studio domain and its users, with the policies that others hand them."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: EnvironmentSettings,
        settings: StudioSettings,
        network: INetwork,
        key: kms.IKey,
        roles: Mapping[str, iam.IRole],
        canvas: StudioCanvas | None,
        alarm_topic: sns.ITopic,
        default_mlflow_app: MlflowApp | None = None,
    ) -> None:
        super().__init__(scope, id, environment=environment, description="SageMaker Studio")
        parts = Parts(self, settings, environment=environment.name)
        docker, r_studio, number = settings.docker, settings.r_studio, settings.domain_number
        domain = StudioDomain(
            self,
            "Domain",
            name=environment.name if number == 1 else f"{environment.name}-{number}",
            network=network,
            key=key,
            auth_mode=settings.auth_mode,
            execution_role=roles[settings.default_persona],
            idle_shutdown=IdleShutdown(**settings.idle_shutdown.model_dump()),
            space_storage=parts.space_storage,
            jupyter_lab=parts.jupyter_lab,
            code_editor=parts.code_editor,
            shared_spaces=parts.shared_spaces,
            portal=parts.portal,
            file_systems=parts.file_systems,
            lustre=settings.uses_lustre,
            docker=DockerAccess(trusted_accounts=docker.trusted_accounts) if docker else None,
            r_studio=RStudio(**r_studio.model_dump()) if r_studio else None,
            group_name=_guard(environment.name, number),
            removal_policy=self.removal_policy,
            log_retention_days=environment.log_retention_days,
        )
        # A profile of the next domain is no replacement of one that has the same name.
        suffix = "" if number == 1 else f"-{number}"
        profiles = {
            user.profile: UserProfile(
                self,
                f"User-{user.profile}{suffix}",
                domain=domain,
                name=user.profile,
                execution_role=roles[user.persona] if user.persona else None,
                single_sign_on_user=user.name if settings.auth_mode == "SSO" else None,
                own=parts.of_user(user),
            )
            for user in settings.users
        }
        owners = {user.name: profiles[user.profile] for user in settings.users}
        spaces = {
            space.name: Space(
                self,
                f"Space-{space.name}{suffix}",
                owner=owners[space.owner],
                name=space.name,
                sharing=space.sharing,
                app=space.app,
                starts_with=parts.of_space(space),
                storage_gib=space.storage_gib,
                display_name=space.display_name,
                file_system=file_system(space.file_system) if space.file_system else None,
                remote_access=space.remote_access,
            )
            for space in settings.spaces
        }
        if settings.has_api_settings:
            # Here, because importing Lambda and Step Functions costs time.
            from stacks.studio.api_settings import add_api_settings

            add_api_settings(
                self,
                settings=settings,
                domain=domain,
                profiles=profiles,
                spaces=spaces,
                canvas=canvas,
                key=key,
                log_retention_days=environment.log_retention_days,
            )
        if settings.app_report is not None:
            # Here, because importing Lambda costs time.
            from sagemaker_platform.studio.app_report import AppReport

            AppReport(
                self,
                "AppReport",
                domain=domain.resource,
                topic=alarm_topic,
                key=key,
                log_retention_days=environment.log_retention_days,
                max_hours=settings.app_report.max_hours,
                hour_utc=settings.app_report.hour_utc,
                tolerated_apps=settings.app_report.tolerated_apps,
                metrics_by=settings.app_report.dimensions,
            )
        if default_mlflow_app is not None:
            # Here, because importing Lambda and Step Functions costs time.
            from sagemaker_platform.mlflow.default_app import DefaultMlflowApp

            DefaultMlflowApp(
                self,
                "DefaultMlflowApp",
                app=default_mlflow_app,
                domain=domain.resource,
                key=key,
                log_retention_days=environment.log_retention_days,
            )
        CfnOutput(self, "DomainId", value=domain.resource.attr_domain_id)
        CfnOutput(self, "DomainUrl", value=domain.resource.attr_url)
        if settings.identity_center_instance_arn is not None:
            CfnOutput(
                self,
                "IdentityCenterInstance",
                description="Where users of the domain are assigned",
                value=settings.identity_center_instance_arn,
            )


def _guard(environment: str, number: int) -> str:
    """Return the name that CloudFormation says when it refuses to replace the domain."""
    return (
        f"Users of {environment} Studio domain {number} (to replace the domain with all home "
        "directories: see domain_number in docs/studio.md)"
    )
