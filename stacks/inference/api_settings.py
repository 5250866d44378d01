"""Settings of a private API in front of endpoints."""

from typing import Annotated

from pydantic import Field, field_validator

from stacks.arns import RoleArn
from stacks.fields import Name, Settings, VpcEndpointId, validation_error


class ApiSettings(Settings):
    """A private REST API that calls endpoints, for clients that speak HTTP and no SDK.

    Requests are `POST /<environment>/<endpoint>`, or `POST /<environment>/<endpoint>/<component>`,
    signed for `execute-api`. Answers come whole, within `timeout_seconds`; they are not streamed.
    """

    endpoints: Annotated[list[Name], Field(max_length=25)] = []
    """Which endpoints; if omitted, all that answer at once."""
    callers: Annotated[list[RoleArn], Field(min_length=1, max_length=50)]
    """ARNs of the roles that may call, in this account or another; they have to exist."""
    vpc_endpoints: Annotated[list[VpcEndpointId], Field(max_length=50)] = []
    """Interface endpoints for `execute-api` in other VPCs, from which calls may come too."""
    requests_per_second: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Of all callers together; more are refused with status 429."""
    burst: Annotated[int, Field(ge=1, le=5_000)] = 200
    """Requests at the same moment."""
    timeout_seconds: Annotated[int, Field(ge=1, le=60)] = 29
    """How long a model may take; more than 29 need a raised quota of API Gateway."""
    account_log_role: bool = True
    """Whether to set the role with which API Gateway writes the logs of this account and
    region. One environment of them does; where another team has set one, none does."""

    @field_validator("endpoints", "callers", "vpc_endpoints")
    @classmethod
    def _check_twice(cls, values: list[str]) -> list[str]:
        if len(set(values)) < len(values):
            raise validation_error("names one twice")
        return values
