"""Variants of clusters: what HyperPod accepts, warns of and refuses, a row each."""

from pathlib import Path

import pytest

from stacks.loading import SettingsError, load_environments

BASE = """\
name: variant
account: "111122223333"
region: us-west-2
stage: development
owner: ml
cost_center: "1"
network: {cidr: 10.0.0.0/16, availability_zones: [us-west-2a, us-west-2b], nat_gateways: one}
hyperpod:
  clusters:
    - name: ml
"""
EKS = f"""\
{BASE}      orchestrator: eks
      kubernetes_version: "1.34"
      dependencies_chart:
        repository: oci://111122223333.dkr.ecr.us-west-2.amazonaws.com/hyperpod-helm-chart
        version: 0.1.0
        digest: sha256:{"0" * 64}
"""
SLURM = f"""\
{BASE}      orchestrator: slurm
      instance_groups:
        - {{name: c, node_type: controller, instance_type: ml.c5.xlarge, instance_count: 1}}
        - {{name: g, node_type: compute, partition: gpu, instance_type: T, instance_count: 4MORE}}
"""
PLAN = "training_plan_arn: 'arn:aws:sagemaker:us-west-2:111122223333:training-plan/a'"
UPDATE = "scheduled_update: {schedule: 'cron(0 3 ? * SUN *)'}"
FSX = "add_ons: [aws-fsx-csi-driver]\n      lustre:"
EFA = f"{FSX} {{storage_capacity_gib: 4800, throughput_per_tib: 1000, efa_enabled: true}}"


def eks(group: str, cluster: str = "") -> str:
    """Return a cluster with a group for add-ons and another one; the cluster has more keys."""
    more = f"      {cluster}\n" if cluster else ""
    system = "{name: sys, instance_type: ml.m5.2xlarge, instance_count: 2}"
    return f"{EKS}      instance_groups: [{system}, {{name: g, {group}}}]\n{more}"


def slurm(more: str = "", cluster: str = "", instance_type: str = "ml.g5.8xlarge") -> str:
    text = SLURM.replace("type: T,", f"type: {instance_type},").replace(
        "MORE", f", {more}" if more else ""
    )
    return f"{text}      {cluster}\n" if cluster else text


def restricted(more: str = "", cluster: str = "") -> str:
    """Return a cluster of restricted groups, which are alone and have no internet."""
    own = f", {more}" if more else ""
    return (
        EKS.replace("nat_gateways: one", "nat_gateways: none")
        + "      node_provisioning_mode: standard\n      restricted_storage: {size_gib: 2400}\n"
        + "      restricted_instance_groups:\n"
        + f"        - {{name: r, instance_type: ml.p5en.48xlarge, instance_count: 2{own}}}\n"
        + (f"      {cluster}\n" if cluster else "")
    )


def zones(text: str, ids: str, region: str) -> str:
    return text.replace("us-west-2a, us-west-2b", ids).replace("us-west-2", region)


def of(instance_type: str, count: int = 1, more: str = "") -> str:
    own = f", {more}" if more else ""
    return f"instance_type: {instance_type}, instance_count: {count}{own}"


CPU = of("ml.m5.xlarge")
P5 = "ml.p5.48xlarge"
ACCEPTED = {
    "B200 with EFA-only interfaces": eks(
        of("ml.p6-b200.48xlarge", 2, "network_interface: efa_only")
    ),
    "Trainium with deep health checks": eks(
        of("ml.trn1.32xlarge", 1, "deep_health_checks: [instance_stress, instance_connectivity]")
    ),
    "P5en of a plan": eks(of("ml.p5en.48xlarge", 2, PLAN)),
    "Spot of several types": eks(
        "instance_types: [ml.g6.xlarge, ml.g5.xlarge], instance_count: 2, capacity: spot"
    ),
    "Graviton with one thread": eks(of("ml.c7g.4xlarge", 1, "threads_per_core: 1")),
    "an image of their own": eks(of("ml.g5.xlarge", 1, "image_id: ami-0a1b2c3d4e5f67890")),
    "a release of HyperPod's image": eks(of("ml.g5.xlarge", 1, "image_release_version: 1.10.2")),
    "standard provisioning": eks(CPU, "node_provisioning_mode: standard"),
    "tiers": eks(CPU, "tiered_storage: {memory_percent: 100}"),
    "Lustre with EFA": eks(of(P5, 4), EFA),
    "existing Lustre with Slurm": slurm(
        cluster="lustre: {mount_path: /scratch, existing: {file_system_id: fs-0a1b2c3d4e5f67890, "
        "mount_name: abcdefgh, security_group_id: sg-00000001}}"
    ),
    "restricted groups": restricted(),
    "restricted groups of a plan with a volume": restricted(f"volume_size_gib: 500, {PLAN}"),
    "restricted groups with storage of their own": restricted(
        "storage: {size_gib: 1200, throughput_per_tib: 1000}"
    ),
    "groups in a zone by its id": zones(
        slurm("availability_zone: usw2-az2"), "usw2-az1, usw2-az2", "us-west-2"
    ),
    "a third zone in place of one without control planes": zones(
        eks(CPU), "cac1-az3, cac1-az1, cac1-az4", "ca-central-1"
    ),
    "no login nodes and Graviton": slurm(instance_type="ml.c7g.4xlarge"),
    "standard Slurm that overwrites": slurm(
        cluster="node_provisioning_mode: standard\n      slurm_config_strategy: overwrite"
    ),
}
REFUSED = {
    "connectivity of CPUs": (
        eks(of("ml.c6i.xlarge", 1, "deep_health_checks: [instance_connectivity]")),
        "requires accelerators",
    ),
    "EFA without EFA": (
        eks(of("ml.m7i.xlarge", 1, "network_interface: efa")),
        "requires instance types with EFA",
    ),
    "two threads on AMD": (eks(of("ml.m8a.16xlarge", 1, "threads_per_core: 2")), "cores of ml.m8a"),
    "two architectures": (
        eks("instance_types: [ml.c8g.xlarge, ml.c6a.xlarge], instance_count: 1"),
        "must have one architecture",
    ),
    "Spot with standard provisioning": (
        eks(of("ml.g6.xlarge", 1, "capacity: spot"), "node_provisioning_mode: standard"),
        "needs node_provisioning_mode continuous",
    ),
    "least with standard provisioning": (
        slurm("min_instance_count: 1", "node_provisioning_mode: standard"),
        "needs node_provisioning_mode continuous",
    ),
    "a plan of another account": (
        eks(of(P5, 1, PLAN.replace("1111", "9999"))),
        "of account 111122223333",
    ),
    "a plan for G6": (
        eks(of("ml.g6.xlarge", 1, PLAN)),
        "must be an instance type of training plans",
    ),
    "a plan and Spot": (
        eks(of("ml.trn2.48xlarge", 1, f"{PLAN}, capacity: spot")),
        "Remove one of them",
    ),
    "a plan of login nodes": (
        slurm(instance_type=P5).replace("compute, partition: gpu", f"login, {PLAN}"),
        "applies only to compute nodes",
    ),
    "batches of patches": (
        eks(
            of("ml.g5.xlarge", 1, "automatic_patching: {strategy: when_all_idle, wait_seconds: 9}")
        ),
        "only with a rolling strategy",
    ),
    "updates of an image of their own": (
        eks(of("ml.g5.xlarge", 1, f"image_id: ami-0a1b2c3d4e5f67890, {UPDATE}")),
        "applies only to HyperPod's images",
    ),
    "a day that does not exist": (
        slurm("scheduled_update: {schedule: 'cron(0 3 31 4 ? *)'}"),
        "must be a valid date",
    ),
    "51 labels": (
        eks(of("ml.g5.xlarge", 1, f"labels: {{{', '.join(f'a{n}: b' for n in range(51))}}}")),
        "must have at most 50 entries",
    ),
    "Kubernetes before 1.33": (eks(CPU).replace('"1.34"', '"1.32"'), "must be one of 1.33"),
    "no orchestrator": (
        eks(CPU).replace("orchestrator: eks", "orchestrator: none"),
        "must be one of slurm, eks",
    ),
    "partition default": (slurm().replace("partition: gpu", "partition: DEFAULT"), "not default"),
    "two zones of a partition with EFA": (
        slurm(instance_type=P5)
        + "        - {name: h, node_type: compute, partition: gpu, instance_type: ml.p5.48xlarge, "
        "instance_count: 1, availability_zone: us-west-2b}\n",
        "but EFA works within one zone",
    ),
    "tiers with Slurm": (slurm(cluster="tiered_storage: {}"), "no such key"),
    "taints with Slurm": (slurm("taints: []"), "no such key"),
    "Lustre over Slurm": (slurm(cluster="lustre: {mount_path: /opt/slurm}"), "nodes' software"),
    "homes over the system": (slurm(cluster="homes: {mount_path: /usr/home}"), "nodes' software"),
    "Lustre in homes": (
        slurm(cluster="lustre: {mount_path: /home/fsx}\n      homes: {}"),
        "must not overlap /home/fsx",
    ),
    "homes in Lustre on EKS": (
        eks(CPU, f"{FSX} {{}}\n      homes: {{mount_path: /fsx/home}}"),
        "must not overlap /fsx",
    ),
    "Lustre with EFA of an odd size": (
        eks(of(P5), EFA.replace("4800", "7200")),
        "must be a multiple of 4800 with EFA",
    ),
    "restricted groups with continuous provisioning": (
        restricted().replace("mode: standard", "mode: continuous"),
        "must be standard with restricted_instance_groups",
    ),
    "restricted groups with an image": (restricted("image_id: ami-0a1b2c3d"), "no such key"),
    "restricted groups with spaces": (
        restricted(cluster="hyperpod_add_ons: {spaces: {}}"),
        "must be omitted with restricted_instance_groups",
    ),
    "restricted groups with tiers": (
        restricted(cluster="tiered_storage: {}"),
        "must be omitted with restricted_instance_groups",
    ),
    "restricted groups with the internet": (
        restricted().replace("nat_gateways: none", "nat_gateways: one"),
        "must be none with restricted groups",
    ),
    "a control plane in usw1-az2": (
        zones(eks(CPU), "usw1-az2, usw1-az3", "us-west-1"),
        "EKS does not support usw1-az2",
    ),
    "more nodes than addresses": (eks(of(P5, 250)), "The subnet must be a /17"),
}
WARNED = {
    "EFA without nodes that have it": (eks(CPU, EFA), "no group has instances with EFA"),
    "more connections than Lustre takes": (eks(of(P5, 140), EFA), "1120 connections"),
    "batches with Slurm": (
        slurm(UPDATE.replace("*)'", "*)', max_batch_percent: 10")),
        "max_batch_percent of scheduled_update",
    ),
}


def load(text: str, folder: Path) -> list[str]:
    """Load an environment, and return the warnings about its clusters."""
    file = folder / "variant.yaml"
    file.write_text(text, "utf-8")
    [loaded] = load_environments(files=[str(file)])
    clusters = loaded.hyperpod.clusters  # type: ignore[attr-defined]
    return [warning for cluster in clusters for warning in cluster.warnings()]


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_variant_is_accepted(text: str, tmp_path: Path) -> None:
    assert load(text, tmp_path) == []


@pytest.mark.parametrize(("text", "right"), REFUSED.values(), ids=REFUSED.keys())
def test_variant_is_refused(text: str, right: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(text, tmp_path)
    [line] = str(caught.value).splitlines()
    assert right in line


@pytest.mark.parametrize(("text", "right"), WARNED.values(), ids=WARNED.keys())
def test_variant_is_accepted_with_a_warning(text: str, right: str, tmp_path: Path) -> None:
    [warning] = load(text, tmp_path)
    assert right in warning
