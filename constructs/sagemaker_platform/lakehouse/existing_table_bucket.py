"""A table bucket that exists already: who may use it."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import use_of_key
from sagemaker_platform.lakehouse.catalog_statement import see_catalog
from sagemaker_platform.security import WildcardStatement, grant

READ_TABLES = [
    "s3tables:GetTable",
    "s3tables:GetTableData",
    "s3tables:GetTableMetadataLocation",
]

_WRITE = ["s3tables:PutTableData", "s3tables:UpdateTableMetadataLocation"]


class TableBucketAccess(Construct):
    """What an existing table bucket and a new one have in common."""

    name: str
    arn: str
    _key: kms.IKey

    @property
    def catalog_id(self) -> str:
        """How Glue, Lake Formation and Athena call the bucket's catalog.

        It is there once the account has the catalog `s3tablescatalog`.
        """
        return f"{Stack.of(self).account}:s3tablescatalog/{self.name}"

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading all tables through S3 Tables, with the key."""
        return grant(grantee, [*self.access_statements(write=False), *use_of_key(self._key)])

    def grant_read_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant reading and writing all tables through S3 Tables, with the key."""
        return grant(grantee, [*self.access_statements(write=True), *use_of_key(self._key)])

    def access_statements(self, *, write: bool) -> list[iam.PolicyStatement]:
        """Return statements to read, or to read and write, all tables.

        The key is not among them: a policy covers it once, with `use_of_key`.
        """
        return [
            iam.PolicyStatement(
                actions=[
                    "s3tables:GetNamespace",
                    "s3tables:GetTableBucket",
                    "s3tables:ListNamespaces",
                    "s3tables:ListTables",
                ],
                resources=[self.arn],
            ),
            WildcardStatement(
                actions=READ_TABLES + (_WRITE if write else []),
                resources=[f"{self.arn}/table/*"],
                wildcard_reason="All tables of one table bucket, and of no other.",
            ),
        ]

    def catalog_statement(self, *, write: bool) -> iam.PolicyStatement:
        """Return the permissions to see, or to see and change, the bucket's tables in Glue.

        Their data is Lake Formation's to hand out (AWS: "Integrating S3 Tables with AWS
        analytics services").
        """
        return see_catalog(
            self,
            f"s3tablescatalog/{self.name}",
            write=write,
            wildcard_reason="All namespaces and tables of one table bucket, and of no other.",
        )


@checks_types
class ExistingTableBucket(TableBucketAccess):
    """A table bucket of the account and region of the stack that exists already.

    `TableBucket.from_table_bucket_name` returns one. Nothing is provisioned.

    Args:
        name: name of the table bucket.
        key: the key that encrypts its tables.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, key: kms.IKey) -> None:
        super().__init__(scope, id)
        self.name, self._key = name, key
        self.arn = Stack.of(self).format_arn(
            service="s3tables", resource="bucket", resource_name=name
        )
