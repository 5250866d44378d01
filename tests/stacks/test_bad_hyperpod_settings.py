"""HyperPod clusters that cannot be, each with one clear error."""

from pathlib import Path
from textwrap import indent

import pytest

from tests.bad_settings import BASE, HERE, Bad, added, check

CONTROLLER = "{name: head, node_type: controller, instance_type: ml.m5.xlarge, instance_count: 1}"
COMPUTE = "{name: gpu, node_type: compute, partition: gpu, instance_type: ml.g5.xlarge, "
COMPUTE += "instance_count: 2}"
PLAN = "arn:aws:sagemaker:eu-west-1:123456789012:training-plan/p5"


def cluster(
    id: str, *lines: str, groups: str = "", path: str, got: str | None, right: str, **words: str
) -> Bad:
    """Return a file with one cluster.

    Args:
        id: id of the test.
        lines: further keys of the cluster.
        groups: instance groups besides a controller and a compute group, or `in place` of them.
        path: key at fault below the cluster.
        got: what is shown.
        right: what would be right.
        words: ``base``, the rest of the file; ``first``, the groups that come first.
    """
    first = words.get("first", f"- {CONTROLLER}\n- {COMPUTE}\n")
    text = (
        "- name: research\n  orchestrator: slurm\n"
        + indent("".join(f"{line}\n" for line in lines), "  ")
        + "  instance_groups:\n"
        + indent(first + groups, "    ")
    )
    base = words.get("base", BASE)
    block = "hyperpod:\n  clusters:\n" + indent(text, "    ")
    return Bad(id, base + block, f"hyperpod.clusters[0].{path}", got, right)


def group(id: str, *lines: str, path: str, got: str | None, right: str, **words: str) -> Bad:
    """Return a file with one more compute group, the third, of these keys."""
    keys = {"name": "more", "node_type": "compute", "partition": "more", "instance_count": "4"}
    given = {line.split(":")[0] for line in lines}
    if not given & {"instance_type", "instance_types"}:
        keys["instance_type"] = "ml.g5.12xlarge"
    if "- no type" in lines:
        del keys["instance_type"]
    text = [f"{key}: {value}" for key, value in keys.items() if key not in given]
    text += [line for line in lines if line != "- no type"]
    if words.pop("at_group", ""):
        text[0] += f" {HERE}"
    mode = ["node_provisioning_mode: standard"] if words.pop("standard", "") else []
    more = "- " + indent("\n".join(text), "  ").removeprefix("  ") + "\n"
    return cluster(
        id, *mode, groups=more, path=f"instance_groups[2]{path}", got=got, right=right, **words
    )


CASES = [
    added(
        "no cluster",
        """
        hyperpod:
          clusters: [] # HERE
        """,
        path="hyperpod.clusters",
        got="[]",
        right="must have at least 1 entries",
    ),
    cluster(
        "group of the same name",
        groups=f"- name: gpu {HERE}\n  node_type: compute\n  partition: a\n"
        "  instance_type: ml.g5.xlarge\n  instance_count: 1\n",
        path="instance_groups[2].name",
        got='"gpu"',
        right="must be unique: an earlier group has the same name",
    ),
    group(
        "unknown instance type",
        f"instance_type: ml.p5.24xlarge {HERE}",
        path=".instance_type",
        got='"ml.p5.24xlarge"',
        right="must be an instance type for HyperPod clusters; did you mean",
    ),
    group(
        "hosting instance type",
        f"instance_type: ml.inf2.xlarge {HERE}",
        path=".instance_type",
        got='"ml.inf2.xlarge"',
        right="must be an instance type for HyperPod clusters",
    ),
    group(
        "one type and several",
        "instance_type: ml.g5.xlarge",
        f"instance_types: [ml.g6.xlarge] {HERE}",
        path=".instance_types",
        got='["ml.g6.xlarge"]',
        right="must not be combined with instance_type. Remove one of them",
    ),
    group(
        "no type",
        "- no type",
        at_group="yes",
        path=".name",
        got='"more"',
        right="must have instance_type or instance_types",
    ),
    group(
        "type twice",
        f"instance_types: [ml.g5.xlarge, ml.g5.xlarge] {HERE}",
        path=".instance_types",
        got='["ml.g5.xlarge", "ml.g5.xlarge"]',
        right="names one twice",
    ),
    group(
        "two architectures",
        f"instance_types: [ml.c6g.xlarge, ml.c5.xlarge] {HERE}",
        path=".instance_types",
        got='["ml.c6g.xlarge", "ml.c5.xlarge"]',
        right="must have one architecture, because all run the same image; got arm64 and x86_64",
    ),
    group(
        "several types without continuous provisioning",
        f"instance_types: [ml.g5.xlarge, ml.g6.xlarge] {HERE}",
        path=".instance_types",
        got='["ml.g5.xlarge", "ml.g6.xlarge"]',
        right="needs node_provisioning_mode continuous",
        standard="yes",
    ),
    group(
        "Spot without continuous provisioning",
        f"capacity: spot {HERE}",
        path=".capacity",
        got='"spot"',
        right="needs node_provisioning_mode continuous",
        standard="yes",
    ),
    group(
        "minimum without continuous provisioning",
        f"min_instance_count: 1 {HERE}",
        path=".min_instance_count",
        got="1",
        right="needs node_provisioning_mode continuous",
        standard="yes",
    ),
    group(
        "minimum above the count",
        f"min_instance_count: 5 {HERE}",
        path=".min_instance_count",
        got="5",
        right="must be at most instance_count (4)",
    ),
    group(
        "too many instances",
        f"instance_count: 6759 {HERE}",
        path=".instance_count",
        got="6759",
        right="must be at most 6758",
    ),
    group(
        "plan of another kind of thing",
        "instance_type: ml.p5.48xlarge",
        f"training_plan_arn: p5-in-march {HERE}",
        path=".training_plan_arn",
        got='"p5-in-march"',
        right="must be the ARN of a training plan, such as",
    ),
    group(
        "plan of another region",
        "instance_type: ml.p5.48xlarge",
        f"training_plan_arn: {PLAN.replace('eu-west-1', 'us-east-1')} {HERE}",
        path=".training_plan_arn",
        got='"arn:aws:sagemaker:us-east-1:123456789012:training-plan/p5"',
        right="must be in eu-west-1 and of account 123456789012",
    ),
    group(
        "plan of another account",
        "instance_type: ml.p5.48xlarge",
        f"training_plan_arn: {PLAN.replace('123456789012', '210987654321')} {HERE}",
        path=".training_plan_arn",
        got='"arn:aws:sagemaker:eu-west-1:210987654321:training-plan/p5"',
        right="must be in eu-west-1 and of account 123456789012",
    ),
    group(
        "plan for Spot",
        "instance_type: ml.p5.48xlarge",
        "capacity: spot",
        f"training_plan_arn: {PLAN} {HERE}",
        path=".training_plan_arn",
        got=f'"{PLAN}"',
        right=(
            "must not be combined with Spot instances, because a training plan is reserved capacity"
        ),
    ),
    group(
        "plan for several types",
        "instance_types: [ml.p5.48xlarge, ml.p5e.48xlarge]",
        f"training_plan_arn: {PLAN} {HERE}",
        path=".training_plan_arn",
        got=f'"{PLAN}"',
        right="provides instances of one type",
    ),
    group(
        "plan for a type that is in none",
        f"instance_type: ml.g5.48xlarge {HERE}",
        f"training_plan_arn: {PLAN}",
        path=".instance_type",
        got='"ml.g5.48xlarge"',
        right="must be an instance type of training plans: ml.p4d.24xlarge",
    ),
    group(
        "two threads on a core that has one",
        "instance_type: ml.c7g.xlarge",
        f"threads_per_core: 2 {HERE}",
        path=".threads_per_core",
        got="2",
        right="must be 1, because cores of ml.c7g.xlarge have one thread",
    ),
    group(
        "three threads",
        f"threads_per_core: 3 {HERE}",
        path=".threads_per_core",
        got="3",
        right="must be one of 1, 2",
    ),
    group(
        "volume too large",
        f"volume_size_gib: 16385 {HERE}",
        path=".volume_size_gib",
        got="16385",
        right="must be at most 16384",
    ),
    group(
        "health of accelerators that are none",
        "instance_type: ml.c5.xlarge",
        f"deep_health_checks: [instance_stress] {HERE}",
        path=".deep_health_checks",
        got='["instance_stress"]',
        right="requires accelerators, but ml.c5.xlarge has none",
    ),
    group(
        "unknown health check",
        f"deep_health_checks: [stress] {HERE}",
        path=".deep_health_checks[0]",
        got='"stress"',
        right="must be one of instance_stress, instance_connectivity",
    ),
    group(
        "health check twice",
        f"deep_health_checks: [instance_stress, instance_stress] {HERE}",
        path=".deep_health_checks",
        got='["instance_stress", "instance_stress"]',
        right="names one twice",
    ),
    group(
        "EFA on what has none",
        "instance_type: ml.g5.xlarge",
        f"network_interface: efa_only {HERE}",
        path=".network_interface",
        got='"efa_only"',
        right="requires instance types with EFA, which ml.g5.xlarge does not have",
    ),
    group(
        "patches for an own image",
        "image_id: ami-0a1b2c3d4e5f67890",
        f"automatic_patching: {HERE}",
        "  strategy: when_idle",
        path=".automatic_patching",
        got='"..."',
        right="applies only to HyperPod's images",
    ),
    group(
        "no AMI",
        f"image_id: default {HERE}",
        path=".image_id",
        got='"default"',
        right="must be the id of an AMI, such as",
    ),
    group(
        "schedule that is none",
        "scheduled_update:",
        f"  schedule: rate(1 day) {HERE}",
        path=".scheduled_update.schedule",
        got='"rate(1 day)"',
        right="must be a cron expression with one start time, such as cron(0 3 ? * SUN *)",
    ),
    group(
        "schedule of two days",
        "scheduled_update:",
        f"  schedule: cron(0 3 1 * SUN *) {HERE}",
        path=".scheduled_update.schedule",
        got='"cron(0 3 1 * SUN *)"',
        right="must have ? for either the day of the month or the weekday",
    ),
    group(
        "batch in two ways",
        "scheduled_update:",
        "  schedule: cron(0 3 ? * SUN *)",
        "  max_batch_percent: 10",
        f"  max_batch_count: 1 {HERE}",
        path=".scheduled_update.max_batch_count",
        got="1",
        right="must not be combined with max_batch_percent. Remove one of them",
    ),
    group(
        "batch of patches",
        "automatic_patching:",
        "  strategy: when_idle",
        f"  max_batch_count: 1 {HERE}",
        path=".automatic_patching.max_batch_count",
        got="1",
        right="only with a rolling strategy",
    ),
    group(
        "alarm without time",
        "scheduled_update:",
        "  schedule: cron(0 3 ? * SUN *)",
        f"  wait_seconds: 0 {HERE}",
        path=".scheduled_update.wait_seconds",
        got="0",
        right="must be more than 0, so that SageMaker can watch the alarm",
    ),
    group(
        "zone of another region",
        f"availability_zone: us-east-1a {HERE}",
        path=".availability_zone",
        got='"us-east-1a"',
        right="must be a zone of the environment: eu-west-1a, eu-west-1b",
    ),
    cluster(
        "cluster in no zone of the environment",
        f"availability_zone: eu-west-1c {HERE}",
        path="availability_zone",
        got='"eu-west-1c"',
        right="must be a zone of the environment: eu-west-1a, eu-west-1b",
    ),
    group(
        "more nodes than addresses",
        "instance_type: ml.p5.48xlarge",
        f"instance_count: 512 {HERE}",
        path=".instance_count",
        got="512",
        right="needs 16384 IP addresses in eu-west-1a, 16387 together with the groups before it",
    ),
    group(
        "partition with EFA over two zones",
        "instance_type: ml.p5.48xlarge",
        "availability_zone: eu-west-1b",
        f"partition: efa {HERE}",
        path=".partition",
        got='"efa"',
        right="has nodes with EFA in another zone, but EFA works within one zone",
        first=f"- {CONTROLLER}\n- "
        + COMPUTE.replace("partition: gpu", "partition: efa").replace("g5.xlarge", "p5.48xlarge")
        + "\n",
    ),
    cluster(
        "compute group without a partition",
        groups=f"- name: more {HERE}\n  node_type: compute\n  instance_type: ml.g5.xlarge\n"
        "  instance_count: 1\n",
        path="instance_groups[2].name",
        got='"more"',
        right="must have a partition, which compute nodes require",
    ),
    group(
        "partition dev",
        f"partition: dev {HERE}",
        path=".partition",
        got='"dev"',
        right=(
            "must be letters, digits and hyphens, but not dev, which HyperPod creates for all "
            "nodes, and not default, which Slurm reserves"
        ),
    ),
    group(
        "login group in a partition",
        "node_type: login",
        f"partition: gpu {HERE}",
        path=".partition",
        got='"gpu"',
        right="applies only to compute nodes, not to a login group",
    ),
    cluster(
        "two controllers in a group",
        first=f"- {COMPUTE}\n- name: head\n  node_type: controller\n"
        f"  instance_type: ml.m5.xlarge\n  instance_count: 2 {HERE}\n",
        path="instance_groups[1].instance_count",
        got="2",
        right="must be 1, because HyperPod supports one controller node",
    ),
    cluster(
        "controller on Spot",
        first=f"- {COMPUTE}\n- name: head\n  node_type: controller\n"
        f"  instance_type: ml.m5.xlarge\n  instance_count: 1\n  capacity: spot {HERE}\n",
        path="instance_groups[1].capacity",
        got='"spot"',
        right="applies only to compute nodes, because a cluster needs its controller node",
    ),
    cluster(
        "plan for the controller",
        first=f"- {COMPUTE}\n- name: head\n  node_type: controller\n  instance_count: 1\n"
        f"  instance_type: ml.p5.4xlarge\n  training_plan_arn: {PLAN} {HERE}\n",
        path="instance_groups[1].training_plan_arn",
        got=f'"{PLAN}"',
        right="applies only to compute nodes, not to a controller group",
    ),
    cluster(
        "two controller groups",
        groups="- name: second\n"
        f"  node_type: controller {HERE}\n  instance_type: ml.m5.xlarge\n  instance_count: 1\n",
        path="instance_groups[2].node_type",
        got='"controller"',
        right="must be another type, because there is a controller group already",
    ),
    cluster(
        "EKS keys with Slurm",
        groups="- name: more\n  node_type: compute\n  partition: a\n  instance_type: ml.g5.xlarge\n"
        f"  instance_count: 1\n  labels: {{}} {HERE}\n",
        path="instance_groups[2].labels",
        got=None,
        right="no such key",
    ),
    cluster(
        "extension twice",
        "extensions:",
        "  - name: sagemaker-observability",
        f"  - name: sagemaker-observability {HERE}",
        path="extensions[1].name",
        got='"sagemaker-observability"',
        right="must be unique",
    ),
    cluster(
        "extension without continuous provisioning",
        "node_provisioning_mode: standard",
        f"extensions: [{{name: sagemaker-observability}}] {HERE}",
        path="extensions[0].name",
        got='"sagemaker-observability"',
        right="needs node_provisioning_mode continuous",
    ),
    cluster(
        "version that is none",
        f"extensions: [{{name: sagemaker-observability, version: latest}}] {HERE}",
        path="extensions[0].version",
        got='"latest"',
        right="must match",
    ),
    cluster(
        "strategy with continuous provisioning",
        f"slurm_config_strategy: managed {HERE}",
        path="slurm_config_strategy",
        got='"managed"',
        right=(
            "applies only to node_provisioning_mode standard, because continuous provisioning "
            "always keeps manual changes"
        ),
    ),
    cluster(
        "accounting database without continuous provisioning",
        "node_provisioning_mode: standard",
        f"accounting_database: {HERE}",
        "  endpoint: slurm.example.com",
        "  secret_arn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:slurm-AbCdEf",
        path="accounting_database",
        got='"..."',
        right="needs node_provisioning_mode continuous",
    ),
    cluster(
        "secret of another region",
        "accounting_database:",
        "  endpoint: slurm.example.com",
        f"  secret_arn: arn:aws:secretsmanager:eu-west-2:123456789012:secret:slurm-AbCdEf {HERE}",
        path="accounting_database.secret_arn",
        got='"arn:aws:secretsmanager:eu-west-2:123456789012:secret:slurm-AbCdEf"',
        right="must be in eu-west-1 and of account 123456789012",
    ),
    cluster(
        "URL of a database",
        "accounting_database:",
        f"  endpoint: mysql://slurm.example.com:3306 {HERE}",
        "  secret_arn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:slurm-AbCdEf",
        path="accounting_database.endpoint",
        got='"mysql://slurm.example.com:3306"',
        right="must be a host name",
    ),
    cluster(
        "user who is there already",
        "users:",
        f"  - {{name: ubuntu, uid: 10000}} {HERE}",
        path="users[0].name",
        got='"ubuntu"',
        right="must be the name of a user of Linux",
    ),
    cluster(
        "number twice",
        "users:",
        "  - {name: ada, uid: 10000}",
        f"  - {{name: grace, uid: 10000}} {HERE}",
        path="users[1].uid",
        got="10000",
        right="must be unique: an earlier user has the same number",
    ),
    cluster(
        "default user who is none",
        "users:",
        "  - {name: ada, uid: 10000}",
        f"default_user: ubunta {HERE}",
        path="default_user",
        got='"ubunta"',
        right="must be one of users: ada",
    ),
    cluster(
        "script that is not there",
        f"node_setup_script: examples/nothing.sh {HERE}",
        path="node_setup_script",
        got='"examples/nothing.sh"',
        right="must be a file of this project",
    ),
    cluster(
        "script from elsewhere",
        f"node_setup_script: ../nodes.sh {HERE}",
        path="node_setup_script",
        got='"../nodes.sh"',
        right="must be the path of a bash script (.sh) in this project",
    ),
    cluster(
        "capacity between the sizes of Lustre",
        "lustre:",
        f"  storage_capacity_gib: 3600 {HERE}",
        path="lustre.storage_capacity_gib",
        got="3600",
        right="must be 1200, 2400 or a multiple of 2400",
    ),
    cluster(
        "too little for EFA",
        "lustre:",
        "  efa_enabled: true",
        "  throughput_per_tib: 250",
        f"  storage_capacity_gib: 2400 {HERE}",
        path="lustre.storage_capacity_gib",
        got="2400",
        right="must be a multiple of 19200 with EFA and 250 MB/s for each TiB",
    ),
    cluster(
        "throughput of scratch",
        "lustre:",
        "  deployment_type: scratch_2",
        f"  throughput_per_tib: 125 {HERE}",
        path="lustre.throughput_per_tib",
        got="125",
        right="applies only to persistent_2. Remove the line",
    ),
    cluster(
        "metadata operations between the steps",
        "lustre:",
        f"  metadata_iops: 4000 {HERE}",
        path="lustre.metadata_iops",
        got="4000",
        right="must be 1500, 3000, 6000 or a multiple of 12000",
    ),
    cluster(
        "backups of buckets",
        "lustre:",
        f"  backup_retention_days: 7 {HERE}",
        "  data_repositories: [{layer: raw, path: /data}]",
        path="lustre.backup_retention_days",
        got="7",
        right="must be 0, because FSx creates no backups of a file system with data repositories",
        base=BASE + "lakehouse: {}\n",
    ),
    cluster(
        "layer that is none",
        "lustre:",
        "  data_repositories:",
        f"    - {{layer: row, path: /data}} {HERE}",
        path="lustre.data_repositories[0].layer",
        got='"row"',
        right="must be a layer of the lakehouse; there are raw, curated, analytics",
        base=BASE + "lakehouse: {}\n",
    ),
    cluster(
        "layer without a lakehouse",
        "lustre:",
        "  data_repositories:",
        f"    - {{layer: raw, path: /data}} {HERE}",
        path="lustre.data_repositories[0].layer",
        got='"raw"',
        right="requires a `lakehouse` block; add one to this environment",
    ),
    cluster(
        "bucket within a bucket",
        "lustre:",
        "  data_repositories:",
        "    - {layer: raw, path: /data}",
        f"    - {{layer: curated, path: /data/curated}} {HERE}",
        path="lustre.data_repositories[1].path",
        got='"/data/curated"',
        right="must not overlap /data",
        base=BASE + "lakehouse: {}\n",
    ),
    cluster(
        "throughput of the other generation",
        "homes:",
        "  deployment_type: single_az_2",
        f"  throughput_capacity_mbps: 64 {HERE}",
        path="homes.throughput_capacity_mbps",
        got="64",
        right="must be one of 160, 320, 640",
    ),
    cluster(
        "two file systems in one place",
        "lustre: {mount_path: /home}",
        "homes:",
        f"  mount_path: /home {HERE}",
        path="homes.mount_path",
        got='"/home"',
        right="must not be the mount path of the Lustre file system",
    ),
    cluster(
        "path with a slash at its end",
        "lustre:",
        f"  mount_path: /fsx/ {HERE}",
        path="lustre.mount_path",
        got='"/fsx/"',
        right="must be the absolute path of a folder, such as /fsx, without a trailing slash",
    ),
    group(
        "file system that is not there",
        f"file_systems: [lustre] {HERE}",
        path=".file_systems[0]",
        got='"lustre"',
        right="must be a file system of the cluster",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_one_fault_is_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)
