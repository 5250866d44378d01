"""The statement for the descriptions of tables in a catalog of Glue."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement


def see_catalog(
    scope: IConstruct, catalog: str, *, write: bool, wildcard_reason: str
) -> iam.PolicyStatement:
    """Return the permissions to see, or to see and change, tables of a catalog below the account.

    Their data is Lake Formation's to hand out.

    Args:
        scope: any construct of the stack.
        catalog: name of the catalog, such as ``s3tablescatalog/sales``.
        write: whether to create, change and delete tables too.
        wildcard_reason: why the statement names all databases and tables.
    """
    stack, root = Stack.of(scope), catalog.partition("/")[0]

    def arn(resource: str, name: str | None = None) -> str:
        return stack.format_arn(service="glue", resource=resource, resource_name=name)

    change = ["glue:CreateTable", "glue:DeleteTable", "glue:UpdateTable"]
    return WildcardStatement(
        actions=[
            "glue:GetCatalog",
            "glue:GetDatabase",
            "glue:GetDatabases",
            "glue:GetTable",
            "glue:GetTables",
            *(change if write else ()),
        ],
        resources=[
            arn("catalog"),
            *dict.fromkeys((arn("catalog", root), arn("catalog", catalog))),
            arn("database", f"{catalog}/*"),
            arn("table", f"{catalog}/*/*"),
        ],
        wildcard_reason=wildcard_reason,
    )
