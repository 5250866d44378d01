"""The trail of an environment, as tasks refer to it."""

from collections.abc import Mapping

from operations.access.world import Environment


def trail_of(environment: Environment) -> Mapping[str, str] | None:
    """Return the name, bucket and log group of the trail; None without one."""
    for record in environment.of_type("AWS::CloudTrail::Trail"):
        return {
            "name": str(record.properties["TrailName"]),
            "bucket": str(record.properties["S3BucketName"]),
            "log_group": str(record.properties["CloudWatchLogsLogGroupArn"]).split(":")[6],
        }
    return None
