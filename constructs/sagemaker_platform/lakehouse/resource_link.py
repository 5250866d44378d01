"""A database of another account, in this account's Glue catalog."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.lakehouse.layer import READ_CATALOG
from sagemaker_platform.security import WildcardStatement


@checks_types
class ResourceLink(Construct):
    """A link to a database that another account shares through Lake Formation.

    Athena queries databases of other accounts through such a link only (AWS Lake Formation
    Developer Guide, "How resource links work in Lake Formation"). The other account must have
    granted the database to this account, and this account must have accepted it, before the link
    is created. Lake Formation of the other account reads the data with a role of that account, so
    that readers need permissions on neither its bucket nor its key.

    Args:
        name: name of the link in this account's catalog; lower-case letters, digits and
            underscores, unique in account and region.
        account: account of the database.
        database: name of the database there.
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, account: str, database: str
    ) -> None:
        super().__init__(scope, id)
        self.database_name = name
        self.account = account
        self.target_database = database
        self.database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Stack.of(self).account,
            database_name=name,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                target_database=glue.CfnDatabase.DatabaseIdentifierProperty(
                    catalog_id=account, database_name=database
                )
            ),
        )
        # It holds no data.
        self.database.apply_removal_policy(RemovalPolicy.DESTROY)

    def catalog_statement(self, tables: Sequence[str] = ("*",)) -> iam.PolicyStatement:
        """Return the permissions to see the link, the database and its tables.

        Source: AWS Lake Formation Developer Guide, "Accessing the underlying data of a shared
        table" and "Resource link handling in AWS Glue APIs".

        Args:
            tables: names of the tables. Defaults to all tables of the database.
        """
        stack = Stack.of(self)

        def arn(account: str, resource: str, name: str | None = None) -> str:
            return stack.format_arn(
                service="glue", account=account, resource=resource, resource_name=name
            )

        return WildcardStatement(
            actions=[*READ_CATALOG, "glue:GetDatabases"],
            resources=[
                resource
                for account, database in (
                    (stack.account, self.database_name),
                    (self.account, self.target_database),
                )
                for resource in (
                    arn(account, "catalog"),
                    arn(account, "database", database),
                    *(arn(account, "table", f"{database}/{table}") for table in tables),
                )
            ],
            wildcard_reason="All tables of one database of another account, and no other.",
        )
