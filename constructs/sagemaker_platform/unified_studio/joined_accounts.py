"""Other accounts in which a domain of Unified Studio has projects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import DefaultStackSynthesizer, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ram as ram
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_some
from sagemaker_platform.functions import WaitingResource
from sagemaker_platform.security import WildcardStatement
from sagemaker_platform.unified_studio.domain import UnifiedStudioDomain

SHARE_PERMISSION = "AWSRAMPermissionsAmazonDatazoneDomainExtendedServiceAccess"
"""Permission with which the console shares a domain of version 2, without its portal.

Sources: aws-ia/terraform-aws-sagemaker-unified-studio (modules/domain-association), awslabs MDAA,
AWS's templates in aws/Unified-Studio-for-Amazon-Sagemaker (create_resource_share.yaml). Read
2026-11-27."""


@checks_types
class JoinedAccounts(Construct):
    """Shares a domain with accounts of the same AWS organization.

    Each account has a separate share, so removing one does not affect the others. A custom
    resource waits until AWS RAM has associated the account. Then the role with which
    CloudFormation deploys there becomes a user of the domain: it configures blueprints for it.

    Sources: SageMaker Unified Studio Administrator Guide, "Associated accounts"; awslabs MDAA 1.6.

    Args:
        domain: the domain, with sign-in by IAM Identity Center.
        name: name of the environment, for the names of the shares.
        accounts: accounts by a name that stays.
        key: encrypts the logs of the custom resource.
        log_retention_days: retention of the logs.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain: UnifiedStudioDomain,
        name: str,
        accounts: Mapping[str, str],
        key: kms.IKey,
        log_retention_days: int,
    ) -> None:
        require_some("accounts", accounts)
        super().__init__(scope, id)
        stack = Stack.of(self)
        shares: dict[str, ram.CfnResourceShare] = {}
        for account_name, account in accounts.items():
            shares[account_name] = ram.CfnResourceShare(
                self,
                f"Share{account_name}",
                name=f"DataZone-{name}-{account}",
                principals=[account],
                resource_arns=[domain.resource.attr_arn],
                permission_arns=[f"arn:{stack.partition}:ram::aws:permission/{SHARE_PERMISSION}"],
                # AWS accepts it for accounts of the organization.
                allow_external_principals=False,
            )
        waiting: WaitingResource | None = None
        qualifier = (
            stack.synthesizer.bootstrap_qualifier or DefaultStackSynthesizer.DEFAULT_QUALIFIER
        )
        for account_name, account in accounts.items():
            properties = {"Share": shares[account_name].attr_arn, "Account": account}
            if waiting is None:
                waiting = _waiting(self, properties, key, log_retention_days)
                associated = waiting.resource
            else:
                associated = waiting.add(
                    self,
                    f"Associated{account_name}",
                    resource_type="UnifiedStudioAssociation",
                    properties=properties,
                )
            deployer = domain.enroll_role(
                f"Deployer{account_name}",
                role_arn=f"arn:{stack.partition}:iam::{account}:role/"
                f"cdk-{qualifier}-cfn-exec-role-{account}-{stack.region}",
                scope=self,
            )
            deployer.resource.node.add_dependency(associated)


def _waiting(
    scope: Construct, properties: Mapping[str, str], key: kms.IKey, log_retention_days: int
) -> WaitingResource:
    return WaitingResource(
        scope,
        "Wait",
        folder="unified_studio_association",
        resource_type="UnifiedStudioAssociation",
        properties=properties,
        is_complete_statements=[
            WildcardStatement(
                actions=["ram:GetResourceShareAssociations"],
                resources=["*"],
                wildcard_reason="AWS RAM has no resources for this action. It only reads.",
            )
        ],
        key=key,
        log_retention_days=log_retention_days,
        description="Other accounts of a domain of Unified Studio",
    )


def share_domain_key(key: kms.IKey, *, accounts: Sequence[str]) -> None:
    """Let other accounts work with a domain that a key encrypts.

    It adds to the key policy. The policy of an imported key stays as it is: its owner adds the
    statements. The key policy cannot name the domain, which needs the key.

    Sources: Amazon DataZone User Guide, "Data encryption at rest"; awslabs MDAA 1.6.

    Args:
        key: key of the domain.
        accounts: accounts whose roles call Amazon DataZone.
    """
    require_some("accounts", accounts)
    through = {"kms:ViaService": f"datazone.{Stack.of(key).region}.amazonaws.com"}
    of_domain = {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "aws:datazone:domainId"}}
    for actions, more in (
        (["kms:Decrypt", "kms:GenerateDataKey"], {}),
        (["kms:CreateGrant"], {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    ):
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.AccountPrincipal(one) for one in accounts],
                actions=actions,
                resources=["*"],
                conditions={"StringEquals": through, **of_domain, **more},
            )
        )
