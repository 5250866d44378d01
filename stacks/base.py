"""The base of all stacks of an environment."""

import re
from collections.abc import Collection

from aws_cdk import CfnResource, Environment, IAspect, RemovalPolicy, Stack
from constructs import Construct, IConstruct
from jsii import implements

from sagemaker_platform.security import acknowledge
from stacks.shared import EnvironmentInfo

KEEP = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
"""Keeps resources that hold data. A first deploy that fails keeps nothing, because the next
deploy could not create resources of the same names."""


@implements(IAspect)
class IamPath:
    """Gives every role and every managed policy an IAM path.

    Args:
        path: path, with a slash at both ends.
    """

    _TYPES = ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::IAM::InstanceProfile")

    def __init__(self, path: str) -> None:
        self._path = path

    def visit(self, node: IConstruct) -> None:
        """Give a role or a policy the path; leave everything else."""
        if isinstance(node, CfnResource) and node.cfn_resource_type in self._TYPES:
            node.add_property_override("Path", self._path)


@implements(IAspect)
class TypesOfRegion:
    """Accepts resources of types that the validator does not know in the region.

    Args:
        types: types in CloudFormation that the team uses with ``region_checks: warning``.
    """

    def __init__(self, types: Collection[str]) -> None:
        self._types = frozenset(types)

    def visit(self, node: IConstruct) -> None:
        """Acknowledge the finding at a resource of these types; leave everything else."""
        if isinstance(node, CfnResource) and node.cfn_resource_type in self._types:
            acknowledge(
                node,
                ["CloudFormation Validate::F3006"],
                reason="The team knows that the region has it: region_checks is warning.",
            )


class EnvironmentStack(Stack):
    """A stack named after its environment, protected from deletion where data is kept.

    Args:
        environment: name, tags and so on.
        description: what the stack holds.
        tags_can_change: whether each resource takes another tag in place. CloudFormation gives the
            tags of a stack to its resources, also to those that a changed tag replaces.
        region: region of the stack. Defaults to that of the environment.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: EnvironmentInfo,
        description: str,
        tags_can_change: bool = True,
        region: str | None = None,
    ) -> None:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", id):
            raise ValueError(
                f"id of a stack: got {id!r}; must be a letter, followed by letters, digits and "
                "hyphens, because CloudFormation names the stack after it"
            )
        retain = environment.removal_policy == "retain"
        super().__init__(
            scope,
            id,
            description=f"{environment.name}: {description}",
            env=Environment(account=environment.account, region=region) if region else None,
            termination_protection=retain,
            # CloudFormation also tags resources that CDK cannot tag, such as its own functions.
            tags=dict(environment.all_tags) if tags_can_change else None,
        )
        self.removal_policy = KEEP if retain else RemovalPolicy.DESTROY
        self._environment = environment

    def note(self, text: str) -> None:
        """Show a note whenever the CDK CLI synthesizes, compares or deploys the stack.

        It does not use the CDK's annotations: they record paths of this machine, so that
        synths of two machines would differ.
        """
        self.node.add_metadata("aws:cdk:info", text)

    def warn(self, text: str) -> None:
        """Show a warning whenever the CDK CLI synthesizes, compares or deploys the stack.

        `cdk synth --strict` makes it an error.
        """
        self.node.add_metadata("aws:cdk:warning", text)
