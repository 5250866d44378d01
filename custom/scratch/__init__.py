"""Scratch space."""
