"""Settings of clusters with EKS."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from sagemaker_platform.offerings.kubernetes import KUBERNETES_VERSIONS
from stacks.fields import RelativeFile, Settings, fault
from stacks.hyperpod.add_on_settings import HyperPodAddOnsSettings
from stacks.hyperpod.cluster_settings import ClusterSettings, InstanceGroupSettings
from stacks.hyperpod.governance_settings import TaskGovernanceSettings, capacities
from stacks.hyperpod.slurm_settings import PROJECT

_REPOSITORY = re.compile(
    r"oci://\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?(/[a-z0-9._-]+)*/hyperpod-helm-chart"
)
_VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def _version(value: Any) -> Any:
    if isinstance(value, float):
        raise fault(f'must be in quotes, such as "{KUBERNETES_VERSIONS[-1]}": YAML reads a number')
    if value not in KUBERNETES_VERSIONS:
        raise fault(f"must be one of {', '.join(KUBERNETES_VERSIONS)}, in quotes")
    return value


class DependenciesChartSettings(Settings):
    """AWS's chart with what HyperPod needs on EKS, packaged by you: see docs/hyperpod-eks.md."""

    repository: str
    """Where it is in a registry of Amazon ECR, such as
    `oci://123456789012.dkr.ecr.eu-west-1.amazonaws.com/charts/hyperpod-helm-chart`."""
    version: str
    """Its version, which is its tag in the registry."""
    digest: str
    """Digest of the artifact, as the registry shows it, such as `sha256:...`."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key, pattern, right in (
            (
                "repository",
                _REPOSITORY,
                "must be a repository of Amazon ECR that ends in the name of the chart, such as "
                "oci://123456789012.dkr.ecr.eu-west-1.amazonaws.com/charts/hyperpod-helm-chart",
            ),
            ("version", _VERSION, "must be an exact version, such as 0.1.0"),
            ("digest", _DIGEST, "must be sha256: and 64 hexadecimal digits"),
        ):
            value = getattr(self, key)
            if not pattern.fullmatch(value):
                raise fault(right, at=key, value=value)
        return self


class EksGroupSettings(InstanceGroupSettings):
    """A group of instances, and what its nodes are to Kubernetes."""


class EksClusterSettings(ClusterSettings):
    """A cluster with EKS."""

    orchestrator: Literal["eks"]
    """EKS."""
    kubernetes_version: Annotated[str, BeforeValidator(_version)]
    """Version of Kubernetes, in quotes; EKS goes up by one at a time, and never down."""
    dependencies_chart: DependenciesChartSettings
    """The chart that must be there before HyperPod."""
    instance_groups: Annotated[list[EksGroupSettings], Field(min_length=1, max_length=100)]
    """The groups of nodes."""
    node_setup_script: RelativeFile | None = None
    """A bash script of yours, by its path in this project, that runs last on each new node."""
    hyperpod_add_ons: HyperPodAddOnsSettings = HyperPodAddOnsSettings()
    """HyperPod's own add-ons; absent, there are none."""
    task_governance: TaskGovernanceSettings | None = None
    """Who may use how much of the cluster; absent, everybody all of it."""

    @model_validator(mode="after")
    def _check_eks(self) -> Self:
        self.check_groups()
        script = self.node_setup_script
        if script is not None and not (PROJECT / script).is_file():
            raise fault("is no file of this project", at="node_setup_script", value=script)
        if not any(group.instance_count for group in self.instance_groups):
            raise fault(
                "must have a node: CoreDNS and the other add-ons run on some",
                at="instance_groups.0.instance_count",
                value=0,
            )
        self.hyperpod_add_ons.check_nodes(
            [
                name
                for group in self.instance_groups
                if group.instance_count
                for name in group.types
            ],
            at="hyperpod_add_ons",
        )
        if self.task_governance is not None:
            self.task_governance.check_capacity(
                capacities([(group.types, group.instance_count) for group in self.instance_groups]),
                at="task_governance",
            )
        return self

    @property
    def groups(self) -> list[EksGroupSettings]:
        """The groups."""
        return self.instance_groups

    def check_region(self, region: str, *, at: str) -> None:
        """Refuse what a region does not have."""
        self.hyperpod_add_ons.check_environment(region, at=f"{at}.hyperpod_add_ons")
        if self.task_governance is not None:
            self.task_governance.check_environment(region, at=f"{at}.task_governance")
