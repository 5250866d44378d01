"""Classes of data: one vocabulary from settings to tags of buckets and of the catalog."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from stacks.arns import nested_values
from stacks.fields import Settings, close_to, validation_error

if TYPE_CHECKING:
    from constructs import IConstruct

DATA_CLASS_TAG = "data-class"
"""Tag of resources, and LF-tag of databases."""
KEY = "data_class"
"""Key of a store in settings; also the end of a longer key."""


def _tag_word(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,49}", value):
        raise validation_error(
            "must be 1 to 50 lower-case letters, digits, - and _, beginning with a letter or "
            "digit, because Lake Formation stores LF-tags in lower case"
        )
    return value


TagWord = Annotated[str, AfterValidator(_tag_word), WithJsonSchema({"type": "string"})]
"""Key or value of an LF-tag."""
DataClass = TagWord
"""A class of data. Which ones there are, `data_classes.names` says."""


class DataClassSettings(Settings):
    """Which classes of data there are, and whether each store must have one."""

    names: Annotated[list[DataClass], Field(min_length=1, max_length=20)] = [
        "public",
        "internal",
        "confidential",
        "restricted",
    ]
    """The classes, from the least to the most protected."""
    default: DataClass | None = None
    """Class of what has no `data_class` of its own, such as logs and home directories: the tag
    `data-class` of all resources of the environment. If omitted, they have no class."""
    required: bool = False
    """Whether each store with the key `data_class` must have one. Takes `default`, for stores
    without the key."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for index, name in enumerate(self.names):
            if name in self.names[:index]:
                raise validation_error(
                    "must not name a class twice. Remove the line",
                    at=f"names.{index}",
                    value=name,
                )
        if self.default is not None:
            check_class(self.default, self.names, at="default")
        if self.required and self.default is None:
            raise validation_error(
                "must come with default, the class of stores that have no key of their own, such "
                "as logs. Add one of the names, such as `default: internal`",
                at="required",
                value=True,
            )
        return self

    def most_protected(self, names: Sequence[str | None]) -> str | None:
        """Return the most protected of some classes; None if there is none."""
        found = [name for name in names if name is not None]
        return max(found, key=self.names.index, default=None)


def check_class(value: str, names: Sequence[str], *, at: str) -> None:
    """Refuse a class that is not among the names.

    Raises:
        PydanticCustomError: with the path of the key.
    """
    if value not in names:
        hint = close_to(value, names) or f"; there are: {', '.join(names)}"
        raise validation_error(f"must be one of data_classes.names{hint}", at=at, value=value)


def misplaced_classes(
    settings: BaseModel, classes: DataClassSettings, *, at: str = ""
) -> Iterator[PydanticCustomError]:
    """Yield an error for each store without a class that must have one, or with an unknown one.

    Args:
        settings: a model of settings, with others below it.
        classes: the classes of the environment.
        at: path of the settings in the file.
    """
    for key in type(settings).model_fields:
        value = getattr(settings, key)
        if key == KEY or key.endswith(f"_{KEY}"):
            try:
                _check_store(value, classes, at=f"{at}{key}")
            except PydanticCustomError as error:
                yield error
            continue
        for path, below in nested_values(value, f"{at}{key}"):
            if isinstance(below, BaseModel):
                yield from misplaced_classes(below, classes, at=f"{path}.")


def _check_store(value: str | None, classes: DataClassSettings, *, at: str) -> None:
    if value is not None:
        check_class(value, classes.names, at=at)
    elif classes.required:
        raise validation_error(
            f"must be given, because data_classes.required is true. Add one of "
            f"{', '.join(classes.names)}",
            at=at,
        )


def classify(scope: IConstruct, data_class: str | None) -> None:
    """Tag what holds data with its class; nothing without a class."""
    if data_class is not None:
        # Importing the CDK takes time.
        from aws_cdk import Tags

        Tags.of(scope).add(DATA_CLASS_TAG, data_class)
