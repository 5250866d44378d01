"""The versions of Kubernetes that clusters may have, and zones without control planes."""

KUBERNETES_VERSIONS = ("1.33", "1.34", "1.35")
"""Those that HyperPod and EKS offer, and that the kubectl of our layer serves: its own, 1.34, and
its neighbours. HyperPod takes 1.30 to 1.32 too, which EKS makes no clusters of any more, or only
at the price of extended support (AWS: "Getting started with Amazon EKS support in SageMaker
HyperPod", "Kubernetes version lifecycle on EKS")."""

ZONES_WITHOUT_CONTROL_PLANE = frozenset({"cac1-az3", "use1-az3", "usw1-az2"})
"""Ids of zones in which EKS makes no control plane; nodes may be there (Amazon EKS User Guide:
"Subnet requirements for clusters", read 2026-11-27)."""
