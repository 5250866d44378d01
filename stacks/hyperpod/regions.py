"""Regions of HyperPod, its Task Governance, Grafana, and images of AWS."""

from sagemaker_platform.catalog.hyperpod_registries import registry_accounts
from stacks.regions import Feature, regions_of

CLUSTER = Feature(
    name="HyperPod clusters",
    resource_type="AWS::SageMaker::Cluster",
    regions=regions_of("AWS::SageMaker::Cluster"),
)

SCHEDULER = Feature(
    name="scheduler configurations",
    resource_type="AWS::SageMaker::ClusterSchedulerConfig",
    regions=regions_of("AWS::SageMaker::ClusterSchedulerConfig"),
)

COMPUTE_QUOTA = Feature(
    name="compute quotas",
    resource_type="AWS::SageMaker::ComputeQuota",
    regions=regions_of("AWS::SageMaker::ComputeQuota"),
)

GRAFANA = Feature(
    name="Amazon Managed Grafana",
    regions=regions_of("Amazon Managed Grafana"),
)

HEALTH_AGENT_IMAGE = Feature(
    name="the image of HyperPod's health monitoring agent, for which AWS's chart has no registry",
    regions=frozenset(registry_accounts("health_monitoring_agent")),
)

INFERENCE_OPERATOR_IMAGES = Feature(
    name="the images of HyperPod's inference operator, for which AWS's chart has no registry",
    regions=frozenset(registry_accounts("inference_operator")),
)
