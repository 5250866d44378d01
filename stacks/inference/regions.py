"""Regions of inference."""

from stacks.regions import Feature, regions_of

INFERENCE_COMPONENT = Feature(
    name="inference components",
    resource_type="AWS::SageMaker::InferenceComponent",
    regions=regions_of("AWS::SageMaker::InferenceComponent"),
)
