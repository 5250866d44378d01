"""What all stacks of an environment have in common."""

from collections.abc import Mapping, Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_platform.security import AccessPolicy, Allow
from stacks.access.settings import Activity
from stacks.settings import EnvironmentSettings

KEEP = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
"""Keeps what holds data, but nothing of a first deploy that fails: what it left behind
would be in the way of the next."""


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
            # CloudFormation puts them on what CDK cannot tag, such as functions of its own.
            tags=environment.all_tags,
        )
        self.removal_policy = KEEP if retain else RemovalPolicy.DESTROY
        self._environment = environment

    def give(
        self, activity: Activity, statements: Sequence[Allow], roles: Mapping[str, iam.IRole]
    ) -> None:
        """Attach what an activity takes to the roles of the personas that have it.

        For what only this stack knows, and after which the roles need not wait.

        Args:
            activity: what the personas are for.
            statements: what it takes.
            roles: by persona.
        """
        personas = [
            name
            for name, persona in self._environment.all_personas.items()
            if activity in (persona.activities or ())
        ]
        if personas:
            AccessPolicy(
                self,
                f"{activity.title().replace('_', '')}Policy",
                description=f"The activity {activity}",
                statements=statements,
                attached_to=[roles[name] for name in personas],
            )

    def note(self, text: str) -> None:
        """Tell whoever synthesizes, compares or deploys the stack with the CDK CLI.

        It is no finding. Not through the CDK's annotations: those record where on this
        machine they were made, and no two synths would be the same.
        """
        self.node.add_metadata("aws:cdk:info", text)
