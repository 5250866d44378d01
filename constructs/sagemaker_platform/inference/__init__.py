"""Serving models: endpoints that scale, watch themselves, and change safely."""

from sagemaker_platform.inference.alarms import EndpointAlarms
from sagemaker_platform.inference.autoscaling import Autoscaling
from sagemaker_platform.inference.deployment import TrafficShift
from sagemaker_platform.inference.model import ModelSource
from sagemaker_platform.inference.real_time_endpoint import DataCapture, RealTimeEndpoint

__all__ = [
    "Autoscaling",
    "DataCapture",
    "EndpointAlarms",
    "ModelSource",
    "RealTimeEndpoint",
    "TrafficShift",
]
