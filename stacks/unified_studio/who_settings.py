"""Settings of users and groups of a domain."""

from typing import Annotated, Any, Self

from pydantic import GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from stacks.arns import RoleArn
from stacks.fields import PersonaName, Settings, validation_error
from stacks.unified_studio.fields import IdentityId

_KINDS = ("persona", "role", "group", "user")


class OrText:
    """Lists a string in the JSON schema, next to a block that takes text in its place."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string"}, handler(core_schema)]}


class WhoSettings(Settings):
    """A user or a group: one of these keys. Text in place of the block is a persona."""

    persona: PersonaName | None = None
    """Persona of this environment: its role."""
    role: RoleArn | None = None
    """ARN of another IAM role."""
    group: IdentityId | None = None
    """ID of a group in IAM Identity Center."""
    user: IdentityId | None = None
    """ID of a user in IAM Identity Center."""

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, value: Any) -> Any:
        return {"persona": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise validation_error(
                f"must have exactly one of {', '.join(_KINDS)}. For a persona, its name is enough"
            )
        return self

    @property
    def of_identity_center(self) -> bool:
        """Whether it is of IAM Identity Center, and not an IAM role."""
        return self.group is not None or self.user is not None

    @property
    def identity(self) -> tuple[str, str]:
        """Kind and name, which tell it from all others."""
        [key] = self.model_fields_set
        return key, str(getattr(self, key))


Who = Annotated[WhoSettings, OrText()]
"""A user or a group."""
