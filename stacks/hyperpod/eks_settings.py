"""Settings of clusters with EKS."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from typing_extensions import override

from sagemaker_platform.catalog.cluster_instances import cluster_instance_types
from sagemaker_platform.catalog.kubernetes import KUBERNETES_VERSIONS
from stacks.fields import (
    AddOnVersion,
    RelativeFile,
    validation_error,
)
from stacks.hyperpod.add_on_settings import HyperPodAddOnsSettings
from stacks.hyperpod.chart_settings import MIG_LABEL, DependenciesChartSettings
from stacks.hyperpod.cluster_settings import ClusterSettings, GroupSettings
from stacks.hyperpod.eks_group_settings import (
    AutoscalingSettings,
    EksGroupSettings,
    RestrictedGroupSettings,
    SharedStorageSettings,
    TieredStorageSettings,
)
from stacks.hyperpod.existing_settings import ExistingEksSettings
from stacks.hyperpod.governance_settings import (
    TaskGovernanceSettings,
    TeamSettings,
    capacities,
)
from stacks.hyperpod.slurm_settings import PROJECT
from stacks.hyperpod.storage_settings import HomesSettings, check_mounts

_GROUPS_OF_NODE_CLASS = 10
# They run on each node and so need none to be there.
EARLY_ADD_ONS = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")
LATE_ADD_ONS = ("coredns",)
# HyperPod's add-ons, and what must be there for them.
_NEEDED_ADD_ONS = {
    "training_operator": ["cert-manager"],
    "inference_operator": [
        "cert-manager",
        "metrics-server",
        "aws-fsx-csi-driver",
        "aws-mountpoint-s3-csi-driver",
    ],
    "spaces": ["cert-manager", "aws-ebs-csi-driver"],
}
OptionalAddOn = Literal[
    "cert-manager",
    "metrics-server",
    "aws-ebs-csi-driver",
    "aws-fsx-csi-driver",
    "aws-mountpoint-s3-csi-driver",
]


def _version(value: Any) -> Any:
    if isinstance(value, float):
        raise validation_error(
            f'must be in quotes, such as "{KUBERNETES_VERSIONS[-1]}": YAML reads a number'
        )
    if value not in KUBERNETES_VERSIONS:
        raise validation_error(f"must be one of {', '.join(KUBERNETES_VERSIONS)}, in quotes")
    return value


class EksClusterSettings(ClusterSettings):
    """A cluster with EKS."""

    orchestrator: Literal["eks"]
    """EKS."""
    existing: ExistingEksSettings | None = None
    """An existing EKS cluster. If omitted, the platform creates one."""
    kubernetes_version: Annotated[str, BeforeValidator(_version)] | None = None
    """Kubernetes version, in quotes. EKS upgrades by one minor version at a time and cannot
    downgrade. Required without `existing`."""
    extended_support: bool = False
    """Keep the version at a higher price after its standard support ends. Otherwise EKS upgrades
    it."""
    dependencies_chart: DependenciesChartSettings | None = None
    """Helm chart that HyperPod requires. Required without `existing`. The owner of an existing
    cluster may have installed it."""
    instance_groups: Annotated[list[EksGroupSettings], Field(max_length=100)] = []
    """Groups of nodes. Required unless the cluster has `restricted_instance_groups`."""
    restricted_instance_groups: Annotated[list[RestrictedGroupSettings], Field(max_length=100)] = []
    """Groups for customizing Amazon Nova models, isolated from the internet. A cluster has
    either these groups or `instance_groups`."""
    restricted_storage: SharedStorageSettings | None = None
    """A file system that restricted groups share. If omitted, each group needs `storage`."""
    autoscaling: AutoscalingSettings | None = None
    """Autoscaling with Karpenter. Optional. If omitted, groups have a fixed number of nodes."""
    tiered_storage: TieredStorageSettings | None = None
    """Managed tiered checkpointing in memory. Optional."""
    add_ons: list[OptionalAddOn] = ["cert-manager", "metrics-server"]
    """EKS add-ons in addition to the required ones. A cluster of restricted groups has none.
    With `existing`: add-ons that its owner has not installed; defaults to none."""
    add_on_versions: dict[str, AddOnVersion] = {}
    """Versions of add-ons, by name. Defaults to EKS's default for the Kubernetes version at the
    time of installation."""
    homes: HomesSettings | None = None
    """A file system for home directories, claimed as `home-claim` in each team's namespace.
    Optional."""
    node_setup_script: RelativeFile | None = None
    """Path of your bash script in this project. It runs last on each new node."""
    hyperpod_add_ons: HyperPodAddOnsSettings = HyperPodAddOnsSettings()
    """HyperPod's own add-ons. Optional."""
    task_governance: TaskGovernanceSettings | None = None
    """Task Governance: the quotas of teams. Optional. If omitted, all users share the whole
    cluster."""

    @model_validator(mode="after")
    def _check_eks(self) -> Self:
        self.check_groups()
        self._check_kubernetes()
        if self.restricted_instance_groups:
            self._check_restricted()
            return self
        if self.lustre and not self.existing and "aws-fsx-csi-driver" not in self.add_ons:
            raise validation_error(
                "requires aws-fsx-csi-driver in add_ons, which mounts it",
                at="lustre",
                value="...",
            )
        check_mounts(self.lustre, self.homes)
        script = self.node_setup_script
        if script is not None and not (PROJECT / script).is_file():
            raise validation_error(
                "must be a file of this project", at="node_setup_script", value=script
            )
        if not any(group.takes_any_pod for group in self.instance_groups):
            raise validation_error(
                "must have a group with a node and without taints, because CoreDNS and "
                "other add-ons need a node",
                at="instance_groups",
                value=[group.name for group in self.instance_groups],
            )
        if self.restricted_storage is not None:
            raise validation_error(
                "requires restricted_instance_groups",
                at="restricted_storage",
                value="...",
            )
        self._check_autoscaling()
        self._check_add_ons()
        self._check_capacity()
        return self

    def _check_kubernetes(self) -> None:
        """Check what an EKS cluster that is created needs, and what only its owner sets."""
        for key in ("kubernetes_version", "dependencies_chart"):
            if self.existing is None and getattr(self, key) is None:
                raise validation_error(
                    f"must have {key}, or `existing` with your EKS cluster",
                    at="name",
                    value=self.name,
                )
        if self.existing is None:
            return
        for key in ("kubernetes_version", "extended_support"):
            if key in self.model_fields_set:
                raise validation_error(
                    (
                        "must be omitted with existing, because you manage that EKS cluster. "
                        "Remove the line"
                    ),
                    at=key,
                    value=getattr(self, key),
                )
        if (
            self.hyperpod_add_ons.inference_operator is not None
            and self.existing.oidc_provider_arn is None
        ):
            raise validation_error(
                "must have oidc_provider_arn, because the inference operator assumes its "
                "roles through the cluster's OIDC provider",
                at="existing.arn",
                value=self.existing.arn,
            )

    def _check_autoscaling(self) -> None:
        scaled = [group for group in self.instance_groups if group.autoscaled]
        if scaled and self.autoscaling is None:
            index = self.instance_groups.index(scaled[0])
            raise validation_error(
                "requires an `autoscaling` block of the cluster",
                at=f"instance_groups.{index}.autoscaled",
                value=True,
            )
        if self.autoscaling is None:
            return
        if not scaled:
            raise validation_error("requires an autoscaled group", at="autoscaling", value="...")
        if len(scaled) > _GROUPS_OF_NODE_CLASS:
            index = self.instance_groups.index(scaled[_GROUPS_OF_NODE_CLASS])
            raise validation_error(
                (
                    f"must be false, because Karpenter supports at most {_GROUPS_OF_NODE_CLASS} "
                    "groups"
                ),
                at=f"instance_groups.{index}.autoscaled",
                value=True,
            )
        if self.node_recovery != "automatic":
            raise validation_error(
                "must be automatic with autoscaling", at="node_recovery", value=self.node_recovery
            )

    def _check_restricted(self) -> None:
        restricted = self.restricted_instance_groups
        for at, value in self._not_restricted:
            raise validation_error(
                "must be omitted with restricted_instance_groups, because HyperPod "
                "supports it only with other groups. Move it to another cluster",
                at=at,
                value=value,
            )
        if self.node_provisioning_mode == "continuous":
            raise validation_error(
                "must be standard with restricted_instance_groups",
                at="node_provisioning_mode",
                value="continuous",
            )
        for index, group in enumerate(restricted):
            if group.storage is None and self.restricted_storage is None:
                raise validation_error(
                    "must have storage, or the cluster restricted_storage",
                    at=f"restricted_instance_groups.{index}.name",
                    value=group.name,
                )

    @property
    def _not_restricted(self) -> Iterator[tuple[str, object]]:
        """What a cluster of restricted groups cannot have, with its value.

        AWS's Terraform modules turn all of it off for these clusters, and their README lists the
        add-ons (awslabs/awsome-distributed-ai, hyperpod-eks-tf, read 2026-11-26).
        """
        if self.instance_groups:
            yield "instance_groups", [group.name for group in self.instance_groups]
        if "add_ons" in self.model_fields_set and self.add_ons:
            yield "add_ons", self.add_ons
        for name in self.hyperpod_add_ons.present:
            yield f"hyperpod_add_ons.{name}", "..."
        for key in (
            "task_governance",
            "autoscaling",
            "tiered_storage",
            "lustre",
            "homes",
            "node_setup_script",
        ):
            value = getattr(self, key)
            if value is not None:
                yield key, value if isinstance(value, str) else "..."

    @property
    def own_add_ons(self) -> Sequence[str]:
        """The add-ons of EKS without which no cluster works, and which are installed here."""
        return () if self.existing else (*EARLY_ADD_ONS, *LATE_ADD_ONS)

    @property
    def installed_add_ons(self) -> Sequence[str]:
        """The optional add-ons of EKS that are installed."""
        if self.restricted_instance_groups:
            return ()
        return self.add_ons if not self.existing or "add_ons" in self.model_fields_set else ()

    def _check_add_ons(self) -> None:
        if len(set(self.add_ons)) < len(self.add_ons):
            raise validation_error("names one twice", at="add_ons", value=self.add_ons)
        there = (*self.own_add_ons, *self.installed_add_ons)
        for name, version in self.add_on_versions.items():
            if name not in there:
                raise validation_error(
                    f"must be an add-on that this cluster installs: {', '.join(there)}",
                    at=f"add_on_versions.{name}",
                    value=version,
                )
        for needing, needed in _NEEDED_ADD_ONS.items():
            missing = [name for name in needed if name not in self.add_ons]
            # The owner of an existing cluster may have installed them.
            if (
                missing
                and not self.existing
                and getattr(self.hyperpod_add_ons, needing) is not None
            ):
                raise validation_error(
                    f"requires {' and '.join(missing)} in add_ons. Add what is missing, or "
                    "remove this block",
                    at=f"hyperpod_add_ons.{needing}",
                    value="...",
                )

    def _check_capacity(self) -> None:
        self.hyperpod_add_ons.check_nodes(
            [name for group in self.instance_groups if group.takes_any_pod for name in group.types],
            at="hyperpod_add_ons",
        )
        if self.task_governance is not None:
            self.task_governance.check_capacity(
                capacities(
                    [
                        (group.types, None if group.autoscaled else group.instance_count)
                        for group in self.instance_groups
                    ]
                ),
                at="task_governance",
            )

    @property
    def teams(self) -> Sequence[TeamSettings]:
        """The teams of Task Governance."""
        return self.task_governance.teams if self.task_governance else ()

    @property
    def groups(self) -> list[EksGroupSettings]:
        """The groups, without restricted ones."""
        return self.instance_groups

    @property
    def placed(self) -> Mapping[str, GroupSettings]:
        """All groups, restricted ones too, by their paths."""
        return {
            **super().placed,
            **{
                f"restricted_instance_groups.{index}": group
                for index, group in enumerate(self.restricted_instance_groups)
            },
        }

    @override
    def warnings(self) -> Iterator[str]:
        yield from super().warnings()
        add_ons = self.hyperpod_add_ons
        waiting = [
            name for name in type(add_ons).model_fields if getattr(add_ons, name) is not None
        ]
        if waiting and all(
            group.deep_health_checks for group in self.instance_groups if group.takes_any_pod
        ):
            yield (
                f"cluster {self.name}: all nodes first run deep health checks for one to "
                f"two hours. During that time, {', '.join(waiting)} cannot start, and "
                "CloudFormation may time out. Add a group without deep_health_checks, such "
                "as two ml.m5.2xlarge"
            )

    def check_region(self, region: str, *, at: str, closed: bool) -> None:
        """Refuse what a region does not have, and a chart that a closed network cannot reach."""
        self.hyperpod_add_ons.check_environment(region, at=f"{at}.hyperpod_add_ons")
        if self.task_governance is not None:
            self.task_governance.check_environment(region, at=f"{at}.task_governance")
        known = cluster_instance_types()
        types = {name for group in self.instance_groups for name in group.types}
        divided = self.task_governance.divided_types if self.task_governance else {}
        if self.dependencies_chart is not None:
            chart_at = f"{at}.dependencies_chart"
            self.dependencies_chart.check_images(
                [known[name] for name in sorted(types)], region=region, closed=closed, at=chart_at
            )
            if divided:
                self.dependencies_chart.check_partitions(at=chart_at)
        for path, name in divided.items():
            if not any(
                MIG_LABEL in group.labels for group in self.instance_groups if name in group.types
            ):
                raise validation_error(
                    f"requires a group of {name} with the label {MIG_LABEL}, such as "
                    "all-3g.40gb, which selects how its GPUs are partitioned",
                    at=f"{at}.task_governance.{path}",
                    value=name,
                )

    @property
    def recipe_targets(self) -> list[tuple[TeamSettings, str]]:
        """The teams with an instance type that has accelerators, without which no recipe runs."""
        known = cluster_instance_types()
        there = [name for group in self.instance_groups for name in group.types]
        found = []
        for team in self.teams:
            types = [quota.instance_type for quota in team.resources] or there
            accelerated = [name for name in types if known[name].accelerators]
            if accelerated:
                found.append((team, accelerated[0]))
        return found
