"""Private networks for SageMaker, made here or imported."""

from sagemaker_platform.network.imported_network import ImportedNetwork
from sagemaker_platform.network.network import INetwork, NatGateways, Network

__all__ = ["INetwork", "ImportedNetwork", "NatGateways", "Network"]
