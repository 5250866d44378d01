"""Settings of the foundation."""

from typing import Annotated

from pydantic import Field

from stacks.arns import KeyArn
from stacks.fields import Settings


class FoundationSettings(Settings):
    """The key and the buckets that every capability shares."""

    key_arn: KeyArn | None = None
    """ARN of a KMS key of yours, in the environment's region, in place of one that is created.
    Its policy is yours to keep; see docs/security.md. Decide before the first deploy: Studio's
    domain and other resources cannot change their key."""
    access_log_days: Annotated[int, Field(ge=1, le=3653)] = 365
    """How long S3 access logs and VPC flow logs are kept."""
    artifact_version_days: Annotated[int, Field(ge=1, le=3653)] = 30
    """How long a replaced or deleted version of an artifact can be brought back."""
