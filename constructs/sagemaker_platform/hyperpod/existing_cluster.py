"""A cluster that exists already: who may see it, and its metrics."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import Metric
from sagemaker_platform.security import grant

DESCRIBE_ACTIONS = [
    "sagemaker:DescribeCluster",
    "sagemaker:DescribeClusterEvent",
    "sagemaker:DescribeClusterNode",
    "sagemaker:ListClusterEvents",
    "sagemaker:ListClusterNodes",
]

METRICS_NAMESPACE = "SageMakerPlatform/HyperPod"
"""Namespace of the metrics that `ClusterEvents` counts."""


def cluster_metric(
    cluster_name: str, name: str, *, statistic: str = "Sum", period_minutes: int = 5
) -> Metric:
    """Return a metric that `ClusterEvents` counts for a cluster."""
    return Metric(
        namespace=METRICS_NAMESPACE,
        name=name,
        dimensions={"ClusterName": cluster_name},
        statistic=statistic,
        period_minutes=period_minutes,
    )


class ClusterAccess(Construct):
    """What an existing cluster and a new one have in common.

    SageMaker publishes no metrics of clusters to CloudWatch (AWS: "Amazon SageMaker AI metrics in
    Amazon CloudWatch"). The metrics here count events of the cluster: they have data if
    `ClusterEvents` of the account and region names the cluster.

    Attributes:
        name: name of the cluster.
        arn: its ARN.
    """

    name: str
    arn: str

    def grant_describe(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant describing the cluster, its nodes and its events."""
        return grant(grantee, self.describe_statements())

    def describe_statements(self) -> list[iam.PolicyStatement]:
        """Return the permissions to see the cluster, its nodes and its events."""
        return [
            iam.PolicyStatement(
                actions=DESCRIBE_ACTIONS,
                resources=[self.arn],
            )
        ]

    def metric(
        self, name: str, *, statistic: str = "Sum", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Return a metric of the cluster in the namespace ``SageMakerPlatform/HyperPod``.

        Args:
            name: name of the metric, such as ``UnhealthyNodes``.
            statistic: such as ``Average``. Defaults to ``Sum``.
            period: Defaults to five minutes.
        """
        return cluster_metric(self.name, name, statistic=statistic).to_cdk(period)

    def metric_unhealthy_nodes(self) -> cloudwatch.Metric:
        """Return the number of reports of unhealthy nodes."""
        return self.metric("UnhealthyNodes")

    def metric_replaced_nodes(self) -> cloudwatch.Metric:
        """Return the number of nodes that are replaced."""
        return self.metric("ReplacedNodes")

    def metric_failed_operations(self) -> cloudwatch.Metric:
        """Return the number of operations that fail, such as starting an instance."""
        return self.metric("FailedOperations")


@checks_types
class ExistingHyperPodCluster(ClusterAccess):
    """A cluster that exists already.

    `HyperPodCluster.from_cluster_attributes` returns one. Nothing is provisioned.

    Args:
        name: name of the cluster.
        arn: ARN of the cluster.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, arn: str) -> None:
        super().__init__(scope, id)
        self.name, self.arn = name, arn
