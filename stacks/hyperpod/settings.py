"""Settings of HyperPod."""

import ipaddress
from typing import Annotated, Self

from pydantic import Field, Tag, model_validator

from stacks.fields import RemovalPolicy, Settings, one_of_types, validation_error
from stacks.hyperpod.eks_settings import EksClusterSettings
from stacks.hyperpod.recipes_settings import RecipesSettings
from stacks.hyperpod.regions import CLUSTER
from stacks.hyperpod.slurm_settings import SlurmClusterSettings
from stacks.hyperpod.zone_rules import check_control_plane
from stacks.lakehouse.settings import LakehouseSettings
from stacks.network.settings import NetworkSettings

AnyCluster = Annotated[
    Annotated[SlurmClusterSettings, Tag("<slurm>")] | Annotated[EksClusterSettings, Tag("<eks>")],
    one_of_types("slurm", "eks", key="orchestrator"),
]
"""A cluster of either orchestrator; the key `orchestrator` selects it."""


class HyperPodSettings(Settings):
    """Clusters for training and serving that replace their own faulty nodes."""

    clusters: Annotated[list[AnyCluster], Field(min_length=1, max_length=10)]
    """The clusters."""
    recipes: RecipesSettings | None = None
    """SageMaker HyperPod recipes. Optional. If omitted, no launcher configurations are created."""
    removal_policy: RemovalPolicy = "retain"
    """`destroy` deletes file systems with the stack. The environment's `removal_policy` must be
    `destroy` too."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [cluster.name.replace("-", "") for cluster in self.clusters]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise validation_error(
                    ("must be unique: an earlier cluster has the same name if hyphens are ignored"),
                    at=f"clusters.{index}.name",
                    value=self.clusters[index].name,
                )
        arns: list[str] = []
        for index, cluster in enumerate(self.clusters):
            if not isinstance(cluster, EksClusterSettings) or cluster.existing is None:
                continue
            if cluster.existing.arn in arns:
                raise validation_error(
                    (
                        "must be unique: an earlier cluster uses this EKS cluster, which "
                        "supports one HyperPod cluster"
                    ),
                    at=f"clusters.{index}.existing.arn",
                    value=cluster.existing.arn,
                )
            arns.append(cluster.existing.arn)
        return self

    @property
    def slurm_clusters(self) -> list[SlurmClusterSettings]:
        """The clusters with Slurm."""
        return [one for one in self.clusters if isinstance(one, SlurmClusterSettings)]

    @property
    def eks_clusters(self) -> list[EksClusterSettings]:
        """The clusters with EKS."""
        return [one for one in self.clusters if isinstance(one, EksClusterSettings)]

    @property
    def sends_prometheus_alerts(self) -> bool:
        """Whether a cluster has alerts of Prometheus."""
        return any(one.hyperpod_add_ons.prometheus is not None for one in self.eks_clusters)

    @property
    def shows_layers(self) -> bool:
        """Whether a file system shows layers of the lakehouse."""
        return any(
            cluster.lustre is not None and cluster.lustre.data_repositories
            for cluster in self.clusters
        )

    def check_environment(
        self,
        *,
        region: str,
        network: NetworkSettings,
        lakehouse: LakehouseSettings | None,
    ) -> None:
        """Refuse what does not fit the environment."""
        CLUSTER.check(region, at="hyperpod")
        length = None
        if network.existing is None:
            # A quarter of the VPC for each zone, see `Network`.
            length = ipaddress.IPv4Network(network.cidr).prefixlen + 2
        closed = network.existing is None and network.nat_gateways == "none"
        if self.recipes is not None:
            self.recipes.check_region(region, closed=closed)
            if not self.recipes.training_jobs and not any(
                cluster.recipe_targets for cluster in self.clusters
            ):
                raise validation_error(
                    "requires compute. Add training_jobs, a Slurm partition with "
                    "accelerators, or a team on EKS",
                    at="hyperpod.recipes",
                    value="...",
                )
        used: dict[str, int] = {}
        for index, cluster in enumerate(self.clusters):
            at = f"hyperpod.clusters.{index}"
            cluster.check_place(
                cluster.orchestrator,
                at=at,
                zones=network.availability_zones,
                subnet_prefix_length=length,
                used=used,
            )
            if isinstance(cluster, EksClusterSettings):
                _check_eks(cluster, network)
            self._check_layers(cluster, at, lakehouse)
            if isinstance(cluster, EksClusterSettings):
                cluster.check_region(region, at=at, closed=closed)

    def _check_layers(
        self, cluster: AnyCluster, at: str, lakehouse: LakehouseSettings | None
    ) -> None:
        layers = [layer.name for layer in lakehouse.layers] if lakehouse else []
        for number, repository in enumerate(
            cluster.lustre.data_repositories if cluster.lustre else ()
        ):
            if repository.layer not in layers:
                raise validation_error(
                    f"must be a layer of the lakehouse; there are {', '.join(layers)}"
                    if layers
                    else "requires a `lakehouse` block; add one to this environment",
                    at=f"{at}.lustre.data_repositories.{number}.layer",
                    value=repository.layer,
                )


def _check_eks(cluster: EksClusterSettings, network: NetworkSettings) -> None:
    if cluster.existing is None:
        check_control_plane(network.availability_zones)
    if cluster.restricted_instance_groups and network.nat_gateways != "none":
        raise validation_error(
            "must be none with restricted groups, which have no internet access",
            at="network.nat_gateways",
            value=network.nat_gateways,
        )
