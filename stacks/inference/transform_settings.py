"""Settings of batch transform."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from stacks.arns import KeyArn
from stacks.fields import ContentType, Name, Settings, TransformInstanceType, validation_error
from stacks.inference.model_settings import ModelSettings
from stacks.inference.scaling_settings import TimeZoneName
from stacks.schedules import AnySchedule

_URI = r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^*?$\s]+"


def _uri(value: str) -> str:
    if not re.fullmatch(_URI, value):
        raise validation_error(
            "must be a prefix s3://bucket/prefix/, or a manifest s3://bucket/key.manifest"
        )
    return value


class TransformScheduleSettings(Settings):
    """When jobs are started."""

    expression: AnySchedule
    """When: `cron(…)` with six fields, `rate(…)`, or `at(…)`."""
    time_zone: TimeZoneName = "UTC"
    """Time zone of the expression."""
    enabled: bool = True
    """Whether the schedule is enabled."""


class TransformInputSettings(Settings):
    """Input of a job."""

    uri: Annotated[str, AfterValidator(_uri)]
    """S3 URI of a prefix that ends in /, or of a manifest."""
    type: Literal["prefix", "manifest"] = "prefix"
    """Type of the URI."""
    key_arn: KeyArn | None = None
    """KMS key of the data. Defaults to the environment's key."""
    content_type: ContentType | None = None
    """Content type of the requests to the container."""
    compression: Literal["none", "gzip"] = "none"
    """Whether the files are compressed."""
    split_type: Literal["none", "line", "recordio", "tfrecord"] = "none"
    """How files are split into records."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.uri.endswith("/") is not (self.type == "prefix"):
            raise validation_error(
                "must end in / with type prefix"
                if self.type == "prefix"
                else "must be one object with type manifest",
                at="uri",
                value=self.uri,
            )
        return self


class TransformOutputSettings(Settings):
    """What a job writes, into a bucket of its own."""

    result_days: Annotated[int, Field(ge=1, le=3653)] = 30
    """How long results are kept."""
    accept: ContentType | None = None
    """Content type of the responses."""
    assemble_with: Literal["none", "line"] = "none"
    """Whether responses of a file are joined, one per line."""
    join_source: Literal["none", "input"] = "none"
    """Whether each input record is joined with its response."""
    input_filter: Annotated[str, Field(min_length=1, max_length=63, pattern=r"^\$")] | None = None
    """JSONPath of the part of a record that the container gets."""
    output_filter: Annotated[str, Field(min_length=1, max_length=63, pattern=r"^\$")] | None = None
    """JSONPath of the part of the output that is stored."""


class TransformRequestSettings(Settings):
    """How a job calls its container."""

    batch_strategy: Literal["single_record", "multi_record"] | None = None
    """Whether a request has one record, or as many as fit. Requires a `split_type`."""
    max_payload_mb: Annotated[int, Field(ge=1, le=100)] | None = None
    """Maximum size of a request. Defaults to 6."""
    max_concurrent_transforms: Annotated[int, Field(ge=1, le=100)] | None = None
    """Concurrent requests to one instance. Defaults to the container's value, or to 1."""
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] | None = None
    """Timeout of a request. Defaults to 600."""
    max_retries: Annotated[int, Field(ge=0, le=3)] | None = None
    """Retries of a request. Defaults to 3."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        concurrent, size = self.max_concurrent_transforms, self.max_payload_mb
        if concurrent is not None and concurrent * (size or 6) > 100:
            raise validation_error(
                f"must be at most {100 // (size or 6)}: times max_payload_mb ({size or 6}) it may "
                "be 100",
                at="max_concurrent_transforms",
                value=concurrent,
            )
        return self


class BatchTransformSettings(ModelSettings):
    """A prepared job that puts files through a model."""

    name: Annotated[Name, Field(max_length=25)]
    """Jobs are called `<environment>-<name>-…`."""
    instance_type: TransformInstanceType
    """Instance type of a job."""
    instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    """Number of instances of a job."""
    input: TransformInputSettings
    """Input of a job."""
    output: TransformOutputSettings = TransformOutputSettings()
    """What it writes."""
    requests: TransformRequestSettings = TransformRequestSettings()
    """How the job calls its container."""
    schedule: TransformScheduleSettings | None = None
    """Schedule of jobs. Optional. If omitted, you start jobs yourself."""

    @model_validator(mode="after")
    def _check_transform(self) -> Self:
        if self.large_model is None:
            self.check_placement([self.instance_type])
        if self.requests.batch_strategy is not None and self.input.split_type == "none":
            raise validation_error(
                "requires input.split_type, because a file without it is one record",
                at="requests.batch_strategy",
                value=self.requests.batch_strategy,
            )
        if self.large_model is not None:
            raise validation_error(
                "must be omitted for batch transforms. Set image or framework",
                at="large_model",
                value=self.large_model.server,
            )
        return self
