"""Wires Partner AI Apps."""

from collections.abc import Sequence

from aws_cdk import CfnOutput
from constructs import Construct

from sagemaker_platform.partner_apps import ArtifactAccess, PartnerApp
from stacks.base import EnvironmentStack
from stacks.partner_apps.settings import PartnerAppSettings, camel_case
from stacks.shared import EnvironmentInfo, SharedResources


class PartnerAppsStack(EnvironmentStack):
    """Applications of partners.

    The last stack, which no other waits for: an application takes up to three hours.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        apps: Sequence[PartnerAppSettings],
    ) -> None:
        environment, key, artifacts = shared.environment, shared.key, shared.artifacts
        super().__init__(scope, id, environment=environment, description="Partner AI Apps")
        for settings in apps:
            access = settings.artifact_access
            app = PartnerApp(
                self,
                settings.suffix,
                # What cannot change is the type, which the name carries, and the key.
                name=f"{camel_case(environment.name)}{settings.suffix}",
                app_type=settings.type,
                tier=settings.tier,
                key=key,
                admin_users=settings.admin_users,
                arguments=settings.arguments,
                maintenance_window_start=settings.maintenance_window_start,
                auto_minor_version_upgrade=settings.auto_minor_version_upgrade,
                app_version=settings.app_version,
                iam_session_based_identity=settings.iam_session_based_identity,
                artifacts=None
                if access == "none"
                else ArtifactAccess(bucket=artifacts.bucket, key=key, write=access == "read-write"),
                bedrock_models=settings.bedrock_models,
                removal_policy=self.removal_policy,
            )
            for name, value in (
                ("Arn", app.resource.attr_arn),
                ("Url", app.resource.attr_base_url),
                ("VersionEndsAt", app.resource.attr_current_version_eol_date),
            ):
                CfnOutput(self, f"{settings.suffix}{name}", value=value)
        self._say_what_comes_first(environment, apps)

    def _say_what_comes_first(
        self, environment: EnvironmentInfo, apps: Sequence[PartnerAppSettings]
    ) -> None:
        types = sorted({settings.type for settings in apps if not settings.subscribed})
        if types:
            self.note(
                f"Before the first deploy, account {environment.account} needs two "
                "prerequisites that a template cannot create: a subscription in AWS "
                f"Marketplace to {', '.join(types)}, and License Manager's service-linked "
                "role (aws iam create-service-linked-role --aws-service-name "
                "license-manager.amazonaws.com). Without them, the deployment of "
                f"{self.stack_name} fails. Then set subscribed: true to silence this "
                "warning."
            )
