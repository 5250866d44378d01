"""Experiment tracking, as a capability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.access.extension import Grants, OffersActivities
from stacks.capability import Capability, NetworkNeeds

if TYPE_CHECKING:
    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.foundation.stack import FoundationStack
    from stacks.mlflow.settings import MlflowSettings
    from stacks.mlflow.stack import MlflowStack


class Mlflow(Capability["MlflowSettings", "MlflowStack"], OffersActivities):
    """Experiment tracking with MLflow."""

    key = "mlflow"
    summary = "Experiment tracking with MLflow."

    @classmethod
    def settings_type(cls) -> type[MlflowSettings]:
        from stacks.mlflow.settings import MlflowSettings

        return MlflowSettings

    def check(self) -> None:
        from stacks.studio.capability import Studio

        self.settings.check_region(self.environment.region)
        self.settings.check_studio(has_studio=self.environment.find(Studio) is not None)

    def prepare(self, foundation: FoundationStack) -> NetworkNeeds:
        from sagemaker_platform.mlflow import MlflowApp, MlflowTrackingServer

        return NetworkNeeds(
            interface_endpoints=[
                *(MlflowApp.INTERFACE_ENDPOINTS if self.settings.wanted_app else ()),
                *(MlflowTrackingServer.INTERFACE_ENDPOINTS if self.settings.tracking_server else ()),
            ]
        )

    def grants(self, access: AccessStack, context: BuildContext) -> Grants:
        made = context.result(Mlflow)
        assert made is not None, "it is built before personas"
        return Grants(
            more={
                "administer": made.operating_statements,
                "approve_models": made.managing_statements,
                "track_experiments": made.tracking_statements,
            }
        )

    def build(self, context: BuildContext) -> MlflowStack:
        from stacks.mlflow.stack import MlflowStack

        return MlflowStack(
            context.stage, "mlflow", shared=context.shared, settings=self.settings
        )
