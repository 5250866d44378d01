"""A data engineer, whose persona tracks no experiments, tries MLflow.

persona: data_engineer
clients: sagemaker3
environments: [open, closed]
"""

# %% Track a run -> denied
import mlflow

mlflow.set_experiment("churn")
