"""Glue connections to databases."""

import json
from dataclasses import dataclass
from typing import Literal

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_one_of
from sagemaker_platform.network import INetwork, network_of
from sagemaker_platform.security import acknowledge, grant

DatabaseType = Literal["POSTGRESQL", "MYSQL", "SNOWFLAKE", "DYNAMODB"]
"""Types of databases, as Glue calls them."""

_JDBC = {"POSTGRESQL": "postgresql", "MYSQL": "mysql"}


@checks_types
@dataclass(frozen=True, kw_only=True)
class Database:
    """Where a database is, and who signs in.

    Args:
        type: what it is.
        host: name of its host; empty for DYNAMODB, as all that follow.
        port: its port.
        database: the database.
        schema: schema of a SNOWFLAKE database.
        warehouse: virtual warehouse of a SNOWFLAKE database.
        cidr: the range of its addresses; empty, anywhere.
        secret_arn: secret with ``username`` and ``password``. If omitted, one is created.
        secret_key_arn: key of that secret, if it is not the environment's key.
        username: user name in a secret that is made.
    """

    type: DatabaseType
    host: str = ""
    port: int = 443
    database: str = ""
    schema: str = ""
    warehouse: str = ""
    cidr: str = ""
    secret_arn: str | None = None
    secret_key_arn: str | None = None
    username: str = ""

    def __post_init__(self) -> None:
        require_one_of("type", self.type, DatabaseType)

    def connection_properties(self) -> dict[str, str]:
        """Return what Glue wants to know of such a database."""
        if self.type == "DYNAMODB":
            return {}
        properties = {"HOST": self.host, "PORT": str(self.port), "DATABASE": self.database}
        if self.type == "SNOWFLAKE":
            return {**properties, "WAREHOUSE": self.warehouse, "SCHEMA": self.schema or "PUBLIC"}
        return {**properties, "JDBC_ENFORCE_SSL": "true"}


@checks_types
class DatabaseConnection(Construct):
    """A Glue connection to a database, with a secret and a security group.

    The security group lets Glue's workers and connectors reach each other, the database, and
    AWS by HTTPS. A database inside the VPC has to let this group in.

    A secret that is made holds the user name and a generated password: put the database's
    password there, or give the user this one.

    Args:
        name: name of the connection, unique in account and region.
        database: where it is.
        network: the VPC, from which it is reached.
        zone: availability zone of the network's first private subnet, which is used.
        key: encrypts a secret that is made.
        removal_policy: of a secret that is made.
        athena: settings of Athena's connector. Defaults to no connector.
        catalog_name: name of Athena's data source for the connection.

    CloudFormation's type of connections knows no Snowflake: Athena makes that connection itself
    together with its connector, and calls it ``athenafederatedcatalog_<name of the catalog>``
    (AWS: CreateDataCatalog in the Athena API).

    Attributes:
        name: name of the connection.
        resource: the connection; None where Athena makes it.
        secret_arn: ARN of the secret; None without one.
    """

    INTERFACE_ENDPOINTS = (
        "CLOUDWATCH_LOGS",
        "GLUE",
        "KMS",
        "LAKE_FORMATION",
        "SECRETS_MANAGER",
        "STS",
    )
    """AWS services that Glue's workers and Athena's connectors call from inside the VPC."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        database: Database,
        network: INetwork | ec2.IVpc,
        zone: str,
        key: kms.IKey,
        removal_policy: RemovalPolicy,
        athena: dict[str, str] | None = None,
        catalog_name: str = "",
    ) -> None:
        super().__init__(scope, id)
        network = network_of(network)
        by_athena = database.type == "SNOWFLAKE"
        self.name = connector_name(catalog_name) if by_athena else name
        self._athena = athena
        self.database = database
        self._key = key
        self._network = network
        self._zone = zone
        with_network = database.type != "DYNAMODB"
        self.security_group = self._security_group(network) if with_network else None
        self.secret_arn = self._secret(removal_policy) if with_network else None
        self.resource = None if by_athena else self._own_connection()

    @property
    def arn(self) -> str:
        """ARN of the connection."""
        return connection_arn(self, self.name)

    def crawler_connection(self) -> str:
        """Make a connection of Glue's older kind, which crawlers take, once; return its name."""
        name = f"{self.name}-jdbc"
        if self.node.try_find_child("Jdbc") is None:
            database = self.database
            self._connection(
                "Jdbc",
                glue.CfnConnection.ConnectionInputProperty(
                    name=name,
                    connection_type="JDBC",
                    description=f"Connection of {self.node.path} for crawlers",
                    connection_properties={
                        "JDBC_CONNECTION_URL": f"jdbc:{_JDBC[database.type]}://{database.host}:"
                        f"{database.port}/{database.database}",
                        "JDBC_ENFORCE_SSL": "true",
                        "SECRET_ID": self.secret_arn,
                    },
                    physical_connection_requirements=self._requirements(),
                ),
            )
        return name

    def grant_use(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant looking the connection up, and reading its secret with the key."""
        return grant(grantee, [*self.use_statements(), *self.secret_statements()])

    def secret_statements(self) -> list[iam.PolicyStatement]:
        """Return the permissions to read the secret."""
        if self.secret_arn is None:
            return []
        key_arn = self.database.secret_key_arn or self._key.key_arn
        return [
            iam.PolicyStatement(
                actions=["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
                resources=[self.secret_arn],
            ),
            iam.PolicyStatement(actions=["kms:Decrypt"], resources=[key_arn]),
        ]

    def use_statements(self) -> list[iam.PolicyStatement]:
        """Return the permissions to look up the connections."""
        stack = Stack.of(self)
        return [
            iam.PolicyStatement(
                actions=["glue:GetConnection", "glue:GetConnections"],
                resources=[
                    f"arn:{stack.partition}:glue:{stack.region}:{stack.account}:catalog",
                    self.arn,
                    connection_arn(self, f"{self.name}-jdbc"),
                ],
            )
        ]

    def athena_parameters(self) -> dict[str, str]:
        """Return how Athena finds, or makes, the connection."""
        if self.resource is not None:
            return {"connection-arn": self.arn}
        requirements = {
            "SubnetId": self._network.private_subnet_ids[0],
            "SecurityGroupIdList": [self.security_group.security_group_id]
            if self.security_group
            else [],
        }
        # Athena names the function itself here.
        athena = {k: v for k, v in (self._athena or {}).items() if k != "lambda_function_arn"}
        return {
            "connection-type": self.database.type,
            "connection-properties": Stack.of(self).to_json_string(
                {
                    **self.database.connection_properties(),
                    **athena,
                    **requirements,
                    "SecretArn": self.secret_arn,
                }
            ),
        }

    def _own_connection(self) -> glue.CfnConnection:
        database = self.database
        return self._connection(
            "Resource",
            glue.CfnConnection.ConnectionInputProperty(
                name=self.name,
                connection_type=database.type,
                description=f"Connection of {self.node.path}",
                connection_properties=database.connection_properties(),
                athena_properties=self._athena,
                authentication_configuration=None
                if self.secret_arn is None
                else glue.CfnConnection.AuthenticationConfigurationProperty(
                    authentication_type="BASIC",
                    secret_arn=self.secret_arn,
                    kms_key_arn=database.secret_key_arn or self._key.key_arn,
                ),
                physical_connection_requirements=self._requirements(),
                # It would be tried while the secret still holds no real password.
                validate_credentials=False,
            ),
        )

    def _connection(
        self, id: str, properties: glue.CfnConnection.ConnectionInputProperty
    ) -> glue.CfnConnection:
        return glue.CfnConnection(
            self, id, catalog_id=Stack.of(self).account, connection_input=properties
        )

    def _requirements(self) -> glue.CfnConnection.PhysicalConnectionRequirementsProperty | None:
        if self.security_group is None:
            return None
        return glue.CfnConnection.PhysicalConnectionRequirementsProperty(
            availability_zone=self._zone,
            subnet_id=self._network.private_subnet_ids[0],
            security_group_id_list=[self.security_group.security_group_id],
        )

    def _security_group(self, network: INetwork) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=network.vpc,
            description="Glue and Athena on their way to a database",
            allow_all_outbound=False,
        )
        # Glue refuses a group that does not let its own members in on all ports.
        group.connections.allow_internally(ec2.Port.all_tcp(), "Between Glue workers")
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS APIs and S3")
        if self.database.port != 443:
            for cidr in [self.database.cidr] if self.database.cidr else network.cidrs:
                group.add_egress_rule(
                    ec2.Peer.ipv4(cidr), ec2.Port.tcp(self.database.port), "The database"
                )
        return group

    def _secret(self, removal_policy: RemovalPolicy) -> str:
        if self.database.secret_arn is not None:
            return self.database.secret_arn
        secret = secretsmanager.Secret(
            self,
            "Secret",
            description=f"Credentials of {self.node.path}",
            encryption_key=self._key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps({"username": self.database.username}),
                generate_string_key="password",
                exclude_characters="\"'\\/@ ",
            ),
            removal_policy=removal_policy,
        )
        acknowledge(
            secret,
            [
                "AwsSolutions-SMG4",
                *(
                    f"{pack}-SecretsManagerRotationEnabled"
                    for pack in ("NIST.800.53.R5", "HIPAA.Security")
                ),
            ],
            reason="The password is the database's, whose owner changes it.",
        )
        resource = secret.node.default_child
        assert isinstance(resource, secretsmanager.CfnSecret)
        return resource.attr_id


def connector_name(catalog_name: str) -> str:
    """Return what Athena calls the function, and the connection, that it makes for a catalog."""
    return f"athenafederatedcatalog_{catalog_name}"


def connection_arn(scope: Construct, name: str) -> str:
    """Return the ARN of a connection in the account and region of the stack."""
    return Stack.of(scope).format_arn(service="glue", resource="connection", resource_name=name)
