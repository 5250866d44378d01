"""Wrong arguments of every public construct: an error at once, with what was got and must be.

Each argument of each construct, and each field of the dataclasses among them, gets wrong values of
its type: an unknown choice, an empty text, an empty collection, a negative and a huge number. What
a construct accepts must also synthesize, so that no error comes later, without its cause. Bounds of
numbers are those of CloudFormation's schemas, which the checks of templates verify.
"""

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from unittest import mock

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk.assertions import Template
from constructs import Construct
from jsii.errors import JSIIError

from tests.constructs.every_construct import EVERY_CONSTRUCT, Given

Arguments = Mapping[str, Any]
Change = Callable[[Arguments], Arguments]

# Errors of the CDK itself name the value too; some say what is allowed.
OF_THE_CDK = (JSIIError, RuntimeError, TypeError)


def make(construct: type[Construct], change: Change = dict) -> tuple[Stack, Arguments]:
    """Create a construct with changed arguments; return its stack and the usual arguments."""
    stack = Stack(App(), "Wrong", env=Environment(account="123456789012", region="eu-west-1"))
    original, seen = construct.__init__, {}

    def init(self: Construct, scope: Construct, id: str, **arguments: Any) -> None:
        if type(self) is construct:
            seen.update(arguments)
            arguments = dict(change(arguments))
        original(self, scope, id, **arguments)

    with mock.patch.object(construct, "__init__", init):
        EVERY_CONSTRUCT[construct](stack, Given(stack))
    return stack, seen


def wrong_values(annotation: Any) -> Iterator[Any]:
    """Return wrong values of a type."""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    text = text if text in ("str", "int", "float") else str(annotation)
    if "Literal[" in text:
        yield "no-such"
    elif text.removesuffix(" | None") == "str":
        yield from ("", "no such!")
    elif text.removesuffix(" | None") in ("int", "float"):
        yield from (-1, 10**9)
    elif "Sequence[" in text or "Collection[" in text:
        yield ()
    elif "Mapping[" in text:
        yield {}


def changes(construct: type[Construct]) -> Iterator[tuple[str, Any, Change]]:
    """Return one change for each wrong value of each argument, with the name of the argument."""
    _, usual = make(construct)
    parameters = inspect.signature(construct.__init__).parameters
    for name, parameter in parameters.items():
        if name in ("self", "scope", "id"):
            continue
        for value in wrong_values(parameter.annotation):
            yield name, value, partial(_changed, name=name, value=value)
        given = usual.get(name)
        first = given[0] if isinstance(given, list | tuple) and given else given
        if not dataclasses.is_dataclass(first) or isinstance(first, type):
            continue
        for field in dataclasses.fields(first):
            for value in wrong_values(field.type):
                replaced = partial(_replaced, name=name, field=field.name, value=value)
                yield f"{name}.{field.name}", value, replaced


def _changed(got: Arguments, name: str, value: Any) -> Arguments:
    return {**got, name: value}


def _replaced(got: Arguments, name: str, field: str, value: Any) -> Arguments:
    given = got[name]
    if isinstance(given, list | tuple):
        return {**got, name: [dataclasses.replace(given[0], **{field: value}), *given[1:]]}
    return {**got, name: dataclasses.replace(given, **{field: value})}


def fault_of(construct: type[Construct], change: Change) -> str | None:
    """Return what is wrong with how a construct takes wrong arguments; None if nothing is."""
    try:
        stack, _ = make(construct, change)
    except OF_THE_CDK:
        return None
    except ValueError as error:
        words = str(error)
        return None if "got" in words else f"does not say what was got: {words}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    try:
        Template.from_stack(stack)
    except Exception as error:
        return f"only the synth fails: {str(error).strip().splitlines()[-1]}"
    return None


@pytest.mark.slow
@pytest.mark.parametrize(
    "construct", EVERY_CONSTRUCT, ids=lambda one: f"{one.__module__}.{one.__name__}"
)
def test_wrong_arguments_are_refused_at_once(construct: type[Construct]) -> None:
    found = [
        f"{name}={value!r}: {fault}"
        for name, value, change in changes(construct)
        if (fault := fault_of(construct, change))
    ]

    assert not found


def test_enough_arguments_are_tried() -> None:
    assert sum(1 for one in list(EVERY_CONSTRUCT)[:10] for _ in changes(one)) > 30
