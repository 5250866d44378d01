"""Regions of Partner AI Apps."""

from stacks.regions import Feature, regions_of

PARTNER_APP = Feature(
    name="Partner AI Apps",
    resource_type="AWS::SageMaker::PartnerApp",
    regions=regions_of("AWS::SageMaker::PartnerApp"),
)
