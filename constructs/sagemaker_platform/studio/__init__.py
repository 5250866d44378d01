"""SageMaker Studio: the domain where data scientists work, and its users."""

from sagemaker_platform.studio.apps import AppDefaults, AppType, IdleShutdown
from sagemaker_platform.studio.domain import AuthMode, DockerAccess, SharedSpaces, StudioDomain
from sagemaker_platform.studio.existing_domain import ExistingStudioDomain, IStudioDomain
from sagemaker_platform.studio.images import CustomImage, ImageContainer
from sagemaker_platform.studio.lifecycle_configs import LifecycleConfig
from sagemaker_platform.studio.permissions import shared_space_statements, studio_user_statements
from sagemaker_platform.studio.portal import Portal
from sagemaker_platform.studio.r_studio import RStudio, RStudioAccess
from sagemaker_platform.studio.space import Sharing, Space
from sagemaker_platform.studio.storage import FileSystem, PosixUser, SpaceStorage
from sagemaker_platform.studio.user_profile import OwnSettings, UserProfile

__all__ = [
    "AppDefaults",
    "AppType",
    "AuthMode",
    "CustomImage",
    "DockerAccess",
    "ExistingStudioDomain",
    "FileSystem",
    "IStudioDomain",
    "IdleShutdown",
    "ImageContainer",
    "LifecycleConfig",
    "OwnSettings",
    "Portal",
    "PosixUser",
    "RStudio",
    "RStudioAccess",
    "SharedSpaces",
    "Sharing",
    "Space",
    "SpaceStorage",
    "StudioDomain",
    "UserProfile",
    "shared_space_statements",
    "studio_user_statements",
]
