"""Blocks of settings that are imported when a file has them: what is off costs nothing."""

from importlib import import_module
from typing import Any, ClassVar

from pydantic import GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from stacks.fields import Settings


class Block:
    """Stands for settings in the annotation of a field, where a type checker sees these."""

    module: ClassVar[str]

    @classmethod
    def settings(cls) -> type[Settings]:
        """Return what it stands for."""
        return settings_of(cls.module, cls.__name__)

    @classmethod
    def _validate(cls, value: Any, info: ValidationInfo) -> Settings:
        return cls.settings().model_validate(value, context=info.context)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        """Return how a value is checked."""
        return core_schema.with_info_plain_validator_function(cls._validate)


def settings_of(module: str, name: str) -> type[Settings]:
    """Return the settings of that name in a module."""
    found: type[Settings] = getattr(import_module(module), name)
    return found


def block(module: str, name: str) -> type[Block]:
    """Return what stands for the settings of that name in a module."""
    return type(name, (Block,), {"module": module})
