"""What Amazon DataZone and CloudFormation ask of the template of a blueprint.

Sources: SageMaker Unified Studio Administrator Guide, "Custom blueprints" (2026-10); AWS
CloudFormation User Guide, "Template sections", "Parameters" and "Quotas"; Amazon DataZone API
Reference, ``CustomParameter``. Read 2026-11-27.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from sagemaker_platform.catalog.blueprint_parameters import reserved_parameters
from stacks.fields import close_to
from stacks.unified_studio.blueprint_template_grammar import BlueprintTemplate, Keys, walk

if TYPE_CHECKING:
    from stacks.unified_studio.custom_blueprint_settings import BlueprintParameterSettings

_SECTIONS = (
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
)
_MOST = {"Resources": 500, "Parameters": 200, "Outputs": 200}
# Names that only Amazon DataZone gives to parameters.
_OF_DATAZONE = ("datazoneE", "datazoneS", "sagemakerUnifiedStudio")
_ENVIRONMENT, _PROJECT_ID = "datazoneEnvironmentEnvironmentId", "datazoneEnvironmentProjectId"
_POLICY_EXPORT = "datazone-managed-policy-"
_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")
_CDK_ASSETS = re.compile(r"cdk-[a-z0-9]+-assets-")


class Fault(NamedTuple):
    """What is wrong with a template.

    Attributes:
        keys: path of the key in the template.
        rule: what would be right.
        parameter: the parameter of the settings at fault, where it is not the template.
    """

    keys: Keys
    rule: str
    parameter: str | None = None


def faults(
    template: BlueprintTemplate, given: Mapping[str, BlueprintParameterSettings]
) -> Iterator[Fault]:
    """Yield what is wrong with a template and the parameters that the settings give.

    Args:
        template: the template.
        given: parameters of the settings.
    """
    yield from _sections(template)
    yield from _cdk(template)
    yield from _declared(template, given)
    yield from _given(template, given)
    yield from _references(template)
    yield from _exports(template)


def _sections(template: BlueprintTemplate) -> Iterator[Fault]:
    for name in template.data:
        if name not in _SECTIONS:
            yield Fault((name,), f"must be a section of a template{close_to(name, _SECTIONS)}")
    for name, most in _MOST.items():
        section = template.data.get(name, {})
        if not isinstance(section, Mapping):
            yield Fault((name,), "must be a block")
        elif len(section) > most:
            yield Fault((name,), f"must be at most {most}; there are {len(section)}")
    if not template.section("Resources"):
        yield Fault(("Resources",), "must have a resource")
    for name, resource in template.section("Resources").items():
        if not isinstance(resource, Mapping) or not isinstance(resource.get("Type"), str):
            yield Fault(("Resources", name), "must have a Type, such as AWS::S3::Bucket")


def _cdk(template: BlueprintTemplate) -> Iterator[Fault]:
    for name in template.section("Parameters"):
        if name == "BootstrapVersion" or name.startswith("AssetParameters"):
            yield Fault(
                ("Parameters", name),
                "must not be there, because it belongs to a deployment by the CDK. Write the "
                "template with LegacyStackSynthesizer, and without assets",
            )
    for keys, block in walk(template.section("Resources"), ("Resources",)):
        for key, value in block.items():
            text = value if isinstance(value, str) else ""
            if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str):
                text = value[0]
            if _CDK_ASSETS.search(text):
                yield Fault(
                    (*keys, key),
                    "must not name a bucket with assets of the CDK, which the role of the "
                    "blueprint cannot read. Write the code into the template, or use a bucket of "
                    "yours",
                )


def _declared(
    template: BlueprintTemplate, given: Mapping[str, BlueprintParameterSettings]
) -> Iterator[Fault]:
    reserved = reserved_parameters()
    for name, declared in template.section("Parameters").items():
        keys = ("Parameters", name)
        if not re.fullmatch(r"[A-Za-z0-9]{1,255}", name):
            yield Fault(keys, "must have a name of letters and digits, at most 255")
        elif not isinstance(declared, Mapping) or not isinstance(declared.get("Type"), str):
            yield Fault(keys, "must have a Type, such as String")
        elif name in reserved:
            if declared["Type"] != "String":
                yield Fault((*keys, "Type"), "must be String: Amazon DataZone fills it with text")
        elif name.startswith(_OF_DATAZONE):
            yield Fault(
                keys,
                f"must have another name, or be a parameter that Amazon DataZone fills: "
                f"{', '.join(reserved)}{close_to(name, list(reserved))}",
            )
        elif name not in given and "Default" not in declared:
            yield Fault(
                keys,
                "must have a Default, or be in parameters of the blueprint: Amazon DataZone fills "
                "only its own parameters",
            )


def _given(
    template: BlueprintTemplate, given: Mapping[str, BlueprintParameterSettings]
) -> Iterator[Fault]:
    declared = template.section("Parameters")
    own = [name for name in declared if name not in reserved_parameters()]
    for name, one in given.items():
        if name in reserved_parameters():
            yield Fault((), "must not be given: Amazon DataZone fills it. Remove it", name)
        elif name not in declared:
            rule = f"must be a parameter of the template, one of {', '.join(own) or 'none'}"
            yield Fault((), f"{rule}{close_to(name, own)}", name)
        elif one.default is None:
            if "Default" not in declared[name]:
                yield Fault((), "must have a default, here or in the template", name)
        elif rule := value_rule(declared[name], one.default):
            yield Fault((), f"must have a default that fits the template: {rule}", name)
    for name in own:
        default = declared[name].get("Default") if isinstance(declared[name], Mapping) else None
        if default is not None and (rule := value_rule(declared[name], _text(default))):
            yield Fault(("Parameters", name, "Default"), rule)


def value_rule(declared: Mapping[str, Any], value: str) -> str:
    """Return what a parameter asks of its value; empty if the value is right."""
    allowed = declared.get("AllowedValues")
    if isinstance(allowed, list) and value not in (known := [_text(one) for one in allowed]):
        return f"must be one of {', '.join(known)}"
    if declared.get("Type") == "Number":
        return _number_rule(declared, value)
    pattern = declared.get("AllowedPattern")
    if isinstance(pattern, str):
        try:
            fits = re.fullmatch(pattern, value) is not None
        except re.error:
            # CloudFormation has the expressions of Java.
            fits = True
        if not fits:
            return f"must match {pattern}"
    for key, words in (("MinLength", "at least"), ("MaxLength", "at most")):
        limit = _number(declared.get(key))
        if limit is not None and (len(value) < limit if key == "MinLength" else len(value) > limit):
            return f"must have {words} {limit:g} characters"
    return ""


def _number_rule(declared: Mapping[str, Any], value: str) -> str:
    number = _number(value)
    if number is None:
        return "must be a number, in quotes"
    low, high = _number(declared.get("MinValue")), _number(declared.get("MaxValue"))
    if low is not None and number < low:
        return f"must be at least {low:g}"
    if high is not None and number > high:
        return f"must be at most {high:g}"
    return ""


def _number(value: object) -> float | None:
    try:
        return None if value is None else float(str(value))
    except ValueError:
        return None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _references(template: BlueprintTemplate) -> Iterator[Fault]:
    """Yield references to what the template does not have."""
    names = [*template.section("Parameters"), *template.section("Resources")]
    for section in ("Conditions", "Resources", "Outputs"):
        for keys, block in walk(template.section(section), (section,)):
            for name in _named(block):
                if name not in names and not name.startswith("AWS::"):
                    yield Fault(
                        keys,
                        f"must refer to a parameter or a resource of the template; "
                        f"refers to {name}{close_to(name, names)}",
                    )


def _named(block: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that a block refers to by Ref, Fn::GetAtt and Fn::Sub."""
    match block:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::GetAtt": str(name)}:
            yield name.partition(".")[0]
        case {"Fn::Sub": str(text)}:
            yield from _placeholders(text)
        case {"Fn::Sub": [str(text), {**values}]}:
            yield from (name for name in _placeholders(text) if name not in values)


def _placeholders(text: str) -> Iterator[str]:
    for found in _PLACEHOLDER.findall(text):
        yield found.strip().partition(".")[0]


def _exports(template: BlueprintTemplate) -> Iterator[Fault]:
    """Yield names of exports that two parts would share: an account and region has them once."""
    for output, one in template.section("Outputs").items():
        export = one.get("Export") if isinstance(one, Mapping) else None
        if not isinstance(export, Mapping) or "Name" not in export:
            continue
        keys = ("Outputs", output, "Export", "Name")
        used = {name for _, block in walk(export) for name in _named(block)}
        if not used & {_ENVIRONMENT, _PROJECT_ID, "AWS::StackName", "AWS::StackId"}:
            yield Fault(
                keys,
                f"must contain ${{{_ENVIRONMENT}}} or ${{{_PROJECT_ID}}}: each project deploys the "
                "template, and the name of an export is unique in an account and region",
            )
        elif _POLICY_EXPORT in str(export["Name"]) and _ENVIRONMENT not in used:
            yield Fault(
                keys,
                f"must end with ${{{_ENVIRONMENT}}}, so that Amazon DataZone attaches the policy "
                "to the role of the project",
            )
