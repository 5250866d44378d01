"""Experiment tracking, as a capability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import AccessContribution, OffersActivities
from stacks.capability import Capability, NetworkRequirements
from stacks.mlflow.regions import MLFLOW_APP, TRACKING_SERVER

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.mlflow.settings import MlflowSettings
    from stacks.mlflow.stack import MlflowStack


class Mlflow(Capability["MlflowSettings", "MlflowStack"], OffersActivities):
    """Experiment tracking with MLflow."""

    key = "mlflow"
    summary = "Experiment tracking with MLflow."
    features = (MLFLOW_APP, TRACKING_SERVER)

    @classmethod
    @override
    def settings_type(cls) -> type[MlflowSettings]:
        from stacks.mlflow.settings import MlflowSettings

        return MlflowSettings

    @override
    def validate(self) -> None:
        from stacks.studio.capability import Studio

        self.settings.check_region(self.environment.region)
        self.settings.check_studio(has_studio=self.environment.find(Studio) is not None)

    @override
    def network_requirements(self, scope: Construct) -> NetworkRequirements:
        from sagemaker_platform.mlflow import MlflowApp, MlflowTrackingServer

        return NetworkRequirements(
            interface_endpoints=[
                *(MlflowApp.INTERFACE_ENDPOINTS if self.settings.wanted_app else ()),
                *(
                    MlflowTrackingServer.INTERFACE_ENDPOINTS
                    if self.settings.tracking_server
                    else ()
                ),
            ]
        )

    @override
    def contribute_access(self, access: AccessStack, context: BuildContext) -> AccessContribution:
        made = context.outputs(Mlflow)
        assert made is not None, "it is built before personas"
        return AccessContribution(
            additions={
                "administer": made.operate_statements,
                "approve_models": made.manage_models_statements,
                "track_experiments": made.track_statements,
            },
        )

    @override
    def build(self, context: BuildContext) -> MlflowStack:
        from stacks.mlflow.stack import MlflowStack

        return MlflowStack(context.stage, "mlflow", shared=context.shared, settings=self.settings)
