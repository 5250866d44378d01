"""What all stacks of an environment have in common."""

from aws_cdk import RemovalPolicy, Stack
from constructs import Construct

from stacks.settings import EnvironmentSettings


class EnvironmentStack(Stack):
    """A stack named after its environment, protected from deletion where data is kept."""

    def __init__(
        self, scope: Construct, id: str, *, environment: EnvironmentSettings, description: str
    ) -> None:
        retain = environment.removal_policy == "retain"
        super().__init__(
            scope,
            id,
            description=f"{environment.name}: {description}",
            termination_protection=retain,
        )
        self.environment_name = environment.name
        self.removal_policy = RemovalPolicy.RETAIN if retain else RemovalPolicy.DESTROY
