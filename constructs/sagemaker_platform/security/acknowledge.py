"""Acknowledging a single finding of a check at a single construct."""

from collections.abc import Iterable, Mapping

from aws_cdk import Acknowledgment, CfnResource, Validations
from constructs import IConstruct

_COMPLIANCE_PACKS = ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")


def in_compliance_packs(rule: str) -> list[str]:
    """Return the ids of a rule that NIST, HIPAA and PCI DSS share in cdk-nag."""
    return [f"{pack}-{rule}" for pack in _COMPLIANCE_PACKS]


def acknowledge(construct: IConstruct, findings: Iterable[str], *, reason: str) -> None:
    """Accept findings at one construct, with the reason a reviewer reads.

    Args:
        construct: the construct whose own resources have the findings.
        findings: ids as a check reports them, such as ``AwsSolutions-S1`` or
            ``AwsSolutions-IAM5[Resource::*]``. The pack is the part before the first
            hyphen; the id is given to CDK with its pack, because only then is it
            listed in ``validation-report.json`` among what was suppressed. Ids of CDK's
            own warnings have theirs already: ``Annotation::@aws-cdk/aws-ec2:…``.
        reason: why this finding is right here.
    """
    acknowledge_each(construct, {finding: reason for finding in findings})


def acknowledge_each(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Accept findings at one construct, each with its own reason."""
    if reasons:
        Validations.of(construct).acknowledge(
            *(
                Acknowledgment(id=_with_pack(finding), reason=reason)
                for finding, reason in reasons.items()
            )
        )


def acknowledge_new_type(resource: CfnResource) -> None:
    """Accept a type that CloudFormation has and the validator's list of types lacks."""
    acknowledge(
        resource,
        ["CloudFormation Validate::F3006"],
        reason="CloudFormation has the type since 2026; the validator does not know it yet.",
    )


def _with_pack(finding: str) -> str:
    if "::" in finding.split("[")[0]:
        return finding
    return f"{finding.split('-', 1)[0]}::{finding}"
