"""A database elsewhere as a catalog that is queried in place."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lakeformation as lakeformation
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.foundation import use_of_key
from sagemaker_platform.lakehouse.data_location import location_role
from sagemaker_platform.security import AccessPolicy, WildcardStatement, work_in_vpc
from sagemaker_platform.sources.connection import DatabaseConnection, connector_name

_DESCRIPTION = "Athena's way to a database elsewhere"
MAX_NAME = 41
"""Athena puts 23 characters before the name of a catalog to name the connector's function."""


@checks_types
class FederatedCatalog(Construct):
    """Athena's connector for a connection, and the catalog that Lake Formation governs.

    Athena makes the connector, a Lambda function called
    ``athenafederatedcatalog_<name>``, for a data source of type FEDERATED, and runs it with the
    role made here, or for Snowflake with one that it makes (AWS: CreateDataCatalog in the
    Athena API). The connection is registered with
    Lake Formation, which alone may call the connector for others, and a Glue catalog of the
    same name shows the database's schemas and tables. It cannot be used before Lake Formation
    grants something in it.

    The deploying role needs CREATE_CATALOG in Lake Formation, as its administrators have it. That
    Athena gives the function the name on which Lake Formation's role relies, only AWS can show.

    Args:
        name: name of the catalog; lower-case letters, digits and underscores, at most 41.
        connection: to the database; its Athena properties are those of `athena_properties`.
        spill: bucket for results that are too large for one answer of the connector.
        key: encrypts that bucket.
        read: permissions of the connector's role on the source, as for DynamoDB.

    Raises:
        ValueError: the name is too long.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        connection: DatabaseConnection,
        spill: s3.IBucket,
        key: kms.IKey,
        read: Sequence[iam.PolicyStatement] = (),
    ) -> None:
        super().__init__(scope, id)
        if len(name) > MAX_NAME:
            raise ValueError(f"expected a name of at most {MAX_NAME} characters, got {name}")
        self.name = name
        spill_arn = f"{spill.bucket_arn}/{name}/*"
        function = _function_arn(self, name)
        parameters = connection.athena_parameters()
        after: list[IDependable] = [connection]
        if connection.resource is not None:
            role = self._connector_role(connection, spill, key, read)
            parameters["lambda-role-arn"] = role.role_arn
            after.append(role)
        source = athena.CfnDataCatalog(
            self,
            "DataSource",
            name=name,
            type="FEDERATED",
            description=_DESCRIPTION,
            parameters=parameters,
        )
        source.node.add_dependency(*after)
        location = lakeformation.CfnResource(
            self,
            "Location",
            resource_arn=connection.arn,
            use_service_linked_role=False,
            with_federation=True,
            role_arn=location_role(
                self,
                "LocationRole",
                statements=[
                    WildcardStatement(
                        actions=["s3:GetObject"],
                        resources=[spill_arn],
                        wildcard_reason="Results below one prefix: their keys are made up.",
                    ),
                    iam.PolicyStatement(
                        actions=["s3:ListBucket"],
                        resources=[spill.bucket_arn],
                        conditions={"StringLike": {"s3:prefix": [f"{name}/*"]}},
                    ),
                    iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function]),
                    *connection.use_statements(),
                    *use_of_key(key),
                ],
            ).role_arn,
        )
        location.add_resource_dependency(source)
        self.catalog = glue.CfnCatalog(
            self,
            "Resource",
            name=name,
            description=_DESCRIPTION,
            # Empty, and not absent: if omitted, everybody in the account may use all of it.
            create_database_default_permissions=[],
            create_table_default_permissions=[],
            federated_catalog=glue.CfnCatalog.FederatedCatalogProperty(
                connection_name=connection.name, identifier=connection.name
            ),
        )
        self.catalog.add_resource_dependency(location)

    @staticmethod
    def athena_properties(scope: Construct, name: str, spill: s3.IBucket) -> dict[str, str]:
        """Return what a connection says to Athena's connector.

        Args:
            scope: anything in the stack.
            name: name of the catalog.
            spill: the bucket.
        """
        return {
            "lambda_function_arn": _function_arn(scope, name),
            "spill_bucket": spill.bucket_name,
            "spill_prefix": name,
            "disable_spill_encryption": "false",
        }

    def _connector_role(
        self,
        connection: DatabaseConnection,
        spill: s3.IBucket,
        key: kms.IKey,
        read: Sequence[iam.PolicyStatement],
    ) -> iam.Role:
        stack = Stack.of(self)
        policy = AccessPolicy(
            self,
            "ConnectorPolicy",
            description=_DESCRIPTION,
            statements=[
                WildcardStatement(
                    actions=["s3:GetObject", "s3:PutObject"],
                    resources=[f"{spill.bucket_arn}/{self.name}/*"],
                    wildcard_reason="Results below one prefix: their keys are made up.",
                ),
                iam.PolicyStatement(
                    actions=["s3:GetBucketLocation", "s3:ListBucket"],
                    resources=[spill.bucket_arn],
                ),
                WildcardStatement(
                    actions=["athena:GetQueryExecution"],
                    resources=[
                        stack.format_arn(service="athena", resource="workgroup", resource_name="*")
                    ],
                    wildcard_reason="The connector asks whether a query of a workgroup runs.",
                ),
                WildcardStatement(
                    actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[
                        f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:"
                        f"/aws/lambda/{connector_name(self.name)}:*"
                    ],
                    wildcard_reason="Log streams of one function.",
                ),
                *connection.use_statements(),
                *connection.secret_statements(),
                *(work_in_vpc(self) if connection.security_group else ()),
                *use_of_key(key),
                *read,
            ],
        )
        return iam.Role(
            self,
            "ConnectorRole",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=_DESCRIPTION,
            managed_policies=[policy.managed_policy],
        )


def _function_arn(scope: Construct, name: str) -> str:
    stack = Stack.of(scope)
    return (
        f"arn:{stack.partition}:lambda:{stack.region}:{stack.account}:function:"
        f"{connector_name(name)}"
    )
