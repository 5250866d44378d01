"""Settings of experiment tracking."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.fields import MaintenanceWindow, MlflowVersion, Settings, validation_error
from stacks.mlflow.regions import MLFLOW_APP, TRACKING_SERVER


class MlflowAppSettings(Settings):
    """A serverless MLflow App, which AWS sizes and upgrades."""

    default_for_studio: bool = False
    """Make it the App that Studio of this environment opens."""
    automatic_model_registration: bool = False
    """Also register MLflow models in the SageMaker Model Registry."""
    maintenance_window_start: MaintenanceWindow = "Sun:03:00"
    """When the weekly maintenance begins, in UTC."""


class MlflowTrackingServerSettings(Settings):
    """An MLflow tracking server, which costs money for each hour in which it runs."""

    size: Literal["Small", "Medium", "Large"] = "Small"
    """Size, for teams of up to 25, 50 or 100 users."""
    mlflow_version: MlflowVersion | None = None
    """MLflow version in quotes, such as `"3.0"`. Defaults to AWS's latest when the server is
    created. A change creates a new server without experiments. With `removal_policy: retain`,
    the old server stays."""
    automatic_model_registration: bool = False
    """Also register MLflow models in the SageMaker Model Registry."""
    maintenance_window_start: MaintenanceWindow = "Sun:03:00"
    """When the weekly maintenance begins, in UTC."""


class MlflowSettings(Settings):
    """Experiment tracking: an App, a tracking server, or both side by side."""

    app: MlflowAppSettings | None = None
    """A serverless MLflow App. The default if there is no `tracking_server`."""
    tracking_server: MlflowTrackingServerSettings | None = None
    """A tracking server. Unlike the App, it has separate permissions for logging and deleting."""
    artifact_version_days: Annotated[int, Field(ge=1, le=3653)] = 30
    """How long a replaced version of an artifact can be restored."""

    @property
    def wanted_app(self) -> MlflowAppSettings | None:
        """The App to make, if any."""
        if self.app is None and self.tracking_server is None:
            return MlflowAppSettings()
        return self.app

    def check_region(self, region: str) -> None:
        """Refuse what the environment's region does not have."""
        if self.wanted_app is not None:
            MLFLOW_APP.check(
                region,
                at="mlflow" if self.app is None else "mlflow.app",
                fix="use tracking_server",
            )
        if self.tracking_server is not None:
            TRACKING_SERVER.check(region, at="mlflow.tracking_server")

    def check_studio(self, *, has_studio: bool) -> None:
        """Refuse the default of a domain that is not there."""
        if self.app is not None and self.app.default_for_studio and not has_studio:
            raise validation_error(
                "requires a `studio` block; add one to this environment",
                at="mlflow.app.default_for_studio",
                value=True,
            )
