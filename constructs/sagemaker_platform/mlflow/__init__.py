"""Experiment tracking with SageMaker's managed MLflow: serverless, or a server of a size."""

from sagemaker_platform.mlflow.app import MlflowApp, NamedMlflowApp
from sagemaker_platform.mlflow.artifacts import ArtifactStore
from sagemaker_platform.mlflow.permissions import MANAGING_ACTIONS, TRACKING_ACTIONS
from sagemaker_platform.mlflow.tracking_server import (
    MlflowTrackingServer,
    NamedTrackingServer,
    TrackingServerSize,
)

__all__ = [
    "MANAGING_ACTIONS",
    "TRACKING_ACTIONS",
    "ArtifactStore",
    "MlflowApp",
    "MlflowTrackingServer",
    "NamedMlflowApp",
    "NamedTrackingServer",
    "TrackingServerSize",
]
