"""Registers every check with an app."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from aws_cdk import App, Validations

from sagemaker_platform.guardrails.cost_cap import CostCap
from sagemaker_platform.guardrails.template_validation import (
    TemplateValidation,
    validation_engine,
)


def add_checks(
    app: App, *, guard_rules: Sequence[Path] = (), cost_cap: CostCap | None = None
) -> None:
    """Check all templates of an app whenever it is synthesized.

    The packs are AwsSolutions, NIST 800-53 R5, HIPAA and PCI DSS 3.2.1 of cdk-nag; then
    AWS's own template validation with the rules of this package; then the budget of each stage
    that has one. A finding that is not
    acknowledged fails the synth.

    Build the app with ``builtin_cloud_formation_validation=False``, or CDK validates
    every template a second time with the slower build of the same engine; and with the
    context key ``@aws-cdk/core:failSynthOnValidationErrors`` false, or ``app.synth()``
    ends with an exception instead of leaving the report to ``read_findings``.

    Args:
        app: the app.
        guard_rules: files of further Guard rules. Names of rules and variables must be unique
            among all files.
        cost_cap: compares stages with their budgets. Defaults to one with the prices of this
            package.
    """
    # It starts while node loads cdk-nag and writes the templates.
    threading.Thread(target=_start_engine, args=[tuple(guard_rules)]).start()
    import cdk_nag

    Validations.of(app).add_plugins(
        cdk_nag.AwsSolutionsChecks(app),
        cdk_nag.NIST80053R5Checks(app),
        cdk_nag.HIPAASecurityChecks(app),
        cdk_nag.PCIDSS321Checks(app),
        TemplateValidation(guard_rules),
        cost_cap or CostCap(),
    )


def _start_engine(guard_rules: tuple[Path, ...]) -> None:
    # The validation asks for it again, and reports why it does not start.
    with suppress(Exception):
        validation_engine(guard_rules)
