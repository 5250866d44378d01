"""The key of an environment, for the services behind Unified Studio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from sagemaker_platform.catalog.unified_studio import blueprint
from sagemaker_platform.foundation import use_of_key

_DATAZONE = "datazone.amazonaws.com"


def grant_key_to_projects(key: kms.IKey, *, blueprints: Sequence[str]) -> None:
    """Let the services that create and run projects of Unified Studio use a key.

    It adds to the key policy. The policy of an imported key stays as it is: its owner adds the
    statements. Roles of the account get access through their own policies.

    Sources: SageMaker Unified Studio Administrator Guide, "KMS permissions for resources
    provisioned by Amazon SageMaker Unified Studio" and "Amazon Bedrock in SageMaker Unified Studio
    KMS permissions", read 2026-11-27. AWS has no condition in the statements for Amazon DataZone.

    Args:
        key: key that the blueprints name.
        blueprints: names of the blueprints that the account offers.
    """
    stack = Stack.of(key)
    if any("key" in blueprint(name).parameters for name in blueprints):
        _admit(
            key,
            _DATAZONE,
            [
                "kms:CreateGrant",
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey*",
                "kms:ListGrants",
                "kms:ReEncrypt*",
                "kms:RevokeGrant",
            ],
        )
    if "EmrServerless" in blueprints:
        _admit(
            key,
            "emr-serverless.amazonaws.com",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            {
                "ArnLike": {
                    "aws:SourceArn": stack.format_arn(
                        service="emr-serverless", resource="", resource_name="applications/*"
                    )
                }
            },
        )
    if any(name.startswith("AmazonBedrock") for name in blueprints):
        bedrock, contexts = "bedrock.amazonaws.com", ["aws:bedrock*", "evaluationJobArn"]
        _admit(
            key,
            bedrock,
            ["kms:Decrypt", "kms:GenerateDataKey"],
            {"ForAnyValue:StringLike": {"kms:EncryptionContextKeys": contexts}},
        )
        _admit(
            key,
            bedrock,
            ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
            {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        )


def _admit(
    key: kms.IKey,
    service: str,
    actions: Sequence[str],
    conditions: Mapping[str, Mapping[str, object]] | None = None,
) -> None:
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(service)],
            actions=list(actions),
            resources=["*"],
            conditions=conditions,
        )
    )


def key_of_portal(key: kms.IKey) -> list[iam.PolicyStatement]:
    """Return what the role of people in the portal needs on the key of the domain.

    Source: as `grant_key_to_projects`, statements for "AmazonSageMakerDomainExecution".
    """
    return [
        *use_of_key(key),
        iam.PolicyStatement(
            actions=["kms:ListGrants", "kms:RevokeGrant"],
            resources=[key.key_arn],
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]


def key_of_provisioning(key: kms.IKey) -> list[iam.PolicyStatement]:
    """Return what the provisioning role needs on the key of projects.

    AWS's policy of the role does not let it encrypt with the keys of workgroups of Athena,
    warehouses, functions and applications that it creates. Source: as `grant_key_to_projects`,
    statements for "AmazonSageMakerProvisioning".
    """
    region = Stack.of(key).region
    grantors = ("bedrock", "lambda", "redshift-serverless")
    return [
        iam.PolicyStatement(
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
            resources=[key.key_arn],
        ),
        iam.PolicyStatement(
            actions=["kms:CreateGrant"],
            resources=[key.key_arn],
            conditions={
                "StringEquals": {
                    "kms:ViaService": [f"{one}.{region}.amazonaws.com" for one in grantors]
                }
            },
        ),
    ]
