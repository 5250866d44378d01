"""Wires Studio."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Tags
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.studio import (
    DockerAccess,
    FileSystem,
    IdleShutdown,
    RStudio,
    StudioDomain,
)
from sagemaker_platform.studio.client_defaults import ClientDefaults
from stacks.base import EnvironmentStack
from stacks.shared import SharedResources
from stacks.studio.mapping import StudioMapping
from stacks.studio.settings import StudioSettings
from stacks.studio.users_stack import add_people, user_stack_id

if TYPE_CHECKING:
    from sagemaker_platform.access import Workload
    from sagemaker_platform.mlflow import MlflowApp
    from stacks.studio.canvas_mapping import StudioCanvas


class StudioStack(EnvironmentStack):
    """The Studio domain and its users, with the policies that others hand them."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: StudioSettings,
        roles: Mapping[str, iam.IRole],
        canvas: StudioCanvas | None,
        workload: Workload | None,
        uses_cluster: Callable[[str, str], bool],
        closed: bool,
        default_database: str | None = None,
        default_mlflow_app: MlflowApp | None = None,
        cluster_file_systems: Mapping[str, FileSystem] | None = None,
    ) -> None:
        environment, network, key = shared.environment, shared.network, shared.key
        super().__init__(scope, id, environment=environment, description="SageMaker Studio")
        # CloudFormation gives the tags of a stack to its lifecycle configurations too, which a
        # changed tag would replace. All else in this stack has tags of its own.
        for tag in environment.all_tags:
            Tags.of(self).remove(tag, include_resource_types=["aws:cdk:stack"])
        defaults = ClientDefaults(
            self,
            "ClientDefaults",
            environment=environment.name,
            database=default_database,
            closed=closed,
        )
        mapping = StudioMapping(
            self,
            settings,
            environment=environment.name,
            defaults=defaults,
            cluster_file_systems=cluster_file_systems or {},
            uses_cluster=uses_cluster,
        )
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
            space_storage=mapping.space_storage,
            jupyter_lab=mapping.jupyter_lab,
            code_editor=mapping.code_editor,
            shared_spaces=mapping.shared_spaces,
            portal=mapping.portal,
            file_systems=mapping.file_systems,
            lustre=settings.uses_lustre,
            egress=shared.egress["studio"],
            security_group_ids=settings.security_group_ids,
            docker=DockerAccess(trusted_accounts=docker.trusted_accounts) if docker else None,
            r_studio=RStudio(**r_studio.model_dump()) if r_studio else None,
            group_name=_guard(environment.name, number),
            user_stacks=[
                f"{environment.name}-{user_stack_id(number)}" for number in settings.users_by_stack
            ],
            removal_policy=self.removal_policy,
            log_retention_days=environment.log_retention_days,
        )
        self.domain, self.mapping = domain, mapping
        if workload is not None:
            domain.clean_up_workload(
                security_group_id=workload.security_group.security_group_id,
                prefix=workload.prefix,
            )
        people = settings.users if settings.user_stacks == 1 else []
        add_people(
            self,
            settings=settings,
            users=people,
            studio=self,
            roles=roles,
            canvas=canvas,
            key=key,
            log_retention_days=environment.log_retention_days,
            of_domain=True,
        )
        if settings.app_report is not None:
            # Here, because importing Lambda costs time.
            from sagemaker_platform.studio.app_report import AppReport

            AppReport(
                self,
                "AppReport",
                domain=domain.resource,
                topic=shared.alarm_topic,
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
