"""A data scientist tracks a run in the MLflow App of the environment.

persona: data_scientist
clients: sagemaker3
environments: [open, closed]
"""

# %% Track a run -> allowed
import os

import mlflow
import place

mlflow.set_experiment("churn")
with mlflow.start_run():
    mlflow.log_param("rate", 0.1)
    mlflow.log_metric("loss", 0.5)

# %% Track a run in another environment's App -> denied
own = os.environ["MLFLOW_TRACKING_URI"]
mlflow.set_tracking_uri(own.replace(place.account, "333333333333"))
mlflow.set_experiment("churn")

# %% Delete the App -> denied
import boto3

boto3.client("sagemaker").delete_mlflow_app(Arn=own)
