"""Configurations with which the launcher of SageMaker HyperPod recipes finds where to run."""

from sagemaker_platform.recipes.configuration import (
    LauncherConfiguration,
    configuration_name,
    read_configurations,
)
from sagemaker_platform.recipes.targets import (
    KubernetesTarget,
    Recipes,
    SlurmTarget,
    Target,
    TrainingJobTarget,
)

__all__ = [
    "KubernetesTarget",
    "LauncherConfiguration",
    "Recipes",
    "SlurmTarget",
    "Target",
    "TrainingJobTarget",
    "configuration_name",
    "read_configurations",
]
