"""What the questions are about: an environment's templates, and the account they go to."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from operations.account import Account, NotFoundInAccountError
from operations.assembly import Json, Stack, Stage
from operations.templates import Templates

_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:\d{12}:[^\s\"*?${}]+")
# A stack in one of these states has its resources; their names are its own.
_THERE = re.compile(r"(CREATE|UPDATE|IMPORT)_COMPLETE|UPDATE_ROLLBACK_COMPLETE|.*IN_PROGRESS")


@dataclass(frozen=True)
class Target:
    """An environment and its account.

    Attributes:
        stage: the environment.
        account: where to ask.
    """

    stage: Stage
    account: Account
    templates: Templates = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "templates", Templates(self.stage))

    @property
    def account_id(self) -> str:
        """Account of the environment."""
        return self.stage.targets[0][0]

    @property
    def region(self) -> str:
        """Region of the environment."""
        return self.stage.targets[0][1]

    @cached_property
    def states(self) -> dict[str, str]:
        """State of each stack in CloudFormation, by its name in the environment.

        Raises:
            NotAnsweredError: AWS does not say.
        """
        return {stack.name: self._state(stack) for stack in self.stage.stacks}

    def _state(self, stack: Stack) -> str:
        try:
            found = self.account.ask(
                "cloudformation", "describe_stacks", StackName=stack.stack_name
            )
        except NotFoundInAccountError:
            return ""
        return str(found["Stacks"][0]["StackStatus"])

    def of_type(self, *types: str) -> Iterator[tuple[str, str, Json]]:
        """Yield stack, logical id and properties of the resources of some types."""
        return self.templates.of_type(*types)

    def new(self, *types: str) -> Iterator[tuple[str, str, Json]]:
        """Yield the resources of some types in stacks that are not there yet."""
        for stack, logical_id, properties in self.of_type(*types):
            if not _THERE.fullmatch(self.states[stack]):
                yield stack, logical_id, properties

    def text(self, stack: str, value: object) -> str:
        """Return a value of a template as text, with account and region filled in."""
        text = self.templates.text(stack, value)
        return text.replace("<AWS::AccountId>", self.account_id).replace(
            "<AWS::Region>", self.region
        )

    @cached_property
    def arns(self) -> list[str]:
        """ARNs of this account that templates state as text, each once."""
        found = {
            arn.rstrip("/:.,")
            for stack in self.stage.stacks
            for resource in stack.resources().values()
            for arn in _ARN.findall(json.dumps(resource.get("Properties", {})))
        }
        return sorted(arn for arn in found if arn.split(":")[4] == self.account_id)
