"""Wires audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Stage
from constructs import Construct, IConstruct

from sagemaker_platform.audit import AuditTrail, ExternalAccess, SensitiveData
from sagemaker_platform.unified_studio import projects_bucket_name
from stacks.audit.settings import AuditSettings
from stacks.base import KEEP, EnvironmentStack
from stacks.shared import SharedResources

if TYPE_CHECKING:
    from stacks.access.stack import AccessStack

_NAME = "audit"


class AuditStack(EnvironmentStack):
    """The trail of an environment, and its findings of access from outside."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: AuditSettings,
        access: AccessStack | None,
    ) -> None:
        environment = shared.environment
        super().__init__(
            scope, id, environment=environment, description="trail and access from outside"
        )
        name = environment.name
        if settings.organization_trail is None:
            trail = AuditTrail(
                self,
                "Trail",
                name=f"{name}-{_NAME}",
                key=shared.key,
                access_logs=shared.access_logs,
                retention_days=settings.kept_days,
                log_group_days=environment.log_retention_days,
                data_events=settings.trail.data_events,
                management_events=settings.trail.management_events,
                lock=settings.trail.lock,
                # CloudFormation names buckets after their stacks. Deliveries of logs are left out:
                # each would be an event of its own.
                bucket_prefixes=[f"{name}-", projects_bucket_name(self.account, name)],
                without_buckets=[f"{self.stack_name}-", f"{name}-foundation-accesslogs"],
                # What is locked outlives its stack.
                removal_policy=KEEP,
            )
            if access is not None:
                access.attach_policy(self, "read_trail", trail.read_statements())
            CfnOutput(self, "TrailBucketName", value=trail.bucket.bucket_name)
            CfnOutput(self, "TrailArn", value=trail.arn)
            CfnOutput(self, "TrailLogGroupName", value=trail.log_group_name)
        else:
            CfnOutput(self, "OrganizationTrailArn", value=settings.organization_trail)
        if settings.access_analyzer != "none":
            ExternalAccess(
                self,
                "ExternalAccess",
                topic=shared.alarm_topic,
                key=shared.key,
                name=f"{name}-external-access" if settings.access_analyzer == "create" else None,
            )
        if settings.macie != "none":
            SensitiveData(
                self,
                "SensitiveData",
                topic=shared.alarm_topic,
                key=shared.key,
                bucket_prefix=f"{name}-",
                create=settings.macie == "create",
                removal_policy=self.removal_policy,
            )


def trail_arn(scope: IConstruct) -> str:
    """Return the ARN of the trail of an environment, which its key must name before it is there."""
    stage = Stage.of(scope)
    assert isinstance(stage, Stage)
    assert isinstance(scope, Construct)
    return AuditTrail.arn_of(scope, f"{stage.stage_name}-{_NAME}")
