"""A data scientist works in Studio, and tries what belongs to others.

persona: data_scientist
clients: sagemaker3
environments: [dev, prod]
defaults: false
"""

# %% Create a private space and start JupyterLab in it -> allowed
import boto3
import place

sagemaker = boto3.client("sagemaker")
tags = list(getattr(place, "tags", []))

sagemaker.create_space(
    DomainId=place.domain,
    SpaceName="mine",
    OwnershipSettings={"OwnerUserProfileName": place.user},
    SpaceSharingSettings={"SharingType": "Private"},
    Tags=tags,
)
sagemaker.create_app(
    DomainId=place.domain,
    SpaceName="mine",
    AppType="JupyterLab",
    AppName="default",
    Tags=tags,
)

# %% See jobs and stop one -> allowed
sagemaker.list_training_jobs()
sagemaker.stop_training_job(TrainingJobName="any")

# %% Register a model -> allowed
sagemaker.create_model_package_group(ModelPackageGroupName="churn", Tags=tags)
sagemaker.create_model_package(
    ModelPackageGroupName="churn",
    ModelApprovalStatus="PendingManualApproval",
    InferenceSpecification={"Containers": [{"Image": place.image}]},
)

# %% Approve it -> denied
sagemaker.update_model_package(
    ModelPackageArn=(f"arn:aws:sagemaker:{place.region}:{place.account}:model-package/churn/1"),
    ModelApprovalStatus="Approved",
)

# %% Start an app in another user's private space -> denied
sagemaker.create_app(
    DomainId=place.domain, SpaceName="theirs", AppType="JupyterLab", AppName="default"
)

# %% Open Studio as another user -> denied
sagemaker.create_presigned_domain_url(DomainId=place.domain, UserProfileName="another-user")

# %% Change an endpoint of the environment -> denied
sagemaker.update_endpoint(EndpointName=f"{place.environment}-churn", EndpointConfigName="anything")

# %% Assume another persona's role -> denied
boto3.client("sts").assume_role(
    RoleArn=getattr(place, "other_role", place.role), RoleSessionName="me"
)

# %% Read a secret -> denied, prod: unreachable
boto3.client("secretsmanager").get_secret_value(
    SecretId=f"arn:aws:secretsmanager:{place.region}:{place.account}:secret:any"
)

# %% Widen the persona's own rights -> denied, prod: unreachable
boto3.client("iam").attach_role_policy(
    RoleName=place.role_name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
)

# %% Delete the access logs -> denied
boto3.client("s3").delete_object(Bucket=place.access_logs, Key="s3/any")

# %% Use a key to read what is not theirs -> denied
boto3.client("s3").get_object(Bucket=place.access_logs, Key="s3/any")
