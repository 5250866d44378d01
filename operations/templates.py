"""Resolves references between the templates of an environment."""

import json
from collections.abc import Iterator
from typing import Any

from operations.assembly import Json, Stage


class Templates:
    """The templates of one environment, and what they say of each other."""

    def __init__(self, stage: Stage) -> None:
        """Read the templates of a stage."""
        self.prefix = f"{stage.name}-"
        self.account = next((stack.account for stack in stage.stacks), "")
        self._templates = {stack.name: stack.template() for stack in stage.stacks}
        self._names = {stack.stack_name: stack.name for stack in stage.stacks}

    def of_type(self, *types: str) -> Iterator[tuple[str, str, Json]]:
        """Return stack, logical ID and properties of resources, in the order of templates."""
        for stack, template in self._templates.items():
            for logical_id, resource in template.get("Resources", {}).items():
                if resource["Type"] in types:
                    yield stack, logical_id, resource.get("Properties", {})

    def place(self, stack: str, logical_id: str) -> str:
        """Return where a resource is made, such as ``lakehouse/RawLayer/Bucket``."""
        resource = self._templates[stack]["Resources"].get(logical_id)
        if resource is None:
            return logical_id
        path: str = resource.get("Metadata", {}).get("aws:cdk:path", logical_id)
        parts = [part for part in path.split("/")[1:] if part not in ("Resource", "Default")]
        return "/".join(parts)

    def text(self, stack: str, value: Any) -> str:
        """Return a value of a template, with places in angle brackets for what it refers to."""
        match value:
            case str():
                return value
            case {"Ref": str(name)} if name.startswith("AWS::"):
                return {"AWS::Partition": "aws"}.get(name, f"<{name}>")
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
                return f"<{self.place(stack, name)}>"
            case {"Fn::Join": [str(delimiter), list(parts)]}:
                return delimiter.join(self.text(stack, part) for part in parts)
            case {"Fn::Sub": str(text)}:
                return text.replace("${AWS::Partition}", "aws")
            case {"Fn::GetStackOutput": {"StackName": str(name), "OutputName": str(output)}}:
                other = self._names[name]
                return self.text(other, self._templates[other]["Outputs"][output]["Value"])
        return json.dumps(value, sort_keys=True)
