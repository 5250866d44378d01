"""Checks of arguments that several constructs share: what was got, and what must be."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import wraps
from inspect import signature
from typing import Any, TypeVar, cast, get_args

_Checked = TypeVar("_Checked", bound=Callable[..., Any])

_MUST_BE = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "True or False",
    "Mapping": "a mapping",
    "IBucket": "an s3.IBucket",
    "IKey": "a kms.IKey",
    "INetwork": "a network or an ec2.IVpc",
    "IRole": "an iam.IRole",
    "ISecurityGroup": "an ec2.ISecurityGroup",
    "ITopic": "an sns.ITopic",
}
# An object has the interface if it has one of these attributes: the interfaces of the CDK are
# protocols, which `isinstance` cannot check.
_ATTRIBUTES: Mapping[str, Sequence[str]] = {
    "IBucket": ("bucket_arn",),
    "IKey": ("key_arn",),
    "INetwork": ("private_subnet_ids", "vpc_id"),
    "IRole": ("role_arn",),
    "ISecurityGroup": ("security_group_id",),
    "ITopic": ("topic_arn",),
}


def checks_types(checked: _Checked) -> _Checked:
    """Have a class or function refuse text for a number, a name for a bucket, and the like.

    Python does not check annotations: ``"100" * 1024`` is a long text, which fails late or never.
    This checks the arguments whose annotation is `str`, `int`, `float`, `bool`, a mapping, or an
    interface of the CDK such as `s3.IBucket`, also with None. Tokens of the CDK count as their
    type.

    Raises:
        TypeError: when it is called with a value of another type.
    """
    is_class = isinstance(checked, type)
    original: Callable[..., Any] = checked.__init__ if is_class else checked
    positions = list(signature(original).parameters)
    expected = _expected_types(original.__annotations__)

    @wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        for name, value in (*zip(positions, args, strict=False), *kwargs.items()):
            if name in expected:
                type_name, optional = expected[name]
                if not _is_of_type(value, type_name, optional):
                    raise TypeError(
                        f"{name}: got {_shown(value)}; must be {_MUST_BE[type_name]}"
                        + _remedy(value, type_name)
                    )
        return original(*args, **kwargs)

    if not is_class:
        return cast(_Checked, call)
    checked.__init__ = call  # type: ignore[method-assign]
    return checked


def _expected_types(annotations: Mapping[str, Any]) -> dict[str, tuple[str, bool]]:
    """Return the type of each argument that is checked, and whether it may be None."""
    found = {}
    for name, annotation in annotations.items():
        # Annotations are text in modules with `from __future__ import annotations`.
        text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
        required = text.removesuffix(" | None")
        # A VPC of the CDK is a network too. Other choices of types are not checked.
        one_type = required.removesuffix(" | aws_cdk.aws_ec2.IVpc")
        # Types of elements, in brackets, are not checked either.
        outer, _, elements = one_type.partition("[")
        type_name = outer.rpartition(".")[2]
        if type_name in _MUST_BE and " | " not in outer + elements.rpartition("]")[2]:
            found[name] = type_name, text != required
    return found


def _is_of_type(value: Any, type_name: str, optional: bool) -> bool:
    if value is None:
        return optional
    match type_name:
        case "str":
            return isinstance(value, str)
        case "bool":
            return isinstance(value, bool)
        case "Mapping":
            return isinstance(value, Mapping)
        case interface if interface in _ATTRIBUTES:
            # The class comes first: reading an attribute of an object asks the CDK's process.
            return any(
                hasattr(where, attribute)
                for where in (type(value), value)
                for attribute in _ATTRIBUTES[interface]
            )
        case "int" if isinstance(value, float):
            # Only now: the settings use this module without the CDK, which starts Node.js.
            from aws_cdk import Token

            return Token.is_unresolved(value)
        case _:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return number and math.isfinite(value)


def _shown(value: Any) -> str:
    if hasattr(value, "node"):
        return f"the {type(value).__name__} {value.node.path}"
    return repr(value)


def _remedy(value: Any, type_name: str) -> str:
    """Return which attribute to pass, such as the bucket of a `DataBucket`."""
    for attribute in _ATTRIBUTES.get(type_name, ()):
        own = attribute.rpartition("_")[0]
        if _is_of_type(getattr(value, own, None), type_name, optional=False):
            return f". Pass its attribute {own}"
    return ""


def require_one_of(name: str, value: str, choices: Any) -> None:
    """Refuse a value that is not among the choices.

    Args:
        name: name of the argument.
        value: its value.
        choices: a `Literal` type, or a collection of values.

    Raises:
        ValueError: the value is not among the choices.
    """
    known = get_args(choices) or tuple(choices)
    if value not in known:
        raise ValueError(f"{name}: got {value!r}; must be one of {', '.join(known) or 'none'}")


def require_some(name: str, values: Collection[Any]) -> None:
    """Refuse an empty collection, and text in place of one.

    Args:
        name: name of the argument.
        values: its value.

    Raises:
        TypeError: the value is text.
        ValueError: the collection is empty.
    """
    if isinstance(values, str):
        raise TypeError(f"{name}: got {values!r}; must be a collection, not text")
    if not values:
        raise ValueError(f"{name}: got an empty collection; must have at least one entry")


def require_each(name: str, values: Iterable[Any], kind: type) -> None:
    """Refuse a value that is no collection of objects of a class, such as one object or text.

    Args:
        name: name of the argument.
        values: its value.
        kind: class of the objects.

    Raises:
        TypeError: an object is of another class.
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"{name}: got {values!r}; must be a sequence of {kind.__name__}")
    for value in values:
        if not isinstance(value, kind):
            raise TypeError(f"{name}: got {value!r}; must have only {kind.__name__}")
