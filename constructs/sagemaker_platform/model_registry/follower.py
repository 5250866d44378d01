"""An environment that deploys models of a registry, as policies of resources name it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from sagemaker_platform.arguments import checks_types


@checks_types
@dataclass(frozen=True, kw_only=True)
class Follower:
    """An environment, usually of another account, that deploys versions of a group.

    A policy names the account as its principal and the roles in a condition: KMS and Amazon S3
    refuse a policy with a role that does not exist yet (AWS Key Management Service Developer
    Guide, "Key policies"; Amazon S3 User Guide, "Principals").

    Args:
        account: its account.
        deploying_roles: names of roles, with wildcards, that create models in that account.
        running_roles: names of roles, with wildcards, that containers of models run as. They
            read the artifacts and pull the images.
    """

    account: str
    deploying_roles: Sequence[str]
    running_roles: Sequence[str]


def accounts_of(followers: Sequence[Follower]) -> list[iam.IPrincipal]:
    """Return the accounts of followers, each of them once."""
    return [iam.AccountPrincipal(one) for one in dict.fromkeys(one.account for one in followers)]


def is_deploying(scope: IConstruct, followers: Sequence[Follower]) -> Mapping[str, Any]:
    """Return the condition that a role deploys for a follower."""
    return _is_one_of(scope, [(one.account, one.deploying_roles) for one in followers])


def is_running(scope: IConstruct, followers: Sequence[Follower]) -> Mapping[str, Any]:
    """Return the condition that containers of a follower run as a role."""
    return _is_one_of(scope, [(one.account, one.running_roles) for one in followers])


def _is_one_of(scope: IConstruct, roles: Sequence[tuple[str, Sequence[str]]]) -> Mapping[str, Any]:
    partition = Stack.of(scope).partition
    return {
        "ArnLike": {
            "aws:PrincipalArn": [
                # Roles may have an IAM path.
                f"arn:{partition}:iam::{account}:role/{path}{name}"
                for account, names in roles
                for name in names
                for path in ("", "*/")
            ]
        }
    }
