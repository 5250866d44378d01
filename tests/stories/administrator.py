"""An administrator sees what runs and stops what costs money, and reads no data.

persona: administrator
clients: sagemaker3
environments: [open]
"""

# %% See what runs, and what it costs time -> allowed
import boto3
import place

sagemaker = boto3.client("sagemaker")
sagemaker.list_domains()
sagemaker.list_apps(DomainIdEquals=place.domain)
sagemaker.list_training_jobs()
sagemaker.describe_training_job(TrainingJobName="theirs")
boto3.client("cloudwatch").describe_alarms()

# %% Stop a job of another user -> allowed
sagemaker.stop_training_job(TrainingJobName="theirs")

# %% Stop an app that idles -> allowed
sagemaker.delete_app(
    DomainId=place.domain, SpaceName="theirs", AppType="JupyterLab", AppName="default"
)

# %% Delete the space with its files -> denied
sagemaker.delete_space(DomainId=place.domain, SpaceName="theirs")

# %% Open Studio as another person -> denied
sagemaker.create_presigned_domain_url(DomainId=place.domain, UserProfileName="another-user")

# %% Give themselves more rights -> denied
boto3.client("iam").attach_role_policy(
    RoleName=place.role_name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
)

# %% Read data of the lakehouse -> denied
boto3.client("athena").start_query_execution(
    QueryString="SELECT 1", WorkGroup=f"{place.environment}-data_scientist"
)
