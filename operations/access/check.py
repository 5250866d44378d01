"""What has to be allowed for a call, and what becomes of the call."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from operations.access.call import Call
from operations.access.evaluation import Verdict
from operations.access.lake_formation import Grant

DIRECT = "call"
"""Rule for the permissions of the call itself."""


class Decision(StrEnum):
    """What becomes of a call."""

    ALLOWED = "allowed"
    DENIED = "denied"
    """AWS refuses the call."""
    FAILS_LATER = "fails later"
    """AWS accepts the call, but a later step fails."""
    UNREACHABLE = "unreachable"
    """The closed network has no route to the service: the call times out."""
    UNDECIDED = "undecided"
    """The tables do not place the call, or a policy's text is unknown."""


@dataclass(frozen=True)
class Check:
    """One thing that has to be allowed for a call.

    Attributes:
        rule: ``call``, or the id of a rule of forward access.
        action: an action of IAM, or a permission of Lake Formation.
        resource: what it is on.
        principal: ARN of a role, or the name of a service.
        allowed: whether it is allowed.
        reason: the verdict of IAM, the grant of Lake Formation, or what is missing.
        late: whether the call is accepted and fails afterwards.
        certainty: of the rule: D, L or ?.
        source: of the rule.
        undecided: whether a policy whose text is unknown could turn the verdict.
    """

    rule: str
    action: str
    resource: str
    principal: str
    allowed: bool
    reason: Verdict | Grant | str
    late: bool = False
    certainty: str = "D"
    source: str = ""
    undecided: bool = False

    @property
    def decides(self) -> bool:
        """Whether the rule is certain enough to fail a call."""
        return self.certainty != "?"


@dataclass(frozen=True)
class Outcome:
    """What becomes of a call, and why.

    Attributes:
        call: the call.
        decision: what becomes of it.
        checks: everything that was checked, in order.
        gap: what the tables lack; empty unless the decision is undecided.
    """

    call: Call
    decision: Decision
    checks: tuple[Check, ...] = ()
    gap: str = ""

    @property
    def failed(self) -> Check | None:
        """The first check that decides against the call."""
        return _failed(self.checks)


def decide(checks: list[Check]) -> Decision:
    """Return what becomes of a call with these checks."""
    failed = _failed(checks)
    if failed is None:
        return Decision.ALLOWED
    if failed.undecided:
        return Decision.UNDECIDED
    return Decision.FAILS_LATER if failed.late else Decision.DENIED


def _failed(checks: Iterable[Check]) -> Check | None:
    """Return what fails first: the call itself before what follows from it."""
    failed = [one for one in checks if not one.allowed and one.decides]
    return min(failed, key=lambda one: (one.undecided, one.late), default=None)
