"""Wires the lakehouse."""

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.lakehouse import LakehouseLayer, QueryWorkgroup
from sagemaker_platform.security import AccessPolicy
from stacks.base import EnvironmentStack
from stacks.lakehouse.settings import LakehouseSettings
from stacks.settings import EnvironmentSettings


class LakehouseStack(EnvironmentStack):
    """Layers of data, the workgroup to query them, and the policies to use both."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: EnvironmentSettings,
        settings: LakehouseSettings,
        key: kms.IKey,
        access_logs: s3.IBucket,
    ) -> None:
        super().__init__(scope, id, environment=environment, description="lakehouse storage")
        data_removal = (
            RemovalPolicy.DESTROY if settings.removal_policy == "destroy" else RemovalPolicy.RETAIN
        )
        workgroup = QueryWorkgroup(
            self,
            "Queries",
            name=environment.name,
            key=key,
            access_logs=access_logs,
            scan_limit_gib=settings.query.scan_limit_gib,
            result_days=settings.query.result_days,
            removal_policy=self.removal_policy,
        )
        self.studio_policies: list[AccessPolicy] = [workgroup.access_policy("Access")]
        for layer_settings in settings.layers:
            layer_id = layer_settings.name.title().replace("-", "")
            layer = LakehouseLayer(
                self,
                f"{layer_id}Layer",
                database_name=f"{environment.name}_{layer_settings.name}".replace("-", "_"),
                key=key,
                access_logs=access_logs,
                removal_policy=data_removal,
            )
            CfnOutput(self, f"{layer_id}BucketName", value=layer.data.bucket.bucket_name)
            if layer_settings.studio_access != "none":
                self.studio_policies.append(
                    layer.access_policy(
                        "StudioAccess", write=layer_settings.studio_access == "read-write"
                    )
                )
