"""Settings of the catalog of a domain: glossaries, metadata forms and rules."""

from __future__ import annotations

import json
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sagemaker_platform.catalog.unified_studio import asset_types
from stacks.fields import Settings, close_to, validation_error
from stacks.unified_studio.fields import Key, RuleName, TermKey, TermPath, UnitPath

# The provider framework passes old and new properties to AWS Step Functions, whose input has at
# most 256 KiB. Source: AWS Step Functions Developer Guide, "Quotas".
_GLOSSARY_BYTES = 100_000
_RELATIONS = 10
_DEMANDS = 5

CatalogName = Annotated[str, Field(min_length=1, max_length=256)]
Text = Annotated[str, Field(min_length=1, max_length=4096)]
FieldType = Literal["string", "integer", "boolean", "term"]


class TermSettings(Settings):
    """A term of a glossary."""

    name: CatalogName
    """Name that people see. It can change; the key cannot."""
    short_description: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    """What it means, in a sentence. Defaults to none."""
    long_description: Text | None = None
    """What it means, at length. Defaults to none."""
    is_a: Annotated[list[TermKey], Field(max_length=_RELATIONS)] = []
    """Keys of wider terms of the glossary, at most 10."""
    classifies: Annotated[list[TermKey], Field(max_length=_RELATIONS)] = []
    """Keys of narrower terms of the glossary, at most 10."""
    enabled: bool = True
    """Whether assets can get it."""


class GlossarySettings(Settings):
    """A business glossary."""

    name: CatalogName
    """Name that people see, unique in the domain. It can change; the key cannot."""
    description: Text | None = None
    """Description that people see. Defaults to none."""
    project: Key | None = None
    """Key of the project of `host.projects` that owns it, which cannot change. Defaults to the
    project of the catalog."""
    enabled: bool = True
    """Whether assets can get its terms."""
    terms: Annotated[dict[TermKey, TermSettings], Field(min_length=1)]
    """Terms, by permanent keys."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        size = len(json.dumps(self.model_dump()))
        if size > _GLOSSARY_BYTES:
            raise validation_error(
                f"must be at most {_GLOSSARY_BYTES:,} characters together with the terms, because "
                "one call of AWS Step Functions takes no more. Divide it into two glossaries",
                at="terms",
                value=f"{size:,} characters",
            )
        names: dict[str, str] = {}
        for key, term in self.terms.items():
            if (earlier := names.setdefault(term.name, key)) != key:
                raise validation_error(
                    f"must be another name than that of {earlier}: AWS refuses a second term of "
                    "one name in a glossary",
                    at=f"terms.{key}.name",
                    value=term.name,
                )
            for relation in ("is_a", "classifies"):
                self._check_relation(key, relation)
        self._check_circles()
        return self

    def _check_relation(self, key: str, relation: str) -> None:
        related: list[str] = getattr(self.terms[key], relation)
        for index, other in enumerate(related):
            at = f"terms.{key}.{relation}.{index}"
            if other not in self.terms or other == key:
                known = [one for one in self.terms if one != key]
                raise validation_error(
                    f"must be the key of another term of this glossary: "
                    f"{', '.join(known) or 'there is none'}{close_to(other, known)}",
                    at=at,
                    value=other,
                )
            if other in related[:index]:
                raise validation_error("must be there once. Remove the line", at=at, value=other)

    def _check_circles(self) -> None:
        """Refuse a term that is wider than itself."""
        wider = {key: set(term.is_a) for key, term in self.terms.items()}
        for key, term in self.terms.items():
            for narrower in term.classifies:
                wider[narrower].add(key)
        for key in self.terms:
            seen: set[str] = set()
            ahead = set(wider[key])
            while ahead:
                seen |= ahead
                ahead = {up for one in ahead for up in wider[one]} - seen
            if key in seen:
                raise validation_error(
                    "must not be wider than itself: follow is_a and classifies, and remove one "
                    "of them",
                    at=f"terms.{key}",
                    value=key,
                )


class FieldSettings(Settings):
    """A field of a metadata form."""

    name: Annotated[str, Field(min_length=1, max_length=128)]
    """Name that people see. It can change; the key cannot."""
    type: FieldType = "string"
    """`string`, which the search of the catalog covers, `integer`, `boolean`, or `term`, one term
    of a glossary."""
    glossary: Key | None = None
    """Key of the glossary. Only with the type `term`, which needs it."""
    description: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    """What to fill in. Defaults to none."""
    required: bool = False
    """Whether people must fill it in."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.type == "term" and self.glossary is None:
            raise validation_error(
                "must come with glossary, the key of a glossary of the catalog",
                at="type",
                value="term",
            )
        if self.type != "term" and self.glossary is not None:
            raise validation_error(
                "must be only with the type term. Remove the line, or set type to term",
                at="glossary",
                value=self.glossary,
            )
        return self


class FormSettings(Settings):
    """A metadata form: what people say about data."""

    name: Annotated[str, Field(min_length=1, max_length=128)]
    """Name that people see. It can change; the key cannot."""
    description: Annotated[str, Field(min_length=1, max_length=2048)] | None = None
    """Description that people see. Defaults to none."""
    project: Key | None = None
    """Key of the project that owns it. Defaults to the project of the catalog."""
    enabled: bool = True
    """Whether people can use it."""
    fields: Annotated[dict[Key, FieldSettings], Field(min_length=1, max_length=50)]
    """Fields, by permanent keys."""


class RuleSettings(Settings):
    """What assets or requests must have. AWS refuses to publish or to request without it."""

    name: RuleName
    """Name that people see. It can change; the key cannot."""
    description: Annotated[str, Field(min_length=1, max_length=2048)] | None = None
    """Description that people see. Defaults to none."""
    before: Literal["publishing", "subscribing"]
    """What the rule comes before: the publication of an asset, or a request for a
    subscription."""
    forms: Annotated[list[Key], Field(min_length=1, max_length=_DEMANDS)] | None = None
    """Keys of forms, at most 5."""
    terms: Annotated[list[TermPath], Field(min_length=1, max_length=_DEMANDS)] | None = None
    """Terms in place of forms, at most 5, such as `business/customer`. Only before publishing."""
    unit: UnitPath | None = None
    """Path of the unit by its keys. The rule is valid in the units below it too. Defaults to the
    whole domain."""
    asset_types: Annotated[list[str], Field(min_length=1)] | None = None
    """Types of assets, such as `glue_table`. Defaults to all."""
    projects: Annotated[list[Key], Field(min_length=1)] | None = None
    """Keys of projects whose assets the rule is for. Defaults to all projects of the unit."""
    data_products: bool = True
    """Whether the rule is for data products too."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.forms is None) == (self.terms is None):
            raise validation_error("must have either forms or terms")
        if self.terms is not None and self.before == "subscribing":
            raise validation_error(
                "must be only before publishing: a request for a subscription has forms and no "
                "terms. Use forms",
                at="terms",
                value=self.terms,
            )
        known = list(asset_types())
        for index, one in enumerate(self.asset_types or ()):
            if one not in known:
                raise validation_error(
                    f"must be a type of assets: {', '.join(known)}{close_to(one, known)}",
                    at=f"asset_types.{index}",
                    value=one,
                )
        for key in ("forms", "terms", "asset_types", "projects"):
            values: list[str] = getattr(self, key) or []
            for index, one in enumerate(values):
                if one in values[:index]:
                    raise validation_error(
                        "must be there once. Remove the line", at=f"{key}.{index}", value=one
                    )
        return self


class CatalogSettings(Settings):
    """What people find data by, and what they must say about it."""

    project: Key
    """Key of the project of `host.projects` that owns glossaries and forms. Its members edit
    them in the portal."""
    glossaries: dict[Key, GlossarySettings] = {}
    """Business glossaries, by permanent keys. With `data_classes` in the file, the glossary of
    the classes is there too."""
    forms: dict[Key, FormSettings] = {}
    """Metadata forms, by permanent keys."""
    rules: dict[Key, RuleSettings] = {}
    """Rules, by permanent keys."""

    def owner(self, of: GlossarySettings | FormSettings) -> str:
        """Return the key of the project that owns something."""
        return str(of.project or self.project)

    @property
    def owners(self) -> set[str]:
        """Keys of all projects that own something."""
        made: list[GlossarySettings | FormSettings] = [
            *self.glossaries.values(),
            *self.forms.values(),
        ]
        return {self.project, *(self.owner(one) for one in made)}
