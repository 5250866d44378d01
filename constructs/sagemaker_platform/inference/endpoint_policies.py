"""Resource policies of endpoints: which routers of other accounts may call them."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_some
from sagemaker_platform.functions import WaitingResource
from sagemaker_platform.functions.watch import watched
from sagemaker_platform.inference.asynchronous_endpoint import AsynchronousEndpoint
from sagemaker_platform.inference.endpoint import Endpoint
from sagemaker_platform.inference.router import SOURCE_ROUTER
from sagemaker_platform.security import WildcardStatement


@checks_types
class EndpointPolicies(Construct):
    """Policies that admit inference routers of other accounts to endpoints, and nothing else.

    A statement admits the account of a router, on condition that the request comes through that
    router: a direct call is denied. Another statement lets the account describe the endpoint,
    which SageMaker needs to show the status of the destination (Amazon SageMaker AI Developer
    Guide, "Route requests to endpoints in other AWS accounts", read 2026-11-27).

    CloudFormation has no property for the policy, as of October 2026: a custom resource keeps it.
    A policy is lost with its endpoint. The custom resource runs again when an endpoint or its
    configuration changes, and attaches a policy that is missing.

    Args:
        name: name of the set of policies, unique in account and region.
        routers: ARNs of routers of other accounts, by endpoint.
        prefix: beginning of the names of all endpoints that have had routers or will have some,
            such as ``dev-``. Policies of endpoints without an entry are deleted.
        key: encrypts the logs.
        log_retention_days: their retention; a period that CloudWatch Logs supports.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        routers: Mapping[Endpoint, Sequence[str]],
        prefix: str,
        key: kms.IKey,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        require_some("routers", list(routers))
        arns = [_arn(endpoint) for endpoint in routers]
        waiting = WaitingResource(
            self,
            "Resource",
            folder="endpoint_policies",
            resource_type="EndpointPolicies",
            properties={
                "Name": name,
                "Policies": {
                    endpoint.name: {
                        "Statements": policy_statements(endpoint, of_endpoint),
                        "Watched": watched(endpoint.resource),
                    }
                    for endpoint, of_endpoint in routers.items()
                },
            },
            is_complete_statements=[
                iam.PolicyStatement(
                    actions=["sagemaker:GetEndpointPolicy", "sagemaker:PutEndpointPolicy"],
                    resources=arns,
                ),
                WildcardStatement(
                    actions=["sagemaker:DeleteEndpointPolicy"],
                    resources=[_arn_of(self, f"{prefix}*")],
                    wildcard_reason="An endpoint that no longer has routers, or whose place "
                    "another takes, loses its policy: this version does not know its name.",
                ),
            ],
            key=key,
            log_retention_days=log_retention_days,
            description="Resource policies of endpoints",
            poll_seconds=10,
        )
        waiting.resource.node.add_dependency(*(endpoint.resource for endpoint in routers))
        self.resource = waiting.resource


def policy_statements(endpoint: Endpoint, routers: Sequence[str]) -> list[dict[str, Any]]:
    """Return the statements of an endpoint's policy, as IAM writes them.

    Args:
        endpoint: the endpoint.
        routers: ARNs of routers of other accounts.
    """
    suffix = "Async" if isinstance(endpoint, AsynchronousEndpoint) else ""
    arn, partition = _arn(endpoint), Stack.of(endpoint).partition
    by_account: dict[str, list[str]] = {}
    for router in routers:
        by_account.setdefault(router.split(":")[4], []).append(router)
    statements: list[dict[str, Any]] = []
    for number, (account, of_account) in enumerate(sorted(by_account.items())):
        principal = {"AWS": f"arn:{partition}:iam::{account}:root"}
        statements += [
            {
                "Sid": f"InvokeThroughRouter{number}",
                "Effect": "Allow",
                "Principal": principal,
                "Action": f"sagemaker:InvokeEndpoint{suffix}",
                "Resource": arn,
                "Condition": {"ArnEquals": {SOURCE_ROUTER: sorted(of_account)}},
            },
            {
                "Sid": f"DescribeForRouter{number}",
                "Effect": "Allow",
                "Principal": principal,
                "Action": "sagemaker:DescribeEndpoint",
                "Resource": arn,
            },
        ]
    return statements


def _arn(endpoint: Endpoint) -> str:
    return _arn_of(endpoint, endpoint.name)


def _arn_of(scope: Construct, name: str) -> str:
    return Stack.of(scope).format_arn(service="sagemaker", resource="endpoint", resource_name=name)
