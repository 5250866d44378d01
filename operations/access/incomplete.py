"""Grants that allow nothing: an action on one of the resource types that it needs.

IAM checks an action such as `sagemaker:UpdateEndpoint` on the endpoint and on its configuration. A
role whose policies name the one and not the other is denied, whatever it asks for.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from operations.access.policy import Statement
from operations.access.reference import Action, actions, arns
from operations.access.role import Role
from operations.access.tables import table
from operations.access.world import World

_VARIABLE = re.compile(r"\$\{\w+\}")


@dataclass(frozen=True)
class Incomplete:
    """An action that a role holds in vain.

    Attributes:
        role: the role.
        action: the action.
        missing: resource types that no statement allows it on.
        statement: a statement that allows it on the others.
    """

    role: Role
    action: str
    missing: tuple[str, ...]
    statement: Statement

    def __str__(self) -> str:
        """Return the finding for people."""
        return (
            f"{self.role.record.stack.name} {self.role.record.path}: {self.action} is allowed by "
            f"{self.statement}, and not on {', '.join(self.missing)}, which it needs too"
        )


def incomplete_grants(world: World) -> Iterator[Incomplete]:
    """Yield the actions that roles hold on some of the resource types they need."""
    for role in world.roles.values():
        statements = [one for policy in role.policies for one in policy.statements if not one.deny]
        for name in sorted({name for one in statements for name in one.action_names}):
            action = actions().get(name.lower())
            if action is None or len(action.required) < 2 or _names_one(action):
                continue
            allowing = [one for one in statements if one.names_action(name)]
            missing = tuple(
                kind
                for kind in action.required
                if not any(_on(one, action, kind) for one in allowing)
            )
            if missing:
                yield Incomplete(role, action.name, missing, allowing[0])


def _names_one(action: Action) -> bool:
    """Whether the resource types of an action are alternatives."""
    return any(fnmatchcase(action.name, one) for one in table("operations")["alternatives"])


def _on(statement: Statement, action: Action, kind: str) -> bool:
    """Whether a statement allows an action on any resource of a type."""
    service = action.name.partition(":")[0]
    form = _VARIABLE.sub("\0", arns()[service, kind]).split(":", 5)[-1]
    begins = form.partition("\0")[0]
    for resource in statement.resource_names:
        if "*" in resource.split(":", 5)[0]:
            return True
        pattern = re.split(r"[*?$]", resource.split(":", 5)[-1])[0]
        if pattern.startswith(begins) or begins.startswith(pattern):
            return True
    return False
