"""Settings of the model registry."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.delivery.fields import BranchName, GitHubRepositoryName, SecretName
from stacks.fields import (
    AccountId,
    EnvironmentName,
    Name,
    PersonaName,
    Settings,
    close_to,
    validation_error,
)
from stacks.foundation.settings import RepositoryName

Risk = Literal["low", "medium", "high"]
"""What a wrong model would do."""


class GovernanceSettings(Settings):
    """Which models must say what they are for, and who approves them by their risk."""

    required: bool = False
    """Whether each group must have a `risk` and an `intended_use`, and each version of it the two
    in its metadata. Pipelines of the environment write them."""
    approved_by: Annotated[
        dict[Risk, Annotated[list[PersonaName], Field(min_length=1)]], Field(max_length=3)
    ] = {}
    """Personas that approve versions of models of a risk. A group with `approved_by` names some of
    them. Models of other risks are approved as their groups say."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for risk, personas in self.approved_by.items():
            _check_unique(personas, f"approved_by.{risk}.{{}}")
        return self


class ModelGroupSettings(Settings):
    """A model, with the versions that are registered of it."""

    # SageMaker takes 63 characters with the environment's name (`ModelPackageGroupName`).
    name: Annotated[Name, Field(max_length=42)]
    """Name of the model. The group is called `<environment>-<name>`. A change creates a new
    group without the versions."""
    followers: list[EnvironmentName] = []
    """Environments of `followers` that deploy its versions."""
    image_repositories: list[RepositoryName] = []
    """Repositories of `foundation.image_repositories` from which followers pull its images. AWS
    images need no entry."""
    risk: Risk | None = None
    """What a wrong model would do: a tag of the group, by which `governance` says who approves."""
    intended_use: Annotated[str, Field(min_length=10, max_length=1000)] | None = None
    """What the model is for, and what it is not for. It stands in the metadata of the template, and
    in the evidence for auditors."""
    registered_by: Annotated[list[PersonaName], Field(min_length=1)] | None = None
    """Personas that register versions. Defaults to all personas with the activity
    `register_models`."""
    approved_by: Annotated[list[PersonaName], Field(min_length=1)] | None = None
    """Personas that approve versions. Defaults to all personas with the activity
    `approve_models`."""

    @property
    def metadata(self) -> Mapping[str, str]:
        """What the group says of its models, as the metadata of its versions."""
        given = {"risk": self.risk, "intended_use": self.intended_use}
        return {key: metadata_text(value) for key, value in given.items() if value is not None}

    @property
    def folder(self) -> str:
        """Folder of the artifacts in the environment's bucket of artifacts."""
        return f"models/{self.name}"

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key in ("followers", "image_repositories", "registered_by", "approved_by"):
            values: list[str] = getattr(self, key) or []
            _check_unique(values, f"{key}.{{}}")
        return self


class PromotionSettings(Settings):
    """A workflow of GitHub Actions that an approval starts."""

    repository: GitHubRepositoryName
    """Repository, such as `example/ml-platform`."""
    token_secret: SecretName
    """Secret of AWS Secrets Manager. Its JSON has the key `authorization`, with a value such as
    `Bearer github_pat_…`: a token with the permission "Actions: write" and no other."""
    branch: BranchName = "main"
    """Branch on which `promote.yml` is started."""


class ModelRegistrySettings(Settings):
    """Groups of model versions, and the environments that deploy them."""

    # Policies of personas name each group, and IAM limits their length.
    groups: Annotated[list[ModelGroupSettings], Field(min_length=1, max_length=10)]
    """Model groups of the teams."""
    governance: GovernanceSettings = GovernanceSettings()
    """What models must say of themselves, and who approves them by their risk."""
    followers: dict[EnvironmentName, AccountId] = {}
    """Other environments that deploy models of this environment, with their accounts."""

    promotion: PromotionSettings | None = None
    """Workflow that an approval starts. Optional. If omitted, the workflow runs every hour."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_unique([one.name for one in self.groups], "groups.{}.name")
        for index, group in enumerate(self.groups):
            for number, name in enumerate(group.followers):
                if name not in self.followers:
                    raise validation_error(
                        "must be one of model_registry.followers"
                        f"{close_to(name, list(self.followers))}. Add it there with its account",
                        at=f"groups.{index}.followers.{number}",
                        value=name,
                    )
        for index, group in enumerate(self.groups):
            self._check_governance(group, at=f"groups.{index}")
        for name, account in self.followers.items():
            if all(name not in group.followers for group in self.groups):
                raise validation_error(
                    "must be a follower of some group. Add it to followers of a group, or remove "
                    "the line",
                    at=f"followers.{name}",
                    value=account,
                )
        return self

    def _check_governance(self, group: ModelGroupSettings, *, at: str) -> None:
        for key in ("risk", "intended_use") if self.governance.required else ():
            if getattr(group, key) is None:
                raise validation_error(
                    "must be given, because model_registry.governance.required is true. Add the "
                    "line",
                    at=f"{at}.{key}",
                )
        if group.risk is None:
            return
        allowed = self.governance.approved_by.get(group.risk)
        for number, persona in enumerate(group.approved_by or ()):
            if allowed is not None and persona not in allowed:
                raise validation_error(
                    f"must be one of governance.approved_by.{group.risk}: {', '.join(allowed)}",
                    at=f"{at}.approved_by.{number}",
                    value=persona,
                )

    def personas_of(self, group: ModelGroupSettings, key: str) -> list[str] | None:
        """Return the personas that register or approve versions of a group.

        Args:
            group: the group.
            key: `registered_by` or `approved_by`.

        Returns:
            Names; None for all personas with the activity.
        """
        named: list[str] | None = getattr(group, key)
        if named is None and key == "approved_by" and group.risk is not None:
            return self.governance.approved_by.get(group.risk)
        return named

    def demanded_metadata(self, group: ModelGroupSettings) -> Mapping[str, str | None]:
        """Return the metadata that versions of a group must have: a value, or None for any."""
        if not self.governance.required:
            return {}
        return {"intended_use": None, "risk": group.risk}

    def followers_of(self, group: ModelGroupSettings) -> dict[str, str]:
        """Return the environments that deploy versions of a group, with their accounts."""
        return {name: self.followers[name] for name in group.followers}


def metadata_text(text: str) -> str:
    """Return a text without the characters that metadata of versions do not take.

    Source: SageMaker API Reference, `CreateModelPackage`, `CustomerMetadataProperties`: letters,
    digits, spaces and ``_.:/=+-@``, at most 256 characters.
    """
    plain = re.sub(r"[\"'`]", "", text)
    plain = re.sub(r"[^\w.:/=+\-@ ]+", " - ", plain)
    return re.sub(r"\s+", " ", plain).strip(" -")[:256]


def group_name(environment: str, group: str) -> str:
    """Return the name of a group in SageMaker."""
    return f"{environment}-{group}"


def _check_unique(values: list[str], at: str) -> None:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise validation_error("must be unique", at=at.format(index), value=value)
