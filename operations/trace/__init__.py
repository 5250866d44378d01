"""Traces what an endpoint serves back to the data, the code and the approval, read-only."""
