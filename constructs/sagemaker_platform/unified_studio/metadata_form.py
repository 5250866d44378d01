"""Metadata forms: what people say about data, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import RemovalPolicy
from aws_cdk import aws_datazone as datazone
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each, require_one_of, require_some

FieldType = Literal["string", "integer", "boolean", "term"]
_SMITHY_TYPES: Mapping[str, str] = {
    "string": "String",
    "integer": "Integer",
    "boolean": "Boolean",
}


@checks_types
@dataclass(frozen=True, kw_only=True)
class FormField:
    """A field of a metadata form.

    Attributes:
        name: technical name: letters, digits and ``_``, beginning with a letter.
        title: name that people see.
        type: ``string``, which the search of the catalog covers; ``integer``; ``boolean``; or
            ``term``, one term of a glossary.
        description: what to fill in. Defaults to none.
        required: whether the form cannot be saved without it.
        glossary_id: ID of the glossary. Required for ``term``, and for no other.
    """

    name: str
    title: str
    type: str = "string"
    description: str | None = None
    required: bool = False
    glossary_id: str | None = None


@checks_types
class MetadataForm(Construct):
    """A metadata form that assets and requests for subscriptions can have.

    A change of the fields is a new revision; assets keep the old one until they are edited.

    Args:
        domain_id: ID of the domain.
        project_id: ID of the project that owns the form.
        name: technical name, unique in the domain: letters, digits and ``_``, beginning with a
            letter. A change replaces the form.
        title: name that people see, which can change.
        description: description that people see. Defaults to none.
        fields: the fields.
        enabled: whether people can use the form.
        removal_policy: with RETAIN, the form stays.

    Attributes:
        technical_name: technical name.
        name: the same, known after the form was created.
        revision: current revision.

    Raises:
        ValueError: a field has an unknown type, or a glossary without being a term.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain_id: str,
        project_id: str,
        name: str,
        title: str,
        description: str | None = None,
        fields: Sequence[FormField],
        enabled: bool = True,
        removal_policy: RemovalPolicy,
    ) -> None:
        require_some("fields", fields)
        require_each("fields", fields, FormField)
        super().__init__(scope, id)
        self.resource = datazone.CfnFormType(
            self,
            "Resource",
            domain_identifier=domain_id,
            owning_project_identifier=project_id,
            name=name,
            description=description,
            status="ENABLED" if enabled else "DISABLED",
            model=datazone.CfnFormType.ModelProperty(smithy=_smithy(name, title, fields)),
        )
        self.resource.apply_removal_policy(removal_policy)
        self.technical_name = name
        self.name = self.resource.attr_form_type_identifier
        self.revision = self.resource.attr_revision


@checks_types
@dataclass(frozen=True, kw_only=True)
class FormValues:
    """A form with the values of its fields.

    Attributes:
        form: the form.
        values: values by the technical names of the fields. The value of a term is a list with
            its ID.
    """

    form: MetadataForm
    values: Mapping[str, object]


def _smithy(name: str, title: str, fields: Sequence[FormField]) -> str:
    """Return the model that AWS takes: a structure, and before it the lists that it needs.

    A field with terms must be a list of strings; a plain string fails when an asset is published.
    Source: Amazon DataZone API Reference, "CreateFormType".
    """
    return "\n".join(
        [
            *(line for field in fields for line in _list_of(field)),
            _title(title),
            f"structure {name} {{",
            *(f"    {line}" for field in fields for line in _member(field)),
            "}",
        ]
    )


def _list_of(field: FormField) -> Iterator[str]:
    require_one_of("type", field.type, [*_SMITHY_TYPES, "term"])
    if (field.type == "term") != (field.glossary_id is not None):
        raise ValueError(
            f"glossary_id: got {field.glossary_id!r} for {field.name}; must be given for the type "
            "term and for no other"
        )
    if field.type == "term":
        yield "@length(min: 1, max: 1)"
        yield f"list {_list_name(field)} {{ member: String }}"


def _member(field: FormField) -> Iterator[str]:
    if field.required:
        yield "@required"
    yield _title(field.title)
    if field.description:
        yield f"@documentation({json.dumps(field.description)})"
    if field.type == "string":
        yield "@amazon.datazone#searchable"
    if field.type == "term":
        yield f'@amazon.datazone#glossaryterm("{field.glossary_id}")'
    yield f"{field.name}: {_SMITHY_TYPES.get(field.type) or _list_name(field)}"


def _list_name(field: FormField) -> str:
    return f"{field.name.title().replace('_', '')}Terms"


def _title(text: str) -> str:
    return f"@amazon.datazone#displayname(defaultName: {json.dumps(text)})"
