"""What a data lake administrator of Lake Formation needs in IAM besides."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.security import WildcardStatement


def administer_data_lake(
    scope: IConstruct, *, shared_by: Sequence[str] = ()
) -> list[iam.PolicyStatement]:
    """Return the permissions to see and to hand out permissions on data by hand.

    Where databases of other accounts are linked, it includes accepting what they share.

    Lake Formation asks IAM first, also for its administrators (AWS: "Lake Formation personas
    and IAM permissions reference"). Not among it: to choose the administrators, and to register
    locations, which is what templates do.

    Args:
        scope: scope of the statements.
        shared_by: accounts whose databases are linked here.
    """
    stack, accounts = Stack.of(scope), list(dict.fromkeys(shared_by))

    def glue(resource: str, name: str | None = None, account: str | None = None) -> str:
        return stack.format_arn(
            service="glue", account=account, resource=resource, resource_name=name
        )

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
                *(
                    arn
                    for account in accounts
                    for arn in (
                        glue("catalog", account=account),
                        glue("database", "*", account),
                        glue("table", "*", account),
                    )
                ),
            ],
            wildcard_reason="An administrator sees what is granted; descriptions, no data.",
        ),
        *(_accept_shares(stack, accounts) if accounts else ()),
    ]


def _accept_shares(stack: Stack, accounts: Sequence[str]) -> list[iam.PolicyStatement]:
    """Return the permissions to accept what other accounts share.

    Source: AWS Lake Formation Developer Guide, "Lake Formation personas and IAM permissions
    reference"; Service Authorization Reference, "AWS Resource Access Manager".
    """
    return [
        WildcardStatement(
            actions=["ram:GetResourceShareInvitations", "ram:GetResourceShares"],
            resources=["*"],
            wildcard_reason="Lists of what other accounts share have no resource in IAM.",
        ),
        WildcardStatement(
            actions=["ram:AcceptResourceShareInvitation", "ram:RejectResourceShareInvitation"],
            resources=[
                stack.format_arn(
                    service="ram",
                    account="*",
                    resource="resource-share-invitation",
                    resource_name="*",
                )
            ],
            conditions={
                "StringEquals": {"ram:ShareOwnerAccountId": list(accounts)},
                "StringLike": {"ram:ResourceShareName": ["LakeFormation*"]},
            },
            wildcard_reason="AWS chooses the ids of invitations; a condition names the accounts.",
        ),
    ]
