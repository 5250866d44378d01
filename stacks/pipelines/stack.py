"""Wires pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_cdk import CfnOutput
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from sagemaker_platform.access import Workload
from sagemaker_platform.foundation import tell_eventbridge
from sagemaker_platform.pipelines import (
    DataArrival,
    DataFolder,
    Pipeline,
    PipelineCode,
    PipelineRole,
    PipelineSchedule,
)
from sagemaker_platform.security import format_arn
from stacks.base import EnvironmentStack
from stacks.model_registry.settings import group_name
from stacks.names import pascal_case
from stacks.pipelines.mapping import job_kinds
from stacks.pipelines.registrations import fill_registrations
from stacks.shared import SharedResources

if TYPE_CHECKING:
    from stacks.pipelines.capability import Pipelines
    from stacks.pipelines.definition import PipelineDefinition, Values
    from stacks.pipelines.settings import PipelineDefinitionSettings


class PipelinesStack(EnvironmentStack):
    """Pipelines, their code, their roles, and what starts them.

    Args:
        capability: the settings and the exported definitions.
        layers: buckets of the lakehouse's layers, by name.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        shared: SharedResources,
        capability: Pipelines,
        layers: Mapping[str, s3.IBucket],
    ) -> None:
        super().__init__(scope, id, environment=shared.environment, description="pipelines")
        self._shared = shared
        self._capability = capability
        self._layers = layers
        self._workload = Workload(
            self,
            "Workload",
            network=shared.network,
            key=shared.key,
            prefix="pipelines-",
            egress=shared.egress["jobs"],
        )
        with_code = [
            one
            for one in capability.settings.definitions
            if capability.definitions[one.name].uploads.is_dir()
        ]
        self._code = (
            PipelineCode(
                self,
                "Code",
                bucket=shared.artifacts.bucket,
                folders=[f"{one.work_folder}/code" for one in with_code],
                key=shared.key,
                log_retention_days=shared.environment.log_retention_days,
            )
            if with_code
            else None
        )
        self.pipelines = {
            one.name: self._pipeline(one, capability.definitions[one.name])
            for one in capability.settings.definitions
        }

    def _pipeline(
        self, settings: PipelineDefinitionSettings, definition: PipelineDefinition
    ) -> Pipeline:
        shared, base = self._shared, pascal_case(settings.name)
        groups = definition.names("group")
        artifacts = shared.artifacts.bucket
        role = PipelineRole(
            self,
            f"{base}Role",
            workload=self._workload,
            jobs=job_kinds(definition),
            images=[
                uri
                for name in definition.names("image")
                if (uri := self._capability.find_image(name)) is not None
            ],
            reads=[
                DataFolder(bucket=self._bucket(settings, name), folder=settings.inputs[name].prefix)
                for name in definition.names("input")
            ],
            writes=[
                DataFolder(bucket=artifacts, folder=settings.work_folder),
                *(
                    DataFolder(bucket=artifacts, folder=self._capability.groups[group].folder)
                    for group in definition.names("models")
                ),
            ],
            creates_models=any(step.operation == "CreateModel" for step in definition.steps),
            groups=[group_name(shared.environment.name, one) for one in groups],
            metadata=self._capability.demanded_metadata(),
        )
        values, after = self._values(settings, definition, role)
        made = Pipeline(
            self,
            base,
            name=self._capability.pipeline_name(settings),
            definition=fill_registrations(definition, self._capability.groups).render(values),
            role=role,
            key=shared.key,
            topic=shared.alarm_topic,
            max_parallel_steps=settings.max_parallel_steps,
            after=after,
        )
        if (schedule := settings.schedule) is not None:
            made.add_schedule(
                PipelineSchedule(
                    expression=schedule.expression,
                    time_zone=schedule.time_zone,
                    enabled=schedule.enabled,
                    parameters=schedule.parameters,
                )
            )
        if (arrival := settings.data_arrival) is not None:
            bucket = self._bucket(settings, arrival.input)
            if bucket is not artifacts:
                tell_eventbridge(bucket)
            made.add_data_arrival(
                DataArrival(
                    bucket=bucket,
                    folder=settings.inputs[arrival.input].prefix,
                    file=arrival.file,
                    parameters=arrival.parameters,
                )
            )
        CfnOutput(self, f"{base}PipelineArn", value=made.arn)
        return made

    def _bucket(self, settings: PipelineDefinitionSettings, name: str) -> s3.IBucket:
        layer = settings.inputs[name].layer
        return self._shared.artifacts.bucket if layer is None else self._layers[layer]

    def _values(
        self,
        settings: PipelineDefinitionSettings,
        definition: PipelineDefinition,
        role: PipelineRole,
    ) -> tuple[Values, list[IDependable]]:
        """Return the values of placeholders, and what must exist before the pipeline."""
        shared, after = self._shared, list[IDependable]()
        bucket = shared.artifacts.bucket.bucket_name
        values: dict[str, str | list[str]] = {
            "role": role.role.role_arn,
            "key": shared.key.key_arn,
            "subnets": list(shared.network.private_subnet_ids),
            "security_groups": [self._workload.security_group.security_group_id],
            "work": f"{bucket}/{settings.work_folder}",
        }
        for name in definition.names("image"):
            values[f"image:{name}"] = str(self._capability.find_image(name))
        for name in definition.names("input"):
            source = self._bucket(settings, name)
            values[f"input:{name}"] = f"{source.bucket_name}/{settings.inputs[name].prefix}"
        for name in definition.names("models"):
            values[f"models:{name}"] = f"{bucket}/{self._capability.groups[name].folder}"
        for name in definition.names("group"):
            values[f"group:{name}"] = format_arn(
                self,
                service="sagemaker",
                resource="model-package-group",
                resource_name=group_name(shared.environment.name, name),
            )
        if self._code is not None and definition.uploads.is_dir():
            uri, written = self._code.add(
                pascal_case(settings.name),
                source=definition.uploads,
                folder=f"{settings.work_folder}/code",
            )
            values["code"] = uri.removeprefix("s3://")
            after.append(written)
        return values, after
