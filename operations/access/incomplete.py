"""Grants that allow less than they seem to.

IAM checks an action such as `sagemaker:UpdateEndpoint` on the endpoint and on its configuration. A
role whose policies name the one and not the other is denied, whatever it asks for. A request that
creates a resource of SageMaker with tags needs `sagemaker:AddTags` on it, and Studio's clients add
tags to every such request of a user.
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

ADD_TAGS = "sagemaker:AddTags"
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


@dataclass(frozen=True)
class Untagged:
    """Something that a persona may create without tags only.

    Attributes:
        role: the role of the persona.
        action: the action that creates it.
        resource: the ARNs that the action is allowed on, and AddTags is not.
        statement: the statement that allows the action.
    """

    role: Role
    action: str
    resource: str
    statement: Statement

    def __str__(self) -> str:
        """Return the finding for people."""
        return (
            f"{self.role.record.stack.name} {self.role.record.path}: {self.action} is allowed by "
            f"{self.statement} on {self.resource}, and sagemaker:AddTags is not"
        )


def untagged_creations(world: World) -> Iterator[Untagged]:
    """Yield what personas may create without tags only."""
    for environment in world.environments.values():
        for role in environment.personas.values():
            statements = [
                one for policy in role.policies for one in policy.statements if not one.deny
            ]
            tagging = [
                resource
                for one in statements
                if one.names_action(ADD_TAGS)
                for resource in one.resource_names
            ]
            for statement in statements:
                for name in statement.action_names:
                    action = actions().get(name.lower())
                    if action is None or ADD_TAGS not in action.depends:
                        continue
                    for resource in statement.resource_names:
                        if any(_is_of(resource, action, kind) for kind in action.required) and (
                            not any(fnmatchcase(resource, one) for one in tagging)
                        ):
                            yield Untagged(role, action.name, resource, statement)


def _names_one(action: Action) -> bool:
    """Whether the resource types of an action are alternatives."""
    return any(fnmatchcase(action.name, one) for one in table("operations")["alternatives"])


def _on(statement: Statement, action: Action, kind: str) -> bool:
    """Whether a statement allows an action on any resource of a type."""
    return any(_is_of(resource, action, kind) for resource in statement.resource_names)


def _is_of(resource: str, action: Action, kind: str) -> bool:
    """Whether the resource of a statement may be one of a type."""
    if "*" in resource.split(":", 5)[0]:
        return True
    service = action.name.partition(":")[0]
    form = _VARIABLE.sub("\0", arns()[service, kind]).split(":", 5)[-1]
    begins = form.partition("\0")[0]
    pattern = re.split(r"[*?$]", resource.split(":", 5)[-1])[0]
    return pattern.startswith(begins) or begins.startswith(pattern)
