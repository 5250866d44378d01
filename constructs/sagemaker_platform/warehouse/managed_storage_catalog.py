"""The tables of a warehouse as a catalog of the Glue Data Catalog."""

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lakeformation as lakeformation
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.functions import WaitingResource
from sagemaker_platform.security import AccessPolicy, WildcardStatement
from sagemaker_platform.warehouse.warehouse import Warehouse

_DESCRIPTION = "The warehouse in the Glue Data Catalog"


@checks_types
class ManagedStorageCatalog(Construct):
    """Registers a warehouse with the Glue Data Catalog, so that Athena and Spark read it too.

    A custom resource registers the namespace and accepts the invitation that follows, which
    CloudFormation cannot; then Lake Formation takes charge of it, and a federated catalog shows
    its databases. The catalog cannot be used before Lake Formation grants something in it.

    The role that deploys needs CREATE_CATALOG in Lake Formation, as its administrators have it. The
    steps are those of
    "Creating Amazon Redshift federated catalogs" in the Lake Formation guide; that they work
    together, only AWS can show.

    Args:
        name: name of the catalog, unique in account and region; lower-case.
        warehouse: whose tables.
        read_elsewhere: whether engines other than Redshift may read the tables; otherwise they
            see names and columns only.
        key: encrypts what those engines stage, and the logs.
        log_retention_days: how long logs of the registration are kept; a period that
            CloudWatch Logs offers.

    Attributes:
        name: name of the catalog.
        catalog: the Glue catalog.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        warehouse: Warehouse,
        read_elsewhere: bool,
        key: kms.IKey,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        self.name = name
        namespace_id = warehouse.namespace.attr_namespace_namespace_id
        share = (
            f"arn:{stack.partition}:redshift:{stack.region}:{stack.account}:datashare:"
            f"{namespace_id}/ds_internal_namespace"
        )
        data_catalog = f"arn:{stack.partition}:glue:{stack.region}:{stack.account}:catalog"
        registration = WaitingResource(
            self,
            "Registration",
            folder="redshift_serverless",
            resource_type="RedshiftRegistration",
            properties={
                "NamespaceId": namespace_id,
                "WorkgroupId": warehouse.workgroup.attr_workgroup_workgroup_id,
                "Consumer": f"DataCatalog/{stack.account}",
                "CatalogArn": data_catalog,
                "DataShareArn": share,
            },
            on_event_statements=[
                WildcardStatement(
                    actions=["redshift:DeregisterNamespace", "redshift:RegisterNamespace"],
                    resources=["*"],
                    wildcard_reason="IAM cannot restrict these actions to a namespace; the "
                    "handler names one.",
                )
            ],
            is_complete_statements=[
                WildcardStatement(
                    actions=["redshift:DescribeDataShares"],
                    resources=["*"],
                    wildcard_reason="IAM cannot restrict this action to a resource.",
                ),
                iam.PolicyStatement(
                    actions=["redshift:AssociateDataShareConsumer"], resources=[share]
                ),
            ],
            key=key,
            log_retention_days=log_retention_days,
            description=_DESCRIPTION,
            poll_seconds=20,
        )
        location = lakeformation.CfnResource(
            self, "Location", resource_arn=share, use_service_linked_role=False
        )
        location.node.add_dependency(registration)
        self.catalog = glue.CfnCatalog(
            self,
            "Resource",
            name=name,
            description=_DESCRIPTION,
            # Empty, and not absent: if omitted, everybody in the account may use all of it.
            create_database_default_permissions=[],
            create_table_default_permissions=[],
            federated_catalog=glue.CfnCatalog.FederatedCatalogProperty(
                identifier=share, connection_name="aws:redshift"
            ),
            catalog_properties=glue.CfnCatalog.CatalogPropertiesProperty(
                data_lake_access_properties=self._transfer(name, key)
            )
            if read_elsewhere
            else None,
        )
        self.catalog.add_resource_dependency(location)

    def _transfer(self, name: str, key: kms.IKey) -> Any:
        """Return how engines other than Redshift reach the data: with a separate role."""
        stack = Stack.of(self)

        def arn(resource: str) -> str:
            return f"arn:{stack.partition}:glue:{stack.region}:{stack.account}:{resource}"

        policy = AccessPolicy(
            self,
            "TransferPolicy",
            description=_DESCRIPTION,
            statements=[
                WildcardStatement(
                    actions=["glue:GetCatalog", "glue:GetDatabase"],
                    resources=[
                        arn("catalog"),
                        arn(f"catalog/{name}"),
                        arn(f"catalog/{name}/*"),
                        arn(f"database/{name}/*"),
                    ],
                    wildcard_reason="Databases of one catalog and no other.",
                ),
                iam.PolicyStatement(
                    actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn]
                ),
            ],
        )
        role = iam.Role(
            self,
            "TransferRole",
            assumed_by=iam.CompositePrincipal(
                iam.ServicePrincipal("glue.amazonaws.com"),
                iam.ServicePrincipal("redshift.amazonaws.com"),
            ),
            description=_DESCRIPTION,
            managed_policies=[policy.managed_policy],
        )
        return glue.CfnCatalog.DataLakeAccessPropertiesProperty(
            catalog_type="aws:redshift",
            data_lake_access=True,
            data_transfer_role=role.role_arn,
            kms_key=key.key_arn,
        )
