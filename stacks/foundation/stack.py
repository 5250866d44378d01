"""Wires the foundation."""

from aws_cdk import CfnOutput
from constructs import Construct

from sagemaker_platform.foundation import AccessLogBucket, AlarmTopic, DataBucket, EnvironmentKey
from stacks.base import EnvironmentStack
from stacks.settings import EnvironmentSettings


class FoundationStack(EnvironmentStack):
    """The key, the shared buckets and the alarm topic of an environment."""

    def __init__(self, scope: Construct, id: str, *, environment: EnvironmentSettings) -> None:
        super().__init__(
            scope, id, environment=environment, description="key, shared buckets, alarm topic"
        )
        settings = environment.foundation
        key = EnvironmentKey(
            self, "Key", alias=environment.name, removal_policy=self.removal_policy
        )
        self.key = key.key
        if environment.hyperpod is not None and environment.hyperpod.shows_layers:
            key.let_lustre_read()
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
        alarms = AlarmTopic(self, "Alarms", key=self.key, emails=environment.alarm_emails)
        if environment.hyperpod is not None and environment.hyperpod.sends_prometheus_alerts:
            key.let_prometheus_send()
            alarms.let_prometheus_publish()
        self.alarm_topic = alarms.topic
        CfnOutput(self, "ArtifactBucketName", value=self.artifacts.bucket.bucket_name)
