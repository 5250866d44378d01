"""An Athena workgroup whose limits a client cannot override."""

from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import DataBucket, Metric, access_to_bucket, use_of_key
from sagemaker_platform.security import acknowledge, grant


@checks_types
class NamedQueryWorkgroup(Construct):
    """An Athena workgroup identified by its name, such as an existing one.

    Args:
        name: name of the workgroup.
        key: encrypts the results.
        results: bucket of the results; none if Athena keeps them itself.
        folder: folder of the results in the bucket. Defaults to the whole bucket.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key: kms.IKey,
        results: s3.IBucket | None,
        folder: str = "",
    ) -> None:
        super().__init__(scope, id)
        self.name, self._key = name, key
        self.results, self._folder = results, folder

    def grant_use(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant querying in this workgroup, and reading results, with the key.

        Access to the data that is queried is granted by its layers and table buckets.
        """
        return grant(grantee, [*self.use_statements(), *use_of_key(self._key)])

    def use_statements(self) -> list[iam.PolicyStatement]:
        """Return the permissions to query in this workgroup, and to read the results."""
        return [*self.own_statements(), *self.catalog_statements(self)]

    def own_statements(self) -> list[iam.PolicyStatement]:
        """Return the part of `use_statements` for this workgroup and its results."""
        workgroup = Stack.of(self).format_arn(
            service="athena", resource="workgroup", resource_name=self.name
        )
        return [
            iam.PolicyStatement(
                actions=[
                    "athena:BatchGetQueryExecution",
                    "athena:GetQueryExecution",
                    "athena:GetQueryResults",
                    "athena:GetQueryResultsStream",
                    "athena:GetWorkGroup",
                    "athena:ListQueryExecutions",
                    "athena:StartQueryExecution",
                    "athena:StopQueryExecution",
                ],
                resources=[workgroup],
            ),
            *(
                access_to_bucket(self.results, write=True, folder=self._folder)
                if self.results
                else ()
            ),
        ]

    @staticmethod
    def catalog_statements(scope: Construct) -> list[iam.PolicyStatement]:
        """Return the part of `use_statements` that is the same for every workgroup."""
        stack = Stack.of(scope)

        def arn(service: str, resource: str, name: str | None = None) -> str:
            return stack.format_arn(service=service, resource=resource, resource_name=name)

        return [
            iam.PolicyStatement(
                actions=[
                    "athena:GetDatabase",
                    "athena:GetDataCatalog",
                    "athena:GetTableMetadata",
                    "athena:ListDatabases",
                    "athena:ListTableMetadata",
                ],
                resources=[arn("athena", "datacatalog", "AwsDataCatalog")],
            ),
            # Athena reads it with every query (AWS: "Fine-grained access to databases").
            iam.PolicyStatement(
                actions=["glue:GetDatabase", "glue:GetDatabases"],
                resources=[arn("glue", "catalog"), arn("glue", "database", "default")],
            ),
        ]

    def metric(
        self, name: str, *, statistic: str = "Sum", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Return a metric of the workgroup in the namespace ``AWS/Athena``.

        Args:
            name: name of the metric, such as ``TotalExecutionTime``.
            statistic: such as ``Average`` or ``p99``. Defaults to ``Sum``.
            period: Defaults to five minutes.
        """
        return Metric(
            namespace="AWS/Athena",
            name=name,
            dimensions={"WorkGroup": self.name},
            statistic=statistic,
            period_minutes=5,
        ).to_cdk(period)

    def metric_processed_bytes(self) -> cloudwatch.Metric:
        """Return the bytes that queries scan, which Athena charges for."""
        return self.metric("ProcessedBytes")


@checks_types
class QueryWorkgroup(NamedQueryWorkgroup):
    """An Athena workgroup with an encrypted place for results.

    The users of a workgroup read the results of all of its queries. Give one workgroup to each
    group of people with the same permissions on data (AWS: "Considerations and limitations for
    querying data registered with Lake Formation", on query history).

    Args:
        name: name of the workgroup, unique in account and region.
        key: encrypts the results.
        access_logs: bucket that receives the access logs.
        scan_limit_gib: a query that would scan more is stopped.
        result_days: how long results are kept. Tables of CREATE TABLE AS are stored with
            them, since the workgroup decides on the place, and expire with them: to keep
            data, create the table in a layer and INSERT INTO it.
        removal_policy: with DESTROY results and saved queries go with the workgroup.
        managed_results: whether Athena keeps results itself, for a day and without a bucket;
            it is then the key's policy that lets Athena use it, which an imported key has to
            say already (AWS: "Managed query results").
        writes_table_buckets: whether queries write tables of table buckets. Athena refuses that
            where SSE-KMS encrypts results (AWS: "Register S3 table bucket catalogs and query
            Tables from Athena"). Athena then keeps results itself, encrypted with a key that it
            owns.
        bucket: bucket for the results. Defaults to a new one.
        folder: folder for the results in ``bucket``, used by no other workgroup.
    """

    INTERFACE_ENDPOINTS = ("ATHENA", "GLUE")
    """AWS services that clients call for queries from inside the VPC."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key: kms.IKey,
        access_logs: s3.IBucket,
        scan_limit_gib: int,
        result_days: int,
        removal_policy: RemovalPolicy,
        managed_results: bool = False,
        writes_table_buckets: bool = False,
        bucket: s3.IBucket | None = None,
        folder: str = "",
    ) -> None:
        super().__init__(scope, id, name=name, key=key, results=bucket, folder=folder)
        self._with_own_key = not writes_table_buckets
        managed_results = managed_results or writes_table_buckets
        if managed_results and bucket is not None:
            raise ValueError(
                f"{self.node.path}: got managed_results and a bucket; must be one of them"
            )
        if bucket is None and not managed_results:
            self.results = DataBucket(
                self,
                "Results",
                key=key,
                access_logs=access_logs,
                removal_policy=removal_policy,
                expiration_days=result_days,
                noncurrent_days=1,
            ).bucket
        configuration = athena.CfnWorkGroup.WorkGroupConfigurationProperty(
            enforce_work_group_configuration=True,
            publish_cloud_watch_metrics_enabled=True,
            bytes_scanned_cutoff_per_query=scan_limit_gib * 1024**3,
            engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                selected_engine_version="Athena engine version 3"
            ),
            **self._results_configuration(),
        )
        self.resource = athena.CfnWorkGroup(
            self,
            "Resource",
            name=name,
            work_group_configuration=configuration,
            recursive_delete_option=removal_policy is RemovalPolicy.DESTROY,
        )
        self.resource.apply_removal_policy(removal_policy)

    def _results_configuration(self) -> dict[str, Any]:
        stack = Stack.of(self)
        if self.results is not None:
            return {
                "result_configuration": athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{self.results.bucket_name}/"
                    + (f"{self._folder}/" if self._folder else ""),
                    expected_bucket_owner=stack.account,
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_KMS", kms_key=self._key.key_arn
                    ),
                )
            }
        if not self._with_own_key:
            acknowledge(
                self,
                ["AwsSolutions-ATH1"],
                reason="Athena keeps the results itself, encrypted with a key that it owns.",
            )
            return {
                "managed_query_results_configuration": (
                    athena.CfnWorkGroup.ManagedQueryResultsConfigurationProperty(enabled=True)
                )
            }
        arn = stack.format_arn(service="athena", resource="workgroup", resource_name=self.name)
        self._key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("encryption.athena.amazonaws.com")],
                actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
                resources=["*"],
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {"kms:EncryptionContext:aws:athena:arn": arn},
                },
            )
        )
        acknowledge(
            self,
            ["AwsSolutions-ATH1"],
            reason="Athena keeps the results itself, encrypted with the environment's key.",
        )
        managed = athena.CfnWorkGroup.ManagedQueryResultsConfigurationProperty(
            enabled=True,
            encryption_configuration=(
                athena.CfnWorkGroup.ManagedStorageEncryptionConfigurationProperty(
                    kms_key=self._key.key_arn
                )
            ),
        )
        return {"managed_query_results_configuration": managed}

    @staticmethod
    def from_workgroup_name(
        scope: Construct, id: str, name: str, *, key: kms.IKey, results: s3.IBucket | None = None
    ) -> NamedQueryWorkgroup:
        """Import a workgroup of the account and region of the stack.

        Args:
            scope: scope of the new construct.
            id: id of the new construct.
            name: name of the workgroup.
            key: encrypts the results.
            results: bucket of the results; none if Athena keeps them itself.
        """
        return NamedQueryWorkgroup(scope, id, name=name, key=key, results=results)
