"""Policy documents of IAM, read once and matched many times."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from operations.access.condition import Condition, parse_conditions
from operations.access.pattern import Context, arn_glob, expand, glob
from operations.access.principal import Caller, Grantee, Principals

_VERSION_WITH_VARIABLES = "2012-10-17"


@dataclass(frozen=True)
class Origin:
    """Where a policy is written.

    Attributes:
        stack: name of the CloudFormation stack; empty for policies of AWS and of tests.
        logical_id: logical ID of the resource that has the policy.
        name: what the policy is called, such as its construct's path.
    """

    stack: str = ""
    logical_id: str = ""
    name: str = ""

    def __str__(self) -> str:
        """Return the shortest text by which a person finds the policy."""
        place = " ".join(part for part in (self.stack, self.logical_id) if part)
        return f"{place} ({self.name})" if place and self.name else place or self.name


@dataclass(frozen=True, eq=False)
class Statement:
    """One statement of a policy.

    Attributes:
        origin: where its policy is written.
        index: its position in the policy, from 0.
        sid: its identifier; empty if it has none.
        deny: whether its effect is Deny.
        conditions: all have to hold.
        document: the statement as it is written.
    """

    origin: Origin
    index: int
    sid: str
    deny: bool
    conditions: tuple[Condition, ...]
    document: Mapping[str, Any] = field(repr=False)
    _principals: Principals | None
    _actions: re.Pattern[str]
    _not_action: bool
    _resources: tuple[str, ...] | None
    _not_resource: bool
    _variables: bool

    @classmethod
    def parse(
        cls, origin: Origin, index: int, document: Mapping[str, Any], *, variables: bool
    ) -> "Statement":
        """Read a statement.

        Raises:
            ValueError: if it has an effect or an operator that IAM does not have.
        """
        if document.get("Effect") not in ("Allow", "Deny"):
            raise ValueError(
                f"{origin}: Effect: got {document.get('Effect')!r}; must be Allow or Deny."
            )
        actions = document.get("Action", document.get("NotAction"))
        resources = document.get("Resource", document.get("NotResource"))
        return cls(
            origin,
            index,
            document.get("Sid", ""),
            document["Effect"] == "Deny",
            parse_conditions(document.get("Condition") or {}, variables=variables),
            document,
            Principals.parse(document),
            re.compile("|".join(glob(action).pattern for action in _listed(actions)), re.I | re.S),
            "Action" not in document,
            None if resources is None else tuple(_listed(resources)),
            "NotResource" in document,
            variables,
        )

    def __str__(self) -> str:
        """Return where the statement is, for people."""
        return f"{self.origin}, statement {self.sid or self.index + 1}"

    @property
    def action_names(self) -> tuple[str, ...]:
        """Its actions as they are written; none where it names what it is not about."""
        return () if self._not_action else tuple(_listed(self.document["Action"]))

    @property
    def resource_names(self) -> tuple[str, ...]:
        """Its resources as they are written; any where it names what it is not about."""
        return ("*",) if self._not_resource or self._resources is None else self._resources

    def names_action(self, action: str) -> bool:
        """Whether the statement is about an action."""
        return (self._actions.fullmatch(action) is None) == self._not_action

    def names_resource(self, resource: str, context: Context) -> bool:
        """Whether the statement is about a resource; a trust policy names none."""
        if self._resources is None:
            return True
        return self._any_resource(resource, context) != self._not_resource

    def _any_resource(self, resource: str, context: Context) -> bool:
        for wanted in self._resources or ():
            text = expand(wanted, context) if self._variables else wanted
            if text is not None and (text == "*" or arn_glob(text).fullmatch(resource)):
                return True
        return False

    def grantee(self, caller: Caller) -> Grantee | None:
        """As what the statement names a caller; None if it does not."""
        if self._principals is None:
            return Grantee.SESSION
        return self._principals.grantee(caller, deny=self.deny)

    def missed(self, context: Context) -> Condition | None:
        """Return the first condition that a request does not meet."""
        return next((one for one in self.conditions if not one.holds(context)), None)


@dataclass(frozen=True, eq=False)
class Policy:
    """A policy document.

    Attributes:
        origin: where it is written.
        statements: its statements, in order.
    """

    origin: Origin
    statements: tuple[Statement, ...]

    @classmethod
    def parse(cls, document: Mapping[str, Any] | str, origin: Origin = Origin()) -> "Policy":
        """Read a policy document, an object or its JSON.

        Raises:
            ValueError: if a statement is not one that IAM accepts.
        """
        read: Mapping[str, Any] = json.loads(document) if isinstance(document, str) else document
        variables = read.get("Version") == _VERSION_WITH_VARIABLES
        return cls(
            origin,
            tuple(
                Statement.parse(origin, index, statement, variables=variables)
                for index, statement in enumerate(_listed(read.get("Statement")))
            ),
        )

    def joined(self, other: "Policy") -> "Policy":
        """Return a policy with the statements of both."""
        return Policy(self.origin, (*self.statements, *other.statements))

    @property
    def condition_keys(self) -> Iterable[str]:
        """Condition keys that its statements ask for, in lower case."""
        return {one.key for statement in self.statements for one in statement.conditions}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
