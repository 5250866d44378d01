"""Roles for deployments from CI systems that sign OpenID Connect tokens, such as GitHub Actions."""

from sagemaker_platform.delivery.approval_dispatch import ApprovalDispatch
from sagemaker_platform.delivery.delivery_role import BootstrapRole, DeliveryRole
from sagemaker_platform.delivery.repositories import GitHubRepository, GitLabProject
from sagemaker_platform.delivery.token_issuer import TokenIssuer

__all__ = [
    "ApprovalDispatch",
    "BootstrapRole",
    "DeliveryRole",
    "GitHubRepository",
    "GitLabProject",
    "TokenIssuer",
]
