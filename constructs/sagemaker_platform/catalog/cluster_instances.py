"""Instance types of HyperPod clusters, and the addresses that their nodes take."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sagemaker_platform.catalog.table import rows

Orchestrator = Literal["slurm", "eks"]

# The most that any type has, for one of which it is not known.
_MOST_INTERFACES = 32
# Addresses that the VPC CNI of Kubernetes keeps on a node's first interface (EC2: "IP addresses
# per network interface"). With EFA interfaces added it gives the 81 that AWS names for P5.
_ADDRESSES_OF_INTERFACE = {
    "medium": 6, "large": 12, "xlarge": 15, "2xlarge": 15, "4xlarge": 30, "8xlarge": 30,
    "9xlarge": 30,
}  # fmt: skip
_MOST_ADDRESSES = 50


@dataclass(frozen=True, kw_only=True)
class ClusterInstanceType:
    """An instance type of HyperPod clusters, as its vendor describes it.

    Args:
        name: with ``ml.``.
        vcpus: virtual processors.
        memory_gib: memory of the host.
        accelerator: vendor and name of the accelerators; empty without any.
        accelerators: how many there are.
        efa_interfaces: network interfaces with EFA, None where it is not known.
        architecture: ``x86_64`` or ``arm64``.
    """

    name: str
    vcpus: int
    memory_gib: float
    accelerator: str
    accelerators: int
    efa_interfaces: int | None
    architecture: str

    @property
    def has_efa(self) -> bool:
        """Whether nodes reach each other through EFA."""
        return self.efa_interfaces != 0

    @property
    def lustre_interfaces(self) -> int:
        """Interfaces with EFA that a Lustre client uses: 8 of 32, 2 of several, else 1 or none.

        (FSx for Lustre User Guide: "Managing EFA interfaces".)
        """
        found = self.efa_interfaces or 0
        return 8 if found >= 32 else min(found, 2)

    @property
    def is_multithreaded(self) -> bool:
        """Whether a core runs two threads: not on Graviton, nor on AMD since generation 7."""
        family = self.name.split(".")[1]
        return self.architecture == "x86_64" and family not in ("c8a", "m8a")

    def addresses(self, orchestrator: Orchestrator, *, only_efa: bool = False) -> int:
        """Return how many addresses a node takes in its subnet.

        Each EFA interface has one. On EKS, the pods' are on the first interface, and are
        reserved when the node starts. So a P5 takes 32 with Slurm and 81 on EKS (AWS: "Setting
        up SageMaker HyperPod with a custom Amazon VPC"); for other types it is worked out the
        same way, as the most that the VPC CNI reserves at first.

        Args:
            orchestrator: of the cluster.
            only_efa: whether interfaces are of the kind ``efa-only``, which have no addresses.
        """
        interfaces = _MOST_INTERFACES if self.efa_interfaces is None else self.efa_interfaces
        taken = 1 if only_efa else max(1, interfaces)
        if orchestrator == "slurm":
            return taken
        size = self.name.rsplit(".", 1)[1]
        return taken - 1 + _ADDRESSES_OF_INTERFACE.get(size, _MOST_ADDRESSES)


@cache
def cluster_instance_types() -> Mapping[str, ClusterInstanceType]:
    """Return all instance types of clusters by their names."""
    found = (
        ClusterInstanceType(
            name=row["instance_type"],
            vcpus=int(row["vcpus"]),
            memory_gib=float(row["memory"]),
            accelerator=row["accelerator"],
            accelerators=int(row["accelerators"]),
            efa_interfaces=int(row["efa_interfaces"]) if row["efa_interfaces"] else None,
            architecture=row["architecture"],
        )
        for row in rows("cluster_instances.csv")
    )
    return {one.name: one for one in found}
