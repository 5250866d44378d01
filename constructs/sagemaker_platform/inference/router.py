"""Inference routers: one name for a model that several endpoints serve, in any region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_each, require_some
from sagemaker_platform.foundation import put_statement, use_of_key
from sagemaker_platform.functions import WaitingResource
from sagemaker_platform.inference.invoker import Invoker, InvokeRole
from sagemaker_platform.security import WildcardStatement, grant

RoutingPreference = Literal["LocalRegionFirst", "InstancePoolOrder"]
"""How a router chooses among destinations."""
SOURCE_ROUTER = "sagemaker:SourceInferenceRouterArn"
"""Condition key with the router that sent a request; a direct call does not have it.
Source: Amazon SageMaker AI Developer Guide, "Security and data protection for inference routers",
read 2026-11-27."""


@checks_types
@dataclass(frozen=True, kw_only=True)
class Destination:
    """An endpoint that serves a routing target, or an inference component of it.

    Args:
        endpoint_arn: ARN of the endpoint, in any account and region of the partition.
        component: full name of an inference component of the endpoint. Defaults to none.
        role: role of an asynchronous endpoint's model in the stack's account and region. It
            may read requests and write results. Defaults to none.
    """

    endpoint_arn: str
    component: str | None = None
    role: iam.IRole | None = None

    @property
    def arns(self) -> list[str]:
        """ARNs that a caller needs permission for; the last one is the destination's."""
        if self.component is None:
            return [self.endpoint_arn]
        prefix = self.endpoint_arn.rpartition(":endpoint/")[0]
        return [self.endpoint_arn, f"{prefix}:inference-component/{self.component}"]


@checks_types
@dataclass(frozen=True, kw_only=True)
class AsynchronousRouting:
    """How a routing target takes requests from Amazon S3.

    Args:
        data: bucket of requests and results, in the account and region of the router.
        max_backlog_seconds: a request that waits longer moves to another destination, 60 to
            21,600.
        success_topic_arn: SNS topic of results. Defaults to none.
        error_topic_arn: SNS topic of failures. Defaults to none.
    """

    data: s3.IBucket
    max_backlog_seconds: int = 900
    success_topic_arn: str | None = None
    error_topic_arn: str | None = None

    def __post_init__(self) -> None:
        """Refuse times that SageMaker does not take."""
        if not 60 <= self.max_backlog_seconds <= 21_600:
            raise ValueError(
                f"max_backlog_seconds: got {self.max_backlog_seconds}; must be from 60 to 21600"
            )


@checks_types
@dataclass(frozen=True, kw_only=True)
class RoutingTarget:
    """A model that callers name, and the destinations that serve it.

    Args:
        name: name of the target in its router.
        destinations: 1 to 10 destinations that serve the same model with the same format.
        asynchronous: for asynchronous endpoints. Defaults to requests in real time.
        preference: InstancePoolOrder is for asynchronous endpoints with the same instance pools.
    """

    name: str
    destinations: Sequence[Destination]
    asynchronous: AsynchronousRouting | None = None
    preference: RoutingPreference = "LocalRegionFirst"

    def __post_init__(self) -> None:
        """Refuse what the API does not take (SageMaker API: ``RoutingTarget``)."""
        require_some("destinations", self.destinations)
        require_each("destinations", self.destinations, Destination)
        if len(self.destinations) > 10:
            raise ValueError(
                f"destinations: got {len(self.destinations)}; must be at most 10 for a target"
            )
        components = [one.component for one in self.destinations if one.component]
        if self.asynchronous is not None and components:
            raise ValueError(
                f"destinations: got component {components[0]}; must be asynchronous endpoints in "
                "an asynchronous target"
            )
        if self.asynchronous is None and self.preference != "LocalRegionFirst":
            raise ValueError(
                f"preference: got {self.preference}; must be LocalRegionFirst in a target that "
                "answers in real time"
            )


@checks_types
class InferenceRouter(Construct):
    """A router that sends each request to a destination that is healthy and has capacity.

    The router calls destinations with the credentials of its caller, and has no role. So a caller
    needs permission for the router and for all destinations: `grant_invoke` grants both, and the
    destinations only through this router. An endpoint of another account also needs
    `EndpointPolicies` there.

    CloudFormation has no such resource type, as of the resource schemas of October 2026: a custom
    resource creates, updates and deletes the router (botocore 1.44: ``CreateInferenceRouter``).

    Args:
        name: name of the router, unique in account and region.
        targets: 1 to 20 routing targets.
        tags: tags of the router.
        key: encrypts results of asynchronous targets, and logs of the custom resource.
        log_retention_days: retention of these logs; a period that CloudWatch Logs supports.

    Attributes:
        name: name of the router.
        arn: ARN of the router.
        resource: the custom resource.
    """

    INTERFACE_ENDPOINTS = ("SAGEMAKER_INFERENCE_ROUTER_RUNTIME",)
    """AWS services that clients inside the VPC call."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        targets: Sequence[RoutingTarget],
        key: kms.IKey,
        log_retention_days: int,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        require_some("targets", targets)
        require_each("targets", targets, RoutingTarget)
        super().__init__(scope, id)
        if len(targets) > 20:
            raise ValueError(f"targets: got {len(targets)}; must be at most 20 for a router")
        self.name, self.targets, self._key = name, targets, key
        self.arn = router_arn(self, name)
        waiting = WaitingResource(
            self,
            "Resource",
            folder="inference_router",
            resource_type="InferenceRouter",
            properties={
                "InferenceRouterName": name,
                "RoutingTargets": [self._target(one) for one in targets],
                "Tags": [
                    {"Key": key, "Value": value} for key, value in sorted((tags or {}).items())
                ],
            },
            is_complete_statements=self._handler_statements(),
            key=key,
            log_retention_days=log_retention_days,
            description="Inference router",
            poll_seconds=20,
        )
        self.resource = waiting.resource
        for target in targets:
            if target.asynchronous is not None:
                self._admit_destinations(target, target.asynchronous.data)

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant calling the router, and its destinations through this router only."""
        return grant(grantee, self.invoke_statements())

    def invoke_statements(self) -> list[iam.PolicyStatement]:
        """Return what a role needs to call the router and, through it, its destinations."""
        statements: list[iam.PolicyStatement] = []
        for asynchronous in (False, True):
            if arns := self._arns(asynchronous=asynchronous):
                suffix = "Async" if asynchronous else ""
                statements += [
                    iam.PolicyStatement(
                        actions=[f"sagemaker:InvokeInferenceRouter{suffix}"],
                        resources=[self.arn],
                    ),
                    invoke_destinations(self.arn, arns, asynchronous=asynchronous),
                ]
        for target in self.targets:
            if target.asynchronous is not None:
                data, folder = target.asynchronous.data, f"{self.name}/{target.name}"
                statements += [
                    put_statement(data, f"{folder}/input"),
                    WildcardStatement(
                        actions=["s3:GetObject"],
                        resources=[
                            f"{data.bucket_arn}/{folder}/output/*",
                            f"{data.bucket_arn}/{folder}/failures/*",
                        ],
                        wildcard_reason="Results of one target: their keys are not known "
                        "beforehand.",
                    ),
                ]
        if self._arns(asynchronous=True):
            statements += use_of_key(self._key)
        return statements

    def add_invoke_role(self, invoker: Invoker) -> iam.Role:
        """Create a role that a principal outside the environment assumes to call this router.

        Args:
            invoker: name and principal of the invoker.
        """
        return InvokeRole(
            self,
            f"Invoker-{invoker.name}",
            principal=invoker.principal,
            statements=self.invoke_statements(),
        ).role

    def grant_requests(self, roles: Sequence[iam.IRole]) -> None:
        """Add roles of this account to the bucket policy, to send requests and fetch results.

        Their own policies must allow calling the router and using the key; `grant_invoke` grants
        both, and access to the bucket, where the bucket policy is not needed.
        """
        if not roles:
            return
        for target in self.targets:
            if target.asynchronous is None:
                continue
            bucket = target.asynchronous.data
            arn = f"{bucket.bucket_arn}/{self.name}/{target.name}"
            for action, folders in (
                ("s3:PutObject", ["input"]),
                ("s3:GetObject", ["output", "failures"]),
            ):
                bucket.add_to_resource_policy(
                    iam.PolicyStatement(
                        principals=[iam.ArnPrincipal(role.role_arn) for role in roles],
                        actions=[action],
                        resources=[f"{arn}/{folder}/*" for folder in folders],
                    )
                )

    def _arns(self, *, asynchronous: bool) -> list[str]:
        """Return the ARNs of the destinations of one kind, each once."""
        return list(
            dict.fromkeys(
                arn
                for target in self.targets
                if (target.asynchronous is not None) is asynchronous
                for one in target.destinations
                for arn in one.arns
            )
        )

    @cached_property
    def _foreign_accounts(self) -> list[str]:
        own = Stack.of(self).account
        accounts = (
            one.endpoint_arn.split(":")[4] if one.role is None else own
            for target in self.targets
            if target.asynchronous is not None
            for one in target.destinations
        )
        return sorted({account for account in accounts if account != own})

    def _target(self, target: RoutingTarget) -> dict[str, Any]:
        properties: dict[str, Any] = {
            "Name": target.name,
            "Destinations": [{"ResourceArn": one.arns[-1]} for one in target.destinations],
            "RoutingPreference": target.preference,
        }
        if (asynchronous := target.asynchronous) is not None:
            where = f"s3://{asynchronous.data.bucket_name}/{self.name}/{target.name}"
            topics = {
                "SuccessTopic": asynchronous.success_topic_arn,
                "ErrorTopic": asynchronous.error_topic_arn,
            }
            told = {key: value for key, value in topics.items() if value}
            properties["AsyncInferenceConfig"] = {
                "OutputConfig": {
                    "S3OutputPath": f"{where}/output",
                    "S3FailurePath": f"{where}/failures",
                    "KmsKeyId": self._key.key_arn,
                    **({"NotificationConfig": told} if told else {}),
                },
                "ClientConfig": {"MaxTimeInBacklogSeconds": asynchronous.max_backlog_seconds},
            }
        return properties

    def _handler_statements(self) -> list[iam.PolicyStatement]:
        destinations = [*self._arns(asynchronous=False), *self._arns(asynchronous=True)]
        components = [one for one in destinations if ":inference-component/" in one]
        endpoints = [one for one in destinations if one not in components]
        statements = [
            iam.PolicyStatement(
                actions=[
                    "sagemaker:AddTags",
                    "sagemaker:CreateInferenceRouter",
                    "sagemaker:DeleteInferenceRouter",
                    "sagemaker:DeleteTags",
                    "sagemaker:DescribeInferenceRouter",
                    "sagemaker:ListTags",
                    "sagemaker:UpdateInferenceRouter",
                ],
                resources=[self.arn],
            ),
            # SageMaker checks the type of a destination with the permissions of its caller.
            iam.PolicyStatement(actions=["sagemaker:DescribeEndpoint"], resources=endpoints),
        ]
        if components:
            statements.append(
                iam.PolicyStatement(
                    actions=["sagemaker:DescribeInferenceComponent"], resources=components
                )
            )
        return statements

    def _admit_destinations(self, target: RoutingTarget, data: s3.IBucket) -> None:
        """Let the roles of asynchronous endpoints read requests and write results.

        Roles of other accounts and regions are not known: the bucket's policy admits their
        account, whose policies decide (`AsynchronousEndpoint`, ``routed``).
        """
        principals: list[iam.IPrincipal] = [
            iam.ArnPrincipal(one.role.role_arn) for one in target.destinations if one.role
        ]
        principals += [iam.AccountPrincipal(one) for one in self._foreign_accounts]
        arn = f"{data.bucket_arn}/{self.name}/{target.name}"
        for action, folders in (
            ("s3:GetObject", ["input"]),
            ("s3:PutObject", ["output", "failures"]),
        ):
            if principals:
                data.add_to_resource_policy(
                    iam.PolicyStatement(
                        principals=principals,
                        actions=[action],
                        resources=[f"{arn}/{folder}/*" for folder in folders],
                    )
                )


def router_arn(scope: Construct, name: str) -> str:
    """Return the ARN of a router in the account and region of a stack.

    Args:
        scope: a construct of the stack.
        name: name of the router.
    """
    return Stack.of(scope).format_arn(
        service="sagemaker", resource="inference-router", resource_name=name
    )


def invoke_destinations(
    router: str, destinations: Sequence[str], *, asynchronous: bool
) -> iam.PolicyStatement:
    """Return the statement to call destinations through one router, and not directly.

    Args:
        router: ARN of the router.
        destinations: ARNs of endpoints and components.
        asynchronous: whether they are asynchronous endpoints.
    """
    return iam.PolicyStatement(
        actions=[f"sagemaker:InvokeEndpoint{'Async' if asynchronous else ''}"],
        resources=list(destinations),
        conditions={"ArnEquals": {SOURCE_ROUTER: router}},
    )


def invoke_any_router(scope: Construct, *, prefix: str) -> iam.PolicyStatement:
    """Return the permissions to call the routers whose names begin with a prefix.

    Args:
        scope: a construct of the stack, for its account and region.
        prefix: beginning of the names.
    """
    return WildcardStatement(
        actions=["sagemaker:InvokeInferenceRouter", "sagemaker:InvokeInferenceRouterAsync"],
        resources=[router_arn(scope, f"{prefix}*")],
        wildcard_reason="Routers whose names a prefix begins.",
    )
