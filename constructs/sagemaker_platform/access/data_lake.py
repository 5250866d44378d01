"""What a data lake administrator of Lake Formation needs in IAM besides."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement


def administer_data_lake(scope: IConstruct) -> list[iam.PolicyStatement]:
    """Return what it takes to see and to hand out permissions on data by hand.

    Lake Formation asks IAM first, whoever its administrators are (AWS: "Lake Formation personas
    and IAM permissions reference"). Not among it: to choose the administrators, and to register
    locations, which is what templates do.
    """
    stack = Stack.of(scope)

    def glue(resource: str, name: str | None = None) -> str:
        return stack.format_arn(service="glue", resource=resource, resource_name=name)

    return [
        WildcardStatement(
            actions=[
                "lakeformation:AddLFTagsToResource",
                "lakeformation:BatchGrantPermissions",
                "lakeformation:BatchRevokePermissions",
                "lakeformation:CreateLakeFormationOptIn",
                "lakeformation:DeleteLakeFormationOptIn",
                "lakeformation:DescribeResource",
                "lakeformation:GetDataLakeSettings",
                "lakeformation:GetEffectivePermissionsForPath",
                "lakeformation:GetLFTag",
                "lakeformation:GetResourceLFTags",
                "lakeformation:GrantPermissions",
                "lakeformation:ListDataCellsFilter",
                "lakeformation:ListLFTags",
                "lakeformation:ListLakeFormationOptIns",
                "lakeformation:ListPermissions",
                "lakeformation:ListResources",
                "lakeformation:RemoveLFTagsFromResource",
                "lakeformation:RevokePermissions",
                "lakeformation:SearchDatabasesByLFTags",
                "lakeformation:SearchTablesByLFTags",
            ],
            resources=["*"],
            wildcard_reason="IAM knows no resources for Lake Formation's actions.",
        ),
        WildcardStatement(
            actions=[
                "glue:GetCatalog",
                "glue:GetCatalogs",
                "glue:GetDatabase",
                "glue:GetDatabases",
                "glue:GetTable",
                "glue:GetTables",
                "glue:SearchTables",
            ],
            resources=[
                glue("catalog"),
                glue("catalog", "*"),
                glue("database", "*"),
                glue("table", "*"),
            ],
            wildcard_reason="An administrator sees what is granted; descriptions, no data.",
        ),
    ]
