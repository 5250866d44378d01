"""Resource types that hold data or serve people, and what is lost with them."""

from collections.abc import Mapping

HOLDS: Mapping[str, str] = {
    "AWS::APS::Workspace": "metrics",
    "AWS::Athena::WorkGroup": "the history of queries",
    "AWS::ECR::Repository": "images",
    "AWS::EFS::FileSystem": "files",
    "AWS::EKS::Cluster": "Kubernetes objects",
    "AWS::FSx::FileSystem": "files",
    "AWS::Glue::Catalog": "a catalog",
    "AWS::Glue::Database": "descriptions of tables",
    "AWS::Glue::Table": "a table",
    "AWS::Grafana::Workspace": "dashboards",
    "AWS::KMS::Key": "everything that it encrypts",
    "AWS::Logs::LogGroup": "logs",
    "AWS::RedshiftServerless::Namespace": "the warehouse",
    "AWS::S3::Bucket": "objects",
    "AWS::S3Tables::Namespace": "tables",
    "AWS::S3Tables::Table": "a table",
    "AWS::S3Tables::TableBucket": "tables",
    "AWS::SQS::Queue": "messages",
    "AWS::SageMaker::Cluster": "nodes with their disks",
    "AWS::SageMaker::Domain": "home directories and spaces",
    "AWS::SageMaker::FeatureGroup": "features",
    "AWS::SageMaker::Image": "versions of an image",
    "AWS::SageMaker::MlflowApp": "experiments",
    "AWS::SageMaker::MlflowTrackingServer": "experiments",
    "AWS::SageMaker::ModelPackageGroup": "registered models",
    "AWS::SageMaker::PartnerApp": "data of the application",
    "AWS::SageMaker::Space": "a volume",
    "AWS::SageMaker::UserProfile": "a home directory",
    "AWS::SecretsManager::Secret": "a secret",
}
"""What each type holds."""

SERVES: Mapping[str, str] = {
    "AWS::EC2::NatGateway": "connections to the internet",
    "AWS::EC2::Subnet": "the network",
    "AWS::EC2::VPC": "the network",
    "AWS::EC2::VPCEndpoint": "connections to AWS",
    "AWS::RedshiftServerless::Workgroup": "queries of the warehouse",
    "AWS::SageMaker::Endpoint": "requests",
    "AWS::SageMaker::InferenceComponent": "requests",
}
"""What is interrupted while each type is replaced."""
