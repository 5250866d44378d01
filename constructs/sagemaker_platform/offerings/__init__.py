"""What AWS offers, as tables: instance types for models and clusters, images and prices.

Nothing here makes resources or imports the CDK. The tables are checked in; what they say
is as old as their dates.
"""

from sagemaker_platform.offerings.cluster_instances import (
    ClusterInstanceType,
    cluster_instance_types,
)
from sagemaker_platform.offerings.images import Image, ImageError, find_image
from sagemaker_platform.offerings.instances import InstanceType, find_instance_type
from sagemaker_platform.offerings.large_models import (
    LargeModel,
    LargeModelError,
    LargeModelPlan,
    plan_large_model,
)
from sagemaker_platform.offerings.prices import hosting_price

__all__ = [
    "ClusterInstanceType",
    "Image",
    "ImageError",
    "InstanceType",
    "LargeModel",
    "LargeModelError",
    "LargeModelPlan",
    "cluster_instance_types",
    "find_image",
    "find_instance_type",
    "hosting_price",
    "plan_large_model",
]
