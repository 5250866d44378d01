"""The model registry, as a capability."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from typing_extensions import override

from stacks.access.extension import AccessContribution, OffersActivities, check_personas
from stacks.capability import Capability, ResourceName
from stacks.fields import close_to, validation_error

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from pydantic_core import PydanticCustomError

    from stacks.access.settings import PersonaSettings
    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.foundation.stack import FoundationStack
    from stacks.model_registry.settings import ModelRegistrySettings
    from stacks.model_registry.stack import ModelRegistryStack
    from stacks.settings import EnvironmentSettings

_KEYS = {"registered_by": "register_models", "approved_by": "approve_models"}
"""Settings keys of a group that limit an activity to named personas."""


class ModelRegistry(Capability["ModelRegistrySettings", "ModelRegistryStack"], OffersActivities):
    """Groups of model versions, for this environment and for those that follow them."""

    key = "model_registry"
    summary = "Groups of the model registry, shared with the environments that deploy from them."

    @classmethod
    @override
    def settings_type(cls) -> type[ModelRegistrySettings]:
        from stacks.model_registry.settings import ModelRegistrySettings

        return ModelRegistrySettings

    @override
    def validate(self) -> None:
        if (account := self.settings.followers.get(self.environment.name)) is not None:
            raise validation_error(
                "must be another environment, because this one can always deploy its own "
                "models. Remove the line",
                at=f"model_registry.followers.{self.environment.name}",
                value=account,
            )
        self._check_repositories()
        self._check_personas()
        if self.settings.governance.required:
            self._check_clients()

    def _check_repositories(self) -> None:
        known = self.environment.foundation.image_repositories
        for index, group in enumerate(self.settings.groups):
            for number, name in enumerate(group.image_repositories):
                at = f"model_registry.groups.{index}.image_repositories.{number}"
                if name not in known:
                    raise validation_error(
                        f"must be one of foundation.image_repositories{close_to(name, known)}",
                        at=at,
                        value=name,
                    )
                if not group.followers:
                    raise validation_error(
                        "must be empty for a group without followers, which are its only "
                        "users. Add followers, or remove the line",
                        at=at,
                        value=name,
                    )

    def _check_personas(self) -> None:
        for risk, names in self.settings.governance.approved_by.items():
            at = f"model_registry.governance.approved_by.{risk}"
            check_personas(self.environment, names, "approve_models", at=at)
        for index, group in enumerate(self.settings.groups):
            for key, activity in _KEYS.items():
                at = f"model_registry.groups.{index}.{key}"
                check_personas(self.environment, getattr(group, key) or (), activity, at=at)

    def _check_clients(self) -> None:
        """Refuse clients that register versions without metadata, in any group."""
        from stacks.model_registry.clients import registering_clients

        for at, client in registering_clients(self.environment):
            raise validation_error(
                f"must be false with model_registry.governance.required, because {client} gives "
                "versions no metadata",
                at=at,
                value=True,
            )

    @override
    def among(self, others: Sequence[EnvironmentSettings]) -> Iterable[PydanticCustomError]:
        from stacks.model_registry.environments import wrong_followers

        return wrong_followers(self, others)

    @override
    def warnings(self) -> Iterable[str]:
        from stacks.foundation.key_rules import events_queue_warnings

        if self.settings.promotion is not None:
            yield from events_queue_warnings(self.environment, self.key)
        key = self.environment.foundation.key_arn
        if key is not None and self.settings.followers:
            yield (
                "foundation.key_arn: the followers of model_registry decrypt models with "
                "this key, and you own its policy. Add the statement of docs/mlops.md to it"
            )

    @override
    def resource_names(self) -> Iterable[ResourceName]:
        for index, name in enumerate(self.group_names()):
            yield ResourceName(
                resource=f"model package group {name}",
                keys=["model_registry", "groups", index, "name"],
                value=self.settings.groups[index].name,
            )

    def group_names(self) -> list[str]:
        """Return the names of the groups in SageMaker."""
        from stacks.model_registry.settings import group_name

        return [group_name(self.environment.name, one.name) for one in self.settings.groups]

    def demanded_metadata(self) -> Mapping[str, Mapping[str, str | None]]:
        """Return the metadata that versions must have, by the name of the group in SageMaker."""
        return {
            name: self.settings.demanded_metadata(group)
            for name, group in zip(self.group_names(), self.settings.groups, strict=True)
        }

    @override
    def configure_foundation(self, foundation: FoundationStack) -> None:
        from sagemaker_platform.model_registry import share_artifacts, share_images, share_key
        from stacks.model_registry.stack import followers
        from stacks.names import name_of_stack

        settings, environment = self.settings, self.environment
        if settings.promotion is not None:
            foundation.environment_key.grant_events_queue()
        pulling: dict[str, dict[str, str]] = {}
        for group in settings.groups:
            if of_group := settings.followers_of(group):
                share_artifacts(
                    foundation.artifacts.bucket,
                    folder=group.folder,
                    followers=followers(of_group, region=environment.region),
                )
                for repository in group.image_repositories:
                    pulling.setdefault(repository, {}).update(of_group)
        for repository, of_repository in pulling.items():
            share_images(
                foundation.image_repositories[repository].repository,
                followers=followers(of_repository, region=environment.region),
            )
        if settings.followers:
            share_key(
                foundation.key,
                buckets=f"{name_of_stack(environment.name, 'foundation')}*",
                followers=followers(settings.followers, region=environment.region),
            )

    @override
    def contribute_access(self, access: AccessStack, context: BuildContext) -> AccessContribution:
        from sagemaker_platform.access import (
            approve_versions,
            read_models,
            register_versions,
        )

        def adding(groups: Sequence[str]) -> Sequence[iam.PolicyStatement]:
            demanded = self.demanded_metadata()
            return register_versions(access, groups, metadata=demanded) if groups else ()

        def register() -> Sequence[iam.PolicyStatement]:
            return [
                *read_models(access, self.group_names()),
                *adding(self._groups("registered_by", None)),
            ]

        def approve() -> Sequence[iam.PolicyStatement]:
            groups = self._groups("approved_by", None)
            return [
                *read_models(access, self.group_names()),
                *(approve_versions(access, groups) if groups else ()),
            ]

        def of_persona(name: str, persona: PersonaSettings) -> Sequence[iam.PolicyStatement]:
            del persona
            approved = self._groups("approved_by", name)
            return [
                *adding(self._groups("registered_by", name)),
                *(approve_versions(access, approved) if approved else ()),
            ]

        return AccessContribution(
            activities={"register_models": register, "approve_models": approve},
            of_persona=of_persona,
        )

    @override
    def extends_persona(self, name: str, persona: PersonaSettings) -> bool:
        return any(self._groups(key, name) for key in _KEYS)

    def _groups(self, key: str, persona: str | None) -> list[str]:
        """Return the groups that name a persona; None, those that name no persona."""
        return [
            name
            for name, group in zip(self.group_names(), self.settings.groups, strict=True)
            for named in (self.settings.personas_of(group, key),)
            if (named is None if persona is None else persona in (named or ()))
        ]

    @override
    def build(self, context: BuildContext) -> ModelRegistryStack:
        from stacks.model_registry.stack import ModelRegistryStack

        return ModelRegistryStack(
            context.stage, "model-registry", shared=context.shared, settings=self.settings
        )
