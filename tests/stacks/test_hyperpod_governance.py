"""Add-ons, teams and metrics of a cluster with EKS in a settings file: what they make."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT, StackTemplate, stack, synthesized

NAMES = ("hyperpod-governed", "hyperpod-cloudwatch")


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly of both examples."""
    folder = tmp_path_factory.mktemp("governance")
    return synthesized(folder / "out", *(ROOT / "examples" / f"{name}.yaml" for name in NAMES))


@pytest.fixture(scope="module")
def governed(assembly: Path) -> StackTemplate:
    return stack(assembly, "hyperpod-governed/hyperpod-shared")


@pytest.fixture(scope="module")
def watched(assembly: Path) -> StackTemplate:
    return stack(assembly, "hyperpod-cloudwatch/hyperpod-small")


def add_ons(template: StackTemplate) -> dict[str, dict[str, Any]]:
    return {
        one["Properties"]["AddonName"]: one
        for one in template.resources().values()
        if one["Type"] == "AWS::EKS::Addon"
    }


def test_add_ons_are_installed_on_nodes_and_after_what_they_need(governed: StackTemplate) -> None:
    resources = governed.resources()
    [nodes] = [name for name, one in resources.items() if one["Type"] == "AWS::SageMaker::Cluster"]
    found = add_ons(governed)
    own = {name for name in found if "sagemaker" in name}
    assert own == {
        "amazon-sagemaker-hyperpod-inference",
        "amazon-sagemaker-hyperpod-observability",
        "amazon-sagemaker-hyperpod-taskgovernance",
        "amazon-sagemaker-hyperpod-training-operator",
        "amazon-sagemaker-spaces",
    }
    for name in own:
        assert nodes in found[name]["DependsOn"]


def test_versions_match_the_file(governed: StackTemplate) -> None:
    versions = {
        name: one["Properties"].get("AddonVersion") for name, one in add_ons(governed).items()
    }
    assert versions["amazon-sagemaker-hyperpod-training-operator"] == "v1.2.0-eksbuild.1"
    assert versions["amazon-sagemaker-spaces"] is None


def test_teams_have_quotas_and_their_people_their_namespaces(governed: StackTemplate) -> None:
    quotas = {
        one["ComputeQuotaTarget"]["TeamName"]: one
        for one in governed.of_type("AWS::SageMaker::ComputeQuota")
    }
    assert set(quotas) == {"vision", "serving", "students"}
    assert quotas["vision"]["Name"] == "hyperpod-governed-shared-vision"
    entries = {str(one["PrincipalArn"]): one for one in governed.of_type("AWS::EKS::AccessEntry")}

    def scope(persona: str) -> tuple[set[str], set[str], bool]:
        [entry] = [one for arn, one in entries.items() if persona in arn]
        policies = entry.get("AccessPolicies", [])
        namespaces = {name for one in policies for name in one["AccessScope"]["Namespaces"]}
        everywhere = any(one["AccessScope"]["Type"] == "cluster" for one in policies)
        return namespaces, set(entry["KubernetesGroups"]), everywhere

    assert scope("Researcher") == (
        {"hyperpod-ns-vision", "hyperpod-ns-serving"},
        {"hyperpod-teams", "hyperpod-team-vision", "hyperpod-team-serving"},
        False,
    )
    assert scope("MlEngineer")[0] == {"hyperpod-ns-serving"}
    # In no team: no policy at all.
    assert scope("Visitor") == (set(), {"hyperpod-teams"}, False)


def test_rights_of_a_team_come_after_its_quota_which_makes_the_namespace(
    governed: StackTemplate,
) -> None:
    resources = governed.resources()
    quotas = {
        one["Properties"]["ComputeQuotaTarget"]["TeamName"]: name
        for name, one in resources.items()
        if one["Type"] == "AWS::SageMaker::ComputeQuota"
    }
    for team, quota in quotas.items():
        applied = [
            one
            for one in resources.values()
            if one["Type"] == "Custom::AWSCDK-EKS-KubernetesResource"
            and f'"namespace":"hyperpod-ns-{team}"' in json.dumps(one).replace("\\", "")
        ]
        # Rights, and claims of the file systems.
        assert [quota in one["DependsOn"] for one in applied] == [True, True]


def test_alerts_reach_the_topic_of_the_environment(assembly: Path) -> None:
    def allowed(name: str) -> tuple[bool, bool]:
        foundation = stack(assembly, f"{name}/foundation")
        [topic] = foundation.of_type("AWS::SNS::TopicPolicy")
        [key] = foundation.of_type("AWS::KMS::Key")
        service = "aps.amazonaws.com"
        return service in json.dumps(topic), service in json.dumps(key["KeyPolicy"])

    assert allowed("hyperpod-governed") == (True, True)
    # Without Prometheus, it may not.
    assert allowed("hyperpod-cloudwatch") == (False, False)


def test_metrics_are_of_one_kind(governed: StackTemplate, watched: StackTemplate) -> None:
    assert "amazon-cloudwatch-observability" not in add_ons(governed)
    assert "amazon-sagemaker-hyperpod-observability" not in add_ons(watched)
    assert not watched.of_type("AWS::APS::Workspace")
    queues = {
        dimension["Value"]
        for alarm in watched.of_type("AWS::CloudWatch::Alarm")
        for dimension in alarm.get("Dimensions", [])
        if dimension["Name"] == "ClusterQueue"
    }
    assert queues == {"hyperpod-ns-vision-clusterqueue", "hyperpod-ns-audio-clusterqueue"}
    [dashboard] = watched.of_type("AWS::CloudWatch::Dashboard")
    assert "kueue_cluster_queue_resource_usage" in json.dumps(dashboard)


def test_collectors_in_a_closed_network_reach_prometheus(assembly: Path) -> None:
    def endpoints(name: str) -> str:
        return json.dumps(stack(assembly, f"{name}/network").of_type("AWS::EC2::VPCEndpoint"))

    assert "aps-workspaces" in endpoints("hyperpod-governed")
    assert "aps-workspaces" not in endpoints("hyperpod-cloudwatch")


def test_grafana_gets_its_sign_in_methods(governed: StackTemplate) -> None:
    [grafana] = governed.of_type("AWS::Grafana::Workspace")
    assert sorted(grafana["AuthenticationProviders"]) == ["AWS_SSO", "SAML"]
    assert grafana["GrafanaVersion"] == "10.4"
