"""Lakehouse storage: layers of data, and a workgroup to query them."""

from sagemaker_platform.lakehouse.layer import LakehouseLayer
from sagemaker_platform.lakehouse.query_workgroup import QueryWorkgroup

__all__ = ["LakehouseLayer", "QueryWorkgroup"]
