"""An endpoint by its name: who may call it, and its metrics."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import Metric
from sagemaker_platform.inference.invoker import Invoker, InvokeRole
from sagemaker_platform.security import grant

VARIANT = "AllTraffic"
"""Name of the variant of an endpoint that has one variant."""


@checks_types
class NamedEndpoint(Construct):
    """An endpoint that exists, or that another construct provisions.

    `Endpoint.from_endpoint_name` returns one. Nothing is provisioned.

    Args:
        name: name of the endpoint in the account and region of the stack.

    Attributes:
        name: name of the endpoint.
    """

    def __init__(self, scope: Construct, id: str, *, name: str) -> None:
        super().__init__(scope, id)
        self.name = name

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant calling this endpoint, and no other."""
        return grant(grantee, self.invoke_statements())

    def invoke_statements(self) -> list[iam.PolicyStatement]:
        """Return what a role needs to call this endpoint, and no other."""
        return [
            iam.PolicyStatement(
                actions=[
                    "sagemaker:InvokeEndpoint",
                    "sagemaker:InvokeEndpointWithResponseStream",
                ],
                resources=[self._arn("endpoint", self.name)],
            )
        ]

    def add_invoke_role(self, invoker: Invoker) -> iam.Role:
        """Create a role that a principal outside the environment assumes to call this endpoint.

        Args:
            invoker: name and principal of the invoker.
        """
        return InvokeRole(
            self,
            f"Invoker-{invoker.name}",
            principal=invoker.principal,
            statements=self.invoke_statements(),
        ).role

    def metric(
        self,
        name: str,
        *,
        variant: str = VARIANT,
        statistic: str = "Average",
        period: Duration | None = None,
    ) -> cloudwatch.Metric:
        """Return a metric of a variant in the namespace ``AWS/SageMaker``.

        Args:
            name: name of the metric, such as ``Invocations``.
            variant: name of the variant. Defaults to ``AllTraffic``.
            statistic: such as ``Sum`` or ``p99``. Defaults to ``Average``.
            period: Defaults to one minute.
        """
        return Metric(
            namespace="AWS/SageMaker",
            name=name,
            dimensions={"EndpointName": self.name, "VariantName": variant},
            statistic=statistic,
        ).to_cdk(period)

    def metric_invocations(self, *, variant: str = VARIANT) -> cloudwatch.Metric:
        """Return the number of requests in each minute."""
        return self.metric("Invocations", variant=variant, statistic="Sum")

    def metric_server_errors(self, *, variant: str = VARIANT) -> cloudwatch.Metric:
        """Return the number of responses with status 5xx in each minute."""
        return self.metric("Invocation5XXErrors", variant=variant, statistic="Sum")

    def metric_model_latency(
        self, *, variant: str = VARIANT, statistic: str = "p99"
    ) -> cloudwatch.Metric:
        """Return the model's latency in microseconds; the 99th percentile by default."""
        return self.metric("ModelLatency", variant=variant, statistic=statistic)

    def _arn(self, kind: str, name: str) -> str:
        return Stack.of(self).format_arn(
            # IAM writes names of SageMaker's resources in lower case.
            service="sagemaker",
            resource=kind,
            resource_name=name.lower(),
        )
