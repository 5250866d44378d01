"""What an environment changes in its account's Lake Formation."""

from collections.abc import Mapping, Sequence

from aws_cdk import ArnFormat, CustomResource, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct, IDependable

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.functions import HandledResources
from sagemaker_platform.lakehouse.data_target import DataTarget
from sagemaker_platform.security import WildcardStatement

_DESCRIPTION = "Permissions in Lake Formation"


@checks_types
class LakeFormation(Construct):
    """Administrators, LF-tags, filters and grants of one environment, each changed in place.

    All of it is done by a function whose role is added to the account's data lake
    administrators, so that the role that deploys need not be one. CloudFormation's own types
    act as that role, and cannot be used here for three more reasons: `DataLakeSettings`
    replaces the list of administrators, `PrincipalPermissions` loses what an old and a new
    grant have in common, and `DataCellsFilter` cannot be changed under its name.

    What is made by the methods below exists after the role is an administrator, and is deleted
    before it is no more. The list of administrators belongs to the account: others are never
    removed, except principals that no longer exist: Lake Formation would refuse the list.

    Args:
        name: name of the environment; LF-tags carry it, since an account has one set of them.
        key: encrypts the function's logs.
        log_retention_days: how long these are kept.
        administrators: ARNs of further administrators.
        close_defaults: whether new databases and tables of the account have no default permissions,
            rather than those for all principals that IAM allows. Deleting the stack leaves it so.
        cross_account_version: version of the account's settings for sharing; a higher one
            stays as it is.
        shares_data: whether other accounts are granted anything, which takes further rights.
        linked: databases of other accounts that are granted here, by account and name.
        full_table_access: whether engines may ask for whole tables without naming the user, as
            Spark in Athena does. It is the account's, and once allowed it stays.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key: kms.IKey,
        log_retention_days: int,
        administrators: Sequence[str] = (),
        close_defaults: bool = True,
        cross_account_version: int = 4,
        shares_data: bool = False,
        linked: Sequence[tuple[str, str]] = (),
        full_table_access: bool = False,
    ) -> None:
        super().__init__(scope, id)
        self._name = name
        self._last_value: dict[str, CustomResource] = {}
        self._handled = HandledResources(
            self,
            "Handler",
            folder="lake_formation",
            statements=[
                *_statements(self, name, shares_data=shares_data),
                *_linking(self, linked),
            ],
            key=key,
            log_retention_days=log_retention_days,
            description=_DESCRIPTION,
        )
        self._administrators = self._add_administrators(
            self,
            "Administrators",
            [self._handled.role.role_arn, *administrators],
            CloseDefaults="true" if close_defaults else "false",
            CrossAccountVersion=str(cross_account_version),
            **({"FullTableAccess": "true"} if full_table_access else {}),
        )

    def tag_key(self, key: str) -> str:
        """Return what an LF-tag of the environment is called in Lake Formation."""
        return f"{self._name}-{key}"

    def add_administrators(self, scope: Construct, id: str, arns: Sequence[str]) -> None:
        """Make further roles administrators, which another stack has made."""
        # One after the other: each reads and writes the whole list.
        self._add_administrators(scope, id, arns, after=[self._administrators])

    def add_tag(self, key: str, values: Sequence[str]) -> None:
        """Make an LF-tag. Each value is a separate resource, deleted after its last use."""
        # Both may have hyphens, and `a-b: c` is not `a: b-c`.
        between = "=" if "-" in key else "-"
        for value in values:
            before = self._last_value.get(key)
            self._last_value[key] = self._add(
                self,
                f"Tag-{key}{between}{value}",
                "LakeFormationTagValue",
                {"Key": self.tag_key(key), "Value": value},
                after=[] if before is None else [before],
            )

    def assign(self, target: DataTarget, tags: Mapping[str, str], *, after: IDependable) -> None:
        """Let a database, table or columns carry LF-tags.

        Args:
            target: what carries them; what is below inherits them.
            tags: a value for each key, without the environment's name.
            after: the database or table.
        """
        self._add(
            self,
            f"Tags-{target.id}",
            "LakeFormationTags",
            {
                "Target": target.to_api(),
                "Tags": {self.tag_key(key): value for key, value in tags.items()},
            },
            after=[after, *self._tags()],
        )

    def add_filter(
        self,
        name: str,
        *,
        database: str,
        table: str,
        rows: str | None,
        columns: Sequence[str],
        excluded_columns: Sequence[str],
        after: IDependable,
    ) -> DataTarget:
        """Make a filter, and return it as what can be granted.

        Args:
            name: name of the filter, unique in the environment.
            database: database of the table.
            table: the table.
            rows: condition on rows; None for all rows.
            columns: what is seen; empty for all columns.
            excluded_columns: what is not seen.
            after: the table.
        """
        account = Stack.of(self).account
        properties: dict[str, object] = {
            "CatalogId": account,
            "Database": database,
            "Table": table,
            "Name": name,
        }
        if rows is not None:
            properties["Rows"] = rows
        if columns:
            properties["Columns"] = list(columns)
        if excluded_columns:
            properties["ExcludedColumns"] = list(excluded_columns)
        self._add(self, f"Filter-{name}", "DataCellsFilter", properties, after=[after])
        return DataTarget.filter(database, table, name, account=account)

    def close(
        self, name: str, *, after: IDependable, scope: Construct | None = None
    ) -> IDependable:
        """Revoke what a database and its tables gave all principals that IAM allows.

        Args:
            name: name of the database.
            after: the database.
            scope: where it is closed, in this stack or one that comes later. Defaults to here.
        """
        given = {"Database": name}
        return self._add(scope or self, f"Closed-{name}", "ClosedDatabase", given, after=[after])

    def grant(
        self,
        scope: Construct,
        who: str,
        principal: str,
        target: DataTarget,
        permissions: Sequence[str],
        *,
        grantable: bool = False,
        opt_in: bool = False,
        stays: bool = False,
        after: Sequence[IDependable] = (),
    ) -> IDependable:
        """Grant permissions on a target; one grant for one principal and target.

        Args:
            scope: where the grant is made, in this stack or one that comes later.
            who: short name of the principal, for construct ids.
            principal: ARN of a role, or id of an account.
            target: the data.
            permissions: names of Lake Formation's permissions; empty to opt in only.
            grantable: whether the principal may grant them on.
            opt_in: whether, in hybrid mode, Lake Formation decides about the target for it.
            stays: whether it stays when it is no longer asked for; it goes with its target.
            after: what the target and the principal need to exist.
        """
        given = sorted(set(permissions))
        return self._add(
            scope,
            f"Grant-{who}-{target.id}",
            "DataGrant",
            {
                "Principal": principal,
                "Target": target.to_api(),
                "Permissions": given,
                "Grantable": given if grantable else [],
                "OptIn": "true" if opt_in else "false",
            },
            stays=stays,
            after=after,
        )

    def _add(
        self,
        scope: Construct,
        id: str,
        resource_type: str,
        properties: Mapping[str, object],
        *,
        after: Sequence[IDependable],
        stays: bool = False,
    ) -> CustomResource:
        return self._handled.add(
            scope,
            id,
            resource_type=resource_type,
            properties=properties,
            removal_policy=RemovalPolicy.RETAIN if stays else RemovalPolicy.DESTROY,
            after=[self._administrators, *after],
        )

    def _add_administrators(
        self,
        scope: Construct,
        id: str,
        arns: Sequence[str],
        *,
        after: Sequence[IDependable] = (),
        **more: str,
    ) -> CustomResource:
        return self._handled.add(
            scope,
            id,
            resource_type="DataLakeAdministrators",
            properties={
                "Administrators": list(arns),
                "Parameter": f"{_parameters(self._name)}/{id.lower()}",
                **more,
            },
            after=after,
        )

    def _tags(self) -> list[CustomResource]:
        return list(self._last_value.values())


def _parameters(name: str) -> str:
    return f"/{name}/lake-formation"


def _statements(scope: Construct, name: str, *, shares_data: bool) -> list[iam.PolicyStatement]:
    stack = Stack.of(scope)

    def glue(resource: str, resource_name: str | None = None) -> str:
        return stack.format_arn(service="glue", resource=resource, resource_name=resource_name)

    statements = [
        WildcardStatement(
            actions=[
                "lakeformation:AddLFTagsToResource",
                "lakeformation:CreateDataCellsFilter",
                "lakeformation:CreateLFTag",
                "lakeformation:CreateLakeFormationOptIn",
                "lakeformation:DeleteDataCellsFilter",
                "lakeformation:DeleteLFTag",
                "lakeformation:DeleteLakeFormationOptIn",
                "lakeformation:GetDataLakeSettings",
                "lakeformation:GetLFTag",
                "lakeformation:GrantPermissions",
                "lakeformation:ListLakeFormationOptIns",
                "lakeformation:ListPermissions",
                "lakeformation:PutDataLakeSettings",
                "lakeformation:RemoveLFTagsFromResource",
                "lakeformation:RevokePermissions",
                "lakeformation:UpdateDataCellsFilter",
                "lakeformation:UpdateLFTag",
            ],
            resources=["*"],
            wildcard_reason="IAM knows no resources for Lake Formation's actions.",
        ),
        WildcardStatement(
            actions=["glue:GetCatalog", "glue:GetDatabase", "glue:GetTable", "glue:GetTables"],
            resources=[
                glue("catalog"),
                glue("catalog", "*"),
                glue("database", "*"),
                glue("table", "*"),
            ],
            wildcard_reason="Lake Formation looks up what is granted; descriptions, no data.",
        ),
        WildcardStatement(
            actions=["iam:GetRole", "iam:GetUser"],
            resources=[
                stack.format_arn(service="iam", region="", resource=kind, resource_name="*")
                for kind in ("role", "user")
            ],
            wildcard_reason="Reads whether an administrator still exists; its name can be any.",
        ),
        WildcardStatement(
            actions=["ssm:DeleteParameter", "ssm:GetParameter", "ssm:PutParameter"],
            resources=[
                stack.format_arn(
                    service="ssm",
                    resource="parameter",
                    resource_name=f"{_parameters(name)[1:]}/*",
                    arn_format=ArnFormat.SLASH_RESOURCE_NAME,
                )
            ],
            wildcard_reason="Parameters that list the administrators which this environment added.",
        ),
    ]
    return [*statements, *(_sharing() if shares_data else ())]


def _linking(scope: Construct, linked: Sequence[tuple[str, str]]) -> list[iam.PolicyStatement]:
    """Return what granting on a database of another account takes."""
    if not linked:
        return []
    stack = Stack.of(scope)

    def glue(account: str, resource: str, name: str | None = None) -> str:
        return stack.format_arn(
            service="glue", account=account, resource=resource, resource_name=name
        )

    return [
        WildcardStatement(
            actions=["glue:GetDatabase", "glue:GetTable", "glue:GetTables"],
            resources=[
                arn
                for account, database in linked
                for arn in (
                    glue(account, "catalog"),
                    glue(account, "database", database),
                    glue(account, "table", f"{database}/*"),
                )
            ],
            wildcard_reason="Lake Formation looks up what is granted; descriptions, no data.",
        )
    ]


def _sharing() -> list[iam.PolicyStatement]:
    """Return what granting to another account takes (AWS: AWSLakeFormationCrossAccountManager)."""
    return [
        WildcardStatement(
            actions=["ram:CreateResourceShare"],
            resources=["*"],
            conditions={
                "StringLikeIfExists": {
                    "ram:RequestedResourceType": ["glue:Catalog", "glue:Database", "glue:Table"]
                }
            },
            wildcard_reason="A share has no ARN before it exists; a condition names its kinds.",
        ),
        WildcardStatement(
            actions=[
                "ram:AssociateResourceShare",
                "ram:DeleteResourceShare",
                "ram:DisassociateResourceShare",
                "ram:UpdateResourceShare",
            ],
            resources=["*"],
            conditions={"StringLike": {"ram:ResourceShareName": ["LakeFormation*"]}},
            wildcard_reason="Lake Formation names its shares so, and AWS chooses their ids.",
        ),
        WildcardStatement(
            actions=[
                "glue:DeleteResourcePolicy",
                "glue:PutResourcePolicy",
                "ram:AssociateResourceSharePermission",
                "ram:GetResourceShareAssociations",
                "ram:GetResourceShares",
                "ram:ListResourceSharePermissions",
            ],
            resources=["*"],
            wildcard_reason="Lake Formation calls these on behalf of the grantor.",
        ),
    ]
