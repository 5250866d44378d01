"""Resource types that hold data or serve people, and what is lost with them.

The published lists of stateful types leave out SageMaker, Glue, S3 Tables and others, so this one
is our own. It has the types of this repository, and the common ones that a fork may add.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from operations.review.difference import Change

HOLDS: Mapping[str, str] = {
    "AWS::APS::Workspace": "metrics",
    "AWS::Athena::WorkGroup": "the history of queries",
    "AWS::Backup::BackupVault": "backups",
    "AWS::Cognito::UserPool": "accounts of users",
    "AWS::DataZone::Domain": "projects and the catalog",
    "AWS::DataZone::DomainUnit": "projects",
    "AWS::DataZone::Project": "files, queries and connections of its members",
    "AWS::DocDB::DBCluster": "a database",
    "AWS::DynamoDB::GlobalTable": "a table",
    "AWS::DynamoDB::Table": "a table",
    "AWS::EC2::Volume": "a volume",
    "AWS::ECR::Repository": "images",
    "AWS::EFS::FileSystem": "files",
    "AWS::EKS::Cluster": "Kubernetes objects",
    "AWS::ElastiCache::ReplicationGroup": "a cache",
    "AWS::FSx::FileSystem": "files",
    "AWS::FSx::Volume": "files",
    "AWS::Glue::Catalog": "a catalog",
    "AWS::Glue::Database": "descriptions of tables",
    "AWS::Glue::Table": "a table",
    "AWS::Grafana::Workspace": "dashboards",
    "AWS::KMS::Key": "everything that it encrypts",
    "AWS::Kinesis::Stream": "records",
    "AWS::Logs::LogGroup": "logs",
    "AWS::MSK::Cluster": "topics",
    "AWS::Macie::Session": "findings",
    "AWS::Neptune::DBCluster": "a database",
    "AWS::OpenSearchService::Domain": "indexes",
    "AWS::RDS::DBCluster": "a database",
    "AWS::RDS::DBInstance": "a database",
    "AWS::Redshift::Cluster": "the warehouse",
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
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "requests",
    "AWS::SageMaker::Endpoint": "requests",
    "AWS::SageMaker::InferenceComponent": "requests",
}
"""What a replacement of each type interrupts."""

# What an update interrupts: type, place of the property, what, and how.
# Sources: SageMaker API, UpdateDomain (AppNetworkAccessType, SubnetIds) and UpdateCluster; FSx for
# Lustre User Guide, "Managing provisioned throughput capacity" and "Managing storage capacity".
_UPDATES: Sequence[tuple[str, str, str, str]] = (
    (
        "AWS::SageMaker::Domain",
        r"/AppNetworkAccessType",
        "running apps",
        "SageMaker changes it only while no app runs: stop all apps first",
    ),
    (
        "AWS::SageMaker::Domain",
        r"/SubnetIds",
        "running apps",
        "SageMaker removes subnets only while no app runs: stop all apps first",
    ),
    (
        "AWS::SageMaker::Domain",
        r"/(DefaultUserSettings|DefaultSpaceSettings|DomainSettings)",
        "",
        "running apps keep the old settings until they are restarted",
    ),
    (
        "AWS::SageMaker::UserProfile",
        r"/UserSettings",
        "",
        "running apps keep the old settings until they are restarted",
    ),
    (
        "AWS::FSx::FileSystem",
        r"/LustreConfiguration/PerUnitStorageThroughput|/StorageCapacity",
        "files",
        "the file system may not answer for some minutes",
    ),
    (
        "AWS::EKS::Cluster",
        r"/Version",
        "",
        "the control plane is updated; nodes and add-ons keep their versions",
    ),
)


def interruptions(change: Change) -> Iterator[tuple[str, str]]:
    """Yield what a change interrupts, empty if nothing, and how."""
    serves = SERVES.get(change.type)
    if serves and change.kind in ("replace", "may replace", "delete"):
        yield serves, f"{change.type} is {'replaced' if 'replace' in change.kind else 'deleted'}"
    if change.type == "AWS::SageMaker::Endpoint" and change.kind == "update":
        yield "", "instances with the new configuration take over; its alarms roll back"
    if change.kind != "update":
        return
    places = [one.place for one in change.properties] + [place for place, _ in change.causes]
    for kind, pattern, what, how in _UPDATES:
        if change.type == kind and any(re.match(pattern, place) for place in places):
            yield what, how
    if change.type == "AWS::SageMaker::Cluster":
        for one in change.properties:
            if re.fullmatch(r"/InstanceGroups\[[^]]*\]", one.place) and one.after is None:
                yield "jobs", f"the nodes of {one.place.partition('[')[2][:-1]} are deleted"
            if one.place.endswith("/InstanceCount") and _is_less(one.after, one.before):
                yield "jobs", f"nodes are removed: {one.before} -> {one.after}"


def _is_less(one: object, other: object) -> bool:
    return isinstance(one, int) and isinstance(other, int) and one < other
