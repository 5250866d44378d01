"""Ranks instance types for a task."""
