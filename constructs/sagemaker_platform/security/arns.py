"""ARNs of resources in the account and region of a stack."""

from functools import cache

from aws_cdk import ArnFormat, Stack
from constructs import IConstruct


def format_arn(
    scope: IConstruct,
    *,
    service: str,
    resource: str,
    resource_name: str | None = None,
    arn_format: ArnFormat = ArnFormat.SLASH_RESOURCE_NAME,
) -> str:
    """Return the ARN of a resource in the partition, region and account of a stack.

    It is what `Stack.format_arn` returns. Each call of the CDK from Python takes a message to its
    process and back; this function takes them once for each stack. Use it where a policy names
    many resources.

    Args:
        scope: a stack, or a construct in it.
        service: service in the ARN, such as ``sagemaker``.
        resource: type of the resource in the ARN, such as ``endpoint``.
        resource_name: name of the resource. Defaults to no name.
        arn_format: what separates the type from the name. Without a name, the ARN ends with the
            type, whatever the format.
    """
    name = "" if resource_name is None else f"{_SEPARATORS[arn_format]}{resource_name}"
    return f"{_prefix(scope, service)}{resource}{name}"


_SEPARATORS = {
    ArnFormat.COLON_RESOURCE_NAME: ":",
    ArnFormat.SLASH_RESOURCE_NAME: "/",
}


def _prefix(scope: IConstruct, service: str) -> str:
    partition, region, account = _place(scope if isinstance(scope, Stack) else Stack.of(scope))
    return f"arn:{partition}:{service}:{region}:{account}:"


@cache
def _place(stack: Stack) -> tuple[str, str, str]:
    return stack.partition, stack.region, stack.account
