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
    """Names of endpoints. Defaults to all endpoints that respond synchronously."""
    callers: Annotated[list[RoleArn], Field(min_length=1, max_length=50)]
    """ARNs of existing roles that can call the API, in this account or another."""
    vpc_endpoints: Annotated[list[VpcEndpointId], Field(max_length=50)] = []
    """Interface endpoints for `execute-api` in other VPCs that can also call the API."""
    requests_per_second: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Requests per second of all callers together. API Gateway refuses more with status 429."""
    burst: Annotated[int, Field(ge=1, le=5_000)] = 200
    """Burst of requests."""
    timeout_seconds: Annotated[int, Field(ge=1, le=60)] = 29
    """Timeout of a request. More than 29 seconds need a higher quota of API Gateway."""
    account_log_role: bool = True
    """Whether to set the account-wide role with which API Gateway writes logs. Set it in one
    environment of the account and region, or in none if another team has set the role."""

    @field_validator("endpoints", "callers", "vpc_endpoints")
    @classmethod
    def _check_twice(cls, values: list[str]) -> list[str]:
        if len(set(values)) < len(values):
            raise validation_error("names one twice")
        return values
