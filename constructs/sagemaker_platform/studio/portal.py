"""What people see of Studio."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker_platform.arguments import checks_types


@checks_types
@dataclass(frozen=True, kw_only=True)
class Portal:
    """What Studio's portal opens with, and what it does not show.

    Hiding does not deny anything; permissions do.

    Args:
        default_landing_uri: what opens first: ``studio::`` for the portal itself, or
            ``app:JupyterLab:`` for an app.
        hidden_app_types: apps without an entry.
        hidden_instance_types: instance types that are not offered.
        hidden_ml_tools: tools without an entry.
        hidden_image_versions: versions of the SageMaker distribution that are not offered,
            such as ``1.9``; at most 20.
    """

    default_landing_uri: str = "studio::"
    hidden_app_types: Sequence[str] = ()
    hidden_instance_types: Sequence[str] = ()
    hidden_ml_tools: Sequence[str] = ()
    hidden_image_versions: Sequence[str] = ()

    def to_property(self) -> dict[str, Any]:
        """Return what is hidden, for CloudFormation.

        Includes empty lists: SageMaker keeps what an update leaves out.
        """
        versions = {
            "sageMakerImageName": "sagemaker_distribution",
            "versionAliases": list(self.hidden_image_versions),
        }
        return {
            "hiddenAppTypes": list(self.hidden_app_types),
            "hiddenInstanceTypes": list(self.hidden_instance_types),
            "hiddenMlTools": list(self.hidden_ml_tools),
            "hiddenSageMakerImageVersionAliases": [versions] if self.hidden_image_versions else [],
        }
