"""Deployments from a CI system."""
