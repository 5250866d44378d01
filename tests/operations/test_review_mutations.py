"""Random changes of policies: all that widen are told, and none that narrow is."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from operations.access.world import World
from operations.review.access import AccessChange, Permission, compare_access
from sagemaker_platform.synthesized_stack import SynthesizedStack
from tests.support import FIXTURES, stacks_in, synthesized

Statement = dict[str, Any]
Flagged = Callable[[Permission], bool]
SEED, EACH = 20261127, 20


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> list[SynthesizedStack]:
    folder = synthesized(tmp_path_factory.mktemp("prod"), FIXTURES / "prod.yaml")
    return stacks_in(Path(folder))


def copies(stacks: list[SynthesizedStack]) -> list[SynthesizedStack]:
    return [replace(one, template=copy.deepcopy(one.template)) for one in stacks]


def documents(stacks: list[SynthesizedStack]) -> Iterator[list[Statement]]:
    """Yield the statements of each policy, of the roles' trust, and of resources."""
    names = ("PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy")
    for stack in stacks:
        for resource in stack.template["Resources"].values():
            if resource["Type"].startswith(("AWS::IAM::", "AWS::S3::", "AWS::KMS::")):
                properties = resource.get("Properties", {})
                for name in names:
                    statements = properties.get(name, {}).get("Statement")
                    if isinstance(statements, list):
                        yield statements


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def names_actions(statement: Statement) -> bool:
    return statement["Effect"] == "Allow" and "Action" in statement


def add_action(number: int, statement: Statement, statements: list[Statement]) -> Flagged | None:
    if not names_actions(statement):
        return None
    action = f"sqs:Mutation{number}"
    statement["Action"] = [*listed(statement["Action"]), action]
    return lambda one: one.what == action


def any_resource(number: int, statement: Statement, statements: list[Statement]) -> Flagged | None:
    if not names_actions(statement) or "*" in listed(statement.get("Resource", "*")):
        return None
    statement["Resource"] = "*"
    actions = listed(statement["Action"])
    return lambda one: one.on == "*" and one.what in actions


def drop_condition(
    number: int, statement: Statement, statements: list[Statement]
) -> Flagged | None:
    if not names_actions(statement) or not statement.get("Condition"):
        return None
    operator, keys = next(iter(statement["Condition"].items()))
    key = next(iter(keys))
    del keys[key]
    if not keys:
        del statement["Condition"][operator]
    actions = listed(statement["Action"])
    # Under the operator, as another one may ask for the same key.
    return lambda one: (
        one.what in actions and key not in json.loads(one.conditions or "{}").get(operator, {})
    )


def add_value(number: int, statement: Statement, statements: list[Statement]) -> Flagged | None:
    for operator, keys in (statement.get("Condition") or {}).items():
        if names_actions(statement) and operator in ("StringEquals", "StringLike", "ArnLike"):
            key = next(iter(keys))
            keys[key] = [*listed(keys[key]), f"mutation-{number}"]
            return lambda one: f"mutation-{number}" in one.conditions
    return None


def remove_denial(number: int, statement: Statement, statements: list[Statement]) -> Flagged | None:
    if statement["Effect"] != "Deny":
        return None
    statements.remove(statement)
    actions = [f"no longer denied: {one}" for one in listed(statement.get("Action", "all but"))]
    return lambda one: any(one.what.startswith(action) for action in actions)


def add_principal(number: int, statement: Statement, statements: list[Statement]) -> Flagged | None:
    if not names_actions(statement) or not isinstance(statement.get("Principal"), dict):
        return None
    account = f"arn:aws:iam::{100000000000 + number}:root"
    statement["Principal"]["AWS"] = [*listed(statement["Principal"].get("AWS", [])), account]
    return lambda one: one.by == account


def use_not_action(
    number: int, statement: Statement, statements: list[Statement]
) -> Flagged | None:
    if not names_actions(statement):
        return None
    del statement["Action"]
    statement["NotAction"] = f"sqs:Mutation{number}"
    return lambda one: one.what == f"all but sqs:mutation{number}"


WIDENING = (
    add_action,
    any_resource,
    drop_condition,
    add_value,
    remove_denial,
    add_principal,
    use_not_action,
)


def remove_action(number: int, statement: Statement, statements: list[Statement]) -> bool:
    if not names_actions(statement) or len(listed(statement["Action"])) < 2:
        return False
    statement["Action"] = statement["Action"][1:]
    return True


def remove_statement(number: int, statement: Statement, statements: list[Statement]) -> bool:
    if statement["Effect"] != "Allow" or len(statements) < 2:
        return False
    statements.remove(statement)
    return True


def add_condition(number: int, statement: Statement, statements: list[Statement]) -> bool:
    if statement["Effect"] != "Allow":
        return False
    keys = statement.setdefault("Condition", {}).setdefault("StringEquals", {})
    keys["aws:PrincipalOrgID"] = "o-1234567890"
    return True


def add_denial(number: int, statement: Statement, statements: list[Statement]) -> bool:
    if statement["Effect"] != "Allow":
        return False
    statements.append({**copy.deepcopy(statement), "Effect": "Deny"})
    return True


def split_statement(number: int, statement: Statement, statements: list[Statement]) -> bool:
    if not names_actions(statement) or len(listed(statement["Action"])) < 2:
        return False
    first, *rest = statement["Action"]
    statements.append({**copy.deepcopy(statement), "Action": rest})
    statement["Action"] = first
    return True


def repeat_statement(number: int, statement: Statement, statements: list[Statement]) -> bool:
    if not names_actions(statement):
        return False
    statements.insert(0, {**copy.deepcopy(statement), "Action": listed(statement["Action"])[0]})
    return True


def write_case(number: int, statement: Statement, statements: list[Statement]) -> bool:
    """Write actions in capitals, which mean the same."""
    if not names_actions(statement):
        return False
    statement["Action"] = [one.upper() for one in listed(statement["Action"])]
    return True


NARROWING = (
    remove_action,
    remove_statement,
    add_condition,
    add_denial,
    split_statement,
    repeat_statement,
    write_case,
)


def mutate(
    stacks: list[SynthesizedStack], mutation: Callable[..., Any]
) -> tuple[AccessChange, list[Any]]:
    """Apply a mutation to as many random statements as there are, up to `EACH`."""
    changed = copies(stacks)
    slots = [(one, statements) for statements in documents(changed) for one in statements]
    random.Random(f"{SEED}{mutation.__name__}").shuffle(slots)
    results: list[Any] = []
    for number, (statement, statements) in enumerate(slots):
        # Those of one policy could hide each other.
        if len(results) < EACH and (result := mutation(number, statement, statements)):
            results.append(result)
    return compare_access(World.of(stacks), World.of(changed), "prod"), results


@pytest.mark.parametrize("mutation", WIDENING, ids=lambda one: one.__name__)
def test_widening_is_told(mutation: Callable[..., Any], stacks: list[SynthesizedStack]) -> None:
    change, expected = mutate(stacks, mutation)

    missed = [number for number, one in enumerate(expected) if not any(map(one, change.wider))]
    assert expected
    assert missed == []


@pytest.mark.parametrize("mutation", NARROWING, ids=lambda one: one.__name__)
def test_narrowing_is_not_told_as_wider(
    mutation: Callable[..., Any], stacks: list[SynthesizedStack]
) -> None:
    change, applied = mutate(stacks, mutation)

    assert applied
    assert [str(one) for one in change.wider] == []


def test_there_are_a_hundred_of_each(stacks: list[SynthesizedStack]) -> None:
    for mutations in (WIDENING, NARROWING):
        count = sum(len(mutate(stacks, one)[1]) for one in mutations)
        assert count >= 100, count
