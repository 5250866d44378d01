"""Regions of feature groups."""

from stacks.regions import Feature, regions_of

FEATURE_GROUP = Feature(
    name="feature groups",
    resource_type="AWS::SageMaker::FeatureGroup",
    regions=regions_of("AWS::SageMaker::FeatureGroup"),
)
