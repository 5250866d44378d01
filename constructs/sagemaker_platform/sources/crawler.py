"""A Glue crawler, which finds tables."""

import json

from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import access_to_bucket, use_of_key
from sagemaker_platform.lakehouse import LakehouseLayer
from sagemaker_platform.security import WildcardStatement, glue_in_vpc
from sagemaker_platform.sources.connection import DatabaseConnection
from sagemaker_platform.sources.glue_role import get_data_access, glue_logs, glue_role
from sagemaker_platform.sources.ingestion_bucket import IngestionBucket

_DESCRIPTION = "Crawler of the lakehouse"


@checks_types
class CrawlerEncryption(Construct):
    """How crawlers encrypt their logs.

    Args:
        name: name of the security configuration, unique in account and region.
        key: the key; its policy must allow CloudWatch Logs to use it.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, key: kms.IKey) -> None:
        super().__init__(scope, id)
        self.name = name
        properties = glue.CfnSecurityConfiguration
        self.resource = properties(
            self,
            "Resource",
            name=name,
            encryption_configuration=properties.EncryptionConfigurationProperty(
                cloud_watch_encryption=properties.CloudWatchEncryptionProperty(
                    cloud_watch_encryption_mode="SSE-KMS", kms_key_arn=key.key_arn
                ),
                job_bookmarks_encryption=properties.JobBookmarksEncryptionProperty(
                    job_bookmarks_encryption_mode="CSE-KMS", kms_key_arn=key.key_arn
                ),
                s3_encryptions=[
                    properties.S3EncryptionProperty(
                        s3_encryption_mode="SSE-KMS", kms_key_arn=key.key_arn
                    )
                ],
            ),
        )


@checks_types
class Crawler(Construct):
    """Reads a layer's files, or a database, and writes the tables it finds into a database.

    Args:
        layer: whose database receives the tables, and whose files are read unless others are.
        files: another bucket to read, such as that of an `IngestionBucket`.
        connection: a database to read in place of files.
        path: path in the bucket, or of tables in the database, such as ``sales/public/%``.
        key: encrypts the layer's data.
        encryption: how logs are encrypted.
        schedule: ``cron(...)`` in UTC. If omitted, you start it.
        table_prefix: prefix of table names.
        deleted_tables: what becomes of tables whose data is gone.
        new_folders_only: whether only new folders are read.
        lake_formation_credentials: whether files are read with what Lake Formation grants.

    Attributes:
        name: name of the crawler, which CloudFormation chooses.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        layer: LakehouseLayer,
        connection: DatabaseConnection | None,
        path: str,
        key: kms.IKey,
        encryption: CrawlerEncryption,
        files: IngestionBucket | None = None,
        schedule: str | None = None,
        table_prefix: str = "",
        deleted_tables: str = "DEPRECATE_IN_DATABASE",
        new_folders_only: bool = False,
        lake_formation_credentials: bool = False,
    ) -> None:
        super().__init__(scope, id)
        statements = [
            *layer.access_statements(write=True),
            *glue_logs(self, "/aws-glue/crawlers"),
            WildcardStatement(
                actions=["glue:GetSecurityConfiguration"],
                resources=["*"],
                wildcard_reason="IAM cannot restrict this action to a resource.",
            ),
            *use_of_key(key),
        ]
        if files is not None:
            statements += [
                *access_to_bucket(files.bucket, write=False),
                iam.PolicyStatement(
                    actions=["kms:Decrypt", "kms:DescribeKey"], resources=[files.key.key_arn]
                ),
            ]
        if connection is not None:
            statements += [
                *connection.use_statements(),
                *connection.secret_statements(),
                *glue_in_vpc(self),
            ]
        if lake_formation_credentials:
            statements.append(get_data_access())
        self.role = glue_role(self, "Role", statements=statements, description=_DESCRIPTION)
        # Only-new-folders changes no tables, which Glue demands.
        update, delete = (
            ("LOG", "LOG") if new_folders_only else ("UPDATE_IN_DATABASE", deleted_tables)
        )
        self.resource = glue.CfnCrawler(
            self,
            "Resource",
            description=_DESCRIPTION,
            role=self.role.role_arn,
            database_name=layer.database_name,
            table_prefix=table_prefix or None,
            targets=self._targets(files.bucket if files else layer.bucket, connection, path),
            schedule=glue.CfnCrawler.ScheduleProperty(schedule_expression=schedule)
            if schedule
            else None,
            schema_change_policy=glue.CfnCrawler.SchemaChangePolicyProperty(
                update_behavior=update, delete_behavior=delete
            ),
            recrawl_policy=glue.CfnCrawler.RecrawlPolicyProperty(
                recrawl_behavior="CRAWL_NEW_FOLDERS_ONLY"
                if new_folders_only
                else "CRAWL_EVERYTHING"
            ),
            lake_formation_configuration=glue.CfnCrawler.LakeFormationConfigurationProperty(
                use_lake_formation_credentials=True
            )
            if lake_formation_credentials
            else None,
            crawler_security_configuration=encryption.name,
            configuration=json.dumps(
                {
                    "Version": 1.0,
                    "CrawlerOutput": {
                        "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
                    },
                }
            ),
        )
        after: list[IDependable] = [encryption.resource, self.role]
        if connection is not None:
            after.append(connection)
        self.resource.node.add_dependency(*after)
        self.name = self.resource.ref

    @staticmethod
    def _targets(
        bucket: s3.IBucket, connection: DatabaseConnection | None, path: str
    ) -> glue.CfnCrawler.TargetsProperty:
        if connection is not None:
            target = glue.CfnCrawler.JdbcTargetProperty(
                connection_name=connection.crawler_connection(), path=path
            )
            return glue.CfnCrawler.TargetsProperty(jdbc_targets=[target])
        uri = f"s3://{bucket.bucket_name}/{path}"
        return glue.CfnCrawler.TargetsProperty(
            s3_targets=[glue.CfnCrawler.S3TargetProperty(path=uri)]
        )
