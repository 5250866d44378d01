"""What makes table buckets visible to Glue, Lake Formation and Athena."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lakeformation as lakeformation
from constructs import Construct, IDependable

from sagemaker_platform.arguments import checks_types, require_some
from sagemaker_platform.lakehouse.data_location import location_role
from sagemaker_platform.security import AccessPolicy, WildcardStatement

_ACTIONS = [
    "s3tables:CreateNamespace",
    "s3tables:CreateTable",
    "s3tables:DeleteNamespace",
    "s3tables:DeleteTable",
    "s3tables:GetNamespace",
    "s3tables:GetTable",
    "s3tables:GetTableBucket",
    "s3tables:GetTableData",
    "s3tables:GetTableMetadataLocation",
    "s3tables:ListNamespaces",
    "s3tables:ListTables",
    "s3tables:PutTableData",
    "s3tables:RenameTable",
    "s3tables:UpdateTableMetadataLocation",
]


@checks_types
class S3TablesCatalog(Construct):
    """The Glue catalog `s3tablescatalog`, with every table bucket as a catalog below it.

    Its name is AWS's, and each account has one in a region: make it once, and elsewhere use
    `ExistingS3TablesCatalog`. There are no default permissions: who reads is up to Lake
    Formation (AWS: "Integrating Amazon S3 tables catalog with the Data Catalog"). Deleting it
    takes all table buckets of the account out of Glue, and none of their data.

    Args:
        role_name: name of the role, so that other environments of the account can name it.
        keys: keys that encrypt table buckets.
        removal_policy: with RETAIN catalog, registration and role stay, because other
            environments of the account may use them.
        full_table_access: whether engines may ask Lake Formation for whole tables, as Spark in
            Athena does.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        role_name: str,
        keys: Sequence[kms.IKey],
        removal_policy: RemovalPolicy,
        full_table_access: bool = False,
    ) -> None:
        super().__init__(scope, id)
        buckets = _buckets(self)
        self.role = location_role(
            self,
            "Role",
            role_name=role_name,
            removal_policy=removal_policy,
            statements=[
                WildcardStatement(
                    actions=["s3tables:ListTableBuckets"],
                    resources=["*"],
                    conditions={"StringEquals": {"aws:ResourceAccount": Stack.of(self).account}},
                    wildcard_reason="IAM knows no resources for this list; reading only.",
                ),
                WildcardStatement(
                    actions=_ACTIONS,
                    resources=[buckets, f"{buckets}/table/*"],
                    wildcard_reason=(
                        "The catalog is that of all table buckets of the account; Lake "
                        "Formation decides who reads which."
                    ),
                ),
                *_use_of_keys(self, keys),
            ],
        )
        self.registration = lakeformation.CfnResource(
            self,
            "Registration",
            resource_arn=buckets,
            use_service_linked_role=False,
            role_arn=self.role.role_arn,
            with_federation=True,
            hybrid_access_enabled=False,
        )
        self.registration.node.add_dependency(self.role)
        self.resource = glue.CfnCatalog(
            self,
            "Resource",
            name="s3tablescatalog",
            description="Table buckets of the account",
            federated_catalog=glue.CfnCatalog.FederatedCatalogProperty(
                identifier=buckets, connection_name="aws:s3tables"
            ),
            create_database_default_permissions=[],
            create_table_default_permissions=[],
            allow_full_table_external_data_access="True" if full_table_access else None,
        )
        self.resource.add_resource_dependency(self.registration)
        for resource in (self.registration, self.resource):
            resource.apply_removal_policy(removal_policy)

    @property
    def ready(self) -> IDependable:
        """What has to exist before anything is granted in the catalog."""
        return self.resource


@checks_types
class ExistingS3TablesCatalog(Construct):
    """An `s3tablescatalog` that another stack or a person has created.

    Lake Formation reads with the role it was made with, which is given the use of our key.

    Args:
        role_name: name of that role.
        keys: keys that encrypt our table buckets.
    """

    def __init__(
        self, scope: Construct, id: str, *, role_name: str, keys: Sequence[kms.IKey]
    ) -> None:
        super().__init__(scope, id)
        self.role = iam.Role.from_role_name(self, "Role", role_name)
        self._policy = AccessPolicy(
            self,
            "KeyPolicy",
            description=f"Keys of table buckets of {self.node.path}",
            statements=_use_of_keys(self, keys),
            attached_to=[self.role],
        )

    @property
    def ready(self) -> IDependable:
        """What has to exist before anything is granted in the catalog."""
        return self._policy


def _buckets(scope: Construct) -> str:
    return Stack.of(scope).format_arn(
        service="s3tables",
        resource="bucket",
        resource_name="*",
        arn_format=ArnFormat.SLASH_RESOURCE_NAME,
    )


def _use_of_keys(scope: Construct, keys: Sequence[kms.IKey]) -> list[iam.PolicyStatement]:
    """Return the use of keys in AWS's AmazonS3TablesLakeFormationServiceRole, for our keys.

    Data of a table bucket are encrypted through Amazon S3; S3 Tables only looks at the key.
    """
    require_some("keys", keys)
    region = Stack.of(scope).region
    return [
        iam.PolicyStatement(
            actions=actions,
            resources=[key.key_arn for key in keys],
            conditions={"StringLike": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}},
        )
        for actions, service in (
            (["kms:Decrypt", "kms:GenerateDataKey"], "s3"),
            (["kms:DescribeKey"], "s3tables"),
        )
    ]
