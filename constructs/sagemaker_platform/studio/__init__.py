"""SageMaker Studio: the domain where data scientists work, and its users."""

from sagemaker_platform.studio.domain import AuthMode, IdleShutdown, SpaceStorage, StudioDomain
from sagemaker_platform.studio.permissions import studio_user_statements
from sagemaker_platform.studio.user_profile import UserProfile

__all__ = [
    "AuthMode",
    "IdleShutdown",
    "SpaceStorage",
    "StudioDomain",
    "UserProfile",
    "studio_user_statements",
]
