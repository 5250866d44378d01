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
    """Whether the schedule is in force."""


class TransformInputSettings(Settings):
    """What a job reads."""

    uri: Annotated[str, AfterValidator(_uri)]
    """S3 URI of a prefix that ends in /, or of a manifest."""
    type: Literal["prefix", "manifest"] = "prefix"
    """What the URI is."""
    key_arn: KeyArn | None = None
    """KMS key of the data, if it is another than the environment's."""
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
    """Content type of the answers."""
    assemble_with: Literal["none", "line"] = "none"
    """Whether answers of a file are put together, each in a line."""
    join_source: Literal["none", "input"] = "none"
    """Whether each input is kept with its answer."""
    input_filter: Annotated[str, Field(min_length=1, max_length=63, pattern=r"^\$")] | None = None
    """JSONPath of what the container gets of a record."""
    output_filter: Annotated[str, Field(min_length=1, max_length=63, pattern=r"^\$")] | None = None
    """JSONPath of what is kept."""


class TransformRequestSettings(Settings):
    """How a job calls its container."""

    batch_strategy: Literal["single_record", "multi_record"] | None = None
    """One record in a request, or as many as fit; needs a `split_type`."""
    max_payload_mb: Annotated[int, Field(ge=1, le=100)] | None = None
    """Size of a request; if omitted: 6."""
    max_concurrent_transforms: Annotated[int, Field(ge=1, le=100)] | None = None
    """Requests at the same time to one instance; if omitted, what the container says, or 1."""
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] | None = None
    """For one request; if omitted: 600."""
    max_retries: Annotated[int, Field(ge=0, le=3)] | None = None
    """Of one request; if omitted: 3."""

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
    """What a job runs on."""
    instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    """Instances of a job."""
    input: TransformInputSettings
    """What a job reads."""
    output: TransformOutputSettings = TransformOutputSettings()
    """What it writes."""
    requests: TransformRequestSettings = TransformRequestSettings()
    """How it calls its container."""
    schedule: TransformScheduleSettings | None = None
    """When jobs are started; if omitted, by hand."""

    @model_validator(mode="after")
    def _check_transform(self) -> Self:
        if self.large_model is None:
            self.check_placement([self.instance_type])
        if self.requests.batch_strategy is not None and self.input.split_type == "none":
            raise validation_error(
                "needs input.split_type: without it a file is one record",
                at="requests.batch_strategy",
                value=self.requests.batch_strategy,
            )
        if self.large_model is not None:
            raise validation_error(
                "is set up for endpoints: give image or framework",
                at="large_model",
                value=self.large_model.server,
            )
        return self
