"""Who calls, and as what a policy names the caller.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

_ACCOUNT = re.compile(r"(?:arn:[^:]*:iam::)?(\d{12})(?::root)?")


class Grantee(IntEnum):
    """As what a policy names a caller, from the widest to the narrowest."""

    ACCOUNT = 1
    """The caller's account, which then decides by identity-based policies."""
    ROLE = 2
    """The caller's role or everyone. Boundaries and session policies still limit the caller."""
    SESSION = 3
    """The session, user or service itself."""


@dataclass(frozen=True)
class Caller:
    """Who makes a request.

    Attributes:
        arn: ARN of a role session, a user or an identity provider, or the name of an AWS service.
        account: account of the role or user; empty for a service.
        role_arn: ARN of the role that a session has; empty for users and services.
    """

    arn: str
    account: str = ""
    role_arn: str = ""

    @property
    def is_service(self) -> bool:
        """Whether an AWS service calls on its own behalf."""
        return not self.arn.startswith("arn:")

    @property
    def is_token(self) -> bool:
        """Whether a web identity token asks for a role; the ARN is that of its provider."""
        return ":oidc-provider/" in self.arn

    @classmethod
    def session(cls, role_arn: str, name: str) -> "Caller":
        """Return a session of a role.

        Args:
            role_arn: ARN of the role, with its path.
            name: name of the session.
        """
        partition, account = role_arn.split(":")[1], role_arn.split(":")[4]
        role = role_arn.rsplit("/", 1)[-1]
        return cls(f"arn:{partition}:sts::{account}:assumed-role/{role}/{name}", account, role_arn)


@dataclass(frozen=True)
class Principals:
    """The `Principal` or `NotPrincipal` element of a statement."""

    _everybody: bool
    _services: frozenset[str]
    _federated: frozenset[str]
    _arns: frozenset[str]
    _accounts: frozenset[str]
    _negated: bool

    @classmethod
    def parse(cls, statement: Mapping[str, Any]) -> "Principals | None":
        """Read the element; None for statements of identity-based policies."""
        negated = "Principal" not in statement
        given = statement.get("NotPrincipal") if negated else statement["Principal"]
        if given is None:
            return None
        if given == "*":
            given = {"AWS": "*"}
        aws = _listed(given.get("AWS"))
        accounts = {match[1] for name in aws if (match := _ACCOUNT.fullmatch(str(name)))}
        return cls(
            "*" in aws,
            frozenset(_listed(given.get("Service"))),
            frozenset(_listed(given.get("Federated"))),
            frozenset(aws),
            frozenset(accounts),
            negated,
        )

    def grantee(self, caller: Caller, *, deny: bool) -> Grantee | None:
        """As what a caller is named.

        Args:
            caller: who calls.
            deny: whether the statement denies. Then `NotPrincipal` spares a session only where
                it names the session, its role and their account.
        """
        if self._negated:
            if deny and caller.role_arn and not self._everybody:
                spared = (
                    caller.arn in self._arns
                    and caller.role_arn in self._arns
                    and caller.account in self._accounts
                )
                return None if spared else Grantee.SESSION
            return None if self._named(caller) else Grantee.ROLE
        return self._named(caller)

    def _named(self, caller: Caller) -> Grantee | None:
        if caller.is_service:
            return Grantee.SESSION if self._everybody or caller.arn in self._services else None
        if caller.is_token:
            return Grantee.SESSION if caller.arn in self._federated else None
        if caller.arn in self._arns:
            return Grantee.SESSION
        if self._everybody or caller.role_arn in self._arns:
            return Grantee.ROLE
        return Grantee.ACCOUNT if caller.account in self._accounts else None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
