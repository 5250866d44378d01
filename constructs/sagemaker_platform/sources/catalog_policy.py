"""Statements in the resource policy of the account's Glue Data Catalog."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.functions import WaitingResource


@checks_types
class CatalogPolicy(Construct):
    """Keeps statements in the one resource policy of the account's catalog.

    CloudFormation has no such resource, and the policy is everybody's: a custom resource reads
    it, exchanges the statements whose ``Sid`` begins with a prefix, and writes the rest back as
    it was, on condition that it did not change meanwhile. When it is deleted, its statements go
    and all others stay.

    Args:
        sid: prefix of the statements' ids, letters and digits, unique in account and region.
        statements: as IAM writes them, without ids.
        key: encrypts the logs.
        log_retention_days: how long they are kept; a period that CloudWatch Logs offers.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        sid: str,
        statements: Sequence[dict[str, Any]],
        key: kms.IKey,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        WaitingResource(
            self,
            "Resource",
            folder="glue_catalog_policy",
            resource_type="GlueCatalogPolicy",
            properties={
                "SidPrefix": sid,
                "Statements": [
                    {**statement, "Sid": f"{sid}{number}"}
                    for number, statement in enumerate(statements)
                ],
            },
            is_complete_statements=[
                iam.PolicyStatement(
                    actions=[
                        "glue:DeleteResourcePolicy",
                        "glue:GetResourcePolicy",
                        "glue:PutResourcePolicy",
                    ],
                    resources=[
                        f"arn:{stack.partition}:glue:{stack.region}:{stack.account}:catalog"
                    ],
                )
            ],
            key=key,
            log_retention_days=log_retention_days,
            description="Statements in the policy of the Glue Data Catalog",
            poll_seconds=10,
        )


def share_resources(scope: Construct) -> dict[str, Any]:
    """Return the statement by which Lake Formation shares data of a catalog that has a policy.

    A catalog without a policy needs none. Source: AWS Lake Formation Developer Guide, "Managing
    cross-account permissions using both AWS Glue and Lake Formation", read 2026-11-27.
    """
    stack = Stack.of(scope)
    arn = f"arn:{stack.partition}:glue:{stack.region}:{stack.account}"
    return {
        "Effect": "Allow",
        "Action": ["glue:ShareResource"],
        "Principal": {"Service": ["ram.amazonaws.com"]},
        "Resource": [f"{arn}:catalog", f"{arn}:database/*", f"{arn}:table/*/*"],
    }
