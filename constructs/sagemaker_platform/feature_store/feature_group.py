"""A feature group."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import CfnTag, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each, require_some
from sagemaker_platform.feature_store.permissions import use_feature_groups, use_of_online_stores
from sagemaker_platform.feature_store.stores import (
    Feature,
    OfflineStore,
    OnlineStore,
    ProvisionedThroughput,
)
from sagemaker_platform.security import ExecutionRole, WildcardStatement, format_arn, grant


@checks_types
class FeatureGroup(Construct):
    """A feature group of SageMaker Feature Store, encrypted with your key.

    CloudFormation replaces it when anything but `features`, the time to live and the throughput
    changes, also when a tag changes. A second group of the same name cannot be created, so that
    such a change fails and the group stays as it is. Put it into a stack without tags that change,
    and leave it out of `Tags.of`. SageMaker adds features to a group, and removes and changes none.

    Args:
        name: name of the group.
        features: features in order. Append new features at the end.
        record_identifier: feature that identifies an entity, such as a customer.
        event_time: feature with the time of each record.
        key: encrypts both stores.
        removal_policy: with DESTROY the online store is deleted with the group. The table of the
            offline store and its files stay in the lakehouse.
        online: the latest records. Defaults to no online store.
        offline: all records, as a table. Defaults to no offline store.
        throughput: reserved capacity. Defaults to a price per request.
        description: description of the group. Defaults to none.
        tags: tags that never change. Defaults to none.

    With an offline store, SageMaker writes it with `role`, which can write one folder of the bucket
    and one table (AWS: AmazonSageMakerFeatureStoreAccess, without its wildcards; and "Create a
    feature group" for the table).

    Attributes:
        name: name of the group.
        role: the role that writes the offline store; None without one.
    """

    INTERFACE_ENDPOINTS = ("SAGEMAKER_FEATURESTORE_RUNTIME",)
    """Services that those who read and write records call from inside the VPC."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        features: Sequence[Feature],
        record_identifier: str,
        event_time: str,
        key: kms.IKey,
        removal_policy: RemovalPolicy,
        online: OnlineStore | None = None,
        offline: OfflineStore | None = None,
        throughput: ProvisionedThroughput | None = None,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        require_some("features", features)
        require_each("features", features, Feature)
        if online is None and offline is None:
            raise ValueError("online, offline: got None; must have an online or an offline store")
        super().__init__(scope, id)
        self.name = name
        self._key = key
        self.role: iam.IRole | None = None
        execution = None
        if offline is not None:
            execution = self._offline_role(offline, removal_policy)
            self.role = execution.role
        self.resource = sagemaker.CfnFeatureGroup(
            self,
            "Resource",
            feature_group_name=name,
            feature_definitions=[feature.to_property() for feature in features],
            record_identifier_feature_name=record_identifier,
            event_time_feature_name=event_time,
            online_store_config=self._online(online) if online else None,
            offline_store_config=self._offline(offline) if offline else None,
            role_arn=None if self.role is None else self.role.role_arn,
            throughput_config=throughput.to_property() if throughput else None,
            description=description,
            tags=[CfnTag(key=key, value=value) for key, value in (tags or {}).items()] or None,
        )
        self.resource.apply_removal_policy(removal_policy)
        if execution is not None:
            # SageMaker tries the role when it creates the group.
            self.resource.node.add_dependency(execution)

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading records from the online store, with the key."""
        return grant(
            grantee,
            [
                *use_feature_groups(self, read=[self.name], written=[]),
                *use_of_online_stores(self._key),
            ],
        )

    def grant_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant writing and deleting records, with the key."""
        return grant(
            grantee,
            [
                *use_feature_groups(self, read=[], written=[self.name]),
                *use_of_online_stores(self._key),
            ],
        )

    # The CDK knows no types of the two properties, and writes its own structures in camel case.
    def _online(self, store: OnlineStore) -> Mapping[str, Any]:
        return {
            "EnableOnlineStore": True,
            "SecurityConfig": {"KmsKeyId": self._key.key_arn},
            "StorageType": store.storage,
            **({"TtlDuration": store.ttl.to_property()} if store.ttl else {}),
        }

    def _offline(self, store: OfflineStore) -> Mapping[str, Any]:
        bucket = store.layer.bucket
        return {
            "S3StorageConfig": {
                "S3Uri": f"s3://{bucket.bucket_name}/{self._folder}",
                "KmsKeyId": self._key.key_arn,
            },
            "TableFormat": "Iceberg" if store.iceberg else "Glue",
            # SageMaker creates the table, as it must for Iceberg, and adds columns for features.
            "DisableGlueTableCreation": False,
            "DataCatalogConfig": {
                "Catalog": "AwsDataCatalog",
                "Database": store.layer.database_name,
                "TableName": store.table,
            },
        }

    @property
    def _folder(self) -> str:
        """Folder of the offline store in the bucket of its layer."""
        return f"features/{self.name}"

    def _offline_role(self, store: OfflineStore, removal_policy: RemovalPolicy) -> ExecutionRole:
        stack, bucket = Stack.of(self), store.layer.bucket
        database = store.layer.database_name

        def arn(resource: str, name: str | None = None) -> str:
            return format_arn(stack, service="glue", resource=resource, resource_name=name)

        role = ExecutionRole(
            self,
            "Role",
            description=f"Offline store of {self.node.path}",
            statements=[
                iam.PolicyStatement(actions=["s3:GetBucketAcl"], resources=[bucket.bucket_arn]),
                WildcardStatement(
                    actions=["s3:GetObject", "s3:PutObject", "s3:PutObjectAcl"],
                    resources=[f"{bucket.bucket_arn}/{self._folder}/*"],
                    wildcard_reason="Objects of one folder: their keys are not known beforehand.",
                ),
                iam.PolicyStatement(
                    actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
                    resources=[self._key.key_arn],
                ),
                iam.PolicyStatement(
                    actions=[
                        "glue:CreateTable",
                        "glue:GetDatabase",
                        "glue:GetTable",
                        "glue:UpdateTable",
                    ],
                    resources=[
                        arn("catalog"),
                        arn("database", database),
                        arn("table", f"{database}/{store.table}"),
                    ],
                ),
            ],
        )
        role.apply_removal_policy(removal_policy)
        return role
