"""The environment's key, buckets and alarm topic."""
