"""Partner AI Apps: Comet, Deepchecks, Fiddler and Lakera Guard, run by SageMaker."""

from sagemaker_platform.partner_apps.app import PartnerApp, PartnerAppType
from sagemaker_platform.partner_apps.permissions import SESSION_ACTIONS, use_partner_apps
from sagemaker_platform.partner_apps.role import ArtifactAccess

__all__ = [
    "SESSION_ACTIONS",
    "ArtifactAccess",
    "PartnerApp",
    "PartnerAppType",
    "use_partner_apps",
]
