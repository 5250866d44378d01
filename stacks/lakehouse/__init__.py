"""Layers of data and the workgroup to query them."""
