"""Settings of the foundation."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from stacks.arns import KeyArn
from stacks.data_classes import DataClass
from stacks.fields import Settings, validation_error

_REPOSITORY = r"[a-z0-9]+(?:[._-][a-z0-9]+)*(?:/[a-z0-9]+(?:[._-][a-z0-9]+)*)*"


def _repository(value: str) -> str:
    if re.fullmatch(_REPOSITORY, value) is None:
        raise validation_error(
            "must be lower-case letters and digits, with single periods, hyphens, underscores or "
            "slashes between them, such as training or nlp/training"
        )
    return value


def _no_duplicates(values: list[str]) -> list[str]:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise validation_error("must name each repository once", at=str(index), value=value)
    return values


# ECR takes 256 characters with the prefix.
RepositoryName = Annotated[str, Field(max_length=200), AfterValidator(_repository)]
"""Name of a repository of ECR, without its prefix."""


class FoundationSettings(Settings):
    """The key and the buckets that every capability shares."""

    key_arn: KeyArn | None = None
    """ARN of an existing KMS key in the environment's region. If omitted, the environment
    creates a key. You maintain the policy of an existing key; see docs/security.md. Decide
    before the first deploy: Studio's domain and other resources cannot change their key."""
    image_repositories: Annotated[list[RepositoryName], AfterValidator(_no_duplicates)] = []
    """Repositories for container images, to which personas with push_images push. Their names in
    ECR begin with the environment's name and a slash. To rename a repository is to replace it."""
    access_log_days: Annotated[int, Field(ge=1, le=3653)] = 365
    """How long S3 access logs and VPC flow logs are kept."""
    artifact_data_class: DataClass | None = None
    """Class of the data in the artifact bucket; see `data_classes`."""
    artifact_version_days: Annotated[int, Field(ge=1, le=3653)] = 30
    """How long a replaced or deleted version of an artifact can be restored."""
