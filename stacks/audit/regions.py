"""Regions of Amazon Macie."""

from stacks.regions import Feature, regions_of

MACIE = Feature(
    name="Amazon Macie",
    resource_type="AWS::Macie::Session",
    regions=regions_of("AWS::Macie::Session"),
)
