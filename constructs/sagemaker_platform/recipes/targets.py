"""Where recipes run: in Kubernetes, in Slurm, or as training jobs of SageMaker.

The keys are those of ``recipes_collection/config.yaml`` and ``recipes_collection/cluster`` in the
repository aws/sagemaker-hyperpod-recipes, which has no other description of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sagemaker_platform.arguments import checks_types


@checks_types
@dataclass(frozen=True, kw_only=True)
class Recipes:
    """Which version of the recipes, and what they run in.

    Args:
        commit: of the repository, 40 hexadecimal digits.
        image: container image in ECR.
        repository: HTTPS URL of the repository, or of a mirror of your own.
    """

    commit: str
    image: str
    repository: str = "https://github.com/aws/sagemaker-hyperpod-recipes.git"


class Target(Protocol):
    """What all targets say."""

    @property
    def cluster_type(self) -> str:
        """What the launcher calls this kind of target."""

    @property
    def instance_type(self) -> str:
        """Instance type of the nodes."""

    @property
    def results_folder(self) -> str:
        """Where the launcher keeps what it makes of a recipe, and in Slurm jobs their results."""

    def cluster(self) -> dict[str, Any]:
        """Return the block ``cluster``."""


@checks_types
@dataclass(frozen=True, kw_only=True)
class KubernetesTarget:
    """The namespace of a team in a cluster with EKS.

    Args:
        instance_type: of the nodes, such as ``ml.p5.48xlarge``.
        namespace: of the team.
        queue_name: queue of Task Governance. If omitted, Kubernetes schedules jobs itself.
        priority_class_name: of Task Governance. Defaults to the lowest priority. It is a
            label of the job, since Kueue's classes are not those that pods have, which the
            launcher's own key names.
        service_account_name: if omitted, that which the namespace gives to all pods.
        claims: by the name of a claim in the namespace, where containers mount it.
        kube_context: context of ``kubectl``, such as the cluster's ARN. Defaults to the
            current context.
    """

    instance_type: str
    namespace: str
    queue_name: str | None = None
    priority_class_name: str | None = None
    service_account_name: str | None = None
    claims: Mapping[str, str] | None = None
    kube_context: str | None = None
    cluster_type = "k8s"
    results_folder = "${oc.env:HOME}/recipes-results"

    def cluster(self) -> dict[str, Any]:
        """Return the block ``cluster``."""
        return {
            "pullPolicy": "IfNotPresent",
            "restartPolicy": "Never",
            "namespace": self.namespace,
            "kube_context": self.kube_context,
            "custom_labels": {"kueue.x-k8s.io/priority-class": self.priority_class_name}
            if self.priority_class_name
            else None,
            "annotations": None,
            "service_account_name": self.service_account_name,
            "priority_class_name": None,
            "volumes": None,
            "persistent_volume_claims": [
                {"claimName": claim, "mountPath": path}
                for claim, path in (self.claims or {}).items()
            ]
            or [None],
            "label_selector": {
                "required": {"node.kubernetes.io/instance-type": [self.instance_type]}
            },
            "cleanPodPolicy": None,
            "use_hyperpod_pytorch_job": True,
            "queue_name": self.queue_name,
            "cpu_instance_type": None,
        }


@checks_types
@dataclass(frozen=True, kw_only=True)
class SlurmTarget:
    """A partition of a cluster with Slurm.

    Args:
        instance_type: of its nodes.
        partition: its name.
        results_folder: on a file system that all nodes mount; may name variables of the
            environment, such as ``${oc.env:USER}``.
        mounts: folders that containers see under the same path.
    """

    instance_type: str
    partition: str
    results_folder: str
    mounts: Sequence[str] = ()
    cluster_type = "slurm"

    def cluster(self) -> dict[str, Any]:
        """Return the block ``cluster``."""
        return {
            "partition": self.partition,
            "exclusive": True,
            "mem": 0,
            "job_name_prefix": "sagemaker-",
            "slurm_create_submission_file_only": False,
            "stderr_to_stdout": True,
            "srun_args": [],
            "slurm_docker_cfg": {"docker_args": [], "post_launch_commands": None},
            "container_mounts": list(self.mounts) or [None],
        }


@checks_types
@dataclass(frozen=True, kw_only=True)
class TrainingJobTarget:
    """SageMaker training jobs, for who has no cluster.

    The role is the caller's, as the SageMaker Python SDK finds it. No key for volumes is
    given: instances that recipes run on have local disks, which take none and are encrypted.

    Args:
        instance_type: such as ``ml.p5.48xlarge``.
        image: container image.
        output_uri: where results go, and code that the SDK uploads.
        subnet_ids: where jobs run.
        security_group_id: of the jobs.
        key_arn: encrypts results.
        max_run_seconds: after which a job is stopped.
    """

    instance_type: str
    image: str
    output_uri: str
    subnet_ids: Sequence[str]
    security_group_id: str
    key_arn: str
    max_run_seconds: int = 86_400
    cluster_type = "sm_jobs"
    results_folder = "${oc.env:HOME}/recipes-results"

    def cluster(self) -> dict[str, Any]:
        """Return the block ``cluster``."""
        return {
            "sm_jobs_config": {
                "pysdk_launch_executor": "estimator",
                "output_path": self.output_uri,
                # The launcher takes an empty block for one that lacks something.
                "tensorboard_config": None,
                "wait": False,
                "inputs": {"s3": {"train": None, "val": None}, "file_system": None},
                "additional_estimator_kwargs": {
                    "image_uri": self.image,
                    "subnets": list(self.subnet_ids),
                    "security_group_ids": [self.security_group_id],
                    "output_kms_key": self.key_arn,
                    "code_location": self.output_uri,
                    "max_run": self.max_run_seconds,
                    "enable_remote_debug": False,
                },
                "recipe_overrides": {},
            }
        }


def launcher_configuration(recipes: Recipes, target: Target) -> dict[str, Any]:
    """Return all that the launcher takes besides the recipe.

    Used with ``main.py --config-dir <folder> --config-name <name> recipes=<recipe>`` it takes the
    place of ``recipes_collection/config.yaml``, and nothing in the repository is edited.

    Args:
        recipes: their version and image.
        target: where they run.
    """
    return {
        "defaults": [
            "_self_",
            # Hydra asks for it.
            {"recipes": "???"},
            {"override hydra/job_logging": "stdout"},
        ],
        "cluster_type": target.cluster_type,
        "hydra": {
            "run": {"dir": "."},
            "output_subdir": None,
            "searchpath": ["file://recipes_collection/recipes/fine-tuning"],
        },
        "debug": False,
        "dry_run": False,
        "launch_json": False,
        "instance_type": target.instance_type,
        "base_results_dir": target.results_folder,
        "container": recipes.image,
        "git": {
            "repo_url_or_path": None,
            "branch": None,
            "commit": None,
            "entry_script": None,
            "entry_module": None,
            "token": None,
            "update_adapter": False,
            "use_default": True,
        },
        "env_vars": {"NCCL_DEBUG": "WARN"},
        "training_config": "${hydra:runtime.choices.recipes}",
        "cluster": target.cluster(),
    }
