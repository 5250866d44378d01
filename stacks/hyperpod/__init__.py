"""HyperPod clusters."""
