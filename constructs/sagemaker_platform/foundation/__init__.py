"""What every other capability builds on: a key, buckets, and a topic for alarms."""

from sagemaker_platform.foundation.access_log_bucket import AccessLogBucket
from sagemaker_platform.foundation.alarm import Comparison, Metric, Query, alarm
from sagemaker_platform.foundation.alarm_topic import AlarmTopic
from sagemaker_platform.foundation.bucket_access import (
    access_to_bucket,
    access_to_buckets,
    put_statement,
    tell_eventbridge,
)
from sagemaker_platform.foundation.data_bucket import DataBucket
from sagemaker_platform.foundation.data_lifecycle import DataLifecycle, Replication
from sagemaker_platform.foundation.dead_letters import dead_letter_queue
from sagemaker_platform.foundation.environment_key import (
    EnvironmentKey,
    use_of_key,
    use_of_key_arn,
    use_of_volumes,
)
from sagemaker_platform.foundation.image_repository import ImageRepository
from sagemaker_platform.foundation.log_group import encrypted_log_group

__all__ = [
    "AccessLogBucket",
    "AlarmTopic",
    "Comparison",
    "DataBucket",
    "DataLifecycle",
    "EnvironmentKey",
    "ImageRepository",
    "Metric",
    "Query",
    "Replication",
    "access_to_bucket",
    "access_to_buckets",
    "alarm",
    "dead_letter_queue",
    "encrypted_log_group",
    "put_statement",
    "tell_eventbridge",
    "use_of_key",
    "use_of_key_arn",
    "use_of_volumes",
]
