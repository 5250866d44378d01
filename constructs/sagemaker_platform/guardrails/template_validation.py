"""AWS's template validation, as the native build of its engine."""

import atexit
import json
import os
import re
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from importlib import resources
from pathlib import Path

import cloudformation_validate as engine
import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyValidationStack,
    PolicyViolatingResource,
    PolicyViolation,
)

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.guardrails.document_rules import DocumentFinding, check_documents
from sagemaker_platform.guardrails.iam_limits import LimitFinding, check_iam_limits
from sagemaker_platform.guardrails.resource_limits import check_resource_limits
from sagemaker_platform.synthesized_stack import SynthesizedStack

_NOT_FOR_CDK = ["W3005", "W1020", "E1018", "W9002", "W9013", "W1103"]
"""Rules that CDK's own plug-in leaves out as well: they judge how CDK writes templates."""


# What stands for the place of a stack that may be deployed anywhere.
_ANY_ACCOUNT, _LONGEST_REGION = 12 * "0", "ap-southeast-1"

_NAMED = re.compile(r"^(let|rule)\s+(\w+)", re.MULTILINE)

_starting = threading.Lock()


def validation_engine(guard_rules: tuple[Path, ...] = ()) -> engine.CelEngine:
    """Return the engine of this process, which takes a third of a second to start.

    A thread may start it early: a lock prevents a second one.

    Args:
        guard_rules: files of rules besides those of this package.

    Raises:
        ValueError: two rules or variables have the same name.
    """
    with _starting:
        return _engine(guard_rules)


@cache
def _engine(guard_rules: tuple[Path, ...]) -> engine.CelEngine:
    rules = engine.ExternalRuleSource(name="guardrails", content=_guard_rules(guard_rules))
    return engine.CelEngine(engine.EngineConfig(guard_rules=[rules]))


def _guard_rules(further: Sequence[Path]) -> str:
    """Return all rules as one source: the engine reads each template once for each source."""
    files = resources.files("sagemaker_platform.guardrails").iterdir()
    own = sorted(
        (file for file in files if file.name.endswith(".guard")), key=lambda file: file.name
    )
    rules = "\n".join(file.read_text("utf-8") for file in (*own, *further))
    refuse_twice(rules)
    return rules


def refuse_twice(rules: str) -> None:
    """Refuse a second rule or variable of one name: Guard would leave out the first unsaid.

    Raises:
        ValueError: with the name.
    """
    for name, count in Counter(_NAMED.findall(rules)).items():
        if count > 1:
            raise ValueError(f"Guard rules: expected one `{' '.join(name)}`, got {count}")


# While the interpreter shuts down, the engine could no longer free itself.
atexit.register(_engine.cache_clear)


@checks_types
@jsii.implements(IPolicyValidationPlugin)
class TemplateValidation:
    """CloudFormation Validate, this platform's Guard rules, its rules on documents, IAM's limits.

    CDK brings the same engine as WebAssembly, which takes several times as long. The
    plug-in carries the name of the built-in one, so that acknowledgements inside
    aws-cdk-lib hold. Warnings count as findings too.

    Args:
        guard_rules: files of rules besides those of this package.
    """

    def __init__(self, guard_rules: Sequence[Path] = ()) -> None:
        self._guard_rules = tuple(guard_rules)

    @property
    def name(self) -> str:
        """The name in the report, and the prefix of acknowledgements."""
        return "CloudFormation Validate"

    @property
    def version(self) -> str:
        """The engine's version."""
        return str(engine.version())

    @property
    def rule_ids(self) -> list[str]:
        """Nothing: CDK wants the rules for its statistics only."""
        return []

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Validate all templates of the app."""
        stacks = context.stack_templates
        # The engine works outside of Python: stacks are validated on all processors.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            reports = pool.map(partial(_validate, self._guard_rules), stacks)
            violations = [
                _violation(diagnostic, stack)
                for stack, report in zip(stacks, reports, strict=True)
                for diagnostic in report.diagnostics
            ]
        written = [_read(stack) for stack in stacks]
        violations += [
            _broken_rule(found, one.file)
            for one in written
            for found in (*check_documents(one.template), *check_resource_limits(one.template))
        ]
        violations += [_broken_rule(found, found.stack.file) for found in check_iam_limits(written)]
        return PolicyValidationPluginReport(success=not violations, violations=violations)


def _validate(
    guard_rules: tuple[Path, ...], stack: PolicyValidationStack
) -> engine.ValidationReport:
    report = validation_engine(guard_rules).validate_template(
        stack.template_path,
        engine.ValidateConfig(
            detail_level=engine.DetailLevel.STANDARD,
            severity_level=engine.Severity.WARN,
            exclude=engine.RuleFilterConfig(ids=_NOT_FOR_CDK),
            pseudo_parameter_overrides=engine.PseudoParameterOverrides(
                account_id=stack.account_id, region=stack.region
            ),
        ),
    )
    if report.status is not engine.ReportStatus.OK and not report.diagnostics:
        raise RuntimeError(f"{stack.template_path}: validation ended as {report.status.name}")
    return report


def _violation(diagnostic: engine.Diagnostic, stack: PolicyValidationStack) -> PolicyViolation:
    entity, path = diagnostic.entity, diagnostic.property_path or ""
    resource = (
        entity.logical_id
        if entity is not None and entity.entity_type is engine.EntityType.RESOURCE
        else None
    )
    where = path.removeprefix("Properties.")
    return PolicyViolation(
        rule_name=diagnostic.rule_id,
        description=f"{where}: {diagnostic.message}" if where else diagnostic.message,
        # A warning fails the synth like an error.
        severity="error",
        violating_resources=[
            PolicyViolatingResource(
                resource_logical_id=resource,
                construct_path=None if resource else stack.stack_construct_path,
                template_path=stack.template_path,
                locations=[path] if path else [],
            )
        ],
    )


def _read(stack: PolicyValidationStack) -> SynthesizedStack:
    """Read a template, and the name of its stack from the manifest in its folder."""
    file = Path(stack.template_path)
    manifest = json.loads(file.with_name("manifest.json").read_text("utf-8"))
    names = [
        # The manifest leaves out a name that is that of the artifact.
        one["properties"].get("stackName", key)
        for key, one in manifest["artifacts"].items()
        if one.get("properties", {}).get("templateFile") == file.name
    ]
    return SynthesizedStack(
        # Nested stacks are not in the manifest: CloudFormation names them.
        name=names[0] if names else stack.stack_construct_path.replace("/", "-"),
        account=stack.account_id or _ANY_ACCOUNT,
        region=stack.region or _LONGEST_REGION,
        template=json.loads(file.read_text("utf-8")),
        file=stack.template_path,
    )


def _broken_rule(found: DocumentFinding | LimitFinding, file: str) -> PolicyViolation:
    return PolicyViolation(
        rule_name=found.rule,
        description=f"{found.path.removeprefix('Properties.')}: {found.message}",
        severity="error",
        violating_resources=[
            PolicyViolatingResource(
                resource_logical_id=found.logical_id, template_path=file, locations=[found.path]
            )
        ],
    )
