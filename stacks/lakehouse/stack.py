"""Wires the lakehouse."""

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.lakehouse import LakehouseLayer, QueryWorkgroup
from sagemaker_platform.security import AccessPolicy
from stacks.base import KEEP, EnvironmentStack
from stacks.lakehouse.settings import LakehouseSettings, LayerSettings
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
        data_removal = RemovalPolicy.DESTROY if settings.removal_policy == "destroy" else KEEP
        self._queries = QueryWorkgroup(
            self,
            "Queries",
            name=environment.name,
            key=key,
            access_logs=access_logs,
            scan_limit_gib=settings.query.scan_limit_gib,
            result_days=settings.query.result_days,
            removal_policy=self.removal_policy,
        )
        self._layers: list[tuple[LayerSettings, LakehouseLayer]] = []
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
            self._layers.append((layer_settings, layer))

    def studio_policies(self) -> list[AccessPolicy]:
        """Make the policies for Studio users: to query, and to use each layer."""
        return [
            self._queries.access_policy("Access"),
            *(
                layer.access_policy("StudioAccess", write=settings.studio_access == "read-write")
                for settings, layer in self._layers
                if settings.studio_access != "none"
            ),
        ]
