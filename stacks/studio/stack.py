"""Wires Studio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.network import INetwork
from sagemaker_platform.studio import IdleShutdown, SpaceStorage, StudioDomain, UserProfile
from stacks.base import EnvironmentStack
from stacks.settings import EnvironmentSettings
from stacks.studio.settings import StudioSettings

if TYPE_CHECKING:
    from sagemaker_platform.mlflow import MlflowApp
    from stacks.studio.canvas import StudioCanvas


class StudioStack(EnvironmentStack):
    """The Studio domain and its users, with the roles of their personas."""

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
        default_mlflow_app: MlflowApp | None = None,
    ) -> None:
        super().__init__(scope, id, environment=environment, description="SageMaker Studio")
        domain = StudioDomain(
            self,
            "Domain",
            # Another mode replaces the domain, which needs another name beside the old one.
            name=environment.name if settings.auth_mode == "IAM" else f"{environment.name}-sso",
            network=network,
            key=key,
            auth_mode=settings.auth_mode,
            execution_role=roles[settings.default_persona],
            idle_shutdown=IdleShutdown(**settings.idle_shutdown.model_dump()),
            space_storage=SpaceStorage(**settings.space_storage.model_dump()),
            instance_type=settings.instance_type,
            removal_policy=self.removal_policy,
            log_retention_days=environment.log_retention_days,
        )
        profiles = {
            user.profile: UserProfile(
                self,
                f"User-{user.profile}",
                domain=domain,
                name=user.profile,
                execution_role=roles[user.persona] if user.persona else None,
                single_sign_on_user=user.name if settings.auth_mode == "SSO" else None,
            )
            for user in settings.users
        }
        if settings.has_api_settings:
            # Here, because importing Lambda and Step Functions costs time.
            from stacks.studio.api_settings import add_api_settings

            add_api_settings(
                self,
                settings=settings,
                domain=domain,
                profiles=profiles,
                canvas=canvas,
                key=key,
                log_retention_days=environment.log_retention_days,
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
