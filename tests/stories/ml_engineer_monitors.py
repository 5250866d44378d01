"""An ML engineer reads what the monitors of an endpoint found, and changes none of them.

persona: ml_engineer
clients: sagemaker3
environments: [inference-monitoring]
defaults: false
"""

# %% Find the monitors, their runs and the report of one -> allowed
import boto3
import place

ENDPOINT = f"{place.environment}-churn"
SCHEDULE = f"{ENDPOINT}-data-quality"
sagemaker = boto3.client("sagemaker")
sagemaker.list_monitoring_schedules(EndpointName=ENDPOINT)
sagemaker.describe_monitoring_schedule(MonitoringScheduleName=SCHEDULE)
sagemaker.list_monitoring_executions(MonitoringScheduleName=SCHEDULE)

[monitor] = [one for one in place.monitors if one["schedule"] == SCHEDULE]
s3 = boto3.client("s3")
s3.list_objects_v2(Bucket=monitor["reports"], Prefix=f"{ENDPOINT}/data_quality/")

# %% Look at it with the SageMaker SDK -> allowed
from sagemaker.core.resources import MonitoringSchedule

MonitoringSchedule.get(monitoring_schedule_name=SCHEDULE)

# %% See the metrics and the dashboard -> allowed
cloudwatch = boto3.client("cloudwatch")
cloudwatch.list_metrics(Namespace="aws/sagemaker/Endpoints/data-metrics")
cloudwatch.get_dashboard(DashboardName=ENDPOINT)

# %% Stop a monitor -> denied
sagemaker.stop_monitoring_schedule(MonitoringScheduleName=SCHEDULE)

# %% Make a monitor of their own -> denied
sagemaker.create_monitoring_schedule(
    MonitoringScheduleName=f"{place.environment}-user-own",
    MonitoringScheduleConfig={
        "MonitoringJobDefinitionName": "own",
        "MonitoringType": "DataQuality",
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
    },
)

# %% Overwrite a report -> denied
s3.put_object(Bucket=monitor["reports"], Key=f"{ENDPOINT}/data_quality/report.json", Body=b"{}")

# %% Read monitors of another environment -> denied
sagemaker.describe_monitoring_schedule(MonitoringScheduleName="elsewhere-churn-data-quality")
