"""Whole environments with HyperPod that AWS accepts or refuses, each for one rule of AWS."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stacks.loading import SettingsError, load_environments
from tests.support import ROOT, StackTemplate, run_app, stack, synthesized, written

FOLDER = ROOT / "tests" / "fixtures" / "hyperpod"
REFUSED = {
    "one-zone": "network.availability_zones: got",
    "partitions": "must set gpu-operator.enabled to true",
    "seoul": "images of HyperPod's inference operator, for which AWS's chart has no registry",
    "quotas": "set region_checks: warning",
    "two-controllers": "HyperPod supports one controller node",
    "zone-refused": "EKS does not support use1-az3. Name another zone",
}
MADE = (
    "eks-efa",
    "plans",
    "restricted",
    "serving",
    "slurm",
    "standard",
    "two-ranges",
    "zone-ids",
    "zone-names",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One assembly of all that synthesizes."""
    out = tmp_path_factory.mktemp("cases") / "out"
    return synthesized(out, *(FOLDER / f"{name}.yaml" for name in MADE))


def of(assembly: Path, name: str) -> StackTemplate:
    [cluster] = load_environments(files=[str(FOLDER / f"{name}.yaml")])[0].hyperpod.clusters  # type: ignore[attr-defined]
    own = f"hyperpod-{cluster.name}" if cluster.orchestrator == "eks" else "hyperpod"
    return stack(assembly, f"{name}/{own}")


def keys(value: Any) -> Iterator[str]:
    """Yield the keys of a part of a template, at all depths."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from keys(one)
    elif isinstance(value, list):
        for one in value:
            yield from keys(one)


def cluster_of(assembly: Path, name: str) -> dict[str, Any]:
    [found] = of(assembly, name).of_type("AWS::SageMaker::Cluster")
    return found


def warnings(assembly: Path, name: str) -> list[str]:
    """Return what the CLI warns of."""
    return [
        entry["data"]
        for file in assembly.glob(f"assembly-{name}/*.metadata.json")
        for entries in json.loads(file.read_text("utf-8")).values()
        for entry in entries
        if entry["type"] == "aws:cdk:warning"
    ]


@pytest.mark.parametrize("name", REFUSED)
def test_case_is_refused(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_environments(files=[str(FOLDER / f"{name}.yaml")])

    [line] = str(caught.value).splitlines()
    assert REFUSED[name] in line


def test_every_case_is_tried() -> None:
    assert {*REFUSED, *MADE} == {file.stem for file in FOLDER.glob("*.yaml")}


@pytest.mark.parametrize("name", ["restricted", "standard"])
def test_without_continuous_provisioning_no_volume_has_a_key(made: Path, name: str) -> None:
    """SageMaker accepts a customer-managed key only with continuous provisioning."""
    assert "VolumeKmsKeyId" not in set(keys(cluster_of(made, name)))
    assert "VolumeSizeInGB" in set(keys(cluster_of(made, name)))


def test_with_continuous_provisioning_every_group_has_the_key(made: Path) -> None:
    for group in cluster_of(made, "slurm")["InstanceGroups"]:
        assert "VolumeKmsKeyId" in set(keys(group["InstanceStorageConfigs"]))


@pytest.mark.parametrize("name", ["slurm", "standard"])
def test_slurm_has_no_property_of_eks(made: Path, name: str) -> None:
    found = set(keys(cluster_of(made, name)))
    assert "ScheduleExpression" in found
    assert found.isdisjoint({"DeploymentConfig", "KubernetesConfig", "AutoScaling", "OnCreate"})


def test_slurm_warns_of_batches(made: Path) -> None:
    [text] = warnings(made, "slurm")
    assert "max_batch_count of scheduled_update have no effect" in text


@pytest.mark.parametrize(
    ("name", "zone"), [("eks-efa", "us-west-2b"), ("two-ranges", "us-west-2b"), ("slurm", None)]
)
def test_nodes_reach_lustre_through_efa_in_its_zone(
    made: Path, name: str, zone: str | None
) -> None:
    [scripts] = stack(made, f"{name}/hyperpod").of_type("Custom::HyperPodLifecycleScripts")
    found = [text for file, text in scripts["Files"].items() if file.endswith("/lustre_zone")]
    assert found == ([f"{zone}\n"] if zone else [])


def test_eks_updates_in_batches(made: Path) -> None:
    [group] = cluster_of(made, "eks-efa")["InstanceGroups"]
    assert "RollingUpdatePolicy" in group["ScheduledUpdateConfig"]["DeploymentConfig"]


def test_restricted_groups_are_alone(made: Path) -> None:
    cluster = cluster_of(made, "restricted")
    assert "InstanceGroups" not in cluster
    assert len(cluster["RestrictedInstanceGroups"]) == 2
    add_ons = {one["AddonName"]: one for one in of(made, "restricted").of_type("AWS::EKS::Addon")}
    assert set(add_ons) == {"vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns"}
    assert "sagemaker.amazonaws.com/RestrictedNode" in add_ons["coredns"]["ConfigurationValues"]
    assert "ENABLE_IMDS_ONLY_MODE" in add_ons["vpc-cni"]["ConfigurationValues"]


@pytest.mark.parametrize("name", ["eks-efa", "serving"])
def test_add_ons_have_no_inline_pod_identity(made: Path, name: str) -> None:
    """EKS refuses them for versions that declare no IAM permissions."""
    template = of(made, name)
    assert all("PodIdentityAssociations" not in one for one in template.of_type("AWS::EKS::Addon"))
    accounts = {
        one["ServiceAccount"] for one in template.of_type("AWS::EKS::PodIdentityAssociation")
    }
    assert "fsx-csi-controller-sa" in accounts
    if name == "eks-efa":
        assert "hp-training-operator-controller-manager" in accounts


def test_control_plane_is_in_zones_that_have_some(made: Path) -> None:
    """EKS refuses use1-az3, which is the first zone."""
    [plane] = of(made, "zone-ids").of_type("AWS::EKS::Cluster")
    subnets = str(plane["ResourcesVpcConfig"]["SubnetIds"])
    assert "PrivateSubnet2" in subnets
    assert "PrivateSubnet3" in subnets
    assert "PrivateSubnet1" not in subnets


def test_a_name_that_may_mean_a_zone_without_control_planes_warns(made: Path) -> None:
    [text] = warnings(made, "zone-names")
    assert "use1-az3, which us-east-1e may be" in text
    assert not warnings(made, "zone-ids")


def test_people_without_teams_deploy_models(made: Path) -> None:
    """Not administrators alone: policies of EKS know no custom resources, and no nodes."""
    template = of(made, "serving")
    manifests = [
        one
        for resource in template.of_type("Custom::AWSCDK-EKS-KubernetesResource")
        for one in json.loads(written(resource["Manifest"]))
    ]
    [role] = [one for one in manifests if one["kind"] == "Role"]
    [binding] = [one for one in manifests if one["kind"] == "RoleBinding"]
    [overview] = [one for one in manifests if one["kind"] == "ClusterRole"]
    assert {"inferenceendpointconfigs", "jumpstartmodels"} <= {
        kind for rule in role["rules"] if "create" in rule["verbs"] for kind in rule["resources"]
    }
    assert "nodes" in overview["rules"][0]["resources"]
    [group] = [subject["name"] for subject in binding["subjects"]]
    entries = [
        one for one in template.of_type("AWS::EKS::AccessEntry") if "KubernetesGroups" in one
    ]
    assert entries
    for entry in entries:
        look, edit = entry["AccessPolicies"]
        assert group in entry["KubernetesGroups"]
        assert "AmazonEKSViewPolicy" in str(look["PolicyArn"])
        assert "AmazonEKSEditPolicy" in str(edit["PolicyArn"])
        assert edit["AccessScope"] == {
            "Type": "namespace",
            "Namespaces": [role["metadata"]["namespace"]],
        }


def test_cluster_add_ons_start_during_deep_health_checks(made: Path) -> None:
    """Otherwise CoreDNS finds no node for one to two hours, and CloudFormation gives up."""
    add_ons = {one["AddonName"]: one for one in of(made, "eks-efa").of_type("AWS::EKS::Addon")}
    for name in ("coredns", "cert-manager", "metrics-server"):
        assert "node-health-status" in add_ons[name]["ConfigurationValues"], name
    values = json.loads(add_ons["cert-manager"]["ConfigurationValues"])
    assert values["webhook"]["tolerations"] == values["cainjector"]["tolerations"]


@pytest.mark.parametrize(
    "more",
    [
        "instance_groups: [{name: a, instance_type: ml.m5.large, instance_count: 1}]",
        "add_ons: [cert-manager]",
        "hyperpod_add_ons: {observability: {}}",
        "hyperpod_add_ons: {training_operator: {}}",
        "task_governance: {teams: [{name: a}]}",
        "lustre: {}",
        "autoscaling: {max_vcpus: 9}",
    ],
)
def test_restricted_groups_exclude(more: str, tmp_path: Path) -> None:
    text = (FOLDER / "restricted.yaml").read_text("utf-8")
    text = text.replace("      instance_groups: []\n", f"      {more}\n")
    file = tmp_path / "restricted.yaml"
    file.write_text(text, "utf-8")

    with pytest.raises(SettingsError, match="must be omitted with restricted_instance_groups"):
        load_environments(files=[str(file)])


def test_a_team_that_knows_better_than_the_list_of_regions(tmp_path: Path) -> None:
    text = (FOLDER / "quotas.yaml").read_text("utf-8")
    file = tmp_path / "quotas.yaml"
    file.write_text(f"region_checks: warning\n{text}", "utf-8")

    [loaded] = load_environments(files=[str(file)])

    [warning] = loaded.region_warnings
    assert "scheduler configurations" in warning.text
    # With all checks: neither a warning nor a type that the validator does not know there fails.
    run = run_app(tmp_path / "out", context={"files": str(file)})
    assert run.returncode == 0, run.stderr
    assert f"Warning: quotas/foundation: {warning.text}" in run.stderr


CLOSED = """\
name: closed
account: "111122223333"
region: eu-west-1
stage: development
owner: ml
cost_center: "1"
network: {cidr: 10.0.0.0/16, availability_zones: [eu-west-1a, eu-west-1b]}
hyperpod:
  clusters:
    - name: ml
      orchestrator: eks
      kubernetes_version: "1.34"
      dependencies_chart:
        repository: oci://111122223333.dkr.ecr.eu-west-1.amazonaws.com/charts/hyperpod-helm-chart
        version: 0.1.0
        digest: sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        values: {VALUES}
      instance_groups: [{name: a, instance_type: TYPE, instance_count: 1}]
"""
OWN = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("instance_type", "values", "right"),
    [
        ("ml.m5.2xlarge", "", None),
        ("ml.g5.2xlarge", "", "nvidia-device-plugin.image.repository"),
        ("ml.g5.2xlarge", f"nvidia-device-plugin: {{image: {{repository: {OWN}/a}}}}", None),
        ("ml.g5.2xlarge", "nvidia-device-plugin: {image: {repository: nvcr.io/a}}", "nvcr.io"),
        ("ml.g5.2xlarge", "nvidia-device-plugin: {devicePlugin: {enabled: false}}", None),
        (
            "ml.g5.8xlarge",
            f"nvidia-device-plugin: {{image: {{repository: {OWN}/a}}}}",
            "aws-efa-k8s-device-plugin.image.repository",
        ),
        (
            "ml.trn1.32xlarge",
            f"aws-efa-k8s-device-plugin: {{image: {{repository: {OWN}/a}}}}",
            "public.ecr.aws",
        ),
    ],
)
def test_a_closed_network_needs_images_of_device_plugins(
    instance_type: str, values: str, right: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "closed.yaml"
    file.write_text(CLOSED.replace("VALUES", values).replace("TYPE", instance_type), "utf-8")
    if right is None:
        load_environments(files=[str(file)])
        return
    with pytest.raises(SettingsError) as caught:
        load_environments(files=[str(file)])
    assert right in str(caught.value)


def test_an_agent_without_a_registry_is_reported(tmp_path: Path) -> None:
    text = (FOLDER / "seoul.yaml").read_text("utf-8").replace("inference_operator", "spaces")
    text = text.replace("{gated_models: true}", "{}").replace(
        "metrics-server,", "aws-ebs-csi-driver,"
    )
    file = tmp_path / "seoul.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=r"health-monitoring-agent\.hmaimage"):
        load_environments(files=[str(file)])

    image = "values: {health-monitoring-agent: {hmaimage: 111122223333.dkr.ecr.ap-northeast-2.a/b}}"
    file.write_text(text.replace("version: 0.1.0", f"version: 0.1.0\n        {image}"), "utf-8")
    load_environments(files=[str(file)])


def test_nodes_may_pull_the_plugin_of_efa(made: Path) -> None:
    """Its chart names a registry in us-west-2 wherever it is installed."""
    policies = str(of(made, "serving").of_type("AWS::IAM::ManagedPolicy"))
    assert "ecr:us-west-2:602401143452:repository/eks/aws-efa-k8s-device-plugin" in policies


def test_a_kept_file_system_keeps_its_security_group(made: Path) -> None:
    """Otherwise the stack could not be deleted: the file system's interfaces use the group."""
    resources = of(made, "slurm").resources()
    kept = {name for name, one in resources.items() if "Retain" in one.get("DeletionPolicy", "")}
    for one in resources.values():
        if one["Type"] == "AWS::FSx::FileSystem":
            for group in one["Properties"]["SecurityGroupIds"]:
                assert group["Fn::GetAtt"][0] in kept
    # A rule that names the nodes' group would keep that from being deleted.
    nodes = {
        name
        for name, one in resources.items()
        if one["Type"] == "AWS::EC2::SecurityGroup" and name not in kept
    }
    for name in kept:
        if resources[name]["Type"].startswith("AWS::EC2::SecurityGroup"):
            assert not any(node in str(resources[name]) for node in nodes), name


@pytest.mark.parametrize("name", ["slurm", "two-ranges"])
def test_nodes_open_the_connections_of_clusters_only(made: Path, name: str) -> None:
    def ports(template: StackTemplate, description: str) -> list[list[int]]:
        return [
            [rule["FromPort"] for rule in group.get("SecurityGroupEgress", []) if "CidrIp" in rule]
            for group in template.of_type("AWS::EC2::SecurityGroup")
            if group["GroupDescription"].startswith(description)
        ]

    [nodes] = ports(of(made, name), "Nodes of a HyperPod cluster")
    [jobs] = ports(stack(made, f"{name}/access"), "Jobs and endpoints")
    assert 636 in nodes
    assert 22 not in nodes
    assert 22 in jobs
    assert 636 not in jobs


def test_rules_of_the_vpc_cover_all_its_ranges(made: Path) -> None:
    """AWS's quick setup makes a VPC of 10.192.0.0/16 with subnets of 10.1.0.0/16."""
    ranges = {"10.31.0.0/16", "10.1.0.0/16", "100.64.0.0/16"}
    template = of(made, "two-ranges")
    control_plane = next(
        group
        for group in template.of_type("AWS::EC2::SecurityGroup")
        if group["GroupDescription"] == "Control plane of an EKS cluster"
    )
    homes = next(
        one
        for one in template.of_type("AWS::FSx::FileSystem")
        if one["FileSystemType"] == "OPENZFS"
    )
    [exports] = homes["OpenZFSConfiguration"]["RootVolumeConfiguration"]["NfsExports"]
    jobs = stack(made, "two-ranges/access").of_type("AWS::EC2::SecurityGroup")
    assert {rule["CidrIp"] for rule in control_plane["SecurityGroupIngress"]} == ranges
    assert {client["Clients"] for client in exports["ClientConfigurations"]} == ranges
    assert ranges == {
        rule["CidrIp"]
        for group in jobs
        for rule in group["SecurityGroupEgress"]
        if rule.get("FromPort") == 2049
    }


def test_nodes_reach_the_api_of_kubernetes_from_any_range(made: Path) -> None:
    """Whatever ranges the settings name: both groups are the cluster's."""
    assert [
        rule
        for rule in of(made, "two-ranges").of_type("AWS::EC2::SecurityGroupIngress")
        if rule.get("FromPort") == rule.get("ToPort") == 443
        and "SourceSecurityGroupId" in rule
        and "Kubernetes" in str(rule["GroupId"])
        and "Nodes" in str(rule["SourceSecurityGroupId"])
    ]
