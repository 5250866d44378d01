"""Settings of personas: groups of people, and what they may do."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from stacks.access.extension import declared
from stacks.fields import Listed, PolicyName, PrincipalArn, Settings, validation_error

CORE_ACTIVITIES: Sequence[str] = (
    "administer",
    "approve_models",
    "deploy_endpoints",
    "invoke_endpoints",
    "register_models",
    "run_jobs",
    "run_studio_apps",
    "track_experiments",
)
"""What people do without any capability."""


def all_activities() -> list[str]:
    """Return the names of all activities, those of capabilities that are off too."""
    return sorted({*CORE_ACTIVITIES, *declared()})


def _activity(value: str) -> str:
    if value not in (known := all_activities()):
        shown = ", ".join(f"'{name}'" for name in known[:-1])
        raise validation_error(f"must be {shown} or '{known[-1]}'")
    return value


Activity = Annotated[str, AfterValidator(_activity), Listed(all_activities)]
"""What people do; each is one policy, see the guide to personas."""

BUILT_IN: Mapping[str, tuple[str, ...]] = {
    "data_scientist": (
        "run_studio_apps",
        "run_jobs",
        "query_lakehouse",
        "query_warehouse",
        "track_experiments",
        "register_models",
        "invoke_endpoints",
        "use_canvas",
        "use_hyperpod",
        "use_partner_apps",
    ),
    "ml_engineer": (
        "run_studio_apps",
        "run_jobs",
        "query_lakehouse",
        "query_warehouse",
        "track_experiments",
        "register_models",
        "deploy_endpoints",
        "invoke_endpoints",
        "use_hyperpod",
        "use_partner_apps",
    ),
    "data_engineer": (
        "run_studio_apps",
        "run_jobs",
        "query_lakehouse",
        "query_warehouse",
        "write_lakehouse",
    ),
    "model_approver": ("run_studio_apps", "track_experiments", "approve_models"),
    "administrator": ("run_studio_apps", "administer"),
}
"""The personas that need no entry, and their activities."""


def built_in() -> Mapping[str, Sequence[str]]:
    """Return the personas that need no entry, with the activities capabilities give them."""
    return {
        name: (
            *activities,
            *(
                activity
                for activity, about in declared().items()
                if name in about.personas and activity not in activities
            ),
        )
        for name, activities in BUILT_IN.items()
    }


SMALL: frozenset[str] = frozenset({"invoke_endpoints", "register_models", "use_partner_apps"})
"""Activities of few words, which are in the persona's own policy and not in one for all."""

_PASSES_ITSELF: frozenset[str] = frozenset({"run_jobs", "deploy_endpoints", "use_canvas"})
# IAM attaches ten managed policies to a role unless the account's quota was raised.
_POLICIES_OF_A_ROLE = 10


class PersonaSettings(Settings):
    """A group of people, and the role they share."""

    activities: Annotated[list[Activity], Field(min_length=1)] | None = None
    """What they do; absent: the activities of the built-in persona of that name."""
    managed_policies: list[PolicyName] = []
    """Names of IAM policies in the account that the role gets besides."""
    assumed_by: list[PrincipalArn] = []
    """ARNs of IAM roles or users who may assume the role outside Studio, such as the roles of
    permission sets."""

    @field_validator("activities", "managed_policies", "assumed_by")
    @classmethod
    def _check_twice(cls, values: list[str] | None) -> list[str] | None:
        if values is not None and len(set(values)) < len(values):
            raise validation_error("names one twice")
        return values

    @property
    def passes_itself(self) -> bool:
        """Whether the role is given to jobs and models that people create."""
        return not _PASSES_ITSELF.isdisjoint(self.activities or ())

    @property
    def has_own(self) -> bool:
        """Whether its activities make a policy of this persona alone."""
        return self.passes_itself or not SMALL.isdisjoint(self.activities or ())

    def policy_count(self, *, cluster_stacks: int) -> int:
        """Return how many managed policies the role gets for its activities and by name.

        Args:
            cluster_stacks: stacks with HyperPod clusters, each of which has one for its own.
        """
        activities = set(self.activities or ())
        of_clusters = cluster_stacks if "use_hyperpod" in activities else 0
        shared = activities - SMALL - {"use_hyperpod"}
        return len(shared) + len(self.managed_policies) + self.has_own + of_clusters


def effective_personas(
    personas: Mapping[str, PersonaSettings],
    *,
    used: Iterable[str],
    without: Collection[str],
) -> dict[str, PersonaSettings]:
    """Return the personas of an environment, each with its activities.

    Args:
        personas: those of the settings.
        used: names that people of the environment have; built-in ones need no entry.
        without: activities that the environment has nothing for, which built-in personas then
            do not have.
    """
    found = dict(personas)
    for name in used:
        if name in BUILT_IN:
            found.setdefault(name, PersonaSettings())
    return {
        name: persona
        if persona.activities is not None
        else persona.model_copy(
            update={
                "activities": [activity for activity in built_in()[name] if activity not in without]
            }
        )
        for name, persona in found.items()
    }


def check_personas(
    personas: Mapping[str, PersonaSettings],
    *,
    without: Collection[str],
    cluster_stacks: int,
    with_workgroups: Collection[str] = (),
    administering_data: Collection[str] = (),
) -> None:
    """Raise an error for a persona that cannot be.

    Args:
        personas: those of the settings.
        without: activities that the environment has nothing for.
        with_workgroups: names of those that have workgroups, and so a policy of their own.
        administering_data: names of those that administer the data lake.
        cluster_stacks: stacks with HyperPod clusters.
    """
    ids: dict[str, str] = {}
    for name, persona in personas.items():
        # What the stack calls its constructs.
        if name == "workload" or name.startswith("canvas") or name.endswith("_policy"):
            raise validation_error(
                "is a name that the platform has taken: choose another",
                at=f"personas.{name}",
                value=name,
            )
        if (earlier := ids.setdefault(name.title().replace("_", ""), name)) != name:
            raise validation_error(
                f"differs from {earlier} in underscores only", at=f"personas.{name}", value=name
            )
        if persona.activities is None:
            if name not in BUILT_IN:
                raise validation_error(
                    f"is none of the built-in personas ({', '.join(BUILT_IN)}): say its activities",
                    at=f"personas.{name}",
                    value=name,
                )
        else:
            for index, activity in enumerate(persona.activities):
                if activity in without:
                    raise validation_error(
                        f"needs {declared()[activity].needs}, which this environment has not",
                        at=f"personas.{name}.activities.{index}",
                        value=activity,
                    )
    for name, persona in effective_personas(personas, used=(), without=without).items():
        count = persona.policy_count(cluster_stacks=cluster_stacks) + (name in administering_data)
        count += name in with_workgroups and not persona.has_own
        if count > _POLICIES_OF_A_ROLE:
            raise validation_error(
                f"makes {count} policies, and a role takes {_POLICIES_OF_A_ROLE}: one for each "
                f"managed policy, one for {', '.join(sorted(SMALL))}, workgroups and giving the "
                "role to jobs together, one for administering data, one of each stack of clusters "
                "for use_hyperpod, and one for each other activity",
                at=f"personas.{name}",
                value=name,
            )
