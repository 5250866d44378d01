"""Instance types of SageMaker: types that serve models, and all types."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sagemaker_platform.catalog.table import rows


@dataclass(frozen=True, kw_only=True)
class InstanceType:
    """An instance type, as its vendor describes it.

    Args:
        name: with ``ml.``.
        vcpus: virtual processors.
        memory_gib: memory of the host.
        accelerator: vendor and name of the accelerators; empty without any.
        accelerators: how many there are.
        accelerator_memory_gib: memory of all accelerators together.
        network_gbps: network bandwidth, for small types only in bursts; 0 if unknown.
        architecture: ``x86_64`` or ``arm64``.
    """

    name: str
    vcpus: int
    memory_gib: float
    accelerator: str
    accelerators: int
    accelerator_memory_gib: float
    network_gbps: float
    architecture: str

    @property
    def kind(self) -> Literal["cpu", "gpu", "neuron", "graviton"] | None:
        """What a container image must be made for; None for what no image here is."""
        if not self.accelerator:
            return "graviton" if self.architecture == "arm64" else "cpu"
        if self.architecture == "arm64":
            return None
        if self.accelerator.startswith("NVIDIA"):
            return "gpu"
        return "neuron" if self.accelerator.startswith("AWS") else None


def find_instance_type(name: str) -> InstanceType:
    """Return what is known of an instance type.

    Raises:
        ValueError: the table does not have it.
    """
    try:
        return instance_types()[name]
    except KeyError:
        raise ValueError(
            f"expected an instance type that serves models, of {len(instance_types())} in "
            f"catalog/instances.csv, got {name}"
        ) from None


@cache
def instance_types() -> Mapping[str, InstanceType]:
    """Return the instance types that serve models, by their names."""
    return _read("instances.csv")


@cache
def all_instance_types() -> Mapping[str, InstanceType]:
    """Return all instance types, also those for training, Studio and clusters alone."""
    return {**instance_types(), **_read("more_instances.csv")}


def _read(table: str) -> Mapping[str, InstanceType]:
    found = (
        InstanceType(
            name=row["instance_type"],
            vcpus=int(row["vcpus"]),
            memory_gib=float(row["memory"]),
            accelerator=row["accelerator"],
            accelerators=int(row["accelerators"]),
            accelerator_memory_gib=float(row["accelerator_memory"] or 0),
            network_gbps=float(row["network_gbps"] or 0),
            architecture=row["architecture"],
        )
        for row in rows(table)
    )
    return {one.name: one for one in found}
