"""No person gets past the rules by an operation of SageMaker that is new.

IAM denies what no policy names. Each operation that creates, starts or changes something is named
by an activity of a persona, or has a reason in ``not_offered.yaml``: one that botocore learns later
has neither, and fails here. What personas may start has conditions for the VPC and the key.
"""

from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore.model import ListShape, OperationModel, Shape, StructureShape
from ruamel.yaml import YAML

from operations.access.policy import Statement
from operations.access.world import World
from tests.support import PERSONAS, synthesized

SESSION = botocore.session.get_session()
SERVICES = [name for name in SESSION.get_available_services() if name.startswith("sagemaker")]
# What reads, stops or removes.
QUIET = (
    "BatchDelete",
    "BatchDescribe",
    "BatchGet",
    "Delete",
    "Deregister",
    "Describe",
    "Detach",
    "Disable",
    "Disassociate",
    "Get",
    "List",
    "Query",
    "Remove",
    "Render",
    "Search",
    "Stop",
)
GROUPS = YAML(typ="safe").load(Path(__file__).with_name("not_offered.yaml"))
REASONS = {name: group["reason"] for group in GROUPS for name in group["operations"]}
# Operations without a condition of their own, and why.
WITHOUT_VPC = {"CreateEndpointConfig": "its models have the VPC, and must be the persona's own"}
WITHOUT_KEY = {"CreateModelPackage": "it describes jobs that check a version, and starts none"}


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> list[Statement]:
    """Return the statements that allow something to a persona."""
    world = World.read(synthesized(tmp_path_factory.mktemp("personas"), *PERSONAS))
    return [
        statement
        for environment in world.environments.values()
        for role in environment.personas.values()
        for policy in role.policies
        for statement in policy.statements
        if not statement.deny
    ]


def operations() -> Iterator[tuple[str, str, OperationModel]]:
    """Yield the operations that do something: their name, action and model."""
    for service in SERVICES:
        model = SESSION.get_service_model(service)
        for name in model.operation_names:
            if not name.startswith(QUIET):
                shown = name if service == "sagemaker" else f"{service}.{name}"
                yield shown, f"{model.signing_name}:{name}", model.operation_model(name)


def members(shape: Shape | None, above: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the names of all members of an input."""
    if shape is None or shape.name in above:
        return
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            yield name
            yield from members(member, (*above, shape.name))
    elif isinstance(shape, ListShape):
        yield from members(shape.member, (*above, shape.name))


def conditions(statement: Statement) -> str:
    return " ".join(
        key for keys in statement.document.get("Condition", {}).values() for key in keys
    )


def test_every_operation_has_an_activity_or_a_reason(statements: list[Statement]) -> None:
    unknown = [
        name
        for name, action, _ in operations()
        if name not in REASONS and not any(one.names_action(action) for one in statements)
    ]
    assert not unknown, "offer them with conditions in an activity, or add a reason"


def test_reasons_are_of_operations_that_no_built_in_persona_has(
    statements: list[Statement],
) -> None:
    actions = {name: action for name, action, _ in operations()}
    assert set(REASONS) <= set(actions)
    named = {
        name
        for name in REASONS
        if any(one.names_action(actions[name]) for one in statements)
        and "An activity names it" not in REASONS[name]
    }
    assert not named


@pytest.mark.parametrize(
    ("member", "keys", "without"),
    [
        ("VpcConfig", ("VpcSubnets", "VpcSecurityGroupIds"), WITHOUT_VPC),
        ("VolumeKmsKeyId", ("VolumeKmsKey",), WITHOUT_KEY),
        ("KmsKeyId", ("KmsKey",), WITHOUT_KEY),
    ],
)
def test_what_personas_start_has_conditions(
    statements: list[Statement], member: str, keys: tuple[str, ...], without: dict[str, str]
) -> None:
    tried, open_ = [], []
    for name, action, model in operations():
        if member not in members(model.input_shape) or name in without:
            continue
        for one in (one for one in statements if one.names_action(action)):
            tried.append(name)
            if not all(key in conditions(one) for key in keys):
                open_.append(f"{name}: {one.origin.name}")
    assert "CreateTrainingJob" in tried
    assert not open_
