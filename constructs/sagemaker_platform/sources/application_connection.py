"""Glue connections to applications elsewhere."""

from dataclasses import dataclass
from typing import Literal

from aws_cdk import Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_one_of
from sagemaker_platform.security import grant
from sagemaker_platform.sources.connection import connection_arn

GrantType = Literal["CLIENT_CREDENTIALS", "JWT_BEARER"]


@checks_types
@dataclass(frozen=True, kw_only=True)
class Application:
    """An application elsewhere.

    Args:
        type: what it is, as Glue calls it.
        instance_url: where it is.
        token_url: where tokens are asked for.
        grant_type: kind of OAuth 2.0.
        client_id: id of the client application.
        secret_arn: secret with the rest.
        secret_key_arn: key of that secret, if it is not the environment's key.
    """

    type: str
    instance_url: str
    token_url: str
    grant_type: GrantType
    client_id: str
    secret_arn: str
    secret_key_arn: str | None = None

    def __post_init__(self) -> None:
        require_one_of("grant_type", self.grant_type, GrantType)


@checks_types
class ApplicationConnection(Construct):
    """A Glue connection to an application, with OAuth 2.0.

    What the secret has to hold depends on the application, and that Glue takes these
    properties for each of them, only AWS can show.

    Args:
        name: name of the connection, unique in account and region.
        application: where it is.
        key: the environment's key, if the secret has no other.
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, application: Application, key: kms.IKey
    ) -> None:
        super().__init__(scope, id)
        self._application = application
        self._key_arn = application.secret_key_arn or key.key_arn
        self.arn = connection_arn(self, name)
        self.resource = glue.CfnConnection(
            self,
            "Resource",
            catalog_id=Stack.of(self).account,
            connection_input=glue.CfnConnection.ConnectionInputProperty(
                name=name,
                connection_type=application.type,
                description=f"Connection of {self.node.path}",
                connection_properties={"INSTANCE_URL": application.instance_url},
                authentication_configuration=(
                    glue.CfnConnection.AuthenticationConfigurationProperty(
                        authentication_type="OAUTH2",
                        secret_arn=application.secret_arn,
                        kms_key_arn=self._key_arn,
                        o_auth2_properties=glue.CfnConnection.OAuth2PropertiesProperty(
                            o_auth2_grant_type=application.grant_type,
                            token_url=application.token_url,
                            o_auth2_client_application=(
                                glue.CfnConnection.OAuth2ClientApplicationProperty(
                                    user_managed_client_application_client_id=(
                                        application.client_id
                                    )
                                )
                            ),
                        ),
                    )
                ),
                validate_credentials=False,
            ),
        )

    def grant_use(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant Glue reading from the application, with the secret and the key."""
        return grant(grantee, self.use_statements())

    def use_statements(self) -> list[iam.PolicyStatement]:
        """Return what Glue needs to read from the application.

        As AWS's "Setting up the source role" of zero-ETL integrations has it, for one connection.
        """
        stack = Stack.of(self)
        catalog = f"arn:{stack.partition}:glue:{stack.region}:{stack.account}:catalog"
        return [
            iam.PolicyStatement(
                actions=["glue:GetConnection", "glue:GetConnections"],
                resources=[catalog, self.arn],
            ),
            iam.PolicyStatement(
                actions=["glue:ListEntities", "glue:RefreshOAuth2Tokens"],
                resources=[
                    catalog,
                    self.arn,
                    f"arn:{stack.partition}:glue:{stack.region}:{stack.account}:connectionType:"
                    f"{self._application.type}",
                ],
            ),
            iam.PolicyStatement(
                actions=[
                    "secretsmanager:DescribeSecret",
                    "secretsmanager:GetSecretValue",
                    "secretsmanager:PutSecretValue",
                ],
                resources=[self._application.secret_arn],
            ),
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[self._key_arn]
            ),
        ]
