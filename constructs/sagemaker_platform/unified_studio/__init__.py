"""Domains of SageMaker Unified Studio."""

from sagemaker_platform.unified_studio.domain import (
    Assignment,
    Enrolled,
    IdentityCenterSignIn,
    UnifiedStudioDomain,
)
from sagemaker_platform.unified_studio.permissions import use_of_unified_studio
from sagemaker_platform.unified_studio.service_role import ServiceRole

__all__ = [
    "Assignment",
    "Enrolled",
    "IdentityCenterSignIn",
    "ServiceRole",
    "UnifiedStudioDomain",
    "use_of_unified_studio",
]
