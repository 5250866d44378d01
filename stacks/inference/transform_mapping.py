"""Turns the settings of batch transforms into what the construct takes."""

from collections.abc import Mapping
from typing import Literal

from aws_cdk import aws_s3 as s3

from sagemaker_platform.inference import TransformInput, TransformOutput, TransformRequests
from stacks.inference.transform_settings import (
    TransformInputSettings,
    TransformOutputSettings,
    TransformRequestSettings,
)

_SPLITS: Mapping[str, Literal["Line", "RecordIO", "TFRecord"] | None] = {
    "none": None,
    "line": "Line",
    "recordio": "RecordIO",
    "tfrecord": "TFRecord",
}


def input_of(settings: TransformInputSettings) -> TransformInput:
    """Return what a batch transform reads."""
    return TransformInput(
        uri=settings.uri,
        manifest=settings.type == "manifest",
        key_arn=settings.key_arn,
        content_type=settings.content_type,
        compressed=settings.compression == "gzip",
        split=_SPLITS[settings.split_type],
    )


def output_of(settings: TransformOutputSettings, bucket: s3.IBucket) -> TransformOutput:
    """Return what a batch transform writes."""
    return TransformOutput(
        bucket=bucket,
        accept=settings.accept,
        lines=settings.assemble_with == "line",
        joined=settings.join_source == "input",
        input_filter=settings.input_filter,
        output_filter=settings.output_filter,
    )


def requests_of(settings: TransformRequestSettings) -> TransformRequests:
    """Return how a batch transform calls its container."""
    strategy = settings.batch_strategy
    return TransformRequests(
        many_records=None if strategy is None else strategy == "multi_record",
        max_payload_mb=settings.max_payload_mb,
        max_concurrent=settings.max_concurrent_transforms,
        timeout_seconds=settings.timeout_seconds,
        max_retries=settings.max_retries,
    )
