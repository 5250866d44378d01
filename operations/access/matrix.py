"""Who can do what: each persona's tasks, decided."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision, Outcome
from operations.access.filling import MissingError, fill
from operations.access.place import Place
from operations.access.session import Session
from operations.access.tables import table
from operations.access.world import Environment, World


class Judgment(StrEnum):
    """How a decision compares with what the documentation says."""

    AS_PROMISED = "as promised"
    BROKEN = "promised, and does not work"
    LEAK = "forbidden, and works"
    UNKNOWN = "undecided"
    OPEN = ""


@dataclass(frozen=True)
class Entry:
    """One task of one persona.

    Attributes:
        environment: name of the environment.
        persona: the persona, as its role's tag has it.
        role_arn: ARN of the role.
        area: part of the work that the task is in.
        task: the task, for people.
        outcomes: of its calls, up to the first that fails.
        promised: whether the documentation promises it.
        forbidden: whether it must not work.
    """

    environment: str
    persona: str
    role_arn: str
    area: str
    task: str
    outcomes: tuple[Outcome, ...]
    promised: bool
    forbidden: bool

    @property
    def decision(self) -> Decision:
        """What becomes of the task: the decision of its last call."""
        return self.outcomes[-1].decision

    @property
    def judgment(self) -> Judgment:
        """How the decision compares with what the documentation says."""
        if self.decision is Decision.UNDECIDED:
            return Judgment.UNKNOWN
        allowed = self.decision is Decision.ALLOWED
        if self.promised:
            return Judgment.AS_PROMISED if allowed else Judgment.BROKEN
        if self.forbidden:
            return Judgment.LEAK if allowed else Judgment.AS_PROMISED
        return Judgment.OPEN


def matrix(world: World, environments: Iterable[str] = ()) -> list[Entry]:
    """Decide about every task of every persona.

    Args:
        world: all environments.
        environments: names of those whose personas are asked about; all if empty.
    """
    names = list(environments) or list(world.environments)
    authorizer = Authorizer(world)
    return [
        entry
        for name in names
        for persona in world.environments[name].personas
        for entry in _entries(world, world.environments[name], persona, authorizer)
    ]


def _entries(
    world: World, environment: Environment, persona: str, authorizer: Authorizer
) -> Iterator[Entry]:
    place = Place(world, environment, persona)
    session = studio_session(environment, persona, place)
    # What must not work must not work from anywhere.
    outside = replace(session, in_network=False)
    for task in table("tasks"):
        if any(name not in place.values for name in task.get("needs", ())):
            continue
        entries = [
            Entry(
                environment.name,
                persona,
                session.role.arn,
                task["area"],
                title,
                tuple(_until_failure(calls, outside if barred else session, authorizer)),
                promised,
                barred,
            )
            for title, calls, promised in _instances(task, place)
            for barred in (bool(task.get("forbidden")) and not promised,)
        ]
        if "any" in task:
            allowed = [entry for entry in entries if entry.decision is Decision.ALLOWED]
            entries = (allowed or entries)[:1]
        yield from entries


def studio_session(environment: Environment, persona: str, place: Place) -> Session:
    """Return the session of a user in Studio, or of the role outside if there is no Studio."""
    role, user = environment.personas[persona], str(place.values["user"])
    for domain in environment.of_type("AWS::SageMaker::Domain"):
        context = {"sagemaker:DomainId": domain.ref, "sagemaker:UserProfileName": user}
        in_network = domain.properties.get("AppNetworkAccessType") == "VpcOnly"
        return Session(role, environment, user, context, in_network)
    return Session(role, environment, user, in_network=False)


def _instances(task: Mapping[str, Any], place: Place) -> Iterator[tuple[str, list[Call], bool]]:
    """Yield title, calls and whether they are promised, for each thing that a task is about."""
    for values in place.each(task.get("each", task.get("any"))):
        try:
            calls = [_call(one, values) for one in task["calls"]]
            title = fill(task["title"], values)
        except MissingError:
            continue
        promised = task.get("promised", ())
        yield title, calls, bool(promised) and all(_holds(one, values) for one in promised)


def _holds(promise: str, values: Mapping[str, Any]) -> bool:
    try:
        return bool(fill(f"{{{promise}}}", values))
    except MissingError:
        return False


def _call(given: Mapping[str, Any], values: Mapping[str, Any]) -> Call:
    service, operation = given["call"].split(".")
    parameters = fill(given.get("with", {}), values)
    return Call(service, operation, parameters, fill(given.get("facts", {}), values))


def _until_failure(
    calls: Iterable[Call], session: Session, authorizer: Authorizer
) -> Iterator[Outcome]:
    for call in calls:
        outcome = authorizer.authorize(call, session)
        yield outcome
        if outcome.decision is not Decision.ALLOWED:
            return
