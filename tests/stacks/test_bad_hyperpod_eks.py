"""HyperPod clusters with EKS that cannot be, each with one clear error."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.bad_settings import BASE, HERE, Bad, check

REPOSITORY = "oci://123456789012.dkr.ecr.eu-west-1.amazonaws.com/charts/hyperpod-helm-chart"
DIGEST = "sha256:" + "0123456789abcdef" * 4
CHART = f"""\
dependencies_chart:
  repository: {REPOSITORY}
  version: 0.1.0
  digest: {DIGEST}
"""
VERSION = 'kubernetes_version: "1.34"\n'
GROUP = "instance_groups:\n  - {name: system, instance_type: ml.m5.2xlarge, instance_count: 2}\n"


def cluster(
    id: str,
    more: str = "",
    *,
    path: str,
    got: str | None,
    right: str,
    version: str = VERSION,
    chart: str = CHART,
    groups: str = GROUP,
    base: str = BASE,
) -> Bad:
    """Return a file with one cluster, of which some parts are others."""
    text = version + chart + groups + dedent(more)
    block = "hyperpod:\n  clusters:\n    - name: research\n      orchestrator: eks\n"
    where = f"hyperpod.clusters[0].{path}"
    return Bad(id, base + block + indent(text, " " * 6), where, got, right)


def chart(id: str, key: str, value: str, right: str) -> Bad:
    """Return a file whose chart has another value for a key."""
    lines = [
        f"  {key}: {value} {HERE}" if line.startswith(f"  {key}:") else line
        for line in CHART.splitlines()
    ]
    text = "\n".join(lines) + "\n"
    return cluster(id, chart=text, path=f"dependencies_chart.{key}", got=f'"{value}', right=right)


def group(id: str, more: str, *, path: str, got: str | None, right: str, rest: str = "") -> Bad:
    """Return a file with one more group, the second, of these keys."""
    text = dedent(more).strip()
    block = "  - name: gpu\n" + indent(text, "    ") + "\n"
    where = f"instance_groups[1]{path}"
    return cluster(id, rest, groups=GROUP + block, path=where, got=got, right=right)


def restricted(
    id: str, more: str, *, path: str, got: str | None, right: str, mode: str = ""
) -> Bad:
    """Return a file with a restricted group."""
    standard = mode or "node_provisioning_mode: standard\n"
    groups = "" if "restricted_instance_groups" in more else GROUP
    return cluster(id, standard + dedent(more), path=path, got=got, right=right, groups=groups)


G5 = "instance_type: ml.g5.8xlarge\ninstance_count: 1\n"
RIG = "restricted_instance_groups:\n  - {name: nova, instance_type: ml.p5.48xlarge, "
RIG += "instance_count: 1, storage: {size_gib: 1200}}\n"

BAD = [
    cluster(
        "version as a number",
        version=f"kubernetes_version: 1.34 {HERE}\n",
        path="kubernetes_version",
        got="1.34",
        right="must be in quotes",
    ),
    cluster(
        "version that EKS no longer makes",
        version=f'kubernetes_version: "1.29" {HERE}\n',
        path="kubernetes_version",
        got='"1.29"',
        right="must be one of 1.33, 1.34, 1.35",
    ),
    chart(
        "chart elsewhere",
        "repository",
        "oci://ghcr.io/charts/hyperpod-helm-chart",
        "must be a repository of Amazon ECR",
    ),
    chart(
        "chart of another name",
        "repository",
        "oci://123456789012.dkr.ecr.eu-west-1.amazonaws.com/charts/hyperpod",
        "ends in the name of the chart",
    ),
    chart(
        "chart in another region, in a closed network",
        "repository",
        REPOSITORY.replace("eu-west-1", "eu-west-2"),
        (
            "must be in eu-west-1: a network without NAT gateways cannot reach registries of "
            "other regions"
        ),
    ),
    chart("range of versions", "version", "^0.1.0", "must be an exact version"),
    chart("tag for a digest", "digest", "latest", "must be sha256: and 64 hexadecimal digits"),
    chart("short digest", "digest", "sha256:0123", "must be sha256: and 64 hexadecimal digits"),
    cluster(
        "no digest",
        chart=f"dependencies_chart: {HERE}\n  repository: {REPOSITORY}\n  version: 0.1.0\n",
        path="dependencies_chart.digest",
        got=None,
        right="must be given",
    ),
    cluster(
        "no node at all",
        groups=f"instance_groups: {HERE}\n"
        "  - {name: system, instance_type: ml.m5.2xlarge, instance_count: 0}\n",
        path="instance_groups",
        got='["system"]',
        right=(
            "must have a group with a node and without taints, because CoreDNS and other "
            "add-ons need a node"
        ),
    ),
    cluster(
        "taints everywhere",
        groups=f"instance_groups: {HERE}\n"
        "  - name: system\n    instance_type: ml.m5.2xlarge\n    instance_count: 2\n"
        "    taints: [{key: dedicated, effect: no_schedule}]\n",
        path="instance_groups",
        got='["system"]',
        right="must have a group with a node and without taints",
    ),
    group(
        "taints with deep health checks",
        G5 + f"deep_health_checks: [instance_stress]\n"
        f"taints: [{{key: a, effect: no_schedule}}] {HERE}",
        path=".taints",
        got='"..."',
        right=(
            "must not be combined with deep_health_checks, which taint nodes themselves until "
            "the checks end"
        ),
    ),
    group(
        "taint twice",
        G5 + "taints:\n  - {key: a, effect: no_schedule}\n"
        f"  - {{key: a, value: b, effect: no_schedule}} {HERE}",
        path=".taints[1].key",
        got='"a"',
        right="must be unique: an earlier taint has the same key and effect",
    ),
    group(
        "taint with a bad key",
        G5 + f"taints:\n  - key: -a {HERE}\n    effect: no_schedule",
        path=".taints[0].key",
        got='"-a"',
        right="must be a key of Kubernetes",
    ),
    group(
        "taint with an unknown effect",
        G5 + f"taints:\n  - key: a\n    effect: NoSchedule {HERE}",
        path=".taints[0].effect",
        got='"NoSchedule"',
        right="no_schedule",
    ),
    group(
        "label of Kubernetes",
        G5 + f"labels: {{node.kubernetes.io/role: gpu}} {HERE}",
        path=".labels",
        got='"node.kubernetes.io/role"',
        right="must not be a key of kubernetes.io, which sets its keys itself",
    ),
    group(
        "label of HyperPod",
        G5 + f"labels: {{sagemaker.amazonaws.com/role: gpu}} {HERE}",
        path=".labels",
        got='"sagemaker.amazonaws.com/role"',
        right="must not be a key of sagemaker.amazonaws.com, which sets its keys itself",
    ),
    group(
        "label with a bad value",
        G5 + f"labels: {{team: two words}} {HERE}",
        path=".labels",
        got='"two words"',
        right="must be at most 63 letters",
    ),
    group(
        "release of an own image",
        G5 + f"image_id: ami-0a1b2c3d4e5f67890\nimage_release_version: 1.2.3 {HERE}",
        path=".image_release_version",
        got='"1.2.3"',
        right="applies only to HyperPod's image",
    ),
    group(
        "release that is none",
        G5 + f"image_release_version: newest {HERE}",
        path=".image_release_version",
        got='"newest"',
        right="must be three numbers",
    ),
    group(
        "autoscaled with nodes",
        f"instance_type: ml.g5.8xlarge\ninstance_count: 1 {HERE}\nautoscaled: true",
        path=".instance_count",
        got="1",
        right="must be 0 in an autoscaled group, because Karpenter would stop the nodes",
        rest="autoscaling: {max_vcpus: 10}",
    ),
    group(
        "autoscaled without Karpenter",
        f"instance_type: ml.g5.8xlarge\ninstance_count: 0\nautoscaled: true {HERE}",
        path=".autoscaled",
        got="true",
        right="requires an `autoscaling` block of the cluster",
    ),
    group(
        "autoscaled with standard provisioning",
        f"instance_type: ml.g5.8xlarge\ninstance_count: 0\nautoscaled: true {HERE}",
        path=".autoscaled",
        got="true",
        right="needs node_provisioning_mode continuous",
        rest="autoscaling: {max_vcpus: 10}\nnode_provisioning_mode: standard",
    ),
    cluster(
        "Karpenter without groups",
        f"autoscaling: {{max_vcpus: 10}} {HERE}",
        path="autoscaling",
        got='"..."',
        right="requires an autoscaled group",
    ),
    cluster(
        "Karpenter without limit",
        f"autoscaling: {{consolidate_after_seconds: 10}} {HERE}",
        path="autoscaling.max_vcpus",
        got=None,
        right="must be given",
    ),
    cluster(
        "Karpenter for too many groups",
        "autoscaling: {max_vcpus: 10}",
        groups=GROUP
        + "".join(
            f"  - {{name: g{n}, instance_type: ml.g5.xlarge, instance_count: 0, autoscaled: true}}"
            f"{' ' + HERE if n == 10 else ''}\n"
            for n in range(11)
        ),
        path="instance_groups[11].autoscaled",
        got="true",
        right="must be false, because Karpenter supports at most 10 groups",
    ),
    cluster(
        "Karpenter without recovery",
        f"autoscaling: {{max_vcpus: 10}}\nnode_recovery: none {HERE}",
        groups=GROUP
        + "  - {name: gpu, instance_type: ml.g5.xlarge, instance_count: 0, autoscaled: true}\n",
        path="node_recovery",
        got='"none"',
        right="must be automatic with autoscaling",
    ),
    restricted(
        "restricted groups with continuous provisioning",
        RIG,
        mode=f"node_provisioning_mode: continuous {HERE}\n",
        path="node_provisioning_mode",
        got='"continuous"',
        right="must be standard with restricted_instance_groups",
    ),
    restricted(
        "restricted group without storage",
        "restricted_instance_groups:\n"
        f"  - {{name: nova, instance_type: ml.p5.48xlarge, instance_count: 1}} {HERE}\n",
        path="restricted_instance_groups[0].name",
        got='"nova"',
        right="must have storage, or the cluster restricted_storage",
    ),
    restricted(
        "storage of restricted groups that are not there",
        f"restricted_storage: {{size_gib: 1200}} {HERE}\n",
        path="restricted_storage",
        got='"..."',
        right="requires restricted_instance_groups",
    ),
    restricted(
        "restricted storage of an odd size",
        f"restricted_storage: {{size_gib: 1300}} {HERE}\n",
        path="restricted_storage.size_gib",
        got="1300",
        right="must be 1200, 2400 or a multiple of 2400",
    ),
    restricted(
        "restricted group of an earlier name",
        f"{RIG}" + RIG.splitlines()[1] + f" {HERE}\n",
        path="restricted_instance_groups[1].name",
        got='"nova"',
        right="must be unique: an earlier group has the same name",
    ),
    restricted(
        "restricted group in another zone",
        f"{RIG}".replace("name: nova", "name: nova, availability_zone: eu-west-1c").rstrip()
        + f" {HERE}\n",
        path="restricted_instance_groups[0].availability_zone",
        got='"eu-west-1c"',
        right="must be a zone of the environment",
    ),
    restricted(
        "restricted group with a plan of another user",
        f"{RIG}".replace(
            "name: nova",
            "name: nova, training_plan_arn: "
            "'arn:aws:sagemaker:eu-west-1:999999999999:training-plan/p5'",
        ).rstrip()
        + f" {HERE}\n",
        path="restricted_instance_groups[0].training_plan_arn",
        got='"arn:aws:sagemaker:eu-west-1:999999999999:training-plan/p5"',
        right="must be in eu-west-1 and of account 123456789012",
    ),
    cluster(
        "add-on twice",
        f"add_ons: [cert-manager, cert-manager] {HERE}",
        path="add_ons",
        got='["cert-manager", "cert-manager"]',
        right="names one twice",
    ),
    cluster(
        "add-on that is none",
        f"add_ons: [nginx] {HERE}",
        path="add_ons[0]",
        got='"nginx"',
        right="cert-manager",
    ),
    cluster(
        "version of an add-on that is not there",
        f"add_on_versions:\n  aws-efs-csi-driver: v2.1.0-eksbuild.1 {HERE}",
        path="add_on_versions.aws-efs-csi-driver",
        got='"v2.1.0-eksbuild.1"',
        right=(
            "must be an add-on that this cluster installs: vpc-cni, kube-proxy, "
            "eks-pod-identity-agent, coredns, cert-manager, metrics-server"
        ),
    ),
    cluster(
        "version of an add-on that is none",
        f'add_on_versions:\n  coredns: "1.11" {HERE}',
        path="add_on_versions.coredns",
        got='"1.11"',
        right="must be the version of an EKS add-on",
    ),
    cluster(
        "operator without what it needs",
        f"add_ons: [metrics-server]\nhyperpod_add_ons:\n  training_operator: {{}} {HERE}",
        path="hyperpod_add_ons.training_operator",
        got='"..."',
        right="requires cert-manager in add_ons",
    ),
    cluster(
        "spaces without volumes",
        f"hyperpod_add_ons:\n  spaces: {{}} {HERE}",
        path="hyperpod_add_ons.spaces",
        got='"..."',
        right="requires aws-ebs-csi-driver in add_ons",
    ),
    cluster(
        "script that is not there",
        f"node_setup_script: examples/none.sh {HERE}",
        path="node_setup_script",
        got='"examples/none.sh"',
        right="must be a file of this project",
    ),
    cluster(
        "key of Slurm",
        f"default_user: ml {HERE}",
        path="default_user",
        got=None,
        right="no such key",
    ),
    cluster(
        "too few addresses",
        base=BASE.replace("10.0.0.0/16", "10.0.0.0/22"),
        groups=GROUP + "  - name: p5\n    instance_type: ml.p5.48xlarge\n"
        f"    instance_count: 3 {HERE}\n",
        path="instance_groups[1].instance_count",
        got="3",
        right="needs 243 IP addresses in eu-west-1a, 273 together with the groups before it",
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.id)
def test_is_reported_in_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def test_restricted_groups_have_no_internet(tmp_path: Path) -> None:
    base = BASE + f"  nat_gateways: one {HERE}\n"
    bad = cluster(
        "internet",
        "node_provisioning_mode: standard\n" + RIG,
        base=base,
        groups="",
        path="",
        got=None,
        right="",
    )
    check(
        Bad(
            "internet",
            bad.text,
            "network.nat_gateways",
            '"one"',
            "must be none with restricted groups",
        ),
        tmp_path,
    )


def test_unknown_orchestrator_is_reported(tmp_path: Path) -> None:
    text = f"hyperpod:\n  clusters:\n    - name: research\n      orchestrator: nomad {HERE}\n"
    check(
        Bad(
            "nomad",
            BASE + text,
            "hyperpod.clusters[0].orchestrator",
            '"nomad"',
            "must be one of slurm, eks",
        ),
        tmp_path,
    )
