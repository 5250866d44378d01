"""Serving models: endpoints that scale, watch themselves, and change safely."""

from sagemaker_platform.inference.alarms import EndpointAlarms
from sagemaker_platform.inference.asynchronous_endpoint import AsynchronousEndpoint, Notifications
from sagemaker_platform.inference.autoscaling import (
    Autoscaling,
    ScheduledCapacity,
    Step,
    StepScaling,
)
from sagemaker_platform.inference.batch_transform import (
    BatchTransform,
    TransformInput,
    TransformOutput,
    TransformRequests,
    TransformSchedule,
)
from sagemaker_platform.inference.component import (
    Adapter,
    Component,
    Compute,
    InstanceScaling,
    Placement,
)
from sagemaker_platform.inference.component_endpoint import ComponentEndpoint
from sagemaker_platform.inference.cross_region_cap import CrossRegionCap
from sagemaker_platform.inference.data_capture import DataCapture
from sagemaker_platform.inference.deployment import TrafficShift
from sagemaker_platform.inference.endpoint import Endpoint, EndpointContext, EndpointMetrics
from sagemaker_platform.inference.endpoint_policies import EndpointPolicies
from sagemaker_platform.inference.explainer import Explainer
from sagemaker_platform.inference.instances import Instances, Routing
from sagemaker_platform.inference.invoker import Invoker, invoke_any
from sagemaker_platform.inference.model import ModelSource, Sharding
from sagemaker_platform.inference.monitor import MetricLimit, Monitor, Retraining
from sagemaker_platform.inference.monitoring import EndpointMonitoring
from sagemaker_platform.inference.named_endpoint import NamedEndpoint
from sagemaker_platform.inference.real_time_endpoint import RealTimeEndpoint, Variant
from sagemaker_platform.inference.routed_requests import RoutedRequests, share_requests_key
from sagemaker_platform.inference.router import (
    AsynchronousRouting,
    Destination,
    InferenceRouter,
    RoutingPreference,
    RoutingTarget,
    invoke_any_router,
    invoke_destinations,
    router_arn,
)
from sagemaker_platform.inference.router_watch import RouterDashboard, healthy_destinations_alarm
from sagemaker_platform.inference.serverless_endpoint import Serverless, ServerlessEndpoint
from sagemaker_platform.inference.shadow_experiment import ExperimentTimes, ShadowExperiment

__all__ = [
    "Adapter",
    "AsynchronousEndpoint",
    "AsynchronousRouting",
    "Autoscaling",
    "BatchTransform",
    "Component",
    "ComponentEndpoint",
    "Compute",
    "CrossRegionCap",
    "DataCapture",
    "Destination",
    "Endpoint",
    "EndpointAlarms",
    "EndpointContext",
    "EndpointMetrics",
    "EndpointMonitoring",
    "EndpointPolicies",
    "ExperimentTimes",
    "Explainer",
    "InferenceRouter",
    "InstanceScaling",
    "Instances",
    "Invoker",
    "MetricLimit",
    "ModelSource",
    "Monitor",
    "NamedEndpoint",
    "Notifications",
    "Placement",
    "RealTimeEndpoint",
    "Retraining",
    "RoutedRequests",
    "RouterDashboard",
    "Routing",
    "RoutingPreference",
    "RoutingTarget",
    "ScheduledCapacity",
    "Serverless",
    "ServerlessEndpoint",
    "ShadowExperiment",
    "Sharding",
    "Step",
    "StepScaling",
    "TrafficShift",
    "TransformInput",
    "TransformOutput",
    "TransformRequests",
    "TransformSchedule",
    "Variant",
    "healthy_destinations_alarm",
    "invoke_any",
    "invoke_any_router",
    "invoke_destinations",
    "router_arn",
    "share_requests_key",
]
