"""Settings of who may call endpoints and routers."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from stacks.arns import RoleArn
from stacks.fields import AccountId, Name, Settings, validation_error


class InvokerSettings(Settings):
    """A principal outside of the environment that may call the endpoint, through a role."""

    name: Annotated[Name, Field(max_length=20)]
    """Name of the invoker."""
    role_arn: RoleArn | None = None
    """ARN of the role that can assume the endpoint's role, in this account or another."""
    account: AccountId | None = None
    """An account, in place of `role_arn`. The account decides which of its principals can assume
    the role."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.role_arn is None) == (self.account is None):
            raise validation_error(
                "must have one of role_arn and account", at="name", value=self.name
            )
        return self


def refuse_repeated(names: list[str], *, what: str, at: str) -> None:
    """Refuse a name that an earlier entry of a list has.

    Args:
        names: the names.
        what: what they are names of.
        at: path of the list.
    """
    for index, name in enumerate(names):
        if name in names[:index]:
            raise validation_error(
                f"is the name of an earlier {what}", at=f"{at}.{index}.name", value=name
            )
