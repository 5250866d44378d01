"""What each type of resource is billed for."""

from pathlib import Path

import pytest

from tests.constructs.cost_support import (
    MONTH,
    Resources,
    cents,
    costs,
    fixed,
    group,
    one,
    uses,
    variant,
)

GPU = 3.06 * 730

FIXED = [
    (one("EC2::NatGateway"), [("NAT gateway", 32.85, 32.85)]),
    (one("EC2::EIP"), [("public IPv4 address", 3.65, 3.65)]),
    (
        one("EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=["a", "b", "c"]),
        [("interface endpoint, by zone", 21.9, 21.9)],
    ),
    (one("EC2::VPCEndpoint", VpcEndpointType="Gateway"), []),
    (one("EC2::VPCEndpoint"), []),
    (one("KMS::Key"), [("KMS key", 1, 1)]),
    (one("SecretsManager::Secret"), [("secret", 0.4, 0.4)]),
    (one("CloudWatch::Alarm", MetricName="Errors"), [("alarm, by metric", 0.1, 0.1)]),
    (one("CloudWatch::Alarm", MetricName="Errors", Period=10), [("alarm, by metric", 0.3, 0.3)]),
    (
        one(
            "CloudWatch::Alarm",
            Metrics=[
                {"Expression": "a + b"},
                {"MetricStat": {"Period": 300}},
                {"MetricStat": {"Period": 60}},
            ],
        ),
        [("alarm, by metric", 0.2, 0.2)],
    ),
    (one("CloudWatch::Dashboard"), [("dashboard", 3, 3)]),
    (one("EKS::Cluster"), [("EKS control plane", 73, 73)]),
    (
        one("SageMaker::MlflowTrackingServer", TrackingServerSize="Small"),
        [("MLflow server, Small", 468.66, 468.66)],
    ),
    (
        one("SageMaker::MlflowTrackingServer", TrackingServerSize="Large"),
        [("MLflow server, Large", None, None)],
    ),
    (
        one(
            "SageMaker::FeatureGroup",
            OfflineStoreConfig={},
            ThroughputConfig={
                "ThroughputMode": "Provisioned",
                "ProvisionedReadCapacityUnits": 0,
                "ProvisionedWriteCapacityUnits": 10,
            },
        ),
        [("reserved writes of features", None, None)],
    ),
    (
        one("SageMaker::PartnerApp", Type="comet", Tier="small"),
        [("partner app comet, small", None, None)],
    ),
    (
        one(
            "FSx::FileSystem",
            FileSystemType="LUSTRE",
            StorageCapacity=1200,
            LustreConfiguration={
                "DeploymentType": "PERSISTENT_2",
                "PerUnitStorageThroughput": 125,
                "MetadataConfiguration": {"Mode": "USER_PROVISIONED", "Iops": 12000},
            },
        ),
        [
            ("FSx Lustre PERSISTENT_2 125", 174, 174),
            ("FSx Lustre, metadata IOPS", 660, 660),
        ],
    ),
    (
        one(
            "FSx::FileSystem",
            FileSystemType="LUSTRE",
            StorageCapacity="2400",
            LustreConfiguration={"DeploymentType": "SCRATCH_2"},
        ),
        [("FSx Lustre SCRATCH_2", 336, 336)],
    ),
    (
        one("SageMaker::EndpointConfig", ProductionVariants=[variant()]),
        [("ml.m5.xlarge, hosting", 2 * MONTH, 2 * MONTH)],
    ),
    (
        one(
            "SageMaker::EndpointConfig",
            ProductionVariants=[variant()],
            ShadowProductionVariants=[variant("shadow", InitialInstanceCount=1)],
        ),
        [("ml.m5.xlarge, hosting", 2 * MONTH, 2 * MONTH), ("ml.m5.xlarge, hosting", MONTH, MONTH)],
    ),
    (
        one("SageMaker::EndpointConfig", ProductionVariants=[variant(VolumeSizeInGB=100)]),
        [
            ("ml.m5.xlarge, hosting", 2 * MONTH, 2 * MONTH),
            ("volumes of endpoint instances", 28, 28),
        ],
    ),
    (
        one(
            "SageMaker::EndpointConfig",
            ProductionVariants=[
                variant(
                    ManagedInstanceScaling={
                        "Status": "ENABLED",
                        "MinInstanceCount": 0,
                        "MaxInstanceCount": 4,
                    }
                )
            ],
        ),
        [("ml.m5.xlarge, hosting", 0, 4 * MONTH)],
    ),
    # AWS lists asynchronous endpoints apart: the price of hosting is not theirs.
    (
        one(
            "SageMaker::EndpointConfig",
            AsyncInferenceConfig={"O": 1},
            ProductionVariants=[variant()],
        ),
        [("ml.m5.xlarge, asynchronous", None, None)],
    ),
    # Of several types, the cheapest runs at the least and the dearest at the most.
    (
        one(
            "SageMaker::EndpointConfig",
            ProductionVariants=[
                {
                    "InitialInstanceCount": 1,
                    "InstancePools": [
                        {"InstanceType": "ml.m5.xlarge"},
                        {"InstanceType": "ml.m5.2xlarge"},
                    ],
                }
            ],
        ),
        [("ml.m5.xlarge or ml.m5.2xlarge, hosting", MONTH, 0.461 * 730)],
    ),
    # One type without a price leaves the line unpriced.
    (
        one(
            "SageMaker::EndpointConfig",
            ProductionVariants=[
                {
                    "InitialInstanceCount": 1,
                    "InstancePools": [
                        {"InstanceType": "ml.m5.xlarge"},
                        {"InstanceType": "ml.m7i.large"},
                    ],
                }
            ],
        ),
        [("ml.m5.xlarge or ml.m7i.large, hosting", None, None)],
    ),
    (
        one(
            "SageMaker::EndpointConfig",
            ProductionVariants=[
                variant(CapacityReservationConfig={"MlReservationArn": "arn:aws:sagemaker:x"})
            ],
        ),
        [("ml.m5.xlarge, hosting", 0, 0)],
    ),
    (
        one(
            "SageMaker::EndpointConfig",
            ProductionVariants=[
                {"ServerlessConfig": {"MemorySizeInMB": 4096, "ProvisionedConcurrency": 1}}
            ],
        ),
        [("serverless inference with 4 GB, provisioned concurrency", None, None)],
    ),
    (
        one(
            "SageMaker::InferenceExperiment",
            ShadowModeConfig={"ShadowModelVariants": [{"ShadowModelVariantName": "new"}]},
            ModelVariants=[
                {
                    "VariantName": name,
                    "InfrastructureConfig": {
                        "RealTimeInferenceConfig": {
                            "InstanceCount": 1,
                            "InstanceType": "ml.m5.xlarge",
                        }
                    },
                }
                for name in ("old", "new")
            ],
        ),
        [("ml.m5.xlarge, shadow of an experiment", MONTH, MONTH)],
    ),
    (
        one("SageMaker::Cluster", InstanceGroups=[group()]),
        [("ml.g5.8xlarge, cluster", 2 * GPU, 2 * GPU)],
    ),
    # Not the price of hosting, which is recorded.
    (
        one("SageMaker::Cluster", InstanceGroups=[group(InstanceType="ml.m5.xlarge")]),
        [("ml.m5.xlarge, cluster", None, None)],
    ),
    (
        one("SageMaker::Cluster", InstanceGroups=[group(CapacityRequirements={"Spot": {}})]),
        [("ml.g5.8xlarge, cluster, spot", None, None)],
    ),
    (
        one("SageMaker::Cluster", InstanceGroups=[group(TrainingPlanArn="arn:aws:sagemaker:x")]),
        [("ml.g5.8xlarge, cluster", 0, 0)],
    ),
    (
        one(
            "SageMaker::Cluster",
            InstanceGroups=[
                group(InstanceStorageConfigs=[{"EbsVolumeConfig": {"VolumeSizeInGB": 500}}])
            ],
        ),
        [
            ("ml.g5.8xlarge, cluster", 2 * GPU, 2 * GPU),
            ("volumes of cluster instances", None, None),
        ],
    ),
    # A count that is a parameter is not known.
    (
        one("SageMaker::Cluster", InstanceGroups=[group(InstanceCount={"Ref": "Count"})]),
        [("ml.g5.8xlarge, cluster", None, None)],
    ),
    (
        one("EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds={"Ref": "Subnets"}),
        [("interface endpoint, by zone", None, None)],
    ),
    (one("Example::Unknown"), [("AWS::Example::Unknown", None, None)]),
    (one("IAM::Role"), []),
    (one("Budgets::Budget"), []),
]


@pytest.mark.parametrize(("resources", "expected"), FIXED)
def test_what_runs_in_any_case(
    tmp_path: Path,
    resources: Resources,
    expected: list[tuple[str, float | None, float | None]],
) -> None:
    found = fixed(costs(tmp_path, resources))

    assert found == [(text, cents(low), cents(high)) for text, low, high in expected]


@pytest.mark.parametrize(
    ("resources", "usages"),
    [
        (
            one("SageMaker::FeatureGroup", OnlineStoreConfig={"StorageType": "InMemory"}),
            ["feature_reads", "feature_writes", "feature_storage_gb"],
        ),
        (one("SageMaker::FeatureGroup", OfflineStoreConfig={}), ["feature_writes"]),
        (one("S3::Bucket"), ["s3_storage_gb", "s3_write_requests", "s3_read_requests"]),
        (one("RedshiftServerless::Workgroup", BaseCapacity=8), ["warehouse_rpu_hours"]),
        (
            one(
                "SageMaker::Domain",
                DefaultUserSettings={
                    "JupyterLabAppSettings": {
                        "DefaultResourceSpec": {"InstanceType": "ml.t3.medium"}
                    },
                    "CodeEditorAppSettings": {
                        "DefaultResourceSpec": {"InstanceType": "ml.m5.large"}
                    },
                },
            ),
            ["studio_app_hours", "studio_app_hours", "space_storage_gb", "home_storage_gb"],
        ),
        (one("SageMaker::MlflowApp"), ["mlflow_app_hours"]),
        (one("StepFunctions::StateMachine"), ["state_transitions"]),
        (one("StepFunctions::StateMachine", StateMachineType="EXPRESS"), ["express_executions"]),
        (one("Grafana::Workspace"), ["grafana_editors", "grafana_viewers"]),
    ],
)
def test_what_is_billed_by_use(tmp_path: Path, resources: Resources, usages: list[str]) -> None:
    found = costs(tmp_path, resources)

    assert uses(found) == usages
    assert (found.low, found.high, found.counted) == (0, 0, [])
