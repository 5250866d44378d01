"""Draws environments from their templates."""
