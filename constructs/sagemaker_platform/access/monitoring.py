"""The activity of reading what monitors of endpoints found."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement, format_arn


def read_monitors(scope: IConstruct, *, prefix: str, reports: str) -> list[iam.PolicyStatement]:
    """Return the permissions to read schedules of monitors, their runs, reports and metrics.

    The key that encrypts the reports must be allowed too, as `use_of_key` does.

    Args:
        scope: its stack tells the account and the region.
        prefix: beginning of the names of the monitored endpoints.
        reports: name of the buckets of reports, with wildcards.
    """
    stack = Stack.of(scope)
    return [
        WildcardStatement(
            actions=["sagemaker:DescribeMonitoringSchedule"],
            resources=[
                format_arn(
                    scope,
                    service="sagemaker",
                    resource="monitoring-schedule",
                    resource_name=f"{prefix}*",
                )
            ],
            wildcard_reason="Schedules of the environment's endpoints.",
        ),
        WildcardStatement(
            actions=["s3:GetObject", "s3:ListBucket"],
            resources=[
                f"arn:{stack.partition}:s3:::{reports}",
                f"arn:{stack.partition}:s3:::{reports}/*",
            ],
            conditions={"StringEquals": {"aws:ResourceAccount": stack.account}},
            wildcard_reason="Reports of all monitors, in a bucket that CloudFormation names.",
        ),
        WildcardStatement(
            actions=["cloudwatch:GetDashboard"],
            resources=[
                stack.format_arn(
                    service="cloudwatch",
                    region="",
                    resource="dashboard",
                    resource_name=f"{prefix}*",
                    arn_format=ArnFormat.SLASH_RESOURCE_NAME,
                )
            ],
            wildcard_reason="Dashboards of the environment's endpoints.",
        ),
        WildcardStatement(
            actions=[
                "cloudwatch:GetMetricData",
                "cloudwatch:ListMetrics",
                "sagemaker:ListMonitoringExecutions",
                "sagemaker:ListMonitoringSchedules",
            ],
            resources=["*"],
            wildcard_reason="IAM cannot restrict these to a resource; reading only.",
        ),
    ]
