"""Zero-ETL integrations: copies of a source's data that AWS keeps up to date."""

from collections.abc import Sequence

from aws_cdk import Fn, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_redshift as redshift
from constructs import Construct, IDependable

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import use_of_key
from sagemaker_platform.lakehouse import LakehouseLayer, TableBucket
from sagemaker_platform.security import WildcardStatement, put_metrics_in
from sagemaker_platform.sources.application_connection import ApplicationConnection
from sagemaker_platform.sources.glue_role import (
    get_data_access,
    glue_logs,
    glue_role,
)

_METRICS = "AWS/Glue/ZeroETL"
_LOGS = "/aws-glue/zeroETL-integrations/logs"
_DESCRIPTION = "Zero-ETL integration"


@checks_types
class ZeroEtlTarget(Construct):
    """What zero-ETL integrations of Glue write to, with the one role that Glue knows for it.

    Args:
        arn: ARN of a database or catalog in Glue.
        statements: permissions of the role on it.
        kms_arn: key for the Iceberg tables that are written. If omitted, the target decides.
        key: encrypts the target's data.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        arn: str,
        statements: Sequence[iam.PolicyStatement],
        kms_arn: str | None,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        self.arn = arn
        self.role = _role(self, statements, key)
        self.resource = glue.CfnIntegrationResourceProperty(
            self,
            "Resource",
            resource_arn=arn,
            target_processing_properties=(
                glue.CfnIntegrationResourceProperty.TargetProcessingPropertiesProperty(
                    role_arn=self.role.role_arn, kms_arn=kms_arn
                )
            ),
        )
        self.resource.node.add_dependency(self.role)


@checks_types
class LakehouseTarget(ZeroEtlTarget):
    """A layer of the lakehouse that zero-ETL integrations write Iceberg tables into.

    Args:
        layer: the layer.
        key: encrypts its data.
        governed: whether Lake Formation hands out the data.

    Attributes:
        arn: ARN of the layer's database.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        layer: LakehouseLayer,
        key: kms.IKey,
        governed: bool = False,
    ) -> None:
        stack = Stack.of(scope)
        database = stack.format_arn(
            service="glue", resource="database", resource_name=layer.database_name
        )
        catalog = f"arn:{stack.partition}:glue:{stack.region}:{stack.account}:catalog"
        tables = stack.format_arn(
            service="glue", resource="table", resource_name=f"{layer.database_name}/*"
        )
        super().__init__(
            scope,
            id,
            arn=database,
            statements=[
                *layer.access_statements(write=True),
                WildcardStatement(
                    actions=[
                        "glue:GetResourcePolicy",
                        "glue:GetTableVersion",
                        "glue:GetTableVersions",
                    ],
                    resources=[catalog, database, tables],
                    wildcard_reason="All tables of one database, and no other.",
                ),
                *([get_data_access()] if governed else ()),
            ],
            kms_arn=key.key_arn,
            key=key,
        )


@checks_types
class TableBucketTarget(ZeroEtlTarget):
    """A table bucket that zero-ETL integrations write to, past Lake Formation.

    Glue makes namespaces and tables in it with the role's rights in S3 Tables (AWS:
    "Configuring an Amazon S3 Tables bucket target"). The bucket encrypts them with its key.

    Args:
        bucket: the table bucket.
        key: encrypts its tables.

    Attributes:
        arn: ARN of the bucket's catalog.
    """

    def __init__(self, scope: Construct, id: str, *, bucket: TableBucket, key: kms.IKey) -> None:
        catalog = Stack.of(scope).format_arn(
            service="glue", resource="catalog", resource_name=f"s3tablescatalog/{bucket.name}"
        )
        super().__init__(
            scope,
            id,
            arn=catalog,
            statements=[
                *bucket.access_statements(write=True),
                iam.PolicyStatement(
                    actions=["s3tables:CreateNamespace", "s3tables:GetTableBucketEncryption"],
                    resources=[bucket.arn],
                ),
                WildcardStatement(
                    actions=[
                        "s3tables:CreateTable",
                        "s3tables:DeleteTable",
                        "s3tables:GetTableEncryption",
                    ],
                    resources=[bucket.arn, f"{bucket.arn}/table/*"],
                    wildcard_reason="All tables of one table bucket, and of no other.",
                ),
                WildcardStatement(
                    actions=["s3tables:ListTableBuckets"],
                    resources=["*"],
                    conditions={"StringEquals": {"aws:ResourceAccount": Stack.of(scope).account}},
                    wildcard_reason="IAM knows no resources for this list; reading only.",
                ),
            ],
            kms_arn=None,
            key=key,
        )


@checks_types
class ApplicationSource(Construct):
    """An application as a source of zero-ETL integrations.

    Glue knows one role for each connection, with which it reads from the application, however
    many integrations there are.

    Args:
        connection: to the application.
        key: encrypts what is under way.

    Attributes:
        arn: ARN of the connection.
    """

    def __init__(
        self, scope: Construct, id: str, *, connection: ApplicationConnection, key: kms.IKey
    ) -> None:
        super().__init__(scope, id)
        self.arn = connection.arn
        role = _role(self, connection.use_statements(), key)
        self.resource = glue.CfnIntegrationResourceProperty(
            self,
            "Resource",
            resource_arn=connection.arn,
            source_processing_properties=(
                glue.CfnIntegrationResourceProperty.SourceProcessingPropertiesProperty(
                    role_arn=role.role_arn
                )
            ),
        )
        self.resource.node.add_dependency(role, connection.resource)


@checks_types
class LakehouseIntegration(Construct):
    """A zero-ETL integration of Glue: from DynamoDB or an application.

    A DynamoDB table has point-in-time recovery on, and a resource policy that lets
    ``glue.amazonaws.com`` export it (AWS: "Configuring a source for a zero-ETL integration");
    both are its owner's. Source, target and refresh time cannot change: CloudFormation makes
    another integration before it deletes this one, so that the name has to change with them.

    Args:
        name: name of the integration, unique in account and region.
        source: ARN of a DynamoDB table, or an application.
        target_arn: ARN of a target, or of a warehouse's namespace.
        after: constructs that must exist first: target, and the policy of the catalog.
        key: encrypts what is under way.
        data_filter: selects objects. Defaults to all.
        refresh_minutes: time between two loads. Defaults to AWS's default.

    Attributes:
        arn: ARN of the integration, by which its metrics are told apart.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        source: str | ApplicationSource,
        target_arn: str,
        after: Sequence[IDependable],
        key: kms.IKey,
        data_filter: str | None = None,
        refresh_minutes: int | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.resource = glue.CfnIntegration(
            self,
            "Resource",
            integration_name=name,
            description=_DESCRIPTION,
            source_arn=source if isinstance(source, str) else source.arn,
            target_arn=target_arn,
            kms_key_id=key.key_arn,
            data_filter=data_filter,
            integration_config=glue.CfnIntegration.IntegrationConfigProperty(
                refresh_interval=f"{refresh_minutes} minutes"
            )
            if refresh_minutes is not None
            else None,
        )
        self.arn = self.resource.attr_integration_arn
        if isinstance(source, ApplicationSource):
            after = [*after, source.resource]
        self.resource.node.add_dependency(*after)


@checks_types
class WarehouseIntegration(Construct):
    """A zero-ETL integration into Redshift: from Aurora, RDS or DynamoDB.

    The warehouse allows the source in its resource policy and keeps the case of names. Aurora
    and RDS need a parameter group for it, DynamoDB point-in-time recovery and a resource policy
    that lets ``redshift.amazonaws.com`` export it: all are the source's owner's. After the
    first deploy a person creates a database from the integration, in SQL.

    Args:
        name: name of the integration, unique in account and region.
        source_arn: ARN of an Aurora cluster, an RDS instance or a DynamoDB table.
        namespace_arn: ARN of the warehouse's namespace.
        data_filter: selects tables of Aurora or RDS. Defaults to all.

    Attributes:
        integration_id: by which its metrics are told apart.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        source_arn: str,
        namespace_arn: str,
        data_filter: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        parts = source_arn.split(":")
        if len(parts) < 6 or parts[2] not in ("rds", "dynamodb"):
            raise ValueError(
                f"source_arn: got {source_arn!r}; must be the ARN of an Aurora cluster, an RDS "
                "instance or a DynamoDB table"
            )
        if parts[2] == "rds":
            from_rds = rds.CfnIntegration(
                self,
                "Resource",
                integration_name=name,
                description=_DESCRIPTION,
                source_arn=source_arn,
                target_arn=namespace_arn,
                data_filter=data_filter,
            )
            arn = from_rds.attr_integration_arn
        else:
            from_dynamodb = redshift.CfnIntegration(
                self,
                "Resource",
                integration_name=name,
                source_arn=source_arn,
                target_arn=namespace_arn,
            )
            arn = from_dynamodb.attr_integration_arn
        self.integration_id = Fn.select(6, Fn.split(":", arn))


def _role(scope: Construct, statements: Sequence[iam.PolicyStatement], key: kms.IKey) -> iam.Role:
    """Make the role of one side of an integration."""
    return glue_role(
        scope,
        "Role",
        description=_DESCRIPTION,
        statements=[
            *statements,
            *glue_logs(scope, _LOGS),
            put_metrics_in(_METRICS),
            *use_of_key(key),
        ],
    )


def authorization(pairs: Sequence[tuple[str, str]], catalog_arn: str) -> list[dict[str, object]]:
    """Return the statements under which Glue may let sources into its databases and catalogs.

    Args:
        pairs: ARNs of a source and of the database or catalog that is its target.
        catalog_arn: ARN of the catalog.
    """
    return [
        {
            "Effect": "Allow",
            "Principal": {"Service": "glue.amazonaws.com"},
            "Action": "glue:AuthorizeInboundIntegration",
            "Resource": [catalog_arn, target],
            "Condition": {"StringEquals": {"aws:SourceArn": source}},
        }
        for source, target in pairs
    ]
