"""Settings of pipelines."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from stacks.arns import EcrImage
from stacks.fields import Name, S3Prefix, Settings, close_to, validation_error
from stacks.inference.scaling_settings import TimeZoneName
from stacks.pipelines.fields import FileName, ImageName, ParameterName, PipelineFolder
from stacks.schedules import AnySchedule

Parameters = dict[ParameterName, Annotated[str, Field(max_length=1024)]]


class PipelineInputSettings(Settings):
    """A folder with data that the steps of a pipeline read."""

    prefix: S3Prefix
    """Folder of the data, such as `churn/raw`."""
    layer: Name | None = None
    """Layer of the lakehouse that contains the folder. Defaults to the artifact bucket."""


class PipelineScheduleSettings(Settings):
    """When executions are started."""

    expression: AnySchedule
    """When: `cron(…)` with six fields, `rate(…)`, or `at(…)`."""
    time_zone: TimeZoneName = "UTC"
    """Time zone of the expression."""
    enabled: bool = True
    """Whether the schedule is enabled."""
    parameters: Parameters = {}
    """Values of parameters, in quotes. Defaults to those of the definition."""


class DataArrivalSettings(Settings):
    """A file whose arrival starts an execution."""

    input: ImageName
    """Input whose folder, or a folder below, receives the file."""
    file: FileName = "_SUCCESS"
    """Name of the file that writers add last. Each arrival starts an execution."""
    parameters: Parameters = {}
    """Values of parameters, in quotes. Defaults to those of the definition."""


class PipelineDefinitionSettings(Settings):
    """A pipeline, whose definition is in a folder of this project."""

    name: Annotated[Name, Field(max_length=25)]
    """Name. In SageMaker, the pipeline is called `<environment>-<name>`."""
    folder: PipelineFolder | None = None
    """Folder with the exported definition. Defaults to `pipelines/<name>`."""
    inputs: Annotated[dict[ImageName, PipelineInputSettings], Field(max_length=10)] = {}
    """Data that steps read, by the name in the definition."""
    max_parallel_steps: Annotated[int, Field(ge=1, le=50)] | None = None
    """Maximum steps that run in parallel. Defaults to SageMaker's limit."""
    schedule: PipelineScheduleSettings | None = None
    """Schedules of executions. Optional."""
    data_arrival: DataArrivalSettings | None = None
    """File whose arrival starts an execution. Optional."""

    @property
    def path(self) -> Path:
        """Folder with the exported definition."""
        return Path(self.folder or f"pipelines/{self.name}")

    @property
    def work_folder(self) -> str:
        """Folder of the bucket of artifacts that belongs to the pipeline."""
        return f"{WORK}/{self.name}"

    @property
    def arrives_in_artifacts(self) -> bool:
        """Whether the arrival of a file in the bucket of artifacts starts executions."""
        arrival = self.data_arrival
        return arrival is not None and self.inputs[arrival.input].layer is None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.name.startswith("user-"):
            raise validation_error(
                ("must not begin with user-, which is reserved for pipelines that people create"),
                at="name",
                value=self.name,
            )
        for name, source in self.inputs.items():
            if source.layer is None and source.prefix.split("/")[0] in (WORK, MODELS):
                raise validation_error(
                    f"must be outside of {WORK}/ and {MODELS}/, where pipelines write. A pipeline "
                    "that starts when its own output arrives would run forever",
                    at=f"inputs.{name}.prefix",
                    value=source.prefix,
                )
        arrival = self.data_arrival
        if arrival is not None and arrival.input not in self.inputs:
            raise validation_error(
                f"must be one of the inputs{close_to(arrival.input, list(self.inputs))}",
                at="data_arrival.input",
                value=arrival.input,
            )
        return self


WORK = "pipelines"
"""Folder of the bucket of artifacts that holds code and results of pipelines."""
MODELS = "models"
"""Folder of the bucket of artifacts that holds models of the registry."""


class PipelinesSettings(Settings):
    """SageMaker Pipelines from definitions in this project."""

    # Policies of personas name each pipeline, and IAM limits their length.
    definitions: Annotated[list[PipelineDefinitionSettings], Field(min_length=1, max_length=20)]
    """The pipelines."""
    images: Annotated[dict[ImageName, EcrImage], Field(max_length=20)] = {}
    """Container images in ECR, by the name that definitions use. Images of
    `foundation.image_repositories`, and AWS's images for serving, need no entry."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [one.name for one in self.definitions]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise validation_error("must be unique", at=f"definitions.{index}.name", value=name)
        return self
