"""Resources whose deletion or replacement loses data, or an address that others use."""

from collections.abc import Mapping
from typing import Any

HOLDS_DATA = frozenset(
    {
        "AWS::APS::Workspace",
        "AWS::Athena::WorkGroup",
        "AWS::DataZone::Domain",
        "AWS::DataZone::DomainUnit",
        "AWS::DataZone::Project",
        "AWS::ECR::Repository",
        "AWS::FSx::FileSystem",
        "AWS::Glue::Database",
        "AWS::Glue::Table",
        "AWS::KMS::Key",
        "AWS::Logs::LogGroup",
        "AWS::Macie::Session",
        "AWS::RedshiftServerless::Namespace",
        "AWS::S3::Bucket",
        "AWS::S3Tables::Namespace",
        "AWS::S3Tables::Table",
        "AWS::S3Tables::TableBucket",
        "AWS::SQS::Queue",
        "AWS::SageMaker::Domain",
        "AWS::SageMaker::FeatureGroup",
        "AWS::SageMaker::MlflowApp",
        "AWS::SageMaker::MlflowTrackingServer",
        "AWS::SageMaker::ModelPackageGroup",
        "AWS::SageMaker::PartnerApp",
        "AWS::SageMaker::Space",
        "AWS::SageMaker::UserProfile",
        "AWS::SecretsManager::Secret",
    }
)
"""Types that the platform makes; each such resource has a deletion policy."""

_ADDRESS = frozenset(
    {
        "AWS::EC2::NatGateway",
        "AWS::EC2::Subnet",
        "AWS::EC2::VPC",
        "AWS::EKS::Cluster",
        "AWS::SNS::Topic",
        "AWS::SageMaker::Cluster",
        "AWS::SageMaker::Endpoint",
    }
)
COMPANIONS = frozenset(
    {
        "AWS::ApiGateway::Account",
        "AWS::DataZone::EnvironmentBlueprintConfiguration",
        "AWS::DataZone::FormType",
        "AWS::DataZone::ProjectProfile",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::Glue::Catalog",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::OIDCProvider",
        "AWS::IAM::Role",
        "AWS::LakeFormation::Resource",
        "AWS::S3::BucketPolicy",
        "AWS::S3Tables::TableBucketPolicy",
    }
)
"""Types that hold no data, and have a deletion policy because what they protect has one."""


def is_stateful(resource: Mapping[str, Any]) -> bool:
    """Tell whether a resource of a template holds data or has an address that others use.

    A type that is not listed counts if it has a deletion policy: the CDK writes one for each
    resource with a removal policy, so that capabilities of a fork are covered.
    """
    kind = resource["Type"]
    if kind in HOLDS_DATA | _ADDRESS:
        return True
    return kind.startswith("AWS::") and kind not in COMPANIONS and "DeletionPolicy" in resource
