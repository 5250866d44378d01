"""Blocks of settings that are imported only if a settings file has them."""

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

from pydantic import GetCoreSchemaHandler, TypeAdapter, ValidationInfo
from pydantic_core import CoreSchema, core_schema


class Block:
    """A placeholder for the type of a block in the annotation of a field."""

    load: ClassVar[Callable[[], Any]]

    @classmethod
    def _validate(cls, value: Any, info: ValidationInfo) -> Any:
        return cls._adapter().validate_python(value, context=info.context)

    @classmethod
    @cache
    def _adapter(cls) -> TypeAdapter[Any]:
        # Building the schema takes longer than validating: once for all files.
        return TypeAdapter(cls.load())

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema that validates a value."""
        return core_schema.with_info_plain_validator_function(cls._validate)


def lazy(name: str, load: Callable[[], Any]) -> type[Block]:
    """Return a placeholder for a type that is imported when a value is validated."""
    return type(name, (Block,), {"load": staticmethod(load)})
