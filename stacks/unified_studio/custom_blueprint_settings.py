"""Settings of blueprints of the team: parts of projects that AWS does not offer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from sagemaker_platform.catalog.unified_studio import blueprints
from stacks.feature_store.rules import check_group
from stacks.feature_store.settings import (
    FeatureGroupSettings,
    FeatureSettings,
    OnlineStoreSettings,
)
from stacks.fields import MaintenanceWindow, PolicyPath, Settings, Text, validation_error
from stacks.unified_studio.blueprint_template_grammar import (
    BlueprintTemplate,
    TemplateError,
    parse_template,
)
from stacks.unified_studio.blueprint_template_rules import faults
from stacks.unified_studio.fields import ParameterName, TemplateFile, Title, UnitPath

PROJECT = Path(__file__).parents[2]
"""Folder that paths of templates start from."""
# AWS CloudFormation User Guide, "Quotas": size of a template in S3.
_MAX_BYTES = 1_000_000
_KINDS = ("feature_group", "mlflow_app", "template")
Description = Annotated[Text, Field(max_length=2048)]


class BlueprintParameterSettings(Settings):
    """A parameter of a template, as members of a project see it."""

    default: str | None = None
    """Its value where a profile and a member give none. Defaults to the default of the
    template."""
    description: Description | None = None
    """Description that members see. Defaults to none."""
    editable: bool = False
    """Whether profiles and members can give another value."""
    updatable: bool = False
    """Whether a member can change the value of a part that exists."""


class OfferedFeatureGroupSettings(Settings):
    """A feature group of its own for each project, with an online store."""

    features: Annotated[list[FeatureSettings], Field(min_length=2, max_length=2500)]
    """Features in order. Add new features at the end."""
    record_identifier: str
    """Feature that identifies an entity, such as a customer."""
    event_time: str
    """Feature with the time of a record, as text in ISO 8601 or as seconds since 1970."""
    online: OnlineStoreSettings = OnlineStoreSettings()
    """The online store. Defaults to the standard one, without a time to live."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_group(self.as_group("offered"))
        return self

    def as_group(self, name: str) -> FeatureGroupSettings:
        """Return the group as one of the feature store."""
        return FeatureGroupSettings.model_construct(
            name=name,
            features=self.features,
            record_identifier=self.record_identifier,
            event_time=self.event_time,
            online=self.online,
        )


class OfferedMlflowAppSettings(Settings):
    """An MLflow App of its own for each project."""

    maintenance_window_start: MaintenanceWindow = "Sun:03:00"
    """When the weekly maintenance begins, in UTC."""


class CustomBlueprintSettings(Settings):
    """A blueprint of the team: a template that Amazon DataZone deploys for a project."""

    name: Title
    """Name that people see. It cannot change later, and is not that of a blueprint of AWS."""
    description: Description | None = None
    """Description that people see. Defaults to none."""
    units: list[UnitPath] | None = None
    """Units whose projects can use it, with the units below them. Defaults to all."""
    feature_group: OfferedFeatureGroupSettings | None = None
    """A feature group for each project. In place of `template`."""
    mlflow_app: OfferedMlflowAppSettings | None = None
    """An MLflow App for each project. In place of `template`."""
    template: TemplateFile | None = None
    """Path of a template of AWS CloudFormation in this project, such as `blueprints/reports.yaml`.
    In place of `feature_group` and `mlflow_app`."""
    parameters: dict[ParameterName, BlueprintParameterSettings] = {}
    """Parameters of `template` that have a value here or that members can change. Others keep the
    default of the template; Amazon DataZone fills its own."""
    managed_policies: Annotated[list[PolicyPath], Field(min_length=1, max_length=9)] | None = None
    """Names of policies of the account, with their paths, which allow what `template` creates.
    Only the role of this blueprint has them."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise validation_error(
                f"must have one of {', '.join(_KINDS)}; has {' and '.join(given) or 'none'}"
            )
        if self.name in blueprints():
            raise validation_error(
                "must not be the name of a blueprint of AWS. Choose another name",
                at="name",
                value=self.name,
            )
        if self.template is None:
            for key, value in (
                ("parameters", list(self.parameters)),
                ("managed_policies", self.managed_policies),
            ):
                if value:
                    raise validation_error(
                        f"must be only with template: {given[0]} brings its own. Remove the block",
                        at=key,
                        value=value,
                    )
        else:
            self._check_template(self.template)
        return self

    def _check_template(self, file: str) -> None:
        if self.managed_policies is None:
            raise validation_error(
                "must be given with template: the role that deploys the template can create only "
                "what these policies allow. Add the name of a policy of the account",
                at="managed_policies",
            )
        try:
            template = self.read_template()
        except TemplateError as error:
            raise validation_error(
                f"{error.message}. See {file}:{error.line}", at="template", value=file
            ) from None
        for fault in faults(template, self.parameters):
            if fault.parameter is not None:
                raise validation_error(fault.rule, at=f"parameters.{fault.parameter}")
            line = template.line(*fault.keys)
            raise validation_error(
                f"must be a template that Amazon DataZone can deploy: {file}:{line}: "
                f"{'.'.join(fault.keys)}: {fault.rule}",
                at="template",
                value=file,
            )

    @property
    def template_text(self) -> str:
        """Text of the team's template."""
        return (PROJECT / str(self.template)).read_text("utf-8")

    def read_template(self) -> BlueprintTemplate:
        """Return the team's template.

        Raises:
            TemplateError: there is no file, or it is no template.
        """
        try:
            text = self.template_text
        except FileNotFoundError:
            raise TemplateError("must be a file of this project: there is none") from None
        except (OSError, ValueError) as error:
            raise TemplateError(f"must be a file of text: {error}") from None
        if len(text.encode()) > _MAX_BYTES:
            raise TemplateError(f"must have at most {_MAX_BYTES:,} bytes, as CloudFormation asks")
        return parse_template(text)
