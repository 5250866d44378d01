"""The synthesized cloud assembly: which stages it has, and where their stacks go."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.rehearsal.errors import RehearsalError


@dataclass(frozen=True)
class Stack:
    """One stack of a stage.

    Attributes:
        name: its name in CloudFormation.
        account: the account it is deployed to.
        region: the region it is deployed to.
        template: its template file.
        protected: whether CloudFormation refuses to delete it.
    """

    name: str
    account: str
    region: str
    template: Path
    protected: bool = False

    def resource_types(self) -> list[str]:
        """The type of each of its resources."""
        resources = json.loads(self.template.read_text()).get("Resources", {})
        return [resource["Type"] for resource in resources.values()]


@dataclass(frozen=True)
class Stage:
    """One environment: a name and its stacks, in the order of the manifest."""

    name: str
    stacks: tuple[Stack, ...]

    @property
    def protected(self) -> bool:
        """Whether termination protection keeps any of its stacks."""
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
        """Read the manifests in a folder.

        Raises:
            RehearsalError: if the app left questions open, or a stack without account and region.
        """
        manifest = _manifest(folder)
        stages = []
        for artifact in manifest["artifacts"].values():
            if artifact["type"] == "cdk:cloud-assembly":
                properties = artifact["properties"]
                name = properties.get("displayName", properties["directoryName"])
                stages.append(Stage(name, _stacks(folder / properties["directoryName"])))
        return cls(folder, tuple(stages))

    def stage(self, name: str) -> Stage:
        """The stage of an environment.

        Raises:
            RehearsalError: if the app has none of that name.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        names = ", ".join(stage.name for stage in self.stages) or "none"
        raise RehearsalError(f"There is no environment {name!r}; the app has: {names}.")

    @property
    def targets(self) -> list[tuple[str, str]]:
        """Accounts and regions of all stages, each once."""
        return list(dict.fromkeys(target for stage in self.stages for target in stage.targets))


def _manifest(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    if manifest.get("missing"):
        keys = ", ".join(question["key"] for question in manifest["missing"])
        raise RehearsalError(
            f"The app looks things up in the account ({keys}), which a rehearsal cannot answer."
        )
    return manifest


def _stacks(folder: Path) -> tuple[Stack, ...]:
    stacks = []
    for artifact in _manifest(folder)["artifacts"].values():
        if artifact["type"] != "aws:cloudformation:stack":
            continue
        properties = artifact["properties"]
        name = properties["stackName"]
        account, _, region = artifact["environment"].removeprefix("aws://").partition("/")
        if account.startswith("unknown") or region.startswith("unknown"):
            raise RehearsalError(f"Stack {name} names no account and region to rehearse it in.")
        protected = bool(properties.get("terminationProtection"))
        template = folder / properties["templateFile"]
        stacks.append(Stack(name, account, region, template, protected))
    return tuple(stacks)
