"""Cheaper messages to node: what jsii does in Python for each, done once or not at all."""

from typing import Any, cast

_LEAVES = frozenset({str, int, float, bool, type(None)})


def check_types_once() -> None:
    """Let jsii's check of an argument remember which types it took for which parameters.

    What holds for one string, one construct, or one structure holds for the next of its type. A
    list or a dictionary is looked into each time.
    """
    from jsii import _type_checking

    check = _type_checking._resolve_check()
    taken: dict[tuple[type, int], Any] = {}

    def check_once(argname: str, value: Any, expected_type: Any) -> None:
        kind = type(value)
        question = (kind, id(expected_type))
        if question in taken:
            return
        check(argname=argname, value=value, expected_type=expected_type)
        if kind in _LEAVES or hasattr(kind, "__jsii_type__"):
            # Kept, so that no other type gets its id.
            taken[question] = expected_type

    _type_checking._resolved_check = check_once


def send_what_is_set() -> None:
    """Let jsii send those properties of a structure that are set, and read them where they are.

    It sends all, most of them as null, which node drops. It reads each through its getter, which
    builds the type that it is declared with for no one.
    """
    from jsii import _kernel

    make_reference = _kernel._make_reference_for_native

    def make_message(kernel: Any, value: Any) -> Any:
        kind = type(value)
        if kind in _LEAVES:
            return value
        if kind is dict:
            return {"$jsii.map": {key: make_message(kernel, one) for key, one in value.items()}}
        if kind is list:
            return [make_message(kernel, one) for one in value]
        # Of a class of one's own, the getters may say something else.
        names = vars(kind).get("__jsii_name_mapping__")
        given = getattr(value, "_values", {})
        # What is optional is not among them when it is absent: jsii refuses what this is.
        if names is None or any(one is None for one in given.values()):
            return make_reference(kernel, value)
        data = {
            name: make_message(kernel, given[key]) for key, name in names.items() if key in given
        }
        return {"$jsii.struct": {"fqn": kind.__jsii_type__, "data": data}}

    _kernel._make_reference_for_native = cast("Any", make_message)
