"""What all stacks of an environment have in common."""

from aws_cdk import RemovalPolicy, Stack
from constructs import Construct

from stacks.shared import EnvironmentInfo

KEEP = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
"""Keeps what holds data, but nothing of a first deploy that fails: what it left behind
would be in the way of the next."""


class EnvironmentStack(Stack):
    """A stack named after its environment, protected from deletion where data is kept."""

    def __init__(
        self, scope: Construct, id: str, *, environment: EnvironmentInfo, description: str
    ) -> None:
        retain = environment.removal_policy == "retain"
        super().__init__(
            scope,
            id,
            description=f"{environment.name}: {description}",
            termination_protection=retain,
            # CloudFormation puts them on what CDK cannot tag, such as functions of its own.
            tags=dict(environment.all_tags),
        )
        self.removal_policy = KEEP if retain else RemovalPolicy.DESTROY
        self._environment = environment

    def note(self, text: str) -> None:
        """Tell whoever synthesizes, compares or deploys the stack with the CDK CLI.

        It is no finding. Not through the CDK's annotations: those record where on this
        machine they were made, and no two synths would be the same.
        """
        self.node.add_metadata("aws:cdk:info", text)
