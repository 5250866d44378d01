"""SageMaker Pipelines, as a capability."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import AccessContribution, Activity, OffersActivities
from stacks.capability import Capability, ResourceName
from stacks.fields import close_to, validation_error

if TYPE_CHECKING:
    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.foundation.stack import FoundationStack
    from stacks.model_registry.settings import ModelGroupSettings
    from stacks.pipelines.definition import PipelineDefinition
    from stacks.pipelines.settings import PipelineDefinitionSettings, PipelinesSettings
    from stacks.pipelines.shape_rules import Finding
    from stacks.pipelines.stack import PipelinesStack


class Pipelines(Capability["PipelinesSettings", "PipelinesStack"], OffersActivities):
    """Pipelines from definitions in this project."""

    key = "pipelines"
    summary = "SageMaker Pipelines from definitions in this project."
    activities = {
        "run_pipelines": Activity(
            requires="a `pipelines` block",
            personas=("data_scientist", "ml_engineer"),
            order=91,
            policy="capability",
        )
    }

    @classmethod
    @override
    def settings_type(cls) -> type[PipelinesSettings]:
        from stacks.pipelines.settings import PipelinesSettings

        return PipelinesSettings

    @override
    def validate(self) -> None:
        self._check_layers()
        for index, settings in enumerate(self.settings.definitions):
            self._check_parameters(index, settings)
        if lines := [line for one in self.settings.definitions for line in self._mistakes(one)]:
            from stacks.pipelines.definition import PipelineDefinitionError

            raise PipelineDefinitionError("\n".join(lines))

    @cached_property
    def definitions(self) -> Mapping[str, PipelineDefinition]:
        """Exported definitions, by the name of the pipeline.

        Raises:
            PipelineDefinitionError: one is missing, invalid, or older than its source.
        """
        from stacks.pipelines.definition import PipelineDefinition

        return {one.name: PipelineDefinition.read(one.path) for one in self.settings.definitions}

    @property
    def groups(self) -> Mapping[str, ModelGroupSettings]:
        """Groups of the model registry in which pipelines may register versions."""
        from stacks.model_registry.capability import ModelRegistry

        registry = self.environment.find(ModelRegistry)
        return {one.name: one for one in registry.settings.groups} if registry else {}

    def demanded_metadata(self) -> Mapping[str, Mapping[str, str | None]]:
        """Return the metadata that versions must have, by the name of the group in SageMaker."""
        from stacks.model_registry.capability import ModelRegistry

        registry = self.environment.find(ModelRegistry)
        return registry.demanded_metadata() if registry else {}

    def pipeline_name(self, settings: PipelineDefinitionSettings) -> str:
        """Return the name of a pipeline in SageMaker."""
        return f"{self.environment.name}-{settings.name}"

    def find_image(self, name: str) -> str | None:
        """Return the URI of an image by the name that definitions use; None if there is none."""
        from stacks.pipelines.mapping import image_uri

        return image_uri(name, self.settings, self.environment)

    def _check_layers(self) -> None:
        from stacks.lakehouse.capability import Lakehouse

        lakehouse = self.environment.find(Lakehouse)
        layers = [one.name for one in lakehouse.settings.layers] if lakehouse else []
        for index, settings in enumerate(self.settings.definitions):
            for name, source in settings.inputs.items():
                if source.layer is None:
                    continue
                at = f"pipelines.definitions.{index}.inputs.{name}.layer"
                if source.layer not in layers:
                    raise validation_error(
                        "must be one of lakehouse.layers"
                        f"{close_to(source.layer, layers) if layers else ', and there are none'}",
                        at=at,
                        value=source.layer,
                    )
                if lakehouse is not None and lakehouse.settings.permissions is not None:
                    raise validation_error(
                        "must be omitted with lakehouse.permissions, which grants tables "
                        "and not files. Write the pipeline's input into a folder of the "
                        "artifact bucket",
                        at=at,
                        value=source.layer,
                    )

    def _check_parameters(self, index: int, settings: PipelineDefinitionSettings) -> None:
        definition = self.definitions[settings.name]
        known = list(definition.parameters)
        for key, block in (
            ("schedule", settings.schedule),
            ("data_arrival", settings.data_arrival),
        ):
            if block is None:
                continue
            at = f"pipelines.definitions.{index}.{key}.parameters"
            for name, value in block.parameters.items():
                if name not in known:
                    raise validation_error(
                        f"must be a parameter of the pipeline{close_to(name, known)}",
                        at=f"{at}.{name}",
                        value=value,
                    )
            missing = [one for one in definition.required_parameters if one not in block.parameters]
            if missing:
                raise validation_error(
                    f"must have {', '.join(missing)}, without a default in the definition",
                    at=at,
                    value=block.parameters,
                )

    def _mistakes(self, settings: PipelineDefinitionSettings) -> Iterator[str]:
        """Yield a line for each mistake in a definition."""
        from stacks.pipelines.definition_rules import Known, describe, find_mistakes
        from stacks.pipelines.mapping import image_names

        definition = self.definitions[settings.name]
        found: Collection[Finding] = list(
            find_mistakes(
                definition,
                Known(
                    inputs=settings.inputs,
                    groups=self.groups,
                    shared_groups=[one for one in self.groups if self.groups[one].followers],
                    find_image=self.find_image,
                    images=image_names(self.settings, self.environment),
                ),
            )
        )
        yield from describe(definition, found)

    @override
    def warnings(self) -> Iterable[str]:
        from stacks.foundation.key_rules import events_queue_warnings

        return events_queue_warnings(self.environment, self.key)

    @override
    def resource_names(self) -> Iterable[ResourceName]:
        for index, settings in enumerate(self.settings.definitions):
            yield ResourceName(
                resource=f"pipeline {self.pipeline_name(settings)}",
                keys=["pipelines", "definitions", index, "name"],
                value=settings.name,
            )

    @override
    def configure_foundation(self, foundation: FoundationStack) -> None:
        from sagemaker_platform.foundation import tell_eventbridge

        foundation.environment_key.grant_events_queue()
        if any(one.arrives_in_artifacts for one in self.settings.definitions):
            tell_eventbridge(foundation.artifacts.bucket)

    @override
    def contribute_access(self, access: AccessStack, context: BuildContext) -> AccessContribution:
        from sagemaker_platform.pipelines import start_pipelines

        names = [self.pipeline_name(one) for one in self.settings.definitions]
        return AccessContribution(
            activities={"run_pipelines": lambda: start_pipelines(access, names)}
        )

    @override
    def build(self, context: BuildContext) -> PipelinesStack:
        from stacks.lakehouse.capability import Lakehouse
        from stacks.pipelines.stack import PipelinesStack

        lakehouse = context.outputs(Lakehouse)
        return PipelinesStack(
            context.stage,
            "pipelines",
            shared=context.shared,
            capability=self,
            layers={name: one.bucket for name, one in lakehouse.layers.items()}
            if lakehouse
            else {},
        )
