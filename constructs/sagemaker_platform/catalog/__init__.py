"""Reference data about AWS: instance types for models and clusters, images and prices.

This package creates no resources and does not import the CDK. Each table is a data file in
this folder with its source and date.
"""

from sagemaker_platform.catalog.cluster_instances import (
    ClusterInstanceType,
    cluster_instance_types,
)
from sagemaker_platform.catalog.images import Image, ImageError, find_image
from sagemaker_platform.catalog.instances import InstanceType, find_instance_type
from sagemaker_platform.catalog.large_models import (
    LargeModel,
    LargeModelError,
    LargeModelPlan,
    plan_large_model,
)
from sagemaker_platform.catalog.prices import (
    Price,
    PriceFileError,
    PriceKey,
    PriceList,
    hosting_price,
)

__all__ = [
    "ClusterInstanceType",
    "Image",
    "ImageError",
    "InstanceType",
    "LargeModel",
    "LargeModelError",
    "LargeModelPlan",
    "Price",
    "PriceFileError",
    "PriceKey",
    "PriceList",
    "cluster_instance_types",
    "find_image",
    "find_instance_type",
    "hosting_price",
    "plan_large_model",
]
