"""Template errors that CloudFormation reports and ministack does not."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ministack.core.responses import get_region
from ministack.services.cloudformation import engine

Template = Mapping[str, Any]
Check = Callable[[Template], None]


def refuse_before(check: Check) -> Check:
    """Return ministack's check of a template, preceded by the checks that it lacks."""

    def checked(template: Template) -> None:
        if not template.get("Transform"):
            _resolves(template)
        _reads_here(template)
        check(template)

    return checked


def _resolves(template: Template) -> None:
    resources = template.get("Resources") or {}
    known = {*resources, *(template.get("Parameters") or {})}
    named = {name for name, _ in engine._intrinsic_references([resources, template.get("Outputs")])}
    for resource in resources.values():
        after = resource.get("DependsOn", [])
        named.update([after] if isinstance(after, str) else after)
    missing = sorted(name for name in named - known if not name.startswith("AWS::"))
    if missing:
        raise ValueError(
            f"Template format error: Unresolved resource dependencies [{', '.join(missing)}]"
        )


def _reads_here(template: Template) -> None:
    # ministack would read a stack of the same name in the reader's own account and region.
    for output in _stack_outputs(template):
        if "RoleArn" in output or output.get("Region", get_region()) != get_region():
            raise ValueError(
                f"The rehearsal cannot read the outputs of stack {output.get('StackName')} in "
                "another account or region (Fn::GetStackOutput)"
            )


def _stack_outputs(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        if isinstance(node.get("Fn::GetStackOutput"), Mapping):
            yield node["Fn::GetStackOutput"]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from _stack_outputs(item)
