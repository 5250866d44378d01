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
from constructs import Construct
from jsii.errors import JSIIError

from tests.constructs.every_construct import EVERY_CONSTRUCT, Given

Arguments = Mapping[str, Any]
Change = Callable[[Arguments], Arguments]

# Errors of the CDK itself name the value too; some say what is allowed.
OF_THE_CDK = (JSIIError, RuntimeError, TypeError)


def make(
    construct: type[Construct], change: Change = dict, stack: Stack | None = None
) -> tuple[Stack, Arguments]:
    """Create a construct with changed arguments; return its stack and the usual arguments."""
    stack = stack or new_stack(App())
    original, seen = construct.__init__, {}

    def init(self: Construct, scope: Construct, id: str, **arguments: Any) -> None:
        if type(self) is construct:
            seen.update(arguments)
            arguments = dict(change(arguments))
        original(self, scope, id, **arguments)

    with mock.patch.object(construct, "__init__", init):
        EVERY_CONSTRUCT[construct](stack, Given(stack))
    return stack, seen


def new_stack(app: App, id: str = "Wrong") -> Stack:
    return Stack(app, id, env=Environment(account="123456789012", region="eu-west-1"))


def wrong_values(annotation: Any, given: Any = None) -> Iterator[Any]:
    """Return wrong values of a type, some of them like the usual value."""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    text = text if text in ("str", "int", "float") else str(annotation)
    if "Literal[" in text:
        yield "no-such"
    elif text.removesuffix(" | None") == "str":
        yield from ("", "no such!")
    elif text.removesuffix(" | None") in ("int", "float"):
        yield from (-1, 10**9)
    elif "Sequence[" in text or "Collection[" in text:
        yield from ((), "no-such")
    elif "Mapping[" in text:
        yield {}
        if given:
            yield {"no such!": next(iter(given.values()))}


def changes(construct: type[Construct]) -> Iterator[tuple[str, Any, Change]]:
    """Return one change for each wrong value of each argument, with the name of the argument."""
    _, usual = make(construct)
    parameters = inspect.signature(construct.__init__).parameters
    for name, parameter in parameters.items():
        if name in ("self", "scope", "id"):
            continue
        given = usual.get(name)
        for value in wrong_values(parameter.annotation, given):
            yield name, value, partial(_changed, name=name, value=value)
        first = given[0] if isinstance(given, list | tuple) and given else given
        if not dataclasses.is_dataclass(first) or isinstance(first, type):
            continue
        for field in dataclasses.fields(first):
            for value in wrong_values(field.type, getattr(first, field.name)):
                replaced = partial(_replaced, name=name, field=field.name, value=value)
                yield f"{name}.{field.name}", value, replaced


def _changed(got: Arguments, name: str, value: Any) -> Arguments:
    return {**got, name: value}


def _replaced(got: Arguments, name: str, field: str, value: Any) -> Arguments:
    given = got[name]
    if isinstance(given, list | tuple):
        return {**got, name: [dataclasses.replace(given[0], **{field: value}), *given[1:]]}
    return {**got, name: dataclasses.replace(given, **{field: value})}


def fault_of(error: Exception) -> str | None:
    """Return what is wrong with the error about a wrong argument; None if nothing is."""
    words = str(error)
    if isinstance(error, OF_THE_CDK):
        return None
    if isinstance(error, ValueError):
        return None if "got" in words else f"does not say what was got: {words}"
    return f"{type(error).__name__}: {words}"


def fault_of_synth(app: App) -> str | None:
    """Return why an app fails only when it is synthesized."""
    try:
        app.synth()
    except Exception as error:
        return f"only the synth fails: {str(error).strip().splitlines()[-1]}"
    return None


def faults_of(construct: type[Construct]) -> Iterator[str]:
    """Try each change in a stack of its own; what constructs accept is synthesized together."""
    app = App(builtin_cloud_formation_validation=False)
    accepted: dict[str, Change] = {}
    for number, (name, value, change) in enumerate(changes(construct)):
        stack = new_stack(app, f"Wrong{number}")
        what = f"{name}={value!r}"
        try:
            make(construct, change, stack)
        except Exception as error:
            app.node.try_remove_child(stack.node.id)
            if fault := fault_of(error):
                yield f"{what}: {fault}"
        else:
            accepted[what] = change
    if fault_of_synth(app):
        for what, change in accepted.items():
            alone = App(builtin_cloud_formation_validation=False)
            make(construct, change, new_stack(alone))
            if fault := fault_of_synth(alone):
                yield f"{what}: {fault}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "construct", EVERY_CONSTRUCT, ids=lambda one: f"{one.__module__}.{one.__name__}"
)
def test_wrong_arguments_are_refused_at_once(construct: type[Construct]) -> None:
    assert not list(faults_of(construct))


def test_enough_arguments_are_tried() -> None:
    assert sum(1 for one in list(EVERY_CONSTRUCT)[:10] for _ in changes(one)) > 30
