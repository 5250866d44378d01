"""Every public class of the library refuses text for a number, a number for text, and the like."""

import importlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from aws_cdk import App, CfnParameter, Environment, Stack
from constructs import Construct

from sagemaker_platform.inference import Compute, Endpoint
from sagemaker_platform.studio import SpaceStorage
from tests.constructs.test_public_api import PACKAGES

WRONG: Mapping[str, Sequence[Any]] = {
    "str": (7, 7.5, True, ["text"]),
    "int": ("7", "", 7.5, True),
    "float": ("7.5", True, float("nan"), float("inf")),
    "bool": ("no", 0, 1),
    "aws_cdk.aws_ec2.ISecurityGroup": ("sg-1", 7),
    "aws_cdk.aws_iam.IRole": ("arn:aws:iam::123456789012:role/people", 7),
    "aws_cdk.aws_kms.IKey": ("arn:aws:kms:eu-west-1:123456789012:key/1", 7),
    "aws_cdk.aws_s3.IBucket": ("logs", 7),
    "aws_cdk.aws_sns.ITopic": ("arn:aws:sns:eu-west-1:123456789012:alarms", 7),
    "sagemaker_platform.network.interface.INetwork | aws_cdk.aws_ec2.IVpc": ("vpc-1", 7),
}


# Results and rows of data, not arguments of constructs.
NO_ARGUMENTS = ("sagemaker_platform.catalog", "sagemaker_platform.costs")


def public_classes() -> Iterator[type]:
    for package in map(importlib.import_module, set(PACKAGES) - set(NO_ARGUMENTS)):
        for member in (getattr(package, name) for name in package.__all__):
            protocol = getattr(member, "_is_protocol", False)
            if inspect.isclass(member) and not protocol and not issubclass(member, Exception):
                yield member


def wrong_values(public: type) -> Iterator[tuple[str, Any]]:
    """Return each argument of a simple type with each value of another type."""
    for name, parameter in inspect.signature(public).parameters.items():
        if name in ("scope", "id"):
            continue
        annotation = parameter.annotation
        text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
        kind = text.removesuffix(" | None")
        values = WRONG.get(kind, ())
        yield from ((name, value) for value in values)
        if values and text == kind:
            yield name, None


def fault_of(public: type, name: str, value: Any, scope: Stack) -> str | None:
    place = (scope, "Id") if issubclass(public, Construct) else ()
    try:
        public(*place, **{name: value})
    except TypeError as error:
        right = str(error).startswith(f"{name}: got {value!r}; must be ")
        return None if right else str(error)
    return "accepted"


def test_values_of_another_type_are_refused() -> None:
    app = App()
    environment = Environment(account="123456789012", region="eu-west-1")
    tried, faults = 0, []
    for public in public_classes():
        for name, value in wrong_values(public):
            # What fails may leave constructs behind.
            tried += 1
            if fault := fault_of(public, name, value, Stack(app, f"S{tried}", env=environment)):
                faults.append(f"{public.__name__}({name}={value!r}): {fault}")
    assert not faults, "Put @checks_types of sagemaker_platform.arguments above the class."
    assert tried > 1000


def test_tokens_and_whole_numbers_are_accepted(stack: Stack) -> None:
    number = CfnParameter(stack, "Number", type="Number").value_as_number
    text = CfnParameter(stack, "Text").value_as_string

    storage = SpaceStorage(default_gib=cast(int, number), max_gib=100).to_property()

    assert storage["defaultEbsStorageSettings"]["defaultEbsVolumeSizeInGb"] == number
    assert Endpoint.from_endpoint_name(stack, "Endpoint", text).name == text
    assert Compute(min_memory_mb=1024, cpu_cores=2).cpu_cores == 2
