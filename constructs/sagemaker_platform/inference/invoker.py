"""A principal outside of the environment that may call an endpoint."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.security import AccessPolicy, WildcardStatement


@checks_types
@dataclass(frozen=True, kw_only=True)
class Invoker:
    """A principal outside of the environment that may call an endpoint.

    Args:
        name: name of the invoker.
        principal: who assumes the role: a role, or an account that decides itself who may.
    """

    name: str
    principal: iam.IPrincipal


def invoke_any(scope: IConstruct, *, prefix: str) -> iam.PolicyStatement:
    """Return the permissions to call the endpoints whose names begin with a prefix.

    Args:
        scope: a construct of the stack, for its account and region.
        prefix: beginning of the names.
    """
    stack = Stack.of(scope)
    return WildcardStatement(
        actions=[
            "sagemaker:InvokeEndpoint",
            "sagemaker:InvokeEndpointAsync",
            "sagemaker:InvokeEndpointWithResponseStream",
        ],
        resources=[
            stack.format_arn(service="sagemaker", resource=kind, resource_name=f"{prefix}*")
            for kind in ("endpoint", "inference-component")
        ],
        wildcard_reason="Endpoints whose names a prefix begins.",
    )


class InvokeRole(Construct):
    """A role that calls one endpoint and does nothing else, for one invoker.

    Without a resource policy on endpoints, a principal of another account has to
    assume a role of this one.

    Args:
        principal: who assumes the role.
        statements: permissions to call the endpoint.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        principal: iam.IPrincipal,
        statements: Sequence[iam.PolicyStatement],
    ) -> None:
        super().__init__(scope, id)
        policy = AccessPolicy(
            self, "Policy", statements=statements, description=f"Calls {scope.node.path}"
        )
        self.role = iam.Role(
            self,
            "Resource",
            assumed_by=principal,
            description=f"Calls {scope.node.path}",
            managed_policies=[policy.managed_policy],
        )
