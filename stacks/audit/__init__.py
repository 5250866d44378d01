"""Audit: a trail, and findings of access from outside."""
