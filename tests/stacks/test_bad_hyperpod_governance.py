"""Add-ons and Task Governance that cannot be, each with one clear error."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from stacks.loading import load_environments
from tests.bad_settings import BASE, HERE, Bad, check, faults, write

EUROPE = BASE.replace("eu-west-1", "eu-central-1")
CHART = f"sha256:{'0' * 64}"
PERSONAS = """\
personas:
  researcher:
    activities: [use_hyperpod]
    assumed_by: [arn:aws:iam::123456789012:role/researchers]
  analyst:
    activities: [track_experiments]
    assumed_by: [arn:aws:iam::123456789012:role/analysts]
"""
GROUPS = """\
- {name: gpu, instance_type: ml.g5.12xlarge, instance_count: 8}
- {name: h100, instance_type: ml.p5.48xlarge, instance_count: 2}
- {name: mixed, instance_types: [ml.g6.12xlarge, ml.g5.12xlarge], instance_count: 2}
"""


def text(block: str, *, base: str = EUROPE, groups: str = GROUPS, region: str = "") -> str:
    """Return a file with a cluster with EKS, which has these keys too."""
    cluster = (
        '- name: research\n  orchestrator: eks\n  kubernetes_version: "1.34"\n'
        "  dependencies_chart:\n"
        "    repository: oci://123456789012.dkr.ecr.eu-central-1.amazonaws.com/charts/"
        "hyperpod-helm-chart\n"
        f"    version: 0.1.0\n    digest: {CHART}\n"
        "  instance_groups:\n" + indent(groups, "    ") + indent(dedent(block), "  ")
    )
    if region:
        base = base.replace("eu-central-1", region)
        cluster = cluster.replace("eu-central-1", region)
    # Nodes pull images of device plugins from the internet.
    base += "  nat_gateways: one\n"
    return base + PERSONAS + "hyperpod:\n  clusters:\n" + indent(cluster, "    ")


def cluster(id: str, block: str, *, path: str, got: str | None, right: str, **words: str) -> Bad:
    return Bad(id, text(block, **words), f"hyperpod.clusters[0].{path}", got, right)


def team(id: str, keys: str, *, path: str, got: str | None, right: str) -> Bad:
    """Return a file with one team."""
    block = "task_governance:\n  teams:\n    - name: vision\n" + indent(dedent(keys), "      ")
    return cluster(id, block, path=f"task_governance.teams[0].{path}", got=got, right=right)


def quota(id: str, keys: str, *, path: str, got: str | None, right: str) -> Bad:
    """Return a file with one team that has one quota."""
    return team(id, f"resources:\n  - {keys}\n", path=f"resources[0].{path}", got=got, right=right)


CASES = [
    cluster(
        "governance of nothing",
        f"""\
        task_governance: {{}} {HERE}
        """,
        path="task_governance",
        got="{}",
        right="must have a scheduler, teams, or both",
    ),
    cluster(
        "priority class with capitals",
        f"""\
        task_governance:
          scheduler:
            priority_classes:
              - {{name: Training, weight: 80}} {HERE}
        """,
        path="task_governance.scheduler.priority_classes[0].name",
        got='"Training"',
        right="must be up to 40 lower-case letters, digits and hyphens",
    ),
    cluster(
        "weight above 100",
        f"""\
        task_governance:
          scheduler:
            priority_classes:
              - {{name: training, weight: 101}} {HERE}
        """,
        path="task_governance.scheduler.priority_classes[0].weight",
        got="101",
        right="must be at most 100",
    ),
    cluster(
        "two classes of one name",
        f"""\
        task_governance:
          scheduler:
            priority_classes:
              - {{name: training, weight: 80}}
              - {{name: training, weight: 70}} {HERE}
        """,
        path="task_governance.scheduler.priority_classes[1].name",
        got='"training"',
        right="must be unique: an earlier class has the same name",
    ),
    cluster(
        "two classes of one weight",
        f"""\
        task_governance:
          scheduler:
            priority_classes:
              - {{name: training, weight: 80}}
              - {{name: tuning, weight: 80}} {HERE}
        """,
        path="task_governance.scheduler.priority_classes[1].weight",
        got="80",
        right="must be unique: an earlier class has the same weight",
    ),
    cluster(
        "eleven classes",
        "task_governance:\n  scheduler:\n    priority_classes: # HERE\n"
        + "".join(f"      - {{name: rank-{n}, weight: {n}}}\n" for n in range(11)),
        path="task_governance.scheduler.priority_classes",
        got="[",
        right="must have at most 10 entries",
    ),
    cluster(
        "teams alike but for hyphens",
        f"""\
        task_governance:
          teams:
            - name: audiovideo
            - name: audio-video {HERE}
        """,
        path="task_governance.teams[1].name",
        got='"audio-video"',
        right="must be unique: an earlier team has the same name if hyphens are ignored",
    ),
    cluster(
        "name of a team that makes that of its quota too long",
        f"""\
        task_governance:
          teams:
            - name: {"v" * 40} {HERE}
        """,
        base=EUROPE.replace("name: base", f"name: {'b' * 15}"),
        path="task_governance.teams[0].name",
        got='"vvv',
        right="longer than 63 characters: shorten it by 2",
    ),
    team(
        "persona twice",
        f"personas: [researcher, researcher] {HERE}\n",
        path="personas",
        got='["researcher", "researcher"]',
        right="names one twice",
    ),
    team(
        "unknown persona",
        f"personas: [reseacher] {HERE}\n",
        path="personas[0]",
        got='"reseacher"',
        right="did you mean researcher?",
    ),
    team(
        "persona that does not use HyperPod",
        f"personas: [analyst] {HERE}\n",
        path="personas[0]",
        got='"analyst"',
        right="must be a persona with the activity use_hyperpod",
    ),
    team(
        "lends, and limits what it borrows",
        f"""\
        sharing: lend
        borrow_limit_percent: 100 {HERE}
        resources: [{{instance_type: ml.g5.12xlarge, count: 1}}]
        """,
        path="borrow_limit_percent",
        got="100",
        right="applies only to sharing lend_and_borrow; with lend the team does not borrow",
    ),
    team(
        "has nothing and borrows nothing",
        f"sharing: dont_lend {HERE}\n",
        path="sharing",
        got='"dont_lend"',
        right="must be lend_and_borrow, because a team without resources can only borrow",
    ),
    team(
        "two entries of one type",
        f"""\
        resources:
          - {{instance_type: ml.g5.12xlarge, count: 1}}
          - {{instance_type: ml.g5.12xlarge, count: 2}} {HERE}
        """,
        path="resources[1].instance_type",
        got='"ml.g5.12xlarge"',
        right="must be unique: an earlier entry has the same type. Add them up",
    ),
    quota(
        "how much is not said",
        f"{{instance_type: ml.g5.12xlarge}} {HERE}",
        path="instance_type",
        got='"ml.g5.12xlarge"',
        right="must have one of count, accelerators, vcpu, memory_gib or accelerator_partition",
    ),
    quota(
        "whole instances and parts of them",
        f"{{instance_type: ml.g5.12xlarge, count: 1, vcpu: 4}} {HERE}",
        path="count",
        got="1",
        right="must not be combined with vcpu, because it counts whole instances",
    ),
    quota(
        "accelerators of a type without",
        f"{{instance_type: ml.m5.4xlarge, accelerators: 1}} {HERE}",
        path="accelerators",
        got="1",
        right="must be omitted, because ml.m5.4xlarge has none",
    ),
    quota(
        "partition of a GPU that is not divided",
        "{instance_type: ml.g5.12xlarge, accelerator_partition: {type: mig-1g.5gb, count: 1}} "
        f"{HERE}",
        path="accelerator_partition.type",
        got='"mig-1g.5gb"',
        right=(
            "requires an instance type with GPU partitions (ml.p4d.24xlarge, ml.p4de.24xlarge, "
            "ml.p5.48xlarge, ml.p5e.48xlarge, ml.p5en.48xlarge, ml.p6-b200.48xlarge, "
            "ml.p6e-gb200.36xlarge); ml.g5.12xlarge has none"
        ),
    ),
    quota(
        "partition of another GPU",
        "{instance_type: ml.p5.48xlarge, accelerator_partition: {type: mig-1g.5gb, count: 1}} "
        f"{HERE}",
        path="accelerator_partition.type",
        got='"mig-1g.5gb"',
        right=(
            "must be a profile of ml.p5.48xlarge: mig-1g.10gb, mig-1g.20gb, mig-2g.20gb, "
            "mig-3g.40gb, mig-4g.40gb, mig-7g.80gb"
        ),
    ),
    quota(
        "whole GPUs and parts of them",
        "{instance_type: ml.p5.48xlarge, accelerators: 2, "
        f"accelerator_partition: {{type: mig-1g.10gb, count: 1}}}} {HERE}",
        path="accelerators",
        got="2",
        right=(
            "must not be combined with accelerator_partition: one counts whole accelerators, "
            "the other partitions"
        ),
    ),
    quota(
        "type that the cluster has not",
        f"{{instance_type: ml.g5.24xlarge, count: 1}} {HERE}",
        path="instance_type",
        got='"ml.g5.24xlarge"',
        right="must be an instance type of the cluster, which has ml.g5.12xlarge, ml.p5.48xlarge",
    ),
    quota(
        "more instances than the cluster has",
        f"{{instance_type: ml.p5.48xlarge, count: 3}} {HERE}",
        path="count",
        got="3",
        right=(
            "raises the sum of all quotas to 24 accelerators of ml.p5.48xlarge, but the "
            "cluster has 16 (2 instances)"
        ),
    ),
    quota(
        "more memory than the cluster has",
        f"{{instance_type: ml.p5.48xlarge, accelerators: 8, memory_gib: 5000}} {HERE}",
        path="memory_gib",
        got="5000",
        right=(
            "raises the sum of all quotas to 5,000 GiB of memory of ml.p5.48xlarge, but the "
            "cluster has 4,096 (2 instances)"
        ),
    ),
    quota(
        "vCPUs in words",
        f"{{instance_type: ml.p5.48xlarge, vcpu: many}} {HERE}",
        path="vcpu",
        got='"many"',
        right="must be a number",
    ),
    quota(
        "vCPUs that are no number",
        f"{{instance_type: ml.p5.48xlarge, vcpu: .nan}} {HERE}",
        path="vcpu",
        got="NaN",
        right="must be a finite number",
    ),
    quota(
        "no vCPUs at all",
        f"{{instance_type: ml.p5.48xlarge, vcpu: 0}} {HERE}",
        path="vcpu",
        got="0",
        right="must be more than 0",
    ),
    quota(
        "more vCPUs than the cluster has",
        f"{{instance_type: ml.p5.48xlarge, vcpu: 385}} {HERE}",
        path="vcpu",
        got="385",
        right=(
            "raises the sum of all quotas to 385 vCPUs of ml.p5.48xlarge, but the cluster has "
            "384 (2 instances)"
        ),
    ),
    quota(
        "more partitions than the cluster has",
        "{instance_type: ml.p5.48xlarge, accelerator_partition: {type: mig-3g.40gb, count: 38}} "
        f"{HERE}",
        path="accelerator_partition.count",
        got="38",
        right=(
            "raises the sum of all quotas to 16.3 accelerators of ml.p5.48xlarge, but the "
            "cluster has 16 (2 instances)"
        ),
    ),
    cluster(
        "quotas that together are too much",
        f"""\
        task_governance:
          teams:
            - name: vision
              resources: [{{instance_type: ml.g5.12xlarge, count: 6}}]
            - name: audio
              resources:
                - instance_type: ml.g5.12xlarge
                  accelerators: 17 {HERE}
        """,
        path="task_governance.teams[1].resources[0].accelerators",
        got="17",
        # A group of several types may come with any of them: 8 and 2 instances of 4 GPUs.
        right=(
            "raises the sum of all quotas to 41 accelerators of ml.g5.12xlarge, but the "
            "cluster has 40 (10 instances)"
        ),
    ),
    cluster(
        "scheduler where CloudFormation has none",
        f"""\
        task_governance:
          scheduler: {{}} {HERE}
        """,
        region="eu-west-1",
        path="task_governance.scheduler",
        got=None,
        right=(
            "requires scheduler configurations, which CloudFormation does not support in "
            "eu-west-1 according to this project's lists: remove it"
        ),
    ),
    cluster(
        "quotas where CloudFormation has none",
        f"""\
        task_governance:
          teams: {HERE}
            - name: vision
        """,
        region="eu-north-1",
        path="task_governance.teams",
        got=None,
        right=(
            "requires compute quotas, which CloudFormation does not support in eu-north-1 "
            "according to this project's lists: remove it"
        ),
    ),
    cluster(
        "version of a tag",
        f"""\
        hyperpod_add_ons:
          training_operator: {{version: latest}} {HERE}
        """,
        path="hyperpod_add_ons.training_operator.version",
        got='"latest"',
        right="must be the version of an EKS add-on, such as v1.2.0-eksbuild.1",
    ),
    cluster(
        "models without drivers",
        f"""\
        hyperpod_add_ons:
          inference_operator: {{}} {HERE}
        """,
        path="hyperpod_add_ons.inference_operator",
        got='"..."',
        right="requires aws-fsx-csi-driver and aws-mountpoint-s3-csi-driver in add_ons",
    ),
    cluster(
        "collectors without a node large enough",
        f"""\
        hyperpod_add_ons:
          observability:
            destination: prometheus {HERE}
        """,
        groups="- {name: small, instance_type: ml.g5.2xlarge, instance_count: 4}\n"
        "- {name: later, instance_type: ml.g5.12xlarge, instance_count: 0}\n",
        path="hyperpod_add_ons.observability.destination",
        got='"prometheus"',
        right="requires a group with at least one instance of size 4xlarge or larger; the groups "
        "have ml.g5.2xlarge",
    ),
    cluster(
        "Grafana over CloudWatch only",
        f"""\
        hyperpod_add_ons:
          observability:
            destination: cloudwatch
            grafana: {{}} {HERE}
        """,
        path="hyperpod_add_ons.observability.grafana",
        got='"..."',
        right="applies only to destination prometheus. Remove the line",
    ),
    cluster(
        "retention of Prometheus over CloudWatch only",
        f"""\
        hyperpod_add_ons:
          observability:
            destination: cloudwatch
            metric_retention_days: 400 {HERE}
        """,
        path="hyperpod_add_ons.observability.metric_retention_days",
        got="400",
        right="applies only to destination prometheus. Remove the line",
    ),
    cluster(
        "SAML without a provider",
        f"""\
        hyperpod_add_ons:
          observability:
            grafana:
              authentication: [saml] {HERE}
        """,
        path="hyperpod_add_ons.observability.grafana.authentication",
        got='["saml"]',
        right="requires a `saml` block, which names the provider. Add the block",
    ),
    cluster(
        "unused provider",
        f"""\
        hyperpod_add_ons:
          observability:
            grafana:
              authentication: [identity_center] {HERE}
              saml:
                metadata_url: https://idp.example.com/metadata
                role_attribute: role
                admin_values: [platform]
        """,
        path="hyperpod_add_ons.observability.grafana.authentication",
        got='["identity_center"]',
        right="must include saml, because there is a `saml` block. Add it, or remove the block",
    ),
    cluster(
        "editors who are administrators",
        f"""\
        hyperpod_add_ons:
          observability:
            grafana:
              authentication: [saml]
              saml:
                metadata_url: https://idp.example.com/metadata
                role_attribute: role
                admin_values: [platform]
                editor_values: [platform] {HERE}
        """,
        path="hyperpod_add_ons.observability.grafana.saml.editor_values[0]",
        got='"platform"',
        right="must not be a value of administrators, who can edit anyway",
    ),
    cluster(
        "Grafana where there is none",
        f"""\
        hyperpod_add_ons:
          observability:
            grafana: {{}} {HERE}
        """,
        region="eu-north-1",
        path="hyperpod_add_ons.observability.grafana",
        got=None,
        right=(
            "requires Amazon Managed Grafana, which AWS does not offer in eu-north-1 according "
            "to this project's lists: remove it, or use Grafana in another region"
        ),
    ),
    cluster(
        "a kind of metrics twice",
        f"""\
        hyperpod_add_ons:
          observability:
            advanced_metrics: [training, training] {HERE}
        """,
        path="hyperpod_add_ons.observability.advanced_metrics",
        got='["training", "training"]',
        right="names one twice",
    ),
    cluster(
        "minutes between two periods",
        f"""\
        hyperpod_add_ons:
          observability:
            pending_workload_minutes: 12 {HERE}
        """,
        path="hyperpod_add_ons.observability.pending_workload_minutes",
        got="12",
        right="must be a multiple of 5",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_one_fault_is_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


def test_quotas_may_take_all_that_there_is(tmp_path: Path) -> None:
    block = """\
    task_governance:
      teams:
        - name: vision
          resources:
            - {instance_type: ml.p5.48xlarge, count: 1}
        - name: audio
          resources:
            - {instance_type: ml.p5.48xlarge, accelerators: 4}
            - instance_type: ml.p5.48xlarge
              accelerator_partition: {type: mig-1g.10gb, count: 28}
        - name: later
          activation: disabled
          resources:
            - {instance_type: ml.p5.48xlarge, count: 100}
    """
    load_environments(files=[write(tmp_path, divided(text(block)))])


DIVIDES = """\
        values:
          gpu-operator: {enabled: true}
          nvidia-device-plugin: {devicePlugin: {enabled: false}}
      instance_groups:
"""


def divided(settings: str) -> str:
    """Add what divides GPUs to a file."""
    h100 = "{name: h100, instance_type: ml.p5.48xlarge, instance_count: 2"
    label = "labels: {nvidia.com/mig.config: all-1g.10gb}"
    return settings.replace("      instance_groups:\n", DIVIDES).replace(
        f"{h100}}}", f"{h100}, {label}}}"
    )


@pytest.mark.parametrize(
    ("old", "new", "right"),
    [
        ("enabled: true", "enabled: false", "must set gpu-operator.enabled to true"),
        ("enabled: false", "enabled: true", "because the GPU operator includes a device plugin"),
        ("mig.config", "other", "a group of ml.p5.48xlarge with the label nvidia.com/mig.config"),
    ],
)
def test_parts_of_gpus_need_what_divides_them(
    old: str, new: str, right: str, tmp_path: Path
) -> None:
    block = """\
    task_governance:
      teams:
        - name: vision
          resources:
            - instance_type: ml.p5.48xlarge
              accelerator_partition: {type: mig-1g.10gb, count: 28}
    """
    [line] = faults(write(tmp_path, divided(text(block)).replace(old, new)))
    assert right in line


def test_what_karpenter_starts_has_no_end(tmp_path: Path) -> None:
    groups = (
        "- {name: system, instance_type: ml.m5.4xlarge, instance_count: 1}\n"
        "- {name: gpu, instance_type: ml.g6.4xlarge, instance_count: 0, autoscaled: true}\n"
    )
    block = """\
    autoscaling: {max_vcpus: 512}
    task_governance:
      teams:
        - name: vision
          resources:
            - {instance_type: ml.g6.4xlarge, count: 100}
    """
    load_environments(files=[write(tmp_path, text(block, groups=groups))])
