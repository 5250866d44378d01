"""Settings of the foundation."""

from typing import Annotated

from pydantic import Field

from stacks.fields import Settings


class FoundationSettings(Settings):
    """Buckets that every capability shares."""

    access_log_days: Annotated[int, Field(ge=1, le=3653)] = 365
    """How long S3 access logs and VPC flow logs are kept."""
    artifact_version_days: Annotated[int, Field(ge=1, le=3653)] = 30
    """How long a replaced or deleted version of an artifact can be brought back."""
