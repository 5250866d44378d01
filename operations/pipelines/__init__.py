"""Definitions of SageMaker Pipelines: their export with the SageMaker SDK, and local runs."""
