"""What an account tells of an existing resource."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from operations.account import Account, NotAnsweredError, NotFoundInAccountError
from operations.assembly import Json
from operations.errors import OperationError

Keys = tuple[str | int, ...]
"""Path of a key in settings, such as ``("studio", "users", 0)``."""
_LONGEST_ENVIRONMENT = 20
_NAME = re.compile(r"[a-z](-?[a-z0-9])*")


@dataclass(frozen=True)
class Note:
    """A comment in the settings file.

    Attributes:
        keys: key that it stands above; the closest key above it if there is no such key.
        text: what the settings do not express, or what to choose.
    """

    keys: Keys
    text: str


@dataclass(frozen=True)
class Existing:
    """A resource that a template of the settings has, too.

    Attributes:
        type: its CloudFormation type.
        identifier: its primary identifier, by the names that CloudFormation gives it.
        properties: what AWS tells of it, by the names of CloudFormation.
        where: properties with the values by which the template's resource is found.
        place: end of the path of its construct, where a stack has several of the type.
    """

    type: str
    identifier: Mapping[str, str]
    properties: Mapping[str, Any]
    where: Mapping[str, str] = field(default_factory=dict)
    place: str = ""


@dataclass
class Found:
    """An existing resource, described as settings.

    Attributes:
        environment: name of the environment.
        block: blocks of the settings by their keys, such as ``studio``.
        resources: what `cdk import` takes over, in the order of the report.
        notes: what the settings do not express.
        left: what stays outside of CloudFormation, and why.
        subnets: ids of its subnets.
        security_groups: ids of its security groups.
        key_arn: ARN or id of its KMS key.
        tags: its tags.
    """

    environment: str
    block: Json
    resources: list[Existing] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    subnets: Sequence[str] = ()
    key_arn: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


class Asking:
    """Asks an account, and remembers what it does not answer.

    Args:
        account: the account.

    Attributes:
        unanswered: why each call had no answer, each reason once.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self.unanswered: list[str] = []

    def require(self, service: str, operation: str, **parameters: Any) -> Json:
        """Return an answer that nothing can be said without.

        Raises:
            OperationError: there is no answer.
        """
        try:
            return self._account.ask(service, operation, **parameters)
        except (NotFoundInAccountError, NotAnsweredError) as error:
            raise OperationError(f"{_first(parameters)}: {error}") from None

    def ask(self, service: str, operation: str, **parameters: Any) -> Json:
        """Return an answer; empty if there is none, or no such thing."""
        try:
            return self._account.ask(service, operation, **parameters)
        except NotFoundInAccountError:
            return {}
        except NotAnsweredError as error:
            self._remember(error, parameters)
            return {}

    def every(self, service: str, operation: str, key: str, **parameters: Any) -> list[Any]:
        """Return the items of all pages; none if there is no answer."""
        try:
            return list(self._account.every(service, operation, key, **parameters))
        except NotFoundInAccountError:
            return []
        except NotAnsweredError as error:
            self._remember(error, parameters)
            return []

    def _remember(self, error: NotAnsweredError, parameters: Mapping[str, Any]) -> None:
        text = f"{error} ({_first(parameters)})" if parameters else str(error)
        if text not in self.unanswered:
            self.unanswered.append(text)

    def tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of a resource of SageMaker."""
        found = self.every("sagemaker", "list_tags", "Tags", ResourceArn=arn)
        return {one["Key"]: one["Value"] for one in found}


def _first(parameters: Mapping[str, Any]) -> str:
    return ", ".join(str(one) for one in parameters.values() if isinstance(one, str))


def is_environment(name: str) -> bool:
    """Return whether an environment can have a name."""
    return len(name) <= _LONGEST_ENVIRONMENT and _NAME.fullmatch(name) is not None


def slug(text: str, longest: int) -> str:
    """Return a name of settings that is close to a text."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    name = name if name[:1].isalpha() else f"a-{name}".strip("-")
    return name[:longest].rstrip("-")


def divide(name: str, wanted: str | None, longest: int) -> tuple[str, str]:
    """Return the names of the environment and of the block that make a physical name.

    Args:
        name: physical name, such as ``prod-churn``.
        wanted: name of the environment; if None, what stands before the first hyphen.
        longest: how many characters the name of the block may have.
    """
    environment = wanted or name.partition("-")[0]
    rest = name.removeprefix(f"{environment}-")
    fits = is_environment(environment) and rest != name
    if fits and len(rest) <= longest and _NAME.fullmatch(rest):
        return environment, rest
    return wanted or "adopted", slug(name, longest)


def without_none(block: Mapping[str, Any]) -> Json:
    """Return a block without keys that have no value."""
    return {key: value for key, value in block.items() if value is not None and value != []}


def customer_key(key: str | None, region: str, account: str) -> str | None:
    """Return the ARN of a key that settings can name; None for a key of AWS or an alias."""
    if not key or "alias/" in key:
        return None
    return key if key.startswith("arn:") else f"arn:aws:kms:{region}:{account}:key/{key}"
