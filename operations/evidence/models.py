"""Models of the registry: their risk, what they are for, and which personas approve them."""

from collections.abc import Iterator
from dataclasses import dataclass

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision
from operations.access.matrix import studio_session
from operations.access.place import Place
from operations.access.resolver import Record
from operations.access.world import World
from operations.assembly import Stage
from operations.evidence.reach import persona_name

_RISK, _INTENDED_USE = "risk", "intended-use"


@dataclass(frozen=True)
class GovernedModel:
    """A group of the model registry.

    Attributes:
        group: its name.
        risk: what a wrong model would do; empty if nothing says so.
        intended_use: what it is for; empty if nothing says so.
        approvers: personas that may approve versions.
    """

    group: str
    risk: str
    intended_use: str
    approvers: tuple[str, ...]


def governed_models(stage: Stage) -> list[GovernedModel]:
    """Return the groups of an environment, with the personas that the authorizer lets approve."""
    world = World.of([one.with_template() for one in stage.stacks])
    environment = world.environments.get(stage.name)
    groups = environment.of_type("AWS::SageMaker::ModelPackageGroup") if environment else []
    if environment is None or not groups:
        return []
    authorizer = Authorizer(world)
    sessions = {
        persona: studio_session(environment, persona, Place(world, environment, persona))
        for persona in environment.personas
    }

    def approvers(group: str) -> Iterator[str]:
        arn = (
            f"arn:{environment.partition}:sagemaker:{environment.region}:{environment.account}:"
            f"model-package/{group}/1"
        )
        asked = {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"}
        for persona, session in sessions.items():
            outcome = authorizer.authorize(Call("sagemaker", "UpdateModelPackage", asked), session)
            if outcome.decision is Decision.ALLOWED:
                yield persona_name(persona)

    return sorted(
        (_model(one, tuple(sorted(approvers(_name(one))))) for one in groups),
        key=lambda one: one.group,
    )


def _name(record: Record) -> str:
    return str(record.properties["ModelPackageGroupName"])


def _model(record: Record, approvers: tuple[str, ...]) -> GovernedModel:
    template = record.stack.template["Resources"][record.logical_id]
    intended = template.get("Metadata", {}).get(_INTENDED_USE, "")
    return GovernedModel(_name(record), record.tags.get(_RISK, ""), intended, approvers)
