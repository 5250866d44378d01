"""What capabilities tell personas: activities, and what each of them takes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from stacks.access.settings import PersonaSettings
    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.settings import EnvironmentSettings

Statements = Callable[[], Sequence["iam.PolicyStatement"]]


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Something that people do with a capability.

    Attributes:
        needs: what is missing where it is off, such as "a lakehouse".
        personas: built-in personas that have it without saying so.
    """

    needs: str
    personas: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class PersonaPolicy:
    """A policy of its own for some personas, whatever their activities."""

    id: str
    description: str
    statements: Sequence[iam.PolicyStatement]
    personas: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class AccessContribution:
    """What a capability adds to the policies of personas.

    Attributes:
        activities: what an activity takes, in place of what the platform says of it.
        more: what an activity takes besides.
        of_persona: what one persona may do besides.
        session_actions: what the sessions of one persona may do.
        policies: policies besides.
    """

    activities: Mapping[str, Statements] = field(default_factory=dict)
    more: Mapping[str, Statements] = field(default_factory=dict)
    of_persona: Callable[[str, PersonaSettings], Sequence[iam.PolicyStatement]] = lambda _, __: ()
    session_actions: Callable[[PersonaSettings], Sequence[str]] = lambda _: ()
    policies: Sequence[PersonaPolicy] = ()
    rank: int = 0


class UsesPersonas:
    """A capability that gives personas to people."""

    def used_personas(self) -> Collection[str]:
        """Return the names of the personas that people have."""
        return ()


class OffersActivities:
    """A capability that people do something with."""

    activities: ClassVar[Mapping[str, Activity]] = {}

    def offered(self) -> Collection[str]:
        """Return which of its activities the settings allow."""
        return self.activities.keys()

    def grants(self, access: AccessStack, context: BuildContext) -> AccessContribution:
        """Return what it adds to the policies of personas."""
        return AccessContribution()


def declared() -> Mapping[str, Activity]:
    """Return the activities of all capabilities, whether they are on or not."""
    from stacks.registry import registered

    return {
        name: activity
        for kind in registered()
        if issubclass(kind, OffersActivities)
        for name, activity in kind.activities.items()
    }


def unavailable(environment: EnvironmentSettings) -> frozenset[str]:
    """Return the activities that an environment has nothing for."""
    offered = {name for one in environment.implementing(OffersActivities) for name in one.offered()}
    return frozenset(declared().keys() - offered)
