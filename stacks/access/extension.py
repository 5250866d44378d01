"""Extension point of access: the activities that capabilities offer to personas."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Literal

from stacks.fields import validation_error

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from stacks.access.settings import PersonaSettings
    from stacks.access.stack import AccessStack
    from stacks.capability import BuildContext
    from stacks.settings import EnvironmentSettings

Statements = Callable[[], Sequence["iam.PolicyStatement"]]

PolicyKind = Literal["shared", "own", "building", "capability", "later"]
"""Which policy of IAM has the statements of an activity, see `Activity`."""

BUILT_IN_PERSONAS: Sequence[str] = (
    "data_scientist",
    "ml_engineer",
    "data_engineer",
    "model_approver",
    "administrator",
    "auditor",
)
"""Personas that the settings need not define."""


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Something that people do in an environment.

    Attributes:
        requires: what the settings must have, such as "a `lakehouse` block". Defaults to
            nothing: the activity is always available.
        personas: built-in personas that have the activity.
        order: position among the activities of a built-in persona, in ascending order.
        policy: ``shared``: one managed policy, which all personas with the activity share.
            ``own``: the statements go into a policy of the persona, with those of its other
            core activities of this kind; for a few short statements. ``building`` and
            ``capability``: a second and a third policy of the persona, because IAM limits both the
            number of policies and their length. Activities of capabilities with a few short
            statements use ``capability``, which also has what `AccessContribution.of_persona` adds.
            ``later``: the capability attaches a managed policy from its own stacks with
            `AccessStack.attach_policy`.
        passes_role: whether people give the role of the persona to jobs or models.
        needs: activities that a persona must have too.
        interface_endpoints: services that the activity calls from inside the VPC, besides those
            of Studio.
    """

    requires: str = ""
    personas: Sequence[str] = ()
    order: int = 1000
    policy: PolicyKind = "shared"
    passes_role: bool = False
    needs: Sequence[str] = ()
    interface_endpoints: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse personas that are not built in."""
        for name in self.personas:
            if name not in BUILT_IN_PERSONAS:
                raise ValueError(
                    f"personas: got {name!r}; must be built-in personas: "
                    f"{', '.join(BUILT_IN_PERSONAS)}"
                )


_SCIENCE = ("data_scientist", "ml_engineer")

CORE_ACTIVITIES: Mapping[str, Activity] = {
    "run_studio_apps": Activity(
        personas=[one for one in BUILT_IN_PERSONAS if one != "auditor"], order=10
    ),
    "run_jobs": Activity(
        personas=(*_SCIENCE, "data_engineer"),
        order=20,
        passes_role=True,
        interface_endpoints=["CLOUDFORMATION"],
    ),
    "track_experiments": Activity(
        personas=(*_SCIENCE, "model_approver"),
        order=60,
        interface_endpoints=["SAGEMAKER_METRICS"],
    ),
    "register_models": Activity(personas=_SCIENCE, order=70, policy="own"),
    "deploy_endpoints": Activity(personas=("ml_engineer",), order=80, passes_role=True),
    "invoke_endpoints": Activity(personas=_SCIENCE, order=90, policy="own"),
    "build_pipelines": Activity(
        personas=_SCIENCE, order=92, policy="building", passes_role=True, needs=["run_jobs"]
    ),
    "schedule_notebooks": Activity(
        personas=(*_SCIENCE, "data_engineer"),
        order=93,
        policy="building",
        passes_role=True,
        needs=["run_jobs"],
        interface_endpoints=["EVENTBRIDGE"],
    ),
    "use_feature_store": Activity(
        personas=(*_SCIENCE, "data_engineer"),
        order=94,
        policy="building",
        passes_role=True,
        needs=["run_jobs"],
        interface_endpoints=["SAGEMAKER_FEATURESTORE_RUNTIME"],
    ),
    "deploy_jumpstart": Activity(personas=_SCIENCE, order=95, policy="building"),
    "push_images": Activity(
        personas=("ml_engineer",),
        order=96,
        policy="own",
        interface_endpoints=["ECR", "ECR_DOCKER"],
    ),
    "approve_models": Activity(personas=("model_approver",), order=100),
    "trace_models": Activity(personas=("auditor",), order=105, interface_endpoints=["CLOUDTRAIL"]),
    "administer": Activity(
        personas=("administrator",), order=110, interface_endpoints=["CLOUDFORMATION"]
    ),
}
"""Activities that are available in every environment."""


@dataclass(frozen=True, kw_only=True)
class PersonaPolicy:
    """A managed policy for some personas, independent of their activities."""

    id: str
    description: str
    statements: Sequence[iam.PolicyStatement]
    personas: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class AccessContribution:
    """What a capability adds to the policies of personas.

    Attributes:
        activities: statements of activities. They replace those of a core activity.
        additions: statements that are added to activities.
        of_persona: statements for one persona, in its policy for capabilities.
        session_actions: actions that SageMaker's sessions need in the trust policy of one
            persona.
        policies: further managed policies.
    """

    activities: Mapping[str, Statements] = field(default_factory=dict)
    additions: Mapping[str, Statements] = field(default_factory=dict)
    of_persona: Callable[[str, PersonaSettings], Sequence[iam.PolicyStatement]] = lambda _, __: ()
    session_actions: Callable[[PersonaSettings], Sequence[str]] = lambda _: ()
    policies: Sequence[PersonaPolicy] = ()


class UsesPersonas:
    """A capability that assigns personas to people."""

    def used_personas(self) -> Collection[str]:
        """Return the names of the personas that people have."""
        return ()


class OffersActivities:
    """A capability that contributes to what personas may do.

    Attributes:
        key: key of the capability.
        activities: activities that it offers.
    """

    key: ClassVar[str]
    activities: ClassVar[Mapping[str, Activity]] = {}

    def available_activities(self) -> Collection[str]:
        """Return those of its activities that its settings make available. Defaults to all."""
        return self.activities.keys()

    def contribute_access(self, access: AccessStack, context: BuildContext) -> AccessContribution:
        """Return what it adds to the policies of personas."""
        return AccessContribution()

    def attached_policies(self, name: str, persona: PersonaSettings) -> int:
        """Return how many managed policies it attaches to a persona.

        Policies of activities do not count, unless they are attached later.
        """
        return 0

    def extends_persona(self, name: str, persona: PersonaSettings) -> bool:
        """Whether `AccessContribution.of_persona` has statements for a persona."""
        return False


@cache
def all_activities() -> Mapping[str, Activity]:
    """Return all activities in the order of built-in personas.

    It includes activities of capabilities that are off.
    """
    from stacks.registry import registered

    found = dict(CORE_ACTIVITIES)
    for kind in registered():
        if issubclass(kind, OffersActivities):
            found.update(kind.activities)
    return dict(sorted(found.items(), key=lambda item: item[1].order))


def unavailable_activities(environment: EnvironmentSettings) -> frozenset[str]:
    """Return the activities that an environment cannot offer."""
    available = {
        name
        for one in environment.implementing(OffersActivities)
        for name in one.available_activities()
    }
    return frozenset(all_activities().keys() - CORE_ACTIVITIES.keys() - available)


def personas_with(environment: EnvironmentSettings, activity: str) -> list[str]:
    """Return the personas of an environment that have an activity."""
    return [
        name
        for name, persona in environment.all_personas.items()
        if activity in (persona.activities or ())
    ]


def check_personas(
    environment: EnvironmentSettings, names: Sequence[str], activity: str, *, at: str
) -> None:
    """Refuse names of personas that the environment lacks, or that lack an activity.

    Args:
        environment: the environment.
        names: value of the setting.
        activity: what each persona must have.
        at: path of the setting.
    """
    having = personas_with(environment, activity)
    for number, name in enumerate(names):
        if name not in having:
            raise validation_error(
                f"must be a persona of this environment with the activity {activity}"
                + (f": {', '.join(having)}" if having else ", and there is none"),
                at=f"{at}.{number}",
                value=name,
            )
