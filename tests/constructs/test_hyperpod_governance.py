"""Task Governance of a cluster, as a template has it."""

import re
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk.assertions import Template

from sagemaker_platform.catalog.cluster_instances import cluster_instance_types
from sagemaker_platform.catalog.gpu_partitions import GPU_PARTITIONS, share_of_gpu
from sagemaker_platform.hyperpod.eks_add_ons import (
    PriorityClass,
    Quota,
    Scheduler,
    TaskGovernance,
    Team,
    cluster_manifests,
    team_manifests,
    team_queue,
)
from tests.support import ROOT

VISION = Team(name="vision", quotas=[Quota(instance_type="ml.p5.48xlarge", count=2)])
AUDIO = Team(
    name="audio-speech",
    quotas=[
        Quota(instance_type="ml.p5.48xlarge", accelerators=8, vcpus=96),
        Quota(instance_type="ml.p5.48xlarge", partition=("mig-3g.40gb", 4)),
    ],
    fair_share_weight=40,
    sharing="Lend",
    preempt=False,
    enabled=False,
)


def made(stack: Stack, scheduler: Scheduler | None, *teams: Team) -> dict[str, dict[str, Any]]:
    cluster = sagemaker.CfnCluster(stack, "Cluster")
    add_on = sagemaker.CfnModel(stack, "AddOn", execution_role_arn="x")
    TaskGovernance(
        stack,
        "Governance",
        name="dev-research",
        cluster=cluster,
        scheduler=scheduler,
        teams=teams,
        after=[add_on],
    )
    resources: dict[str, dict[str, Any]] = Template.from_stack(stack).to_json()["Resources"]
    return resources


def test_quotas_come_after_the_scheduler_and_that_after_cluster_and_add_on(stack: Stack) -> None:
    found = made(stack, Scheduler(), VISION, AUDIO)
    order = [
        (one["Type"].rsplit(":", 1)[1], one["DependsOn"])
        for one in found.values()
        if "DependsOn" in one
    ]
    assert [kind for kind, _ in order] == ["ClusterSchedulerConfig", "ComputeQuota", "ComputeQuota"]
    assert sorted(order[0][1]) == ["AddOn", "Cluster"]
    names = list(found)
    assert order[1][1] == [names[-3]]
    assert order[2][1] == [names[-2]]


def test_without_a_scheduler_the_first_quota_waits_for_the_add_on(stack: Stack) -> None:
    found = made(stack, None, VISION)
    [quota] = [one for one in found.values() if one["Type"] == "AWS::SageMaker::ComputeQuota"]
    assert sorted(quota["DependsOn"]) == ["AddOn", "Cluster"]


def test_a_team_is_written_as_cloudformation_wants_it(stack: Stack) -> None:
    found = made(stack, None, AUDIO)
    [quota] = [one for one in found.values() if one["Type"] == "AWS::SageMaker::ComputeQuota"]
    assert quota["Properties"] == {
        "Name": "dev-research-audio-speech",
        "ClusterArn": {"Fn::GetAtt": ["Cluster", "ClusterArn"]},
        "ComputeQuotaTarget": {"TeamName": "audio-speech", "FairShareWeight": 40},
        "ComputeQuotaConfig": {
            "ComputeQuotaResources": [
                {"InstanceType": "ml.p5.48xlarge", "Accelerators": 8, "VCpu": 96},
                {
                    "InstanceType": "ml.p5.48xlarge",
                    "AcceleratorPartition": {"Type": "mig-3g.40gb", "Count": 4},
                },
            ],
            "ResourceSharingConfig": {"Strategy": "Lend"},
            "PreemptTeamTasks": "Never",
        },
        "ActivationState": "Disabled",
    }


def test_a_quota_is_what_its_schema_takes(stack: Stack) -> None:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(
        "us-east-1", "AWS::SageMaker::ComputeQuota"
    ).schema
    found = made(stack, None, VISION, AUDIO)
    for one in found.values():
        if one["Type"] == "AWS::SageMaker::ComputeQuota":
            assert set(one["Properties"]) <= set(schema["properties"])
    # A change of one of these would be another quota under the name of the first.
    create_only = {path.removeprefix("/properties/") for path in schema["createOnlyProperties"]}
    assert create_only == {"Name", "ClusterArn", "ComputeQuotaTarget/TeamName"}


def test_priority_classes_have_their_weights(stack: Stack) -> None:
    ranks = [PriorityClass(name="training", weight=80), PriorityClass(name="spare", weight=0)]
    found = made(stack, Scheduler(fair_share=False, priority_classes=ranks))
    [scheduler] = [
        one["Properties"]
        for one in found.values()
        if one["Type"] == "AWS::SageMaker::ClusterSchedulerConfig"
    ]
    assert scheduler["SchedulerConfig"] == {
        "FairShare": "Disabled",
        "IdleResourceSharing": "Enabled",
        "PriorityClasses": [
            {"Name": "training", "Weight": 80},
            {"Name": "spare", "Weight": 0},
        ],
    }


def test_a_team_sees_only_its_own_tasks() -> None:
    role, binding = team_manifests("vision")
    assert role["metadata"]["namespace"] == binding["metadata"]["namespace"] == "hyperpod-ns-vision"
    assert binding["subjects"][0]["name"] == "hyperpod-team-vision"
    everybody, _ = cluster_manifests()
    verbs = {verb for rule in everybody["rules"] for verb in rule["verbs"]}
    kinds = {kind for rule in everybody["rules"] for kind in rule["resources"]}
    assert verbs == {"get", "list", "watch"}
    assert not kinds & {"pods", "secrets", "workloads"}
    assert team_queue("vision") == "hyperpod-ns-vision-localqueue"


@pytest.mark.parametrize("name", GPU_PARTITIONS)
def test_partitions_are_of_gpus_and_of_the_schema(name: str) -> None:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(
        "us-east-1", "AWS::SageMaker::ComputeQuota"
    ).schema
    known = schema["definitions"]["AcceleratorPartitionConfig"]["properties"]["Type"]["enum"]
    assert set(GPU_PARTITIONS[name]) <= set(known)
    assert cluster_instance_types()[name].accelerators
    assert max(map(share_of_gpu, GPU_PARTITIONS[name])) == 1


def test_invalid_profile_has_no_share() -> None:
    with pytest.raises(ValueError, match="expected a profile"):
        share_of_gpu("mig-9g.1gb")


@pytest.mark.parametrize("kind", ["ClusterSchedulerConfig", "ComputeQuota"])
def test_the_guide_names_every_property(kind: str) -> None:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(
        "us-east-1", f"AWS::SageMaker::{kind}"
    ).schema
    read_only = {path.removeprefix("/properties/") for path in schema["readOnlyProperties"]}
    names = set(schema["properties"]) - read_only
    for definition, details in schema["definitions"].items():
        if definition != "Tag":
            names |= set(details.get("properties", {}))
    guide = (ROOT / "docs" / "hyperpod-teams.md").read_text("utf-8")
    section = guide[guide.index("## Every property") :]
    assert {name for name in names if not re.search(rf"\b{name}\b", section)} == set()
