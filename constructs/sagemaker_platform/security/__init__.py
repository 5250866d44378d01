"""Least-privilege roles, and acknowledgements of findings next to what they excuse."""

from sagemaker_platform.security.acknowledge import (
    acknowledge,
    acknowledge_each,
    acknowledge_new_type,
    in_compliance_packs,
)
from sagemaker_platform.security.arns import format_arn
from sagemaker_platform.security.containers import (
    STUDIO_GROUP_TAG,
    glue_in_vpc,
    pull_images,
    put_metrics,
    put_metrics_in,
    repository_of,
    work_in_vpc,
)
from sagemaker_platform.security.execution_role import ExecutionRole, sagemaker_here
from sagemaker_platform.security.grants import grant
from sagemaker_platform.security.policy import AccessPolicy, acknowledge_wildcards
from sagemaker_platform.security.statement import (
    WildcardStatement,
    allow_on_tagged,
    write_logs,
)

__all__ = [
    "STUDIO_GROUP_TAG",
    "AccessPolicy",
    "ExecutionRole",
    "WildcardStatement",
    "acknowledge",
    "acknowledge_each",
    "acknowledge_new_type",
    "acknowledge_wildcards",
    "allow_on_tagged",
    "format_arn",
    "glue_in_vpc",
    "grant",
    "in_compliance_packs",
    "pull_images",
    "put_metrics",
    "put_metrics_in",
    "repository_of",
    "sagemaker_here",
    "work_in_vpc",
    "write_logs",
]
