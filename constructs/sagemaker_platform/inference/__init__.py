"""Serving models: endpoints that scale, watch themselves, and change safely."""

from sagemaker_platform.inference.alarms import EndpointAlarms
from sagemaker_platform.inference.asynchronous_endpoint import AsynchronousEndpoint, Notifications
from sagemaker_platform.inference.autoscaling import (
    Autoscaling,
    CustomMetric,
    ScheduledCapacity,
    Step,
    StepScaling,
)
from sagemaker_platform.inference.component_endpoint import (
    Adapter,
    Component,
    ComponentEndpoint,
    Compute,
    InstanceScaling,
    Placement,
)
from sagemaker_platform.inference.data_capture import DataCapture
from sagemaker_platform.inference.deployment import TrafficShift
from sagemaker_platform.inference.endpoint import Endpoint, EndpointMetrics, Surroundings
from sagemaker_platform.inference.instances import Instances, Routing
from sagemaker_platform.inference.model import ModelSource
from sagemaker_platform.inference.real_time_endpoint import RealTimeEndpoint, Variant
from sagemaker_platform.inference.serverless_endpoint import Serverless, ServerlessEndpoint

__all__ = [
    "Adapter",
    "AsynchronousEndpoint",
    "Autoscaling",
    "Component",
    "ComponentEndpoint",
    "Compute",
    "CustomMetric",
    "DataCapture",
    "Endpoint",
    "EndpointAlarms",
    "EndpointMetrics",
    "InstanceScaling",
    "Instances",
    "ModelSource",
    "Notifications",
    "Placement",
    "RealTimeEndpoint",
    "Routing",
    "ScheduledCapacity",
    "Serverless",
    "ServerlessEndpoint",
    "Step",
    "StepScaling",
    "Surroundings",
    "TrafficShift",
    "Variant",
]
