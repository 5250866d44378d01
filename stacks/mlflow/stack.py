"""Wires experiment tracking."""

from collections.abc import Sequence
from typing import Literal

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.mlflow import ArtifactStore, MlflowApp, MlflowTrackingServer
from stacks.base import EnvironmentStack
from stacks.mlflow.settings import (
    MlflowAppSettings,
    MlflowSettings,
    MlflowTrackingServerSettings,
)
from stacks.shared import SharedResources

_APP_FOLDER = "app"
_SERVER_FOLDER = "tracking-server"


class MlflowStack(EnvironmentStack):
    """MLflow, its artifacts, and what it takes to use both."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: MlflowSettings,
    ) -> None:
        super().__init__(
            scope, id, environment=shared.environment, description="experiment tracking"
        )
        self._artifacts = ArtifactStore(
            self,
            "Artifacts",
            key=shared.key,
            access_logs=shared.access_logs,
            removal_policy=self.removal_policy,
            noncurrent_days=settings.artifact_version_days,
        )
        self._folders: list[str] = []
        self.app = self._app(settings.wanted_app) if settings.wanted_app else None
        self.default_for_studio = (
            self.app if settings.app and settings.app.default_for_studio else None
        )
        server = settings.tracking_server
        self.tracking_server = self._tracking_server(server) if server else None
        CfnOutput(self, "ArtifactBucketName", value=self._artifacts.bucket.bucket_name)

    def _app(self, settings: MlflowAppSettings) -> MlflowApp:
        self._folders.append(_APP_FOLDER)
        app = MlflowApp(
            self,
            "App",
            name=self._environment.name,
            artifacts=self._artifacts,
            folder=_APP_FOLDER,
            registers_models=settings.automatic_model_registration,
            maintenance_window_start=settings.maintenance_window_start,
            removal_policy=self.removal_policy,
            identifying_tags=self._environment.identifying_tags,
        )
        CfnOutput(
            self,
            "AppArn",
            description="Tracking URI of the MLflow App",
            value=app.resource.attr_arn,
        )
        return app

    def _tracking_server(self, settings: MlflowTrackingServerSettings) -> MlflowTrackingServer:
        self._folders.append(_SERVER_FOLDER)
        name, version = self._environment.name, settings.mlflow_version
        server = MlflowTrackingServer(
            self,
            "TrackingServer",
            # Another version is another server, which needs another name than the old one.
            name=f"{name}-mlflow-{version.replace('.', '-')}" if version else name,
            artifacts=self._artifacts,
            folder=_SERVER_FOLDER,
            size=settings.size,
            mlflow_version=version,
            registers_models=settings.automatic_model_registration,
            maintenance_window_start=settings.maintenance_window_start,
            removal_policy=self.removal_policy,
        )
        CfnOutput(
            self,
            "TrackingServerArn",
            description="Tracking URI of the MLflow tracking server",
            value=server.resource.attr_tracking_server_arn,
        )
        return server

    def track_statements(self) -> Sequence[iam.PolicyStatement]:
        """Return what it takes to track experiments.

        Nothing refers to a resource of this stack: personas do not wait for the server.
        """
        return [
            *(self.app.track_statements() if self.app else ()),
            *(self.tracking_server.track_statements() if self.tracking_server else ()),
            *self._artifacts.access_statements_by_name(*self._folders),
        ]

    def connection_statements(
        self, kind: Literal["app", "tracking_server"]
    ) -> Sequence[iam.PolicyStatement]:
        """Return what it takes to track experiments in the App, or in the tracking server."""
        server, folder = (
            (self.app, _APP_FOLDER) if kind == "app" else (self.tracking_server, _SERVER_FOLDER)
        )
        assert server is not None, "settings are checked"
        return [*server.track_statements(), *self._artifacts.access_statements_by_name(folder)]

    def manage_models_statements(self) -> Sequence[iam.PolicyStatement]:
        """Return what it takes to promote models, and to delete them for good.

        An App has no permissions of its own for that: who tracks may do all.
        """
        return self.tracking_server.manage_models_statements() if self.tracking_server else ()

    def operate_statements(self) -> Sequence[iam.PolicyStatement]:
        """Return what it takes to start and to stop a server; an App has nothing to stop."""
        return self.tracking_server.operate_statements() if self.tracking_server else ()
