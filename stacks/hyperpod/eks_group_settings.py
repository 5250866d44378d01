"""Settings of groups of instances with EKS, restricted and not."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.fields import ClusterInstanceTypeName, Settings, validation_error
from stacks.hyperpod.cluster_settings import GroupSettings, InstanceGroupSettings

_KEY = re.compile(
    r"([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
    r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_RELEASE = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
# Kubernetes, EKS and HyperPod set labels and taints there themselves.
_RESERVED = ("kubernetes.io", "k8s.io", "eks.amazonaws.com", "sagemaker.amazonaws.com")


def _check_pair(key: str, value: str, *, at: str) -> None:
    if not _KEY.fullmatch(key):
        raise validation_error(
            "must be a key of Kubernetes, such as team or example.com/team: letters, digits and "
            "-_. after a domain",
            at=at,
            value=key,
        )
    domain = key.rpartition("/")[0]
    for reserved in _RESERVED:
        if domain == reserved or domain.endswith(f".{reserved}"):
            raise validation_error(
                f"must not be a key of {reserved}, which sets its keys itself", at=at, value=key
            )
    if not _VALUE.fullmatch(value):
        raise validation_error(
            "must be at most 63 letters, digits and -_. that begin and end with a letter or digit",
            at=at,
            value=value,
        )


class TaintSettings(Settings):
    """What keeps pods off nodes unless they tolerate it."""

    key: Annotated[str, Field(max_length=317)]
    """Key, such as `example.com/reserved`."""
    value: str = ""
    """Value of the taint. Optional."""
    effect: Literal["no_schedule", "prefer_no_schedule", "no_execute"]
    """Effect of the taint on pods that do not tolerate it. `no_execute` also evicts running
    pods."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_pair(self.key, self.value, at="key")
        return self


class EksGroupSettings(InstanceGroupSettings):
    """A group of instances, and what its nodes are to Kubernetes."""

    autoscaled: bool = False
    """Let Karpenter start and stop the nodes. `instance_count` must then be 0."""
    labels: Annotated[dict[str, str], Field(max_length=50)] = {}
    """Labels of the nodes."""
    taints: Annotated[list[TaintSettings], Field(max_length=50)] = []
    """Taints of the nodes."""
    image_release_version: str | None = None
    """Release of HyperPod's image, such as `1.2.3`. Defaults to the latest release."""

    @model_validator(mode="after")
    def _check_node(self) -> Self:
        for key, value in self.labels.items():
            _check_pair(key, value, at="labels")
        if self.taints and self.deep_health_checks:
            raise validation_error(
                (
                    "must not be combined with deep_health_checks, which taint nodes "
                    "themselves until the checks end"
                ),
                at="taints",
                value="...",
            )
        seen = set()
        for index, taint in enumerate(self.taints):
            if (taint.key, taint.effect) in seen:
                raise validation_error(
                    "must be unique: an earlier taint has the same key and effect",
                    at=f"taints.{index}.key",
                    value=taint.key,
                )
            seen.add((taint.key, taint.effect))
        release = self.image_release_version
        if release is not None and not _RELEASE.fullmatch(release):
            raise validation_error(
                "must be three numbers, such as 1.2.3", at="image_release_version", value=release
            )
        if release is not None and self.image_id is not None:
            raise validation_error(
                "applies only to HyperPod's image. Remove it, or remove image_id",
                at="image_release_version",
                value=release,
            )
        if self.autoscaled and self.instance_count:
            raise validation_error(
                "must be 0 in an autoscaled group, because Karpenter would stop the nodes",
                at="instance_count",
                value=self.instance_count,
            )
        return self

    @property
    def takes_any_pod(self) -> bool:
        """Whether it has nodes for pods that tolerate nothing."""
        return bool(self.instance_count) and all(
            taint.effect == "prefer_no_schedule" for taint in self.taints
        )

    @property
    def needs_continuous(self) -> tuple[str, object] | None:
        """The first key that only continuous provisioning can do, with its value."""
        return ("autoscaled", True) if self.autoscaled else super().needs_continuous


class RestrictedStorageSettings(Settings):
    """A Lustre file system that SageMaker makes and keeps for restricted groups."""

    size_gib: Annotated[int, Field(ge=1200, le=100_800)]
    """Size."""
    throughput_per_tib: Literal[125, 250, 500, 1000] = 250
    """MB/s for each TiB."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.size_gib != 1200 and self.size_gib % 2400:
            raise validation_error(
                "must be 1200, 2400 or a multiple of 2400", at="size_gib", value=self.size_gib
            )
        return self


class SharedStorageSettings(RestrictedStorageSettings):
    """The file system that restricted groups without one of their own share."""

    keep: bool = True
    """Keep the file system when no group uses it."""


class RestrictedGroupSettings(GroupSettings):
    """A group for customizing models of AWS such as Nova, without access to its nodes."""

    instance_type: ClusterInstanceTypeName
    """What the instances are."""
    storage: RestrictedStorageSettings | None = None
    """A file system for this group alone. Defaults to the shared file system of the cluster."""

    @property
    def types(self) -> Sequence[str]:
        """The instance types."""
        return [self.instance_type]


class TieredStorageSettings(Settings):
    """Checkpoints in the memory of the nodes."""

    memory_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    """Share of each node's memory. Defaults to AWS's value."""


class AutoscalingSettings(Settings):
    """Karpenter, run by HyperPod, for the groups that are `autoscaled`."""

    max_vcpus: Annotated[int, Field(ge=1, le=10_000_000)]
    """Maximum total vCPUs of the nodes."""
    consolidate_after_seconds: Annotated[int, Field(ge=0, le=86_400)] = 300
    """How long a node must be empty before Karpenter stops it."""
