"""Wires the foundation."""

from aws_cdk import CfnOutput
from constructs import Construct

from sagemaker_platform.foundation import (
    AccessLogBucket,
    AlarmTopic,
    DataBucket,
    EnvironmentKey,
    ImageRepository,
)
from stacks.base import EnvironmentStack
from stacks.data_classes import classify
from stacks.foundation.settings import FoundationSettings
from stacks.shared import EnvironmentInfo


class FoundationStack(EnvironmentStack):
    """The key, the shared buckets and the alarm topic of an environment."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: EnvironmentInfo,
        settings: FoundationSettings,
    ) -> None:
        super().__init__(
            scope, id, environment=environment, description="key, shared buckets, alarm topic"
        )
        self.environment_key = (
            EnvironmentKey.from_key_arn(self, "Key", key_arn=settings.key_arn)
            if settings.key_arn
            else EnvironmentKey(
                self, "Key", alias=environment.name, removal_policy=self.removal_policy
            )
        )
        self.key = self.environment_key.key
        self.access_logs = AccessLogBucket(
            self,
            "AccessLogs",
            retention_days=settings.access_log_days,
            removal_policy=self.removal_policy,
        ).bucket
        self.artifacts = DataBucket(
            self,
            "Artifacts",
            key=self.key,
            access_logs=self.access_logs,
            removal_policy=self.removal_policy,
            noncurrent_days=settings.artifact_version_days,
        )
        classify(self.artifacts, settings.artifact_data_class)
        self.image_repositories = {
            name: ImageRepository(
                self,
                # A name has no two hyphens in a row.
                f"{name.replace('/', '--')}-images",
                name=f"{environment.name}/{name}",
                key=self.key,
                removal_policy=self.removal_policy,
            )
            for name in settings.image_repositories
        }
        self.alarms = AlarmTopic(self, "Alarms", key=self.key, emails=environment.alarm_emails)
        CfnOutput(self, "ArtifactBucketName", value=self.artifacts.bucket.bucket_name)
