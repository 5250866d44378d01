"""A data scientist opens partner apps from Studio, and changes none of them.

persona: data_scientist
clients: sagemaker3
environments: [partner-complete]
"""

# %% Find the apps -> allowed
import boto3
import place

sagemaker = boto3.client("sagemaker")
APP = place.partner_apps[0]["arn"]
sagemaker.list_partner_apps()
sagemaker.describe_partner_app(Arn=APP)

# %% Open one -> allowed
sagemaker.create_partner_app_presigned_url(Arn=APP)

# %% Open one of another account -> denied
sagemaker.create_partner_app_presigned_url(
    Arn=f"arn:aws:sagemaker:{place.region}:999999999999:partner-app/app-ABCDEFGHIJKL"
)

# %% Make themselves an administrator of it -> denied
sagemaker.update_partner_app(Arn=APP, ApplicationConfig={"AdminUsers": [place.user]})

# %% Delete it -> denied
sagemaker.delete_partner_app(Arn=APP)
