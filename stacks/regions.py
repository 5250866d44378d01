"""Regions in which SageMaker has a feature that it does not have everywhere.

Read from the resource schemas of CloudFormation, which is what a deploy needs; a test
compares the lists with those schemas.
"""

from collections.abc import Mapping
from typing import Literal

from stacks.fields import validation_error

Feature = Literal[
    "Cluster",
    "ClusterSchedulerConfig",
    "ComputeQuota",
    "InferenceComponent",
    "MlflowApp",
    "MlflowTrackingServer",
    "PartnerApp",
]
"""The last part of the name of a resource type of SageMaker."""

_MLFLOW_APP = frozenset(
    {
        "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
        "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3",
        "me-south-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
    }
)  # fmt: skip

REGIONS: Mapping[Feature, frozenset[str]] = {
    "Cluster": frozenset(
        {
            "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-south-2", "ap-southeast-1",
            "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ca-central-1", "eu-central-1",
            "eu-north-1", "eu-south-2", "eu-west-1", "eu-west-2", "me-south-1", "sa-east-1",
            "us-east-1", "us-east-2", "us-west-1", "us-west-2",
        }
    ),
    "ClusterSchedulerConfig": frozenset(
        {
            "ap-northeast-1", "ap-south-1", "eu-central-1", "eu-north-1", "eu-south-2",
            "me-south-1", "us-east-1", "us-west-1",
        }
    ),
    "ComputeQuota": frozenset(
        {
            "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1",
            "eu-west-1", "eu-west-2", "me-south-1", "sa-east-1", "us-east-1", "us-east-2",
            "us-west-2",
        }
    ),
    "InferenceComponent": frozenset(
        {
            "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
            "ap-southeast-3", "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1",
            "eu-west-2", "me-central-1", "me-south-1", "sa-east-1", "us-east-1", "us-east-2",
            "us-west-2",
        }
    ),
    "MlflowApp": _MLFLOW_APP,
    "MlflowTrackingServer": _MLFLOW_APP
    | {
        "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-3", "ap-south-2", "ap-southeast-3",
        "ap-southeast-4", "ap-southeast-5", "ap-southeast-7", "ca-west-1", "eu-central-2",
        "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "mx-central-1",
    },
    "PartnerApp": _MLFLOW_APP | {"ap-northeast-3"},
}  # fmt: skip

GRAFANA_REGIONS = frozenset(
    {
        "ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2", "eu-central-1",
        "eu-west-1", "eu-west-2", "us-east-1", "us-east-2", "us-west-2",
    }
)  # fmt: skip
"""Regions with Amazon Managed Grafana."""


def check_region(feature: Feature, region: str, *, name: str, at: str, instead: str = "") -> None:
    """Refuse a feature in a region that does not have it.

    Args:
        feature: the feature.
        region: region of the environment.
        name: what to call the feature in the error, in the plural.
        at: path of the key that asks for the feature.
        instead: what else could be done, after a colon.
    """
    if region not in REGIONS[feature]:
        raise validation_error(
            f"asks for {name}, which SageMaker does not have in {region}{instead}", at=at
        )
