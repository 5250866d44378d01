"""A launcher's configuration, where people find it."""

import json

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct, IConstruct

from sagemaker_platform.arguments import checks_types
from sagemaker_platform.recipes.targets import Recipes, Target, launcher_configuration
from sagemaker_platform.security import WildcardStatement

# Of a standard parameter; references are about as long as what they stand for.
_LONGEST = 4096


@checks_types
class LauncherConfiguration(Construct):
    """A configuration for one target, as a parameter of Systems Manager.

    A parameter and not an object: its text is in the template, where a reviewer sees what
    changes; Systems Manager keeps its versions; and a persona may read it by its name alone.

    Args:
        name: name of the parameter, such as ``/hyperpod-recipes/dev/research/gpu``; the last part
            is what the file is to be called.
        recipes: version and image of the recipes.
        target: where they run.

    Raises:
        ValueError: the text is longer than a parameter.
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, recipes: Recipes, target: Target
    ) -> None:
        super().__init__(scope, id)
        text = _HEAD.format(
            repository=recipes.repository,
            commit=recipes.commit,
            parameter=name,
            name=name.rpartition("/")[2],
        )
        # JSON is YAML, too.
        text += json.dumps(launcher_configuration(recipes, target), indent=1)
        if len(text) > _LONGEST:
            raise ValueError(f"expected at most {_LONGEST} characters, got {len(text)}: {name}")
        self.parameter = ssm.CfnParameter(
            self,
            "Resource",
            name=name,
            type="String",
            description=f"Launcher of HyperPod recipes, {target.cluster_type}",
            value=text,
        )


_HEAD = """\
# Made by the platform; do not edit. Of {repository}
# check out {commit}, and there:
# aws ssm get-parameter --name {parameter} --query Parameter.Value \\
#   --output text > ~/launchers/{name}.yaml
# python3 main.py --config-dir ~/launchers --config-name {name} recipes=<recipe>
"""


def configuration_name(environment: str, *parts: str) -> str:
    """Return the name of a parameter of an environment.

    Names must not begin with ``aws`` or ``ssm``, which one of an environment might.
    """
    return "/".join(("", "hyperpod-recipes", environment, *parts))


def read_configurations(scope: IConstruct, *, environment: str) -> iam.PolicyStatement:
    """Return the statement to list and read all configurations of an environment.

    Args:
        scope: its account and region are those of the parameters.
        environment: name of the environment.
    """
    folder = configuration_name(environment)[1:]
    return WildcardStatement(
        actions=["ssm:GetParameter", "ssm:GetParametersByPath"],
        resources=[
            Stack.of(scope).format_arn(service="ssm", resource="parameter", resource_name=name)
            for name in (folder, f"{folder}/*")
        ],
        wildcard_reason="Configurations of one environment, which hold no secrets.",
    )
