"""Regions of inference."""

from sagemaker_platform.catalog.monitoring_images import monitoring_regions
from stacks.regions import Feature, regions_of

INFERENCE_COMPONENT = Feature(
    name="inference components",
    resource_type="AWS::SageMaker::InferenceComponent",
    regions=regions_of("AWS::SageMaker::InferenceComponent"),
)
# AWS publishes the images in more regions than CloudFormation has the types.
_MONITORING = regions_of("AWS::SageMaker::DataQualityJobDefinition")
ANALYZER = Feature(
    name="monitoring of endpoints",
    resource_type="AWS::SageMaker::DataQualityJobDefinition",
    regions=_MONITORING & monitoring_regions("analyzer"),
)
CLARIFY = Feature(
    name="monitoring of bias and explainability",
    resource_type="AWS::SageMaker::ModelBiasJobDefinition",
    regions=_MONITORING & monitoring_regions("clarify"),
)
