"""Values of templates as they are once the stacks are deployed."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from operations.access.tables import table
from operations.assembly import Json
from sagemaker_platform.synthesized_stack import SynthesizedStack, fill_sub

_CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")


@dataclass(frozen=True)
class Record:
    """A resource of a stack, with its properties resolved.

    Attributes:
        type: its CloudFormation type.
        stack: the stack it is in.
        logical_id: its logical ID.
        ref: what Ref returns.
        properties: its properties, without intrinsic functions.
        path: path of its construct below the environment.
        arn: its ARN; empty if the tables do not say.
    """

    type: str
    stack: SynthesizedStack
    logical_id: str
    ref: str
    properties: Json = field(repr=False)
    path: str
    arn: str = ""

    @property
    def tags(self) -> dict[str, str]:
        """Its tags."""
        given = self.properties.get("Tags") or {}
        if isinstance(given, dict):
            return {str(key): str(value) for key, value in given.items()}
        return {one["Key"]: str(one.get("Value", "")) for one in given}


class Resolver:
    """Resolves intrinsic functions across the stacks of an assembly.

    A physical name that CloudFormation chooses is made up, and always the same for a resource.

    Attributes:
        unresolved: what it could not resolve, as texts for people. A value in it is replaced by
            a placeholder that nothing matches.
    """

    def __init__(self, stacks: Iterable[SynthesizedStack]) -> None:
        self.stacks = {(stack.name, stack.account, stack.region): stack for stack in stacks}
        self.unresolved: list[str] = []
        self._exports: dict[tuple[str, str, str], tuple[SynthesizedStack, Any]] = {}
        for stack in self.stacks.values():
            for output in stack.template.get("Outputs", {}).values():
                if isinstance(name := output.get("Export", {}).get("Name"), str):
                    place = name, stack.account, stack.region
                    self._exports[place] = stack, output["Value"]
        self._functions: Mapping[str, Callable[[SynthesizedStack, Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._attribute,
            "Fn::Join": self._join,
            "Fn::Sub": self._sub,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::GetStackOutput": self._stack_output,
            "Fn::ImportValue": self._import_value,
            "Fn::FindInMap": self._find_in_map,
        }

    def records(self) -> Iterable[Record]:
        """Yield every resource of every stack."""
        for stack in self.stacks.values():
            for logical_id, resource in stack.resources.items():
                path = resource.get("Metadata", {}).get("aws:cdk:path", logical_id)
                yield Record(
                    resource["Type"],
                    stack,
                    logical_id,
                    self._ref(stack, logical_id),
                    self.value(stack, resource.get("Properties", {})),
                    "/".join(
                        part for part in path.split("/")[1:] if part not in ("Resource", "Default")
                    )
                    or logical_id,
                    self._arn(stack, logical_id),
                )

    def value(self, stack: SynthesizedStack, value: Any) -> Any:
        """Return a value of a stack's template without intrinsic functions."""
        if isinstance(value, list):
            return [self.value(stack, one) for one in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if function := self._functions.get(name):
                return function(stack, argument)
            if name.startswith("Fn::"):
                return self._unknown(stack, name)
        return {key: self.value(stack, one) for key, one in value.items()}

    def output(self, stack: SynthesizedStack, name: str) -> Any:
        """Return the value of an output."""
        return self.value(stack, stack.template["Outputs"][name]["Value"])

    def _ref(self, stack: SynthesizedStack, name: str) -> Any:
        if name.startswith("AWS::"):
            return self._pseudo(stack, name)
        if name in stack.resources:
            return self._form(stack, name, "ref", "{name}")
        parameter = stack.template.get("Parameters", {}).get(name, {})
        return parameter["Default"] if "Default" in parameter else self._unknown(stack, name)

    def _pseudo(self, stack: SynthesizedStack, name: str) -> str:
        found = {
            "AWS::AccountId": stack.account,
            "AWS::Partition": stack.partition,
            "AWS::Region": stack.region,
            "AWS::StackId": (
                f"arn:{stack.partition}:cloudformation:{stack.region}:{stack.account}"
                f":stack/{stack.name}/{_hash(stack.name, 'stack')}"
            ),
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": "amazonaws.com.cn"
            if stack.partition == "aws-cn"
            else "amazonaws.com",
        }.get(name)
        return found or self._unknown(stack, name)

    def _attribute(self, stack: SynthesizedStack, argument: Any) -> str:
        name, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
        resource = stack.resources[name]
        if resource["Type"].startswith(_CUSTOM):
            return f"{self._ref(stack, name)}.{attribute}"
        row = self._row(stack, name)
        form = row.get("arn") if attribute == "Arn" else row.get("attributes", {}).get(attribute)
        if form is None:
            return self._unknown(stack, f"{resource['Type']} has no {attribute} in names.yaml")
        return self._fill(stack, name, form)

    def _arn(self, stack: SynthesizedStack, name: str) -> str:
        row = self._row(stack, name)
        form = row.get("arn") or row.get("ref", "")
        return self._fill(stack, name, form) if form.startswith("arn:") else ""

    def _form(self, stack: SynthesizedStack, name: str, key: str, default: str) -> str:
        return self._fill(stack, name, self._row(stack, name).get(key, default))

    def _row(self, stack: SynthesizedStack, name: str) -> Mapping[str, Any]:
        row: Mapping[str, Any] = table("names").get(stack.resources[name]["Type"], {})
        return row

    def _fill(self, stack: SynthesizedStack, name: str, form: str) -> str:
        row = self._row(stack, name)
        values = {
            "account": stack.account,
            "region": stack.region,
            "partition": stack.partition,
            "stack": stack.name,
            "logical_id": name,
            "hash": _hash(stack.name, name),
        }
        if "{arn}" in form:
            values["arn"] = self._fill(stack, name, row["arn"])
        if "{ref}" in form:
            values["ref"] = self._form(stack, name, "ref", "{name}")
        if "{name}" in form:
            values["name"] = self._name(stack, name, row)
        properties = stack.resources[name].get("Properties", {})
        if "{path}" in form:
            values["path"] = self.value(stack, properties.get("Path", "/"))
        if "{domain}" in form:
            values["domain"] = self.value(stack, properties["DomainId"])
        return form.format_map(values)

    def _name(self, stack: SynthesizedStack, name: str, row: Mapping[str, Any]) -> str:
        properties = stack.resources[name].get("Properties", {})
        if row.get("name") in properties:
            return str(self.value(stack, properties[row["name"]]))
        made = self._fill(stack, name, row.get("made", "{stack}-{logical_id}-{hash}"))
        return made.lower() if row.get("lower") else made

    def _join(self, stack: SynthesizedStack, argument: Any) -> str:
        delimiter, parts = argument
        return str(delimiter).join(str(part) for part in self.value(stack, parts))

    def _sub(self, stack: SynthesizedStack, argument: Any) -> str:
        return fill_sub(
            argument,
            value=lambda given: self.value(stack, given),
            attribute=lambda name: self._attribute(stack, name),
            ref=lambda name: self._ref(stack, name),
        )

    def _select(self, stack: SynthesizedStack, argument: Any) -> Any:
        index, values = argument
        return self.value(stack, values)[int(self.value(stack, index))]

    def _split(self, stack: SynthesizedStack, argument: Any) -> list[str]:
        delimiter, text = argument
        return str(self.value(stack, text)).split(delimiter)

    def _stack_output(self, stack: SynthesizedStack, argument: Any) -> Any:
        role = str(self.value(stack, argument.get("RoleArn", "")))
        account = role.split(":")[4] if role.startswith("arn:") else stack.account
        region = argument.get("Region", stack.region)
        name = self.value(stack, argument["StackName"])
        other = self.stacks.get((name, account, region))
        if other is None or argument["OutputName"] not in other.template.get("Outputs", {}):
            return self._unknown(stack, f"output {argument['OutputName']} of {name}")
        return self.output(other, argument["OutputName"])

    def _import_value(self, stack: SynthesizedStack, argument: Any) -> Any:
        name = self.value(stack, argument)
        found = self._exports.get((name, stack.account, stack.region))
        return self._unknown(stack, f"export {name}") if found is None else self.value(*found)

    def _find_in_map(self, stack: SynthesizedStack, argument: Any) -> Any:
        name, first, second = self.value(stack, argument[:3])
        try:
            return stack.template["Mappings"][name][first][second]
        except KeyError:
            return self._unknown(stack, f"{name}.{first}.{second}")

    def _unknown(self, stack: SynthesizedStack, what: str) -> str:
        self.unresolved.append(f"{stack.name}: {what}")
        return f"<{stack.name} {what}>"


def _hash(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:12]
