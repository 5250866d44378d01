"""Describes existing resources as settings, and prepares `cdk import`."""
