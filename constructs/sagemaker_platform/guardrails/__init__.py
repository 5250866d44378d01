"""Checks on every synth: cdk-nag, CloudFormation Validate, and this platform's own rules."""

from sagemaker_platform.guardrails.checks import add_checks
from sagemaker_platform.guardrails.cost_cap import CostCap
from sagemaker_platform.guardrails.findings import Finding, read_findings
from sagemaker_platform.guardrails.template_validation import TemplateValidation

__all__ = ["CostCap", "Finding", "TemplateValidation", "add_checks", "read_findings"]
