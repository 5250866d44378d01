"""Fewer and cheaper crossings from Python into node, where the CDK runs.

To make a construct, to call a method and to read an attribute is each a message to node, and
one back. Constructs need not care: what they write is plain CDK. This module relies on how jsii
is made, which its pinned version holds still; without it the templates are the same, byte for
byte, only later.
"""

import os
import typing
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stacks.messages import check_types_once, send_what_is_set

if TYPE_CHECKING:
    from aws_cdk import ArnFormat, Stack

_ONE_PROCESS = Path(__file__).with_name("one_process.cjs")
_COMPILED = Path(__file__).parents[1] / ".cache" / "node"

_CONSTANTS = frozenset(
    {
        "account", "alarmArn", "alarmName", "bucketArn", "bucketName", "functionArn",
        "functionName", "id", "keyArn", "keyId", "logGroupArn", "logGroupName",
        "managedPolicyArn", "node", "partition", "path", "ref", "region", "roleArn", "roleName",
        "securityGroupId", "stack", "stackName", "topicArn", "urlSuffix", "vpcId",
    }
)  # fmt: skip
"""Attributes that stay what they are until they are set; so do those of CloudFormation, ``attrArn``
and the like."""

_VALUES = frozenset(f"aws-cdk-lib.{name}" for name in ("Duration", "Size", "aws_ec2.Port"))
"""Classes whose static methods make values that nothing changes."""

_MADE_ALIKE = frozenset(
    {
        "aws-cdk-lib.aws_cloudwatch_actions.SnsAction",
        "aws-cdk-lib.aws_iam.AccountPrincipal",
        "aws-cdk-lib.aws_iam.AnyPrincipal",
        "aws-cdk-lib.aws_iam.ArnPrincipal",
        "aws-cdk-lib.aws_iam.ServicePrincipal",
    }
)
"""Classes whose instances are values that nothing changes: two made alike may be one."""

_FACTS = frozenset(
    {
        ("aws-cdk-lib.Tags", "of"),
        ("aws-cdk-lib.Token", "isUnresolved"),
        ("aws-cdk-lib.Validations", "of"),
        ("aws-cdk-lib.aws_ec2.Peer", "anyIpv4"),
        ("aws-cdk-lib.aws_ec2.Peer", "ipv4"),
    }
)
"""Static methods that answer the same question with the same answer."""


def start_one_process() -> None:
    """Let jsii start one process of node, before it is imported.

    It starts two, and the first only passes messages on to the second: four handovers for each
    crossing instead of two. It is left to it where its files are not where they were. What node
    compiles of the CDK is kept for the next process.
    """
    jsii = find_spec("jsii")
    if "JSII_RUNTIME" in os.environ or jsii is None or jsii.origin is None:
        return
    program = Path(jsii.origin).parent / "_embedded" / "jsii" / "lib__program.js"
    if not program.exists():
        return
    os.environ["JSII_RUNTIME"] = str(_ONE_PROCESS)
    os.environ["JSII_PROGRAM"] = str(program)
    # With more room for what is young, node looks less often for what is garbage.
    given = os.environ.get("NODE_OPTIONS", "")
    os.environ["NODE_OPTIONS"] = f"--max-semi-space-size=32 {given} --preserve-symlinks"
    os.environ["JSII_COMPILED"] = str(_COMPILED)


def remember_answers() -> None:
    """Let jsii remember what it was told once and what never changes, and say less.

    Call it once, before the first construct is made.
    """
    import jsii
    from aws_cdk import Stack, Stage
    from constructs import Construct, Node

    create, get, put, static_get = jsii.create, jsii.get, jsii.set, jsii.sget
    invoke, static_invoke = jsii.invoke, jsii.sinvoke
    answers: dict[Any, Any] = {}
    # Where constructs were made.
    scopes: dict[str, tuple[Any, str]] = {}

    class LateNode(Node):
        """The node of a construct; it is asked for when its path or id is not enough."""

        construct: Construct

        @property
        def __jsii_ref__(self) -> Any:
            return remembered(
                (_key(self.construct), "node"), get, self.construct, "node"
            ).__jsii_ref__

    def remembered(question: Any, ask: Callable[..., Any], *arguments: Any) -> Any:
        if question not in answers:
            answers[question] = ask(*arguments)
        return answers[question]

    def create_once(kind: Any, instance: Any, arguments: list[Any] | None = None) -> Any:
        if kind.__jsii_declared_type__ in _MADE_ALIKE:
            question = (kind, _key(arguments))
            instance.__jsii_ref__ = remembered(question, create, kind, instance, arguments)
            return instance.__jsii_ref__
        made = create(kind, instance, arguments)
        match arguments:
            case [Construct() as scope, str(name), *_] if issubclass(kind, Construct):
                scopes[made.ref] = (scope, name.replace("/", "--"))
        return made

    def of(kind: Any, construct: Any) -> Any:
        # A stage is in the stage around it, and in no stack.
        found = scope_of(construct) if kind is Stage else construct
        while found is not None and not isinstance(found, (kind, Stage)):
            found = scope_of(found)
        if isinstance(found, kind):
            return found
        return remembered((kind, _key(construct)), static_invoke, kind, "of", [construct])

    def scope_of(construct: Any) -> Any:
        return scopes.get(_key(construct), (None, ""))[0]

    def path_of(construct: Any) -> Any:
        scope, name = scopes.get(_key(construct), (None, ""))
        if scope is not None:
            return "/".join(filter(None, (path_of(scope), name)))
        return remembered((_key(construct), "node", "path"), get, construct.node, "path")

    def get_constant(instance: Any, name: str) -> Any:
        if name == "stack":
            return of(Stack, instance)
        if name == "node" and _key(instance) in scopes:
            # Without its metaclass, which would ask for it.
            node = LateNode.__new__(LateNode)
            node.construct = instance
            return node
        if name == "path" and isinstance(instance, LateNode):
            return path_of(instance.construct)
        if name == "id" and isinstance(instance, LateNode):
            return scopes[_key(instance.construct)][1]
        if name in _CONSTANTS or (name.startswith("attr") and name[4:5].isupper()):
            return remembered((_key(instance), name), get, instance, name)
        return get(instance, name)

    def forget_and_set(obj: Any, property: str, value: Any) -> None:
        answers.pop((_key(obj), property), None)
        put(obj, property, value)

    def get_static(owner: Any, name: str) -> Any:
        return remembered((owner, name), static_get, owner, name)

    def invoke_pure(instance: Any, method: str, arguments: Sequence[Any] = ()) -> Any:
        if method == "formatArn" and isinstance(instance, Stack):
            return _arn(instance, **arguments[0]._values)
        return invoke(instance, method, arguments)

    def invoke_static(owner: Any, method: str, arguments: Sequence[Any] = ()) -> Any:
        if owner in (Stack, Stage) and method == "of":
            return of(owner, arguments[0])
        if owner.__jsii_type__ in _VALUES or (owner.__jsii_type__, method) in _FACTS:
            question = (owner, method, *map(_key, arguments))
            return remembered(question, static_invoke, owner, method, arguments)
        return static_invoke(owner, method, arguments)

    jsii.create = typing.cast("Any", create_once)
    jsii.get, jsii.set, jsii.sget = get_constant, forget_and_set, get_static
    jsii.invoke, jsii.sinvoke = invoke_pure, invoke_static
    check_types_once()
    send_what_is_set()


def _key(value: Any) -> Any:
    """Return what is equal for equal values, and may be hashed."""
    reference = getattr(value, "__jsii_ref__", None)
    if reference is not None:
        return reference.ref
    value = getattr(value, "_values", value)
    if isinstance(value, dict):
        return tuple((key, _key(one)) for key, one in value.items())
    if isinstance(value, list):
        return tuple(map(_key, value))
    # Python takes 1 and True for the same.
    return value if isinstance(value, str) else (type(value), value)


def _arn(
    stack: "Stack",
    *,
    service: str,
    resource: str,
    resource_name: str | None = None,
    partition: str | None = None,
    region: str | None = None,
    account: str | None = None,
    arn_format: "ArnFormat | None" = None,
) -> str:
    """Return what ``Stack.format_arn`` does, which puts together what is there already."""
    parts = [
        stack.partition if partition is None else partition,
        service,
        stack.region if region is None else region,
        stack.account if account is None else account,
    ]
    style = "SLASH_RESOURCE_NAME" if arn_format is None else arn_format.name
    slash = "/" if style == "SLASH_RESOURCE_SLASH_RESOURCE_NAME" else ""
    separator = ":" if style == "COLON_RESOURCE_NAME" else "/"
    name = "" if resource_name is None else f"{separator}{resource_name}"
    return f"arn:{':'.join(parts)}:{slash}{resource}{name}"
