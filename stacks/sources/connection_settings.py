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
"""The ports that databases listen at unless told otherwise."""


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
    """Secret with `username` and `password`, in the environment's region; if omitted, a secret is
    made with a generated password, which you then replace, or give to the database's user."""
    secret_key_arn: KeyArn | None = None
    """KMS key of that secret, if it is another than the environment's."""
    username: Identifier | None = None
    """User name in a secret that is made."""

    @model_validator(mode="after")
    def _check_secret(self) -> Self:
        if self.secret_arn is not None and self.username is not None:
            raise validation_error(
                "stands in the secret of secret_arn: remove the line",
                at="username",
                value=self.username,
            )
        if self.secret_arn is None and self.secret_key_arn is not None:
            raise validation_error(
                "belongs to secret_arn, which is absent: remove the line",
                at="secret_key_arn",
                value=self.secret_key_arn,
            )
        return self


class ConnectionSettings(CredentialSettings):
    """A database elsewhere that Athena and crawlers reach."""

    name: SourceName
    """The Glue connection is called `<environment>-<name>`."""
    type: Literal["POSTGRESQL", "MYSQL", "SNOWFLAKE", "DYNAMODB"]
    """The type of the Glue connection."""
    host: Host | None = None
    """Name of the host; not for DYNAMODB."""
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Port; if omitted: 5432, 3306 or 443."""
    database: Identifier | None = None
    """The database; not for DYNAMODB."""
    schema_name: Identifier | None = None
    """Schema in the database, for SNOWFLAKE; if omitted, PUBLIC."""
    warehouse: Identifier | None = None
    """Virtual warehouse that computes, for SNOWFLAKE."""
    tables: Annotated[
        list[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{3,255}$")]], Field(max_length=50)
    ] = []
    """For DYNAMODB: the tables that may be read."""
    cidr: Cidr | None = None
    """Where the database is, for the security group; if omitted, in the environment's VPC."""
    federated_catalog: bool = True
    """Whether the database appears as a catalog under Lake Formation, called
    `<environment>_<name>`, and is queried where it is."""

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
                raise validation_error(f"must be given: {self.type} needs it", at=key)
        if self.tables:
            raise validation_error(
                "is for DYNAMODB: remove the line", at="tables", value=self.tables
            )
        if self.secret_arn is None and self.username is None:
            raise validation_error(
                "must be given: the ARN of a secret, or a username for one that is made",
                at="secret_arn",
            )
        if self.type == "SNOWFLAKE":
            self._check_snowflake()
            return self
        for key in ("warehouse", "schema_name"):
            if getattr(self, key) is not None:
                raise validation_error(
                    "is for SNOWFLAKE: remove the line", at=key, value=getattr(self, key)
                )
        return self

    def _check_snowflake(self) -> None:
        if self.warehouse is None:
            raise validation_error("must be given: SNOWFLAKE needs it", at="warehouse")
        if not self.federated_catalog:
            raise validation_error(
                "leaves nothing to make for SNOWFLAKE: remove the line",
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
                    "is not for DYNAMODB, which is reached with IAM: remove the line",
                    at=key,
                    value=getattr(self, key),
                )
        if not self.tables:
            raise validation_error(
                "must name the tables that may be read", at="tables", value=self.tables
            )
        if not self.federated_catalog:
            raise validation_error(
                "leaves nothing to make for DYNAMODB: remove the line",
                at="federated_catalog",
                value=False,
            )


class ApplicationSettings(Settings):
    """An application whose records a zero-ETL integration brings into the lakehouse."""

    name: SourceName
    """The Glue connection is called `<environment>-<name>`."""
    type: Literal[
        "SALESFORCE",
        "SALESFORCEMARKETINGCLOUD",
        "SALESFORCEPARDOT",
        "SAPODATA",
        "SERVICENOW",
        "ZENDESK",
        "ZOHOCRM",
    ]
    """The type of the Glue connection."""
    instance_url: Url
    """Where your instance of the application is."""
    token_url: Url
    """Where tokens are asked for."""
    grant_type: Literal["CLIENT_CREDENTIALS", "JWT_BEARER"] = "CLIENT_CREDENTIALS"
    """The kind of OAuth 2.0; consent given in a browser is not among them."""
    client_id: Annotated[str, Field(pattern=r"^\S{1,512}$")]
    """Id of the client application; its secret stands in the secret."""
    secret_arn: SecretArn
    """Secret with what the application's page in the Glue guide asks for."""
    secret_key_arn: KeyArn | None = None
    """KMS key of that secret, if it is another than the environment's."""
