"""ARNs that are made without asking the CDK each time are those that the CDK makes."""

from typing import Any

import pytest
from aws_cdk import App, ArnFormat, Environment, Stack
from constructs import Construct

from sagemaker_platform.security import format_arn


@pytest.mark.parametrize(
    "environment",
    [
        None,
        Environment(account="123456789012", region="eu-west-1"),
        Environment(account="123456789012", region="cn-north-1"),
    ],
    ids=["any account", "Europe", "China"],
)
@pytest.mark.parametrize(
    "arguments",
    [
        {"service": "sagemaker", "resource": "endpoint", "resource_name": "*"},
        {"service": "glue", "resource": "catalog"},
        {
            "service": "logs",
            "resource": "log-group",
            "resource_name": "/a:*",
            "arn_format": ArnFormat.COLON_RESOURCE_NAME,
        },
    ],
    ids=["name", "no name", "colon"],
)
def test_arn_is_what_cdk_makes(environment: Environment | None, arguments: dict[str, Any]) -> None:
    stack = Stack(App(), "Stack", env=environment)
    construct = Construct(stack, "Construct")

    for scope in (stack, construct):
        assert stack.resolve(format_arn(scope, **arguments)) == stack.resolve(
            stack.format_arn(**arguments)
        )
