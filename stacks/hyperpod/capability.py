"""HyperPod clusters, as a capability."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import AccessContribution, Activity, OffersActivities
from stacks.capability import Capability, NetworkRequirements, ResourceName
from stacks.fields import close_to, validation_error
from stacks.hyperpod.regions import CLUSTER, COMPUTE_QUOTA, GRAFANA, SCHEDULER
from stacks.teams import NamesTeams

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from sagemaker_platform.studio import FileSystem
    from stacks.access.settings import PersonaSettings
    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.foundation.stack import FoundationStack
    from stacks.hyperpod.governance_settings import TaskGovernanceSettings
    from stacks.hyperpod.settings import HyperPodSettings


class HyperPod(
    Capability["HyperPodSettings", "Mapping[str, FileSystem]"], OffersActivities, NamesTeams
):
    """HyperPod clusters; the outputs are their file systems for apps of Studio."""

    key = "hyperpod"
    summary = "HyperPod clusters."
    features = (CLUSTER, SCHEDULER, COMPUTE_QUOTA, GRAFANA)
    activities = {
        # Only the stack of the clusters with Slurm knows their ARNs.
        "use_hyperpod": Activity(
            requires="a `hyperpod` block",
            personas=("data_scientist", "ml_engineer"),
            order=130,
            policy="later",
        )
    }

    @classmethod
    @override
    def settings_type(cls) -> type[HyperPodSettings]:
        from stacks.hyperpod.settings import HyperPodSettings

        return HyperPodSettings

    @override
    def teams(self) -> Iterable[str]:
        return [one.team for one in self.settings.clusters if one.team is not None]

    @override
    def team_personas(self) -> Iterable[tuple[str, str, str]]:
        for index, one in enumerate(self.settings.clusters):
            at = f"hyperpod.clusters.{index}.task_governance.teams"
            for number, team in enumerate(getattr(one, "teams", ())):
                for place, persona in enumerate(team.personas):
                    yield f"{at}.{number}.personas.{place}", team.name, persona

    @override
    def quota_teams(self) -> Iterable[str]:
        return [team.name for one in self.settings.eks_clusters for team in one.teams]

    def uses_cluster(self, persona: str, cluster: str) -> bool:
        """Tell whether people with a persona use a cluster: those of its teams."""
        uses = "use_hyperpod" in (self.environment.all_personas[persona].activities or ())
        teams = [
            team for one in self.settings.eks_clusters if one.name == cluster for team in one.teams
        ]
        return uses and (not teams or any(persona in team.personas for team in teams))

    @override
    def validate(self) -> None:
        from stacks.lakehouse.capability import Lakehouse

        hyperpod, environment = self.settings, self.environment
        environment.check_second_key("hyperpod", hyperpod.removal_policy)
        environment.check_alarms("clusters in production have alarms")
        lakehouse = environment.find(Lakehouse)
        hyperpod.check_environment(
            region=environment.region,
            network=environment.network,
            lakehouse=lakehouse.settings if lakehouse else None,
        )
        personas = environment.all_personas
        runs_jobs = any("run_jobs" in (p.activities or ()) for p in personas.values())
        if hyperpod.recipes and hyperpod.recipes.training_jobs and not runs_jobs:
            raise validation_error(
                "requires a persona with the activity run_jobs; add one to this environment",
                at="hyperpod.recipes.training_jobs",
                value="...",
            )
        for cluster in hyperpod.eks_clusters:
            if cluster.task_governance is not None:
                index = hyperpod.clusters.index(cluster)
                at = f"hyperpod.clusters.{index}.task_governance"
                cluster.task_governance.check_names(f"{environment.name}-{cluster.name}", at=at)
                self._check_teams(cluster.task_governance, at)

    def _check_teams(self, governance: TaskGovernanceSettings, at: str) -> None:
        personas = self.environment.all_personas
        for path, name in governance.personas:
            if name not in personas:
                raise validation_error(
                    "must be a persona with a role here. Name it in personas, or give it to a user "
                    f"of Studio{close_to(name, list(personas))}",
                    at=f"{at}.{path}",
                    value=name,
                )
            if "use_hyperpod" not in (personas[name].activities or ()):
                raise validation_error(
                    (
                        "must be a persona with the activity use_hyperpod, which members of a "
                        "team need"
                    ),
                    at=f"{at}.{path}",
                    value=name,
                )

    @override
    def configure_foundation(self, foundation: FoundationStack) -> None:
        if self.settings.shows_layers:
            foundation.environment_key.grant_lustre_read()
        if self.settings.sends_prometheus_alerts:
            foundation.environment_key.grant_prometheus_send()
            foundation.alarms.grant_prometheus_publish()

    @override
    def network_requirements(self, scope: Construct) -> NetworkRequirements:
        return NetworkRequirements(
            interface_endpoints=self._interface_endpoints(),
            kubernetes=bool(self.settings.eks_clusters),
        )

    def _interface_endpoints(self) -> Iterator[str]:
        from sagemaker_platform.hyperpod import HyperPodCluster

        yield from HyperPodCluster.INTERFACE_ENDPOINTS
        if self.settings.eks_clusters:
            from sagemaker_platform.hyperpod.kubernetes import KubernetesApi

            yield from KubernetesApi.INTERFACE_ENDPOINTS
        if self.settings.sends_prometheus_alerts:
            from sagemaker_platform.hyperpod.eks_add_ons import PrometheusWorkspace

            yield from PrometheusWorkspace.INTERFACE_ENDPOINTS
        if any(one.hyperpod_add_ons.inference_operator for one in self.settings.eks_clusters):
            from sagemaker_platform.hyperpod.eks_add_ons import InferenceOperator

            yield from InferenceOperator.INTERFACE_ENDPOINTS

    @override
    def resource_names(self) -> Iterable[ResourceName]:
        for index, cluster in enumerate(self.settings.clusters):
            yield ResourceName(
                resource=f"cluster {self.environment.name}-{cluster.name}",
                keys=["hyperpod", "clusters", index, "name"],
                value=cluster.name,
            )
        for cluster in self.settings.eks_clusters:
            if cluster.existing is not None:
                index = self.settings.clusters.index(cluster)
                yield ResourceName(
                    resource=f"HyperPod cluster on {cluster.existing.arn}",
                    keys=["hyperpod", "clusters", index, "existing", "arn"],
                    value=cluster.existing.arn,
                )

    @override
    def contribute_access(self, access: AccessStack, context: BuildContext) -> AccessContribution:
        def of_persona(name: str, persona: PersonaSettings) -> Sequence[iam.PolicyStatement]:
            if not self.extends_persona(name, persona):
                return ()
            from sagemaker_platform.recipes import read_configurations

            return [read_configurations(access, environment=self.environment.name)]

        return AccessContribution(of_persona=of_persona)

    @override
    def extends_persona(self, name: str, persona: PersonaSettings) -> bool:
        recipes = self.settings.recipes
        return bool(recipes and recipes.training_jobs and "run_jobs" in (persona.activities or ()))

    @override
    def attached_policies(self, name: str, persona: PersonaSettings) -> int:
        # One policy for all clusters.
        return int("use_hyperpod" in (persona.activities or ()))

    @override
    def build(self, context: BuildContext) -> Mapping[str, FileSystem]:
        from stacks.access.capability import Access
        from stacks.hyperpod.stack import HyperPodStack
        from stacks.lakehouse.capability import Lakehouse
        from stacks.studio.capability import Studio

        settings, shared = self.settings, context.shared
        access, lakehouse = context.outputs(Access), context.outputs(Lakehouse)
        studio = self.environment.find(Studio)
        mounted = studio.clusters if studio else frozenset[str]()
        hyperpod = HyperPodStack(
            context.stage,
            "hyperpod",
            shared=shared,
            settings=settings,
            lakehouse=lakehouse,
            mounted_in_studio=mounted,
            access=access,
        )
        file_systems = dict(hyperpod.for_studio)
        for cluster in settings.eks_clusters:
            from stacks.hyperpod.eks_stack import EksClusterStack

            made = EksClusterStack(
                context.stage,
                f"hyperpod-{cluster.name}",
                shared=shared,
                settings=cluster,
                recipes=settings.recipes,
                destroy_data=settings.removal_policy == "destroy",
                lakehouse=lakehouse,
                scripts=hyperpod.scripts,
                mounted_in_studio=mounted,
                access=access,
            )
            file_systems.update(made.for_studio)
        if settings.recipes is not None:
            from stacks.hyperpod.recipes_stack import RecipesStack

            RecipesStack(
                context.stage,
                "recipes",
                shared=shared,
                settings=settings,
                workload=access.workload if access else None,
            )
        return file_systems
