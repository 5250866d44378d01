"""A workgroup of Redshift Serverless that is known by its name."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import Metric
from sagemaker_platform.security import WildcardStatement, allow_on_tagged, grant

METRICS_NAMESPACE = "AWS/Redshift-Serverless"


def workgroup_metric(workgroup: str, name: str, *, statistic: str = "Average") -> Metric:
    """Return a metric of a workgroup in the namespace ``AWS/Redshift-Serverless``."""
    return Metric(
        namespace=METRICS_NAMESPACE,
        name=name,
        dimensions={"Workgroup": workgroup},
        statistic=statistic,
        period_minutes=5,
    )


@checks_types
class NamedWarehouse(Construct):
    """A workgroup of Redshift Serverless that exists already, or that `Warehouse` creates.

    Args:
        name: name of the workgroup.
        workgroup_arn: ARN of the workgroup; none where tags identify it.
        namespace_arn: ARN of its namespace; none where tags identify it.
        identifying_tags: tags that the workgroup and its namespace have, and no others of the
            account and region.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        workgroup_arn: str = "",
        namespace_arn: str = "",
        identifying_tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.name = name
        self._workgroup_arn, self._namespace_arn = workgroup_arn, namespace_arn
        self._identifying_tags = identifying_tags

    @property
    def namespace_arn(self) -> str:
        """ARN of the namespace, the target of zero-ETL integrations."""
        return self._namespace_arn

    @property
    def workgroup_arn(self) -> str:
        """ARN of the workgroup."""
        return self._workgroup_arn

    def grant_query(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant signing in with IAM, and running SQL with the Data API."""
        return grant(grantee, self.query_statements())

    def query_statements(self) -> list[iam.PolicyStatement]:
        """Return the statements to sign in with IAM and to run their own statements.

        What a user then sees is decided in the database, by the roles granted to the user
        ``IAM:…`` or ``IAMR:…``, or by Lake Formation for the catalog.
        """
        return [
            self._statement(
                "workgroup",
                self.workgroup_arn,
                "redshift-serverless:GetCredentials",
                "redshift-serverless:GetWorkgroup",
                "redshift-data:BatchExecuteStatement",
                "redshift-data:DescribeTable",
                "redshift-data:ExecuteStatement",
                "redshift-data:ListDatabases",
                "redshift-data:ListSchemas",
                "redshift-data:ListTables",
            ),
            self._statement("namespace", self.namespace_arn, "redshift-serverless:GetNamespace"),
            WildcardStatement(
                actions=[
                    "redshift-data:CancelStatement",
                    "redshift-data:DescribeStatement",
                    "redshift-data:GetStatementResult",
                    "redshift-data:ListStatements",
                ],
                resources=["*"],
                conditions={
                    "StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}
                },
                wildcard_reason="Statements have no ARN; the condition leaves own statements.",
            ),
        ]

    def _statement(self, resource: str, arn: str, *actions: str) -> iam.PolicyStatement:
        if self._identifying_tags is None:
            return iam.PolicyStatement(actions=list(actions), resources=[arn])
        return allow_on_tagged(
            self,
            actions,
            service="redshift-serverless",
            resource=resource,
            tags=self._identifying_tags,
        )

    def metric(
        self, name: str, *, statistic: str = "Average", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Return a metric of the workgroup in the namespace ``AWS/Redshift-Serverless``.

        Args:
            name: name of the metric, such as ``ComputeSeconds``.
            statistic: such as ``Sum`` or ``p99``. Defaults to ``Average``.
            period: Defaults to five minutes.
        """
        return workgroup_metric(self.name, name, statistic=statistic).to_cdk(period)

    def metric_compute_capacity(self) -> cloudwatch.Metric:
        """Return the RPUs at work."""
        return self.metric("ComputeCapacity")
