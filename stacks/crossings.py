"""Fewer and cheaper crossings from Python into node, where the CDK runs.

To make a construct, to call a method and to read an attribute is each a message to node, and
one back. Constructs need not care: what they write is plain CDK. This module relies on how jsii
is made, which its pinned version holds still; without it the templates are the same, byte for
byte, only later.
"""

import os
import typing
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_ONE_PROCESS = Path(__file__).with_name("one_process.cjs")

_CONSTANTS = frozenset(
    {
        "account", "alarmArn", "alarmName", "bucketArn", "bucketName", "functionArn",
        "functionName", "id", "keyArn", "keyId", "logGroupArn", "logGroupName",
        "managedPolicyArn", "node", "partition", "path", "ref", "region", "roleArn", "roleName",
        "securityGroupId", "stack", "stackName", "topicArn", "urlSuffix", "vpcId",
    }
)  # fmt: skip
"""Attributes that stay what they are; so do those whose names begin with ``attr``."""

_VALUES = frozenset(f"aws-cdk-lib.{name}" for name in ("Duration", "Size", "aws_ec2.Port"))
"""Classes whose static methods make values that nothing changes."""

_FACTS = frozenset(
    {
        ("aws-cdk-lib.Stack", "of"),
        ("aws-cdk-lib.Token", "isUnresolved"),
        ("aws-cdk-lib.aws_ec2.Peer", "anyIpv4"),
        ("aws-cdk-lib.aws_ec2.Peer", "ipv4"),
    }
)
"""Static methods that answer the same question with the same answer."""


def start_one_process() -> None:
    """Let jsii start one process of node, before it is imported.

    It starts two, and the first only passes messages on to the second: four handovers for each
    crossing instead of two. It is left to it where its files are not where they were.
    """
    jsii = find_spec("jsii")
    if "JSII_RUNTIME" in os.environ or jsii is None or jsii.origin is None:
        return
    program = Path(jsii.origin).parent / "_embedded" / "jsii" / "lib__program.js"
    if not program.exists():
        return
    os.environ["JSII_RUNTIME"] = str(_ONE_PROCESS)
    os.environ["JSII_PROGRAM"] = str(program)
    os.environ["NODE_OPTIONS"] = f"{os.environ.get('NODE_OPTIONS', '')} --preserve-symlinks"


def remember_answers() -> None:
    """Let jsii remember what it was told once and what never changes.

    Call it once, before the first construct is made.
    """
    import jsii

    get, static_get, invoke, static_invoke = jsii.get, jsii.sget, jsii.invoke, jsii.sinvoke
    answers: dict[Any, Any] = {}

    def remembered(question: Any, ask: Callable[..., Any], *arguments: Any) -> Any:
        if question not in answers:
            answers[question] = ask(*arguments)
        return answers[question]

    def get_constant(instance: Any, name: str) -> Any:
        if name in _CONSTANTS or name.startswith("attr"):
            return remembered((_key(instance), name), get, instance, name)
        return get(instance, name)

    def get_static(owner: Any, name: str) -> Any:
        return remembered((owner, name), static_get, owner, name)

    def invoke_pure(instance: Any, method: str, arguments: Sequence[Any] = ()) -> Any:
        if method == "formatArn":
            question = (_key(instance), method, repr(arguments))
            return remembered(question, invoke, instance, method, arguments)
        return invoke(instance, method, arguments)

    def invoke_static(owner: Any, method: str, arguments: Sequence[Any] = ()) -> Any:
        if owner.__jsii_type__ in _VALUES or (owner.__jsii_type__, method) in _FACTS:
            question = (owner, method, *map(_key, arguments))
            return remembered(question, static_invoke, owner, method, arguments)
        return static_invoke(owner, method, arguments)

    jsii.get, jsii.sget = get_constant, get_static
    jsii.invoke, jsii.sinvoke = invoke_pure, invoke_static
    # It asks for the types of a method's parameters at every call, to check what it is given.
    typing.get_type_hints = typing.cast("Any", cache(typing.get_type_hints))


def _key(value: Any) -> Any:
    reference = getattr(value, "__jsii_ref__", None)
    return value if reference is None else reference.ref
