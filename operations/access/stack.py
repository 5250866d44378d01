"""Stacks with their templates, read once."""

from dataclasses import dataclass
from pathlib import Path

from operations.assembly import Assembly, Json


@dataclass(frozen=True)
class Stack:
    """A synthesized stack.

    Attributes:
        environment: name of its environment, the CDK stage.
        name: its name in CloudFormation.
        account: the account it is deployed to.
        region: the region it is deployed to.
        template: its template.
    """

    environment: str
    name: str
    account: str
    region: str
    template: Json

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
    return [
        Stack(one.environment, one.stack_name, one.account, one.region, one.template())
        for one in Assembly.read(assembly).stacks()
    ]
