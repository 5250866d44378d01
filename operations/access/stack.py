"""The stacks of a cloud assembly, with their templates."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Stack:
    """A synthesized stack.

    Attributes:
        environment: name of its environment, the CDK stage.
        name: its name in CloudFormation.
        account: the account it is deployed to.
        region: the region it is deployed to.
        template: its template.
        tags: tags that CloudFormation gives to its resources.
    """

    environment: str
    name: str
    account: str
    region: str
    template: Json
    tags: dict[str, str]

    @property
    def partition(self) -> str:
        """The partition of the region."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    @property
    def resources(self) -> dict[str, Json]:
        """The resources of the template by logical ID."""
        found: dict[str, Json] = self.template.get("Resources", {})
        return found


def read_stacks(assembly: Path) -> list[Stack]:
    """Read the stacks of all environments of a cloud assembly, in the order of the manifests."""
    found = []
    for artifact in _manifest(assembly)["artifacts"].values():
        if artifact["type"] != "cdk:cloud-assembly":
            continue
        folder = assembly / artifact["properties"]["directoryName"]
        for one in _manifest(folder)["artifacts"].values():
            if one["type"] == "aws:cloudformation:stack":
                properties = one["properties"]
                environment, _, label = one["displayName"].partition("/")
                account, region = one["environment"].removeprefix("aws://").split("/")
                template = json.loads((folder / properties["templateFile"]).read_text("utf-8"))
                name = properties.get("stackName") or f"{environment}-{label}"
                tags = properties.get("tags", {})
                found.append(Stack(environment, name, account, region, template, tags))
    return found


def _manifest(folder: Path) -> Json:
    manifest: Json = json.loads((folder / "manifest.json").read_text("utf-8"))
    return manifest
