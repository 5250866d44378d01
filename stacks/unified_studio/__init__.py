"""SageMaker Unified Studio."""
