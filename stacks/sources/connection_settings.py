"""Settings of databases and applications elsewhere."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from stacks.arns import KeyArn, SecretArn
from stacks.fields import Cidr, Name, Settings, validation_error

_HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)+"
)
_URL = re.compile(r"https://[a-z0-9.-]+\.[a-z]{2,}(:\d+)?(/\S*)?")

PORTS = {"POSTGRESQL": 5432, "MYSQL": 3306, "SNOWFLAKE": 443}
"""Default ports of databases."""


def _host(value: str) -> str:
    if _HOST.fullmatch(value) is None:
        raise validation_error(
            "must be the name of a host alone, such as orders.abc.eu-west-1.rds.amazonaws.com, "
            "without a scheme, a port or a path"
        )
    return value


def _url(value: str) -> str:
    if _URL.fullmatch(value) is None:
        raise validation_error("must be a URL such as https://example.my.salesforce.com")
    return value


Host = Annotated[str, AfterValidator(_host)]
Url = Annotated[str, AfterValidator(_url)]
SourceName = Annotated[Name, Field(max_length=20)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_$-]{1,128}$")]


class CredentialSettings(Settings):
    """Who signs in; passwords and tokens never stand in a settings file."""

    secret_arn: SecretArn | None = None
    """Secret with `username` and `password`, in the environment's region. If omitted, the
    platform creates a secret with a generated password. Replace the password, or set it for the
    database user."""
    secret_key_arn: KeyArn | None = None
    """KMS key of that secret. Defaults to the environment's key."""
    username: Identifier | None = None
    """User name in the secret that the platform creates."""

    @model_validator(mode="after")
    def _check_secret(self) -> Self:
        if self.secret_arn is not None and self.username is not None:
            raise validation_error(
                (
                    "must be omitted with secret_arn, because the secret contains it. Remove "
                    "the line"
                ),
                at="username",
                value=self.username,
            )
        if self.secret_arn is None and self.secret_key_arn is not None:
            raise validation_error(
                "requires secret_arn. Add it, or remove the line",
                at="secret_key_arn",
                value=self.secret_key_arn,
            )
        return self


class ConnectionSettings(CredentialSettings):
    """A database elsewhere that Athena and crawlers reach."""

    name: SourceName
    """Name. The Glue connection is called `<environment>-<name>`."""
    type: Literal["POSTGRESQL", "MYSQL", "SNOWFLAKE", "DYNAMODB"]
    """Type of the Glue connection."""
    host: Host | None = None
    """Host name. Not for DYNAMODB."""
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Port. Defaults to 5432, 3306 or 443, by type."""
    database: Identifier | None = None
    """Name of the database. Not for DYNAMODB."""
    schema_name: Identifier | None = None
    """Schema in the database, for SNOWFLAKE. Defaults to PUBLIC."""
    warehouse: Identifier | None = None
    """Virtual warehouse for queries, for SNOWFLAKE."""
    tables: Annotated[
        list[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{3,255}$")]], Field(max_length=50)
    ] = []
    """Tables that can be read, for DYNAMODB."""
    cidr: Cidr | None = None
    """IPv4 range of the database, for the security group. Defaults to the environment's VPC."""
    federated_catalog: bool = True
    """Whether Lake Formation shows the database as the federated catalog `<environment>_<name>`,
    which engines query in place."""

    @property
    def effective_port(self) -> int:
        """The port."""
        return self.port or PORTS[self.type]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.type == "DYNAMODB":
            self._check_dynamodb()
            return self
        for key in ("host", "database"):
            if getattr(self, key) is None:
                raise validation_error(f"must be given, because {self.type} requires it", at=key)
        if self.tables:
            raise validation_error(
                "applies only to DYNAMODB. Remove the line", at="tables", value=self.tables
            )
        if self.secret_arn is None and self.username is None:
            raise validation_error(
                "must be given: the ARN of a secret, or username to create a secret",
                at="secret_arn",
            )
        if self.type == "SNOWFLAKE":
            self._check_snowflake()
            return self
        for key in ("warehouse", "schema_name"):
            if getattr(self, key) is not None:
                raise validation_error(
                    "applies only to SNOWFLAKE. Remove the line", at=key, value=getattr(self, key)
                )
        return self

    def _check_snowflake(self) -> None:
        if self.warehouse is None:
            raise validation_error("must be given, because SNOWFLAKE requires it", at="warehouse")
        if not self.federated_catalog:
            raise validation_error(
                "has no effect for SNOWFLAKE. Remove the line",
                at="federated_catalog",
                value=False,
            )
        if self.host is not None and not self.host.endswith(".snowflakecomputing.com"):
            raise validation_error(
                "must end in .snowflakecomputing.com", at="host", value=self.host
            )

    def _check_dynamodb(self) -> None:
        for key in (
            "host",
            "port",
            "database",
            "schema_name",
            "warehouse",
            "cidr",
            "secret_arn",
            "username",
        ):
            if getattr(self, key) is not None:
                raise validation_error(
                    "must be omitted for DYNAMODB, which uses IAM. Remove the line",
                    at=key,
                    value=getattr(self, key),
                )
        if not self.tables:
            raise validation_error(
                "must name the tables that can be read", at="tables", value=self.tables
            )
        if not self.federated_catalog:
            raise validation_error(
                "has no effect for DYNAMODB. Remove the line",
                at="federated_catalog",
                value=False,
            )


class ApplicationSettings(Settings):
    """An application whose records a zero-ETL integration brings into the lakehouse."""

    name: SourceName
    """Name. The Glue connection is called `<environment>-<name>`."""
    type: Literal[
        "SALESFORCE",
        "SALESFORCEMARKETINGCLOUD",
        "SALESFORCEPARDOT",
        "SAPODATA",
        "SERVICENOW",
        "ZENDESK",
        "ZOHOCRM",
    ]
    """Type of the Glue connection."""
    instance_url: Url
    """URL of your instance of the application."""
    token_url: Url
    """URL of the token endpoint."""
    grant_type: Literal["CLIENT_CREDENTIALS", "JWT_BEARER"] = "CLIENT_CREDENTIALS"
    """OAuth 2.0 grant type. Grants with consent in a browser are not supported."""
    client_id: Annotated[str, Field(pattern=r"^\S{1,512}$")]
    """ID of the client application. Its client secret is in the secret of `secret_arn`."""
    secret_arn: SecretArn
    """Secret with the keys that the application's page in the AWS Glue guide lists."""
    secret_key_arn: KeyArn | None = None
    """KMS key of that secret. Defaults to the environment's key."""
