"""SageMaker Pipelines: their code, role, definition, and what starts them."""

from sagemaker_platform.pipelines.code import PipelineCode, content_digest
from sagemaker_platform.pipelines.pipeline import DataArrival, Pipeline, PipelineSchedule
from sagemaker_platform.pipelines.role import (
    DataFolder,
    JobKind,
    PipelineRole,
    start_pipelines,
)

__all__ = [
    "DataArrival",
    "DataFolder",
    "JobKind",
    "Pipeline",
    "PipelineCode",
    "PipelineRole",
    "PipelineSchedule",
    "content_digest",
    "start_pipelines",
]
