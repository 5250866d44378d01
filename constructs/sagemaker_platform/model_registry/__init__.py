"""SageMaker's model registry: groups of model versions that other environments deploy."""

from sagemaker_platform.model_registry.follower import Follower
from sagemaker_platform.model_registry.group import ModelPackageGroup
from sagemaker_platform.model_registry.sharing import share_artifacts, share_images, share_key

__all__ = [
    "Follower",
    "ModelPackageGroup",
    "share_artifacts",
    "share_images",
    "share_key",
]
