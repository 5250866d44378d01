"""Rules of personas, among each other and with the capabilities of the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.access.extension import (
    BUILT_IN_PERSONAS,
    OffersActivities,
    all_activities,
    unavailable_activities,
)
from stacks.fields import validation_error
from stacks.names import pascal_case

if TYPE_CHECKING:
    from stacks.access.settings import PersonaSettings
    from stacks.settings import EnvironmentSettings

# IAM attaches ten managed policies to a role unless the account's quota was raised.
_POLICIES_OF_A_ROLE = 10


def check_personas(environment: EnvironmentSettings) -> None:
    """Refuse invalid personas. This runs before the capabilities, which rely on personas."""
    personas, unavailable = environment.personas, unavailable_activities(environment)
    ids: dict[str, str] = {}
    for name, persona in personas.items():
        _check_name(name, ids)
        if persona.activities is None and name not in BUILT_IN_PERSONAS:
            raise validation_error(
                "must have activities: it is not a built-in persona "
                f"({', '.join(BUILT_IN_PERSONAS)})",
                at=f"personas.{name}",
                value=name,
            )
        for index, activity in enumerate(persona.activities or ()):
            if activity in unavailable:
                raise validation_error(
                    f"requires {all_activities()[activity].requires}; add one to this environment",
                    at=f"personas.{name}.activities.{index}",
                    value=activity,
                )
            for needed in all_activities()[activity].needs:
                if needed not in (persona.activities or ()):
                    raise validation_error(
                        f"requires the activity {needed}, which grants the bucket, the key "
                        f"and the jobs that it uses. Add {needed} to the activities",
                        at=f"personas.{name}.activities.{index}",
                        value=activity,
                    )
    for name, persona in environment.all_personas.items():
        _check_policies(name, persona, environment)


def _check_name(name: str, ids: dict[str, str]) -> None:
    # The stack uses these ids for other constructs.
    if name == "workload" or name.startswith("canvas") or name.endswith("_policy"):
        raise validation_error(
            "is reserved by the platform. Choose another name",
            at=f"personas.{name}",
            value=name,
        )
    if (earlier := ids.setdefault(pascal_case(name), name)) != name:
        raise validation_error(
            f"must differ from {earlier} in more than underscores",
            at=f"personas.{name}",
            value=name,
        )


def _check_policies(name: str, persona: PersonaSettings, environment: EnvironmentSettings) -> None:
    """Refuse a persona whose role would have too many managed policies."""
    capabilities = list(environment.implementing(OffersActivities))
    own = (
        persona.passes_role or persona.with_policy("own") or persona.allowed_instance_types,
        persona.with_policy("building"),
        persona.with_policy("capability")
        or any(one.extends_persona(name, persona) for one in capabilities),
    )
    counts = {
        "for activities": len(persona.with_policy("shared")),
        "of the persona's own": sum(map(bool, own)),
        "in managed_policies": len(persona.managed_policies),
        **{f"from {one.key}": one.attached_policies(name, persona) for one in capabilities},
    }
    if (total := sum(counts.values())) > _POLICIES_OF_A_ROLE:
        listed = ", ".join(f"{count} {source}" for source, count in counts.items() if count)
        raise validation_error(
            f"needs {total} managed policies ({listed}); must be at most "
            f"{_POLICIES_OF_A_ROLE}, IAM's limit for a role. Remove activities that the "
            "persona does not need, or managed_policies",
            at=f"personas.{name}",
            value=name,
        )
