"""Regions of HyperPod, its Task Governance, Grafana, and images of AWS."""

from sagemaker_platform.catalog.hyperpod_registries import registry_accounts
from stacks.regions import Feature

CLUSTER = Feature(
    name="HyperPod clusters",
    resource_type="AWS::SageMaker::Cluster",
    regions=frozenset(
        {
            "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-south-2", "ap-southeast-1",
            "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ca-central-1", "eu-central-1",
            "eu-north-1", "eu-south-2", "eu-west-1", "eu-west-2", "me-south-1", "sa-east-1",
            "us-east-1", "us-east-2", "us-west-1", "us-west-2",
        }
    ),
)  # fmt: skip

SCHEDULER = Feature(
    name="scheduler configurations",
    resource_type="AWS::SageMaker::ClusterSchedulerConfig",
    regions=frozenset(
        {
            "ap-northeast-1", "ap-south-1", "eu-central-1", "eu-north-1", "eu-south-2",
            "me-south-1", "us-east-1", "us-west-1",
        }
    ),
)  # fmt: skip

COMPUTE_QUOTA = Feature(
    name="compute quotas",
    resource_type="AWS::SageMaker::ComputeQuota",
    regions=frozenset(
        {
            "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1",
            "eu-west-1", "eu-west-2", "me-south-1", "sa-east-1", "us-east-1", "us-east-2",
            "us-west-2",
        }
    ),
)  # fmt: skip

GRAFANA = Feature(
    name="Amazon Managed Grafana",
    regions=frozenset(
        {
            "ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2",
            "eu-central-1", "eu-west-1", "eu-west-2", "us-east-1", "us-east-2", "us-west-2",
        }
    ),
)  # fmt: skip

HEALTH_AGENT_IMAGE = Feature(
    name="the image of HyperPod's health monitoring agent, for which AWS's chart has no registry",
    regions=frozenset(registry_accounts("health_monitoring_agent")),
)

INFERENCE_OPERATOR_IMAGES = Feature(
    name="the images of HyperPod's inference operator, for which AWS's chart has no registry",
    regions=frozenset(registry_accounts("inference_operator")),
)
