"""Reads cloud assemblies: what a synth writes into `cdk.out`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from operations.errors import OperationError
from sagemaker_platform.synthesized_stack import SynthesizedStack

Json = dict[str, Any]


class AssemblyError(OperationError):
    """A folder that is no cloud assembly, or one that cannot be used."""


@dataclass(frozen=True)
class Stack:
    """A synthesized stack.

    Attributes:
        id: what the CDK CLI calls it, such as `dev/network`.
        stack_name: its name in CloudFormation, such as `dev-network`.
        account: account it is deployed to; `unknown-account` if the app does not say.
        region: region it is deployed to; `unknown-region` if the app does not say.
        file: its template.
        protected: whether termination protection is on.
        dependencies: ids of the stacks that are deployed before it.
        tags: tags that CloudFormation gives to all its resources.
        lookup_role: ARN of the role by which the CDK CLI looks things up; empty if it has none.
    """

    id: str
    stack_name: str
    account: str
    region: str
    file: Path
    protected: bool = False
    dependencies: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    lookup_role: str = ""

    @property
    def environment(self) -> str:
        """Name of its environment."""
        return self.id.split("/")[0]

    @property
    def name(self) -> str:
        """Its name within the environment, such as `network`."""
        return self.id.split("/")[-1]

    def template(self) -> Json:
        """Return the template."""
        template: Json = json.loads(self.file.read_text("utf-8"))
        return template

    def with_template(self) -> SynthesizedStack:
        """Return the stack with its template, read once."""
        return SynthesizedStack(
            environment=self.environment,
            name=self.stack_name,
            account=self.account,
            region=self.region,
            template=self.template(),
        )

    def resources(self) -> dict[str, Json]:
        """Return the resources by logical id."""
        resources: dict[str, Json] = self.template().get("Resources", {})
        return resources

    def resource_types(self) -> list[str]:
        """Return the type of each resource."""
        return [resource["Type"] for resource in self.resources().values()]

    def of_type(self, *types: str) -> list[Json]:
        """Return the properties of the resources of some types."""
        return [
            resource.get("Properties", {})
            for resource in self.resources().values()
            if resource["Type"] in types
        ]


@dataclass(frozen=True)
class Stage:
    """One environment: its name, and its stacks in the order of the manifest."""

    name: str
    stacks: tuple[Stack, ...]

    @classmethod
    def read(cls, folder: Path, name: str) -> "Stage":
        """Read the folder of one stage.

        Raises:
            AssemblyError: the folder is missing, or the app left lookups open.
        """
        artifacts = _artifacts(folder)
        ids = {key: one.get("displayName", key) for key, one in artifacts.items() if _is_stack(one)}
        return cls(name, tuple(_stack(folder, artifacts[key], ids[key], ids) for key in ids))

    @property
    def protected(self) -> bool:
        """Whether termination protection is on for any of its stacks."""
        return any(stack.protected for stack in self.stacks)

    @property
    def targets(self) -> list[tuple[str, str]]:
        """Accounts and regions it is deployed to, each once."""
        return list(dict.fromkeys((stack.account, stack.region) for stack in self.stacks))


@dataclass(frozen=True)
class Assembly:
    """A folder that `cdk deploy --app` takes, and its stages."""

    folder: Path
    stages: tuple[Stage, ...]

    @classmethod
    def read(cls, folder: Path) -> "Assembly":
        """Read a cloud assembly.

        Raises:
            AssemblyError: the folder holds none, or the app left lookups open.
        """
        stages = []
        for artifact in _artifacts(folder).values():
            if artifact["type"] == "cdk:cloud-assembly":
                properties = artifact["properties"]
                directory = properties["directoryName"]
                name = properties.get("displayName", directory)
                stages.append(Stage.read(folder / directory, name))
        return cls(folder, tuple(stages))

    def stage(self, name: str) -> Stage:
        """Return the stage of an environment.

        Raises:
            AssemblyError: there is none of that name.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        names = ", ".join(stage.name for stage in self.stages) or "none"
        raise AssemblyError(
            f"There is no environment {name!r} in {self.folder}; there are: {names}."
        )

    def stacks(self) -> Iterator[Stack]:
        """Return the stacks of all stages."""
        return (stack for stage in self.stages for stack in stage.stacks)

    def stack(self, id: str) -> Stack:
        """Return a stack by its id, such as `dev/network`.

        Raises:
            AssemblyError: there is none of that id.
        """
        for stack in self.stacks():
            if stack.id == id:
                return stack
        ids = ", ".join(stack.id for stack in self.stacks()) or "none"
        raise AssemblyError(f"There is no stack {id!r} in {self.folder}; there are: {ids}.")

    @property
    def targets(self) -> list[tuple[str, str]]:
        """Accounts and regions of all stages, each once."""
        return list(dict.fromkeys(target for stage in self.stages for target in stage.targets))


def _artifacts(folder: Path) -> Json:
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    except OSError:
        raise AssemblyError(f"{folder} holds no cloud assembly. Run `make synth` first.") from None
    if manifest.get("missing"):
        keys = ", ".join(question["key"] for question in manifest["missing"])
        raise AssemblyError(
            f"The app looks up values in the account ({keys}). Put them into the settings."
        )
    artifacts: Json = manifest.get("artifacts", {})
    return artifacts


def _is_stack(artifact: Json) -> bool:
    return bool(artifact["type"] == "aws:cloudformation:stack")


def _stack(folder: Path, artifact: Json, id: str, ids: dict[str, str]) -> Stack:
    properties = artifact["properties"]
    account, _, region = artifact["environment"].removeprefix("aws://").partition("/")
    return Stack(
        id=id,
        stack_name=properties["stackName"],
        account=account,
        region=region,
        file=folder / properties["templateFile"],
        protected=bool(properties.get("terminationProtection")),
        dependencies=tuple(ids[key] for key in artifact.get("dependencies", []) if key in ids),
        tags=properties.get("tags", {}),
        lookup_role=properties.get("lookupRole", {}).get("arn", ""),
    )
