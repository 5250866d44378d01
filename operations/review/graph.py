"""The resources of an environment as one graph, with references across stacks."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from operations.assembly import Json, Stack, Stage

_SUB = re.compile(r"\$\{([^!}][^}]*)\}")
_ASSET = re.compile(r"[0-9a-f]{64}")


class Key(NamedTuple):
    """A resource: name of its stack within the environment, and logical id."""

    stack: str
    logical_id: str


class Graph:
    """The resources of all stacks of one environment, with references across stacks.

    Assets are named by a hash of their content in place of their path, so that a change of the
    path alone is none.

    Attributes:
        stacks: templates by the name of the stack within the environment.
        ids: ids of stacks, such as ``dev/network``, by that name.
        resources: all resources.
        outputs: outputs by the name of the stack.
    """

    def __init__(self, stacks: Mapping[str, Json], names: Mapping[str, str]) -> None:
        """Read templates.

        Args:
            stacks: templates by the name of the stack within the environment.
            names: names within the environment by the names in CloudFormation.
        """
        self.stacks = stacks
        self.ids: Mapping[str, str] = {}
        self._short = names
        self.outputs: dict[str, Json] = {}
        self.resources: dict[Key, Json] = {}
        for name, template in stacks.items():
            self.outputs[name] = template.get("Outputs", {})
            for logical_id, resource in template.get("Resources", {}).items():
                self.resources[Key(name, logical_id)] = resource

    @classmethod
    def of(cls, stage: Stage | None) -> "Graph":
        """Read the templates of an environment; an empty graph if there is none."""
        stacks = () if stage is None else stage.stacks
        graph = cls(
            {one.name: read_template(one) for one in stacks},
            {one.stack_name: one.name for one in stacks},
        )
        graph.ids = {one.name: one.id for one in stacks}
        return graph

    def path(self, key: Key) -> str:
        """Return the path of the construct of a resource, below its environment."""
        path = self.resources[key].get("Metadata", {}).get("aws:cdk:path", key.logical_id)
        parts = [part for part in path.split("/")[1:] if part not in ("Resource", "Default")]
        return "/".join(parts) or str(path)

    def references(self, key: Key) -> Iterator[tuple[str, Key]]:
        """Yield the references of a resource: place in its properties, and the other resource."""
        yield from self._walk(self.resources[key].get("Properties", {}), key.stack, "")

    def walk(self, value: Any, stack: str) -> Iterator[tuple[str, Key]]:
        """Yield the references in a value of a stack."""
        yield from self._walk(value, stack, "")

    def _walk(self, value: Any, stack: str, place: str) -> Iterator[tuple[str, Key]]:
        if isinstance(value, list):
            for one in value:
                yield from self._walk(one, stack, place)
        if not isinstance(value, dict):
            return
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref":
                yield from self._known(stack, argument, place)
                return
            if name == "Fn::GetAtt":
                target = argument.split(".")[0] if isinstance(argument, str) else argument[0]
                yield from self._known(stack, target, place)
                return
            if name == "Fn::GetStackOutput":
                yield from self._output(argument, place)
                return
            if name == "Fn::Sub":
                text = argument if isinstance(argument, str) else argument[0]
                for found in _SUB.findall(text):
                    yield from self._known(stack, found.split(".")[0], place)
                if not isinstance(argument, str):
                    yield from self._walk(argument[1], stack, place)
                return
            if name.startswith("Fn::"):
                yield from self._walk(argument, stack, place)
                return
        for name, one in value.items():
            yield from self._walk(one, stack, f"{place}/{name}")

    def _output(self, argument: Json, place: str) -> Iterator[tuple[str, Key]]:
        other = self._short.get(str(argument["StackName"]), "")
        output = self.outputs.get(other, {}).get(argument["OutputName"])
        if output is not None:
            yield from self._walk(output["Value"], other, place)

    def _known(self, stack: str, name: str, place: str) -> Iterator[tuple[str, Key]]:
        if (key := Key(stack, name)) in self.resources:
            yield place, key


def read_template(stack: Stack) -> Json:
    """Return the template of a stack, with assets named by their content."""
    text = stack.file.read_text("utf-8")
    contents = _assets(stack.file.parent)
    named = _ASSET.sub(lambda found: contents.get(found[0], found[0]), text)
    template: Json = json.loads(named)
    return template


@cache
def _assets(folder: Path) -> Mapping[str, str]:
    """Return hashes of the content of files and folders by the names of the assets."""
    found: dict[str, str] = {}
    for manifest in sorted(folder.glob("*.assets.json")):
        files = json.loads(manifest.read_text("utf-8")).get("files", {})
        for name, asset in files.items():
            path = folder / asset["source"]["path"]
            if not path.name.endswith(".template.json") and path.exists():
                found[name] = content_of(path)
    return found


@cache
def content_of(path: Path) -> str:
    """Return a hash of a file, or of the names and contents of the files of a folder."""
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
    for file in files:
        if "__pycache__" in file.parts:
            continue
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.relative_to(path)}\0{content}\n".encode())
    return digest.hexdigest()
