"""Regions of MLflow."""

from stacks.regions import Feature, regions_of

MLFLOW_APP = Feature(
    name="an MLflow App",
    resource_type="AWS::SageMaker::MlflowApp",
    regions=regions_of("AWS::SageMaker::MlflowApp"),
)

TRACKING_SERVER = Feature(
    name="an MLflow tracking server",
    resource_type="AWS::SageMaker::MlflowTrackingServer",
    regions=regions_of("AWS::SageMaker::MlflowTrackingServer"),
)
