"""Least-privilege roles, and acknowledgements of findings beside what they excuse."""

from sagemaker_platform.security.acknowledge import acknowledge, in_compliance_packs
from sagemaker_platform.security.execution_role import ExecutionRole
from sagemaker_platform.security.policy import AccessPolicy, Allow, write_logs

__all__ = [
    "AccessPolicy",
    "Allow",
    "ExecutionRole",
    "acknowledge",
    "in_compliance_packs",
    "write_logs",
]
