"""Regions of Partner AI Apps."""

from stacks.regions import Feature

PARTNER_APP = Feature(
    name="Partner AI Apps",
    resource_type="AWS::SageMaker::PartnerApp",
    regions=frozenset(
        {
            "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1",
            "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1",
            "eu-west-2", "eu-west-3", "me-south-1", "sa-east-1", "us-east-1", "us-east-2",
            "us-west-1", "us-west-2",
        }
    ),
)  # fmt: skip
