"""Wires launcher configurations of HyperPod recipes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput
from constructs import Construct

from sagemaker_platform.hyperpod.eks_add_ons import team_namespace, team_queue
from sagemaker_platform.hyperpod.kubernetes import HOME_CLAIM, LUSTRE_CLAIM
from sagemaker_platform.recipes import (
    KubernetesTarget,
    LauncherConfiguration,
    Recipes,
    SlurmTarget,
    Target,
    TrainingJobTarget,
    configuration_name,
)
from stacks.base import EnvironmentStack
from stacks.hyperpod.eks_settings import EksClusterSettings
from stacks.hyperpod.recipes_settings import RecipesSettings
from stacks.hyperpod.settings import AnyCluster, HyperPodSettings
from stacks.hyperpod.slurm_settings import SlurmClusterSettings
from stacks.shared import SharedResources

if TYPE_CHECKING:
    from sagemaker_platform.access import Workload


class RecipesStack(EnvironmentStack):
    """What people launch recipes with, in the parameters of Systems Manager.

    A stack of its own: another version of the recipes touches no cluster.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        settings: HyperPodSettings,
        workload: Workload | None,
    ) -> None:
        network, key, artifacts = shared.network, shared.key, shared.artifacts
        super().__init__(scope, id, environment=shared.environment, description="HyperPod recipes")
        recipes = settings.recipes
        assert recipes is not None, "the stack is for them"
        self._names: list[str] = []
        for cluster in settings.clusters:
            for name, target in self._targets(cluster):
                self._add(recipes, recipes.image, cluster.name, name, target=target)
        jobs = recipes.training_jobs
        if jobs is not None:
            assert workload is not None, "the settings ask for a persona that runs jobs"
            image = jobs.image or recipes.image
            target = TrainingJobTarget(
                instance_type=jobs.instance_type,
                image=image,
                output_uri=f"s3://{artifacts.bucket.bucket_name}/recipes",
                subnet_ids=network.private_subnet_ids,
                security_group_id=workload.security_group.security_group_id,
                key_arn=key.key_arn,
                max_run_seconds=jobs.max_run_hours * 3600,
            )
            self._add(recipes, image, "training-jobs", target=target)
        CfnOutput(self, "Configurations", value=" ".join(self._names))

    def _add(self, recipes: RecipesSettings, image: str, *parts: str, target: Target) -> None:
        name = configuration_name(self._environment.name, *parts)
        self._names.append(name)
        LauncherConfiguration(
            self,
            # Not a hyphen, which names have: team and a-gpu, team-a and gpu.
            f"Launcher-{'.'.join(parts)}",
            name=name,
            recipes=Recipes(commit=recipes.commit, repository=recipes.repository, image=image),
            target=target,
        )

    def _targets(self, cluster: AnyCluster) -> Iterator[tuple[str, Target]]:
        """Return where recipes run in a cluster, with a name: each partition, or each team."""
        if isinstance(cluster, SlurmClusterSettings):
            yield from _partitions(cluster)
            return
        context = (
            cluster.existing.arn
            if cluster.existing
            else self.format_arn(
                service="eks",
                resource="cluster",
                resource_name=f"{self._environment.name}-{cluster.name}",
            )
        )
        yield from _teams(cluster, context)


def _partitions(cluster: SlurmClusterSettings) -> Iterator[tuple[str, Target]]:
    for group in cluster.recipe_targets:
        assert group.partition is not None, "nodes of a target compute"
        yield (
            group.partition,
            SlurmTarget(
                instance_type=group.types[0],
                partition=group.partition,
                results_folder=cluster.results_folder,
                mounts=[getattr(cluster, kind).mount_path for kind in cluster.mounted(group)],
            ),
        )


def _teams(cluster: EksClusterSettings, context: str) -> Iterator[tuple[str, Target]]:
    scheduler = cluster.task_governance.scheduler if cluster.task_governance else None
    classes = sorted(scheduler.priority_classes, key=lambda one: one.weight) if scheduler else []
    claims = {
        claim: file_system.mount_path
        for claim, file_system in ((LUSTRE_CLAIM, cluster.lustre), (HOME_CLAIM, cluster.homes))
        if file_system is not None
    }
    for team, instance_type in cluster.recipe_targets:
        yield (
            team.name,
            KubernetesTarget(
                instance_type=instance_type,
                namespace=team_namespace(team.name),
                queue_name=team_queue(team.name),
                # The least: who is in a hurry says so.
                priority_class_name=f"{classes[0].name}-priority" if classes else None,
                claims=claims,
                kube_context=context,
            ),
        )
