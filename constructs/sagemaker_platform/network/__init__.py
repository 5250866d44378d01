"""Private networks for SageMaker, made here or imported."""

from sagemaker_platform.network.egress import EgressRule
from sagemaker_platform.network.existing_vpc import network_of
from sagemaker_platform.network.imported_network import ImportedNetwork
from sagemaker_platform.network.interface import INetwork
from sagemaker_platform.network.members import allow_among_members
from sagemaker_platform.network.network import NatGateways, Network

__all__ = [
    "EgressRule",
    "INetwork",
    "ImportedNetwork",
    "NatGateways",
    "Network",
    "allow_among_members",
    "network_of",
]
