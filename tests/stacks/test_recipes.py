"""Launcher configurations of HyperPod recipes: what an environment makes of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sagemaker_platform.recipes import KubernetesTarget, Recipes
from sagemaker_platform.recipes.targets import launcher_configuration
from tests.bad_settings import BASE, HERE, Bad, check, write
from tests.stacks.test_hyperpod import CLUSTER
from tests.support import ROOT, stack, synthesized, written

COMMIT = "263199555b2e1f8eb9b17459892e440f3242b5d9"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/recipes:1.0"

# What the launcher of the recipes reads, by the commit above: each key with the types it takes.
# Of recipes_collection/config.yaml:
TEXT, LIST, BLOCK, NULL = str, list, dict, type(None)
TOP: dict[str, Any] = {
    "defaults": LIST,
    "cluster_type": TEXT,
    "hydra": BLOCK,
    "debug": bool,
    "dry_run": bool,
    "launch_json": bool,
    "instance_type": TEXT,
    "base_results_dir": (TEXT, NULL),
    "container": (TEXT, NULL),
    "git": BLOCK,
    "env_vars": BLOCK,
    "training_config": TEXT,
    # A choice of the defaults there, written out here.
    "cluster": BLOCK,
}
GIT = {
    "repo_url_or_path": (TEXT, NULL),
    "branch": (TEXT, NULL),
    "commit": (TEXT, NULL),
    "entry_script": (TEXT, NULL),
    "entry_module": (TEXT, NULL),
    "token": (TEXT, NULL),
    "update_adapter": bool,
    "use_default": bool,
}
# Of the files in recipes_collection/cluster:
CLUSTERS: dict[str, dict[str, Any]] = {
    "k8s": {
        "pullPolicy": TEXT,
        "restartPolicy": TEXT,
        "namespace": TEXT,
        "kube_context": (TEXT, NULL),
        "custom_labels": (BLOCK, NULL),
        "annotations": (BLOCK, NULL),
        "service_account_name": (TEXT, NULL),
        "priority_class_name": (TEXT, NULL),
        "volumes": (LIST, NULL),
        "persistent_volume_claims": LIST,
        "label_selector": (BLOCK, NULL),
        "cleanPodPolicy": (TEXT, NULL),
        "use_hyperpod_pytorch_job": bool,
        "queue_name": (TEXT, NULL),
        "cpu_instance_type": (TEXT, LIST, NULL),
    },
    "slurm": {
        # Not in the file, but an argument of sbatch that the launcher hands on.
        "partition": TEXT,
        "exclusive": bool,
        "mem": int,
        "job_name_prefix": TEXT,
        "slurm_create_submission_file_only": bool,
        "stderr_to_stdout": bool,
        "srun_args": LIST,
        "slurm_docker_cfg": BLOCK,
        "container_mounts": LIST,
    },
    "sm_jobs": {"sm_jobs_config": BLOCK},
}
JOBS = {
    "pysdk_launch_executor": TEXT,
    "output_path": TEXT,
    "tensorboard_config": (BLOCK, NULL),
    "wait": bool,
    "inputs": BLOCK,
    "additional_estimator_kwargs": BLOCK,
    "recipe_overrides": BLOCK,
}
# Arguments that the launcher itself gives to the estimator of the SageMaker Python SDK.
GIVEN_TO_THE_ESTIMATOR = {
    "base_job_name",
    "environment",
    "instance_type",
    "output_path",
    "recipe_overrides",
    "role",
    "sagemaker_session",
    "training_recipe",
}


def fits(block: dict[str, Any], keys: dict[str, Any]) -> None:
    """Check that a block has exactly these keys, each of its type."""
    assert set(block) == set(keys)
    for key, kind in keys.items():
        assert isinstance(block[key], kind), key


def check_configuration(found: dict[str, Any]) -> None:
    """Check a configuration against the structure that the launcher reads."""
    fits(found, TOP)
    fits(found["git"], GIT)
    kind = found["cluster_type"]
    fits(found["cluster"], CLUSTERS[kind])
    if kind == "k8s":
        for claim in found["cluster"]["persistent_volume_claims"]:
            assert claim is None or set(claim) == {"claimName", "mountPath"}
    if kind == "sm_jobs":
        jobs = found["cluster"]["sm_jobs_config"]
        fits(jobs, JOBS)
        assert set(jobs["inputs"]) == {"s3", "file_system"}
        assert not GIVEN_TO_THE_ESTIMATOR & set(jobs["additional_estimator_kwargs"])


def configurations(assembly: Path, environment: str) -> dict[str, dict[str, Any]]:
    """Return the configurations of an environment by name, references by their last part."""
    return {
        parameter["Name"]: YAML(typ="safe", pure=True).load(written(parameter["Value"]))
        for parameter in stack(assembly, f"{environment}/recipes").of_type("AWS::SSM::Parameter")
    }


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly of the complete example with Slurm."""
    folder = tmp_path_factory.mktemp("recipes")
    file = ROOT / "examples" / "hyperpod-complete.yaml"
    return synthesized(folder / "out", file)


def test_each_target_has_a_configuration_that_the_launcher_reads(complete: Path) -> None:
    found = configurations(complete, "hyperpod-complete")
    assert set(found) == {
        # The partition `custom` must have accelerators, which all recipes need.
        "/hyperpod-recipes/hyperpod-complete/research/experiments",
        "/hyperpod-recipes/hyperpod-complete/research/pretraining",
        "/hyperpod-recipes/hyperpod-complete/training-jobs",
    }
    for configuration in found.values():
        check_configuration(configuration)


def test_a_partition_knows_its_nodes_and_folders(complete: Path) -> None:
    found = configurations(complete, "hyperpod-complete")
    one = found["/hyperpod-recipes/hyperpod-complete/research/pretraining"]
    assert one["cluster_type"] == "slurm"
    assert one["instance_type"] == "ml.p5.48xlarge"
    assert one["cluster"]["partition"] == "pretraining"
    assert one["cluster"]["container_mounts"] == ["/fsx", "/home"]
    assert one["base_results_dir"] == "/fsx/users/${oc.env:USER}/recipes"


def test_scripts_make_the_folders_of_results(complete: Path) -> None:
    [writing] = stack(complete, "hyperpod-complete/hyperpod").of_type(
        "Custom::HyperPodLifecycleScripts"
    )
    [settings] = [text for name, text in writing["Files"].items() if name.endswith("settings.json")]
    assert YAML(typ="safe", pure=True).load(settings)["folders"] == ["/fsx/users"]


def test_training_jobs_name_what_a_persona_has_to(complete: Path) -> None:
    found = configurations(complete, "hyperpod-complete")
    jobs = found["/hyperpod-recipes/hyperpod-complete/training-jobs"]["cluster"]["sm_jobs_config"]
    arguments = jobs["additional_estimator_kwargs"]
    assert arguments["image_uri"].endswith("verl-v1.0.0-smtj")
    assert len(arguments["subnets"]) == 2
    assert arguments["security_group_ids"] == ["reference"]
    assert arguments["output_kms_key"] == "reference"
    assert arguments["max_run"] == 72 * 3600
    assert jobs["output_path"] == arguments["code_location"] == "s3://reference/recipes"


def test_people_read_configurations_and_nodes_pull_their_image(complete: Path) -> None:
    for name, description in (
        ("access", "What this persona does with capabilities"),
        ("hyperpod", "The activity use_hyperpod"),
    ):
        [policy] = [
            one
            for one in stack(complete, f"hyperpod-complete/{name}").of_type(
                "AWS::IAM::ManagedPolicy"
            )
            if one["Description"] == description
        ]
        assert "parameter/hyperpod-recipes/hyperpod-complete/*" in str(policy)
    nodes = [
        one
        for one in stack(complete, "hyperpod-complete/hyperpod").of_type("AWS::IAM::ManagedPolicy")
        if one["Description"] == "Nodes of a HyperPod cluster"
    ]
    assert "repository/hyperpod-recipes" in str(nodes)


def test_hyphens_of_names_keep_targets_apart(tmp_path: Path) -> None:
    other = CLUSTER.split("clusters:\n")[1].replace("research", "team-a")
    text = BASE.replace("name: base", "name: hyphens") + CLUSTER.replace("research", "team")
    text = text.replace("partition: gpu", "partition: a-gpu") + other
    text += f"  recipes:\n    commit: {COMMIT}\n    image: {IMAGE}\n"
    file = write(tmp_path, text, "hyphens")

    synthesized(tmp_path / "out", file)
    assert sorted(configurations(tmp_path / "out", "hyphens")) == [
        "/hyperpod-recipes/hyphens/team-a/gpu",
        "/hyperpod-recipes/hyphens/team/a-gpu",
    ]


@pytest.fixture(scope="module")
def governed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly of the example with teams on EKS."""
    folder = tmp_path_factory.mktemp("recipes-of-teams")
    file = ROOT / "examples" / "hyperpod-governed.yaml"
    return synthesized(folder / "out", file)


def test_each_team_has_a_configuration(governed: Path) -> None:
    found = configurations(governed, "hyperpod-governed")
    folder = "/hyperpod-recipes/hyperpod-governed/shared"
    assert set(found) == {f"{folder}/{team}" for team in ("serving", "students", "vision")}
    for configuration in found.values():
        check_configuration(configuration)
    vision = found[f"{folder}/vision"]
    assert vision["cluster_type"] == "k8s"
    assert vision["instance_type"] == "ml.p5.48xlarge"
    cluster = vision["cluster"]
    assert cluster["namespace"] == "hyperpod-ns-vision"
    assert cluster["queue_name"] == "hyperpod-ns-vision-localqueue"
    assert cluster["custom_labels"] == {"kueue.x-k8s.io/priority-class": "exploration-priority"}
    assert cluster["kube_context"].endswith("cluster/hyperpod-governed-shared")


def test_claims_of_a_configuration_match_the_namespace(governed: Path) -> None:
    found = configurations(governed, "hyperpod-governed")
    applied = [
        json.loads(written(one["Manifest"]))
        for one in stack(governed, "hyperpod-governed/hyperpod-shared").of_type(
            "Custom::AWSCDK-EKS-KubernetesResource"
        )
    ]
    claims = {
        (one["metadata"]["namespace"], one["metadata"]["name"])
        for manifest in applied
        for one in manifest
        if one["kind"] == "PersistentVolumeClaim"
    }
    wanted = {
        (one["cluster"]["namespace"], claim["claimName"])
        for one in found.values()
        for claim in one["cluster"]["persistent_volume_claims"]
    }
    assert wanted == claims
    assert len(claims) == 6


def test_claims_wait_for_the_namespace(governed: Path) -> None:
    """Task Governance makes it with the quota."""
    resources = stack(governed, "hyperpod-governed/hyperpod-shared").resources()
    volumes = [one for name, one in resources.items() if "HyperpodNsVisionVolumes" in name]
    [quota] = [
        name
        for name, one in resources.items()
        if one["Type"] == "AWS::SageMaker::ComputeQuota"
        and one["Properties"]["ComputeQuotaTarget"]["TeamName"] == "vision"
    ]
    assert [quota in one["DependsOn"] for one in volumes] == [True]


def test_a_namespace_is_said_as_the_launcher_reads_it() -> None:
    target = KubernetesTarget(
        instance_type="ml.p5.48xlarge",
        namespace="hyperpod-ns-vision",
        queue_name="hyperpod-ns-vision-localqueue",
        priority_class_name="training-priority",
        claims={"fsx-claim": "/fsx"},
    )
    found = launcher_configuration(Recipes(commit=COMMIT, image=IMAGE), target)
    check_configuration(found)
    assert found["cluster_type"] == "k8s"
    assert found["cluster"]["persistent_volume_claims"] == [
        {"claimName": "fsx-claim", "mountPath": "/fsx"}
    ]
    # The launcher takes a list with nothing in it for no claim.
    bare = KubernetesTarget(instance_type="ml.p5.48xlarge", namespace="default")
    check_configuration(launcher_configuration(Recipes(commit=COMMIT, image=IMAGE), bare))


def bad(id: str, *lines: str, at: str, got: str, right: str, cluster: str = CLUSTER) -> Bad:
    """Return a file with a cluster and these lines of recipes."""
    text = "".join(f"    {line}\n" for line in lines)
    path = f"hyperpod.recipes.{at}".rstrip(".")
    mark = "" if at else f" {HERE}"
    return Bad(id, f"{BASE}{cluster}  recipes:{mark}\n{text}", path, got, right)


BADS = [
    bad(
        "branch",
        "commit: main # HERE",
        f"image: {IMAGE}",
        at="commit",
        got='"main"',
        right="must be a commit of git: 40 lower-case hexadecimal digits, neither a branch nor a "
        "tag",
    ),
    bad(
        "image that changes",
        f"commit: {COMMIT}",
        "image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/recipes # HERE",
        at="image",
        got='"123456789012.dkr.ecr.eu-west-1.amazonaws.com/recipes"',
        right="must have a tag or a digest",
    ),
    bad(
        "image out of reach",
        f"commit: {COMMIT}",
        "image: 327873000638.dkr.ecr.us-east-1.amazonaws.com/hyperpod-recipes:llmft-v1.0.0 # HERE",
        at="image",
        got='"327873000638.dkr.ecr.us-east-1.amazonaws.com/hyperpod-recipes:llmft-v1.0.0"',
        right=(
            "must be in eu-west-1: a network without NAT gateways cannot reach registries of "
            "other regions"
        ),
    ),
    bad(
        "jobs without accelerators",
        f"commit: {COMMIT}",
        f"image: {IMAGE}",
        "training_jobs:",
        "  instance_type: ml.m5.xlarge # HERE",
        at="training_jobs.instance_type",
        got='"ml.m5.xlarge"',
        right="must have accelerators, which all recipes need",
    ),
    bad(
        "jobs too long",
        f"commit: {COMMIT}",
        f"image: {IMAGE}",
        "training_jobs:",
        "  instance_type: ml.p5.48xlarge",
        "  max_run_hours: 673 # HERE",
        at="training_jobs.max_run_hours",
        got="673",
        right="must be at most 672",
    ),
    bad(
        "jobs without a persona that runs them",
        f"commit: {COMMIT}",
        f"image: {IMAGE}",
        "training_jobs: # HERE",
        "  instance_type: ml.p5.48xlarge",
        at="training_jobs",
        got='"..."',
        right="requires a persona with the activity run_jobs",
    ),
    bad(
        "requires compute",
        f"commit: {COMMIT}",
        f"image: {IMAGE}",
        at="",
        got='"..."',
        right="requires compute. Add training_jobs, a Slurm partition with accelerators",
        cluster=CLUSTER.replace("ml.g5.xlarge", "ml.c5.xlarge"),
    ),
    bad(
        "clone over SSH",
        f"commit: {COMMIT}",
        f"image: {IMAGE}",
        "repository: git@github.com:aws/sagemaker-hyperpod-recipes.git # HERE",
        at="repository",
        got='"git@github.com:aws/sagemaker-hyperpod-recipes.git"',
        right="must be an HTTPS URL",
    ),
]


@pytest.mark.parametrize("case", BADS, ids=lambda case: case.id)
def test_one_fault_is_one_line(case: Bad, tmp_path: Path) -> None:
    check(case, tmp_path)
