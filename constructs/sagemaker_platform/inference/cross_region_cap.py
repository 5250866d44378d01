"""A cap on the requests that routers of other regions send to an endpoint."""

from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import use_of_volumes
from sagemaker_platform.functions import WaitingResource
from sagemaker_platform.security import WildcardStatement

# The handler shortens a name to 63 characters, with a hyphen and 12 more of its own.
_PREFIX_LENGTH = 50


@checks_types
@dataclass(frozen=True, kw_only=True)
class CrossRegionCap:
    """The most that an endpoint serves for routers of other regions.

    The cap in requests per second is the percentage of the number of requests that the instances
    in service can answer. A request beyond it gets a ThrottlingException, and the router tries
    another destination. Direct calls do not count. Serverless and asynchronous endpoints cannot
    have a cap (SageMaker API: ``CrossRegionTrafficConfig``).

    Args:
        requests_per_second_per_instance: requests that one instance can answer, 1 to 10,000.
        percent: share for other regions, 1 to 100.
    """

    requests_per_second_per_instance: int
    percent: int

    def __post_init__(self) -> None:
        """Refuse numbers that SageMaker does not take."""
        for name, most in (("requests_per_second_per_instance", 10_000), ("percent", 100)):
            if not 1 <= getattr(self, name) <= most:
                raise ValueError(f"{name}: got {getattr(self, name)}; must be from 1 to {most}")


class CappedConfiguration(Construct):
    """A copy of an endpoint configuration, with a cap that CloudFormation has no property for.

    A custom resource copies the configuration after CloudFormation has created it.

    Args:
        endpoint_name: name of the endpoint, with which the copy's name begins.
        configuration: the configuration.
        cap: the cap.
        role: role of the configuration, where it has one. Defaults to none.
        key: encrypts the logs.
        log_retention_days: their retention; a period that CloudWatch Logs supports.

    Attributes:
        name: name of the copy.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint_name: str,
        configuration: sagemaker.CfnEndpointConfig,
        cap: CrossRegionCap,
        role: iam.IRole | None = None,
        key: kms.IKey,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        prefix = endpoint_name[:_PREFIX_LENGTH]
        arn = Stack.of(self).format_arn(
            service="sagemaker", resource="endpoint-config", resource_name=f"{prefix}-*"
        )
        statements = [
            iam.PolicyStatement(
                actions=["sagemaker:DescribeEndpointConfig"], resources=[configuration.ref]
            ),
            WildcardStatement(
                actions=[
                    "sagemaker:AddTags",
                    "sagemaker:CreateEndpointConfig",
                    "sagemaker:DeleteEndpointConfig",
                    "sagemaker:DescribeEndpointConfig",
                ],
                resources=[arn],
                wildcard_reason="Copies of one endpoint's configurations, with a hash at the end.",
            ),
        ]
        if configuration.kms_key_id is not None:
            # SageMaker takes the key of the volumes with the permissions of the caller.
            statements += use_of_volumes(key)
        if role is not None:
            statements.append(
                iam.PolicyStatement(
                    actions=["iam:PassRole"],
                    resources=[role.role_arn],
                    conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
                )
            )
        waiting = WaitingResource(
            self,
            "Resource",
            folder="capped_configuration",
            resource_type="CappedConfiguration",
            properties={
                "NamePrefix": prefix,
                "EndpointConfigName": configuration.attr_endpoint_config_name,
                "Cap": {
                    "MaxCrossRegionPercentPerEndpoint": cap.percent,
                    "MaxInvocationsPerSecondPerInstance": cap.requests_per_second_per_instance,
                },
            },
            is_complete_statements=statements,
            key=key,
            log_retention_days=log_retention_days,
            description="Endpoint configuration with a cap for other regions",
            poll_seconds=10,
        )
        self.name = waiting.resource.ref
