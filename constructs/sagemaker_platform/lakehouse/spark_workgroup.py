"""An Athena workgroup for Spark."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import DataBucket, access_to_bucket, use_of_key
from sagemaker_platform.security import AccessPolicy, grant

_ICEBERG = "spark.sql.catalog.spark_catalog"
_CALCULATES = [
    "athena:GetCalculationExecution",
    "athena:GetCalculationExecutionCode",
    "athena:GetCalculationExecutionStatus",
    "athena:GetSession",
    "athena:GetSessionStatus",
    "athena:GetWorkGroup",
    "athena:ListCalculationExecutions",
    "athena:ListSessions",
    "athena:StartCalculationExecution",
    "athena:StopCalculationExecution",
    "athena:TerminateSession",
]
_PYSPARK = {"engineVersion": {"selectedEngineVersion": "PySpark engine version 3"}}


@checks_types
class SparkWorkgroup(Construct):
    """An Athena workgroup whose sessions run Spark, with its own role and bucket.

    Sessions reach data as the workgroup's role, for each user: Lake Formation knows the
    role, not the person, so give one workgroup to people with one set of permissions. Athena
    limits a session's size where it is started, not in the workgroup (AWS: "Use Apache Spark in
    Amazon Athena"). That sessions start with this role, only AWS can show.

    Where Lake Formation hands out the data, sessions run Apache Spark 3.5, reached with Spark
    Connect: the engine before it, PySpark 3, reads nothing of Lake Formation's. It reads whole
    tables, never rows or columns of them, and the account has to allow full table access
    (AWS: "Using Lake Formation with Athena Spark workgroups").

    Args:
        name: name of the workgroup, unique in account and region.
        key: encrypts results and notebooks.
        access_logs: bucket that receives the access logs.
        result_days: how long results are kept.
        statements: the data that sessions reach.
        removal_policy: with DESTROY results and notebooks go with the workgroup.
        governed: whether Lake Formation hands out the data.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key: kms.IKey,
        access_logs: s3.IBucket,
        result_days: int,
        statements: Sequence[iam.PolicyStatement],
        removal_policy: RemovalPolicy,
        governed: bool = False,
    ) -> None:
        super().__init__(scope, id)
        self._key = key
        stack = Stack.of(self)
        self._arn = stack.format_arn(service="athena", resource="workgroup", resource_name=name)
        self.results = DataBucket(
            self,
            "Results",
            key=key,
            access_logs=access_logs,
            removal_policy=removal_policy,
            expiration_days=result_days,
            noncurrent_days=1,
        ).bucket
        policy = AccessPolicy(
            self,
            "Policy",
            description="Spark sessions in Athena",
            statements=[
                iam.PolicyStatement(actions=_CALCULATES, resources=[self._arn]),
                *access_to_bucket(self.results, write=True),
                *use_of_key(key),
                _verify_default_database(stack),
                *statements,
            ],
        )
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal("athena.amazonaws.com"),
                {
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {"aws:SourceArn": self._arn},
                },
            ),
            description="Spark sessions in Athena",
            managed_policies=[policy.managed_policy],
        )
        self.resource = athena.CfnWorkGroup(
            self,
            "Resource",
            name=name,
            recursive_delete_option=removal_policy is RemovalPolicy.DESTROY,
            work_group_configuration={
                "enforceWorkGroupConfiguration": True,
                "publishCloudWatchMetricsEnabled": True,
                **(self._governed_engine() if governed else _PYSPARK),
                "executionRole": self.role.role_arn,
                "customerContentEncryptionConfiguration": {"kmsKey": key.key_arn},
                "resultConfiguration": {
                    "outputLocation": f"s3://{self.results.bucket_name}/",
                    "expectedBucketOwner": stack.account,
                    "encryptionConfiguration": {
                        "encryptionOption": "SSE_KMS",
                        "kmsKey": key.key_arn,
                    },
                },
            },
        )
        self.resource.node.add_dependency(self.role)
        self.resource.apply_removal_policy(removal_policy)

    def _governed_engine(self) -> dict[str, object]:
        """Return an engine that asks Lake Formation, for Iceberg tables and others."""
        stack = Stack.of(self)
        properties = {
            "spark.hadoop.fs.s3.credentialsResolverClass": (
                "com.amazonaws.glue.accesscontrol.AWSLakeFormationCredentialResolver"
            ),
            _ICEBERG: "org.apache.iceberg.spark.SparkSessionCatalog",
            f"{_ICEBERG}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
            f"{_ICEBERG}.client.region": stack.region,
            f"{_ICEBERG}.glue.account-id": stack.account,
            f"{_ICEBERG}.glue.lakeformation-enabled": "true",
            f"{_ICEBERG}.warehouse": f"s3://{self.results.bucket_name}/warehouse/",
        }
        return {
            "engineVersion": {"selectedEngineVersion": "Apache Spark version 3.5"},
            "engineConfiguration": {
                "classifications": [{"name": "spark-defaults", "properties": properties}]
            },
        }

    def grant_use(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant starting sessions, calculating in them and reading results, with the key."""
        return grant(grantee, [*self.own_statements(), *use_of_key(self._key)])

    def own_statements(self) -> list[iam.PolicyStatement]:
        """Return the permissions to start sessions, to calculate in them and to read results."""
        return [
            iam.PolicyStatement(
                actions=[
                    "athena:GetResourceDashboard",
                    "athena:GetSessionEndpoint",
                    "athena:StartSession",
                    *_CALCULATES,
                ],
                resources=[self._arn],
            ),
            *access_to_bucket(self.results, write=False),
        ]


def _verify_default_database(stack: Stack) -> iam.PolicyStatement:
    """Return the permissions that Spark verifies before each session, regardless of the data read.

    AWS: "Troubleshoot tables in Athena for Spark", "Unable to verify existence of default
    database". The database need not exist.
    """
    return iam.PolicyStatement(
        actions=["glue:GetDatabase"],
        resources=[
            f"arn:{stack.partition}:glue:{stack.region}:{stack.account}:catalog",
            stack.format_arn(service="glue", resource="database", resource_name="default"),
        ],
    )
