"""Registries of AWS with images that nodes of HyperPod on EKS pull."""

from functools import cache
from typing import Literal

from sagemaker_platform.catalog.table import rows

Component = Literal["health_monitoring_agent", "inference_operator", "gpu_operator"]

EFA_PLUGIN_REGION = "us-west-2"
"""Region of the registry that the EFA device plugin's chart names, wherever it is installed.

Source: aws/eks-charts, stable/aws-efa-k8s-device-plugin, ``image.repository``, read 2026-11-26.
"""
EFA_PLUGIN_ACCOUNT = "602401143452"
EFA_PLUGIN_REPOSITORY = "eks/aws-efa-k8s-device-plugin"


@cache
def registry_accounts(component: Component) -> dict[str, str]:
    """Return the accounts whose registries have the images of a component, by region."""
    return {
        row["region"]: row[component] for row in rows("hyperpod_registries.csv") if row[component]
    }
