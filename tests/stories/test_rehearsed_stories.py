"""A data scientist's first day against an environment that a rehearsal has deployed.

What a story sees is what the deploy made: names and ARNs that the emulator chose, and the outputs
of its stacks.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from operations.access.world import World
from operations.assembly import Assembly
from operations.rehearsal.project import Project
from operations.rehearsal.rehearsal import Rehearsal
from tests.stories.harness.aws import Aws
from tests.stories.harness.clients import python_of
from tests.stories.harness.session import run_story
from tests.stories.harness.story import Story, stories
from tests.support import FIXTURES, ROOT, synthesized

# One rehearsal for all, in one worker.
pytestmark = pytest.mark.xdist_group("rehearsed")
ENVIRONMENT = "dev"
FIRST_DAY = [
    story
    for story in stories()
    if story.persona == "data_scientist" and ENVIRONMENT in story.environments
]


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The environment, deployed with the CDK CLI into the emulator."""
    folder = tmp_path_factory.mktemp("cdk")
    assembly = Assembly.read(synthesized(folder, FIXTURES / f"{ENVIRONMENT}.yaml"))
    project = Project(root=ROOT, tools=ROOT)
    with Rehearsal(project, say=lambda line: print(line, file=sys.stderr)) as rehearsal:
        rehearsal.bootstrap(assembly.targets)
        rehearsal.deploy(assembly)
        yield World(
            rehearsal.authorization.records(),
            outputs={ENVIRONMENT: outputs_of(rehearsal, assembly)},
        )


def outputs_of(rehearsal: Rehearsal, assembly: Assembly) -> dict[str, dict[str, str]]:
    """Return the outputs of deployed stacks, as CloudFormation tells them."""
    [(account, region)] = assembly.targets
    cloudformation = boto3.client(
        "cloudformation",
        region_name=region,
        endpoint_url=rehearsal.emulator.url,
        aws_access_key_id=account,
        aws_secret_access_key="rehearsal",
    )
    return {
        stack["StackName"]: {
            output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())
        }
        for stack in cloudformation.describe_stacks()["Stacks"]
    }


@pytest.fixture(scope="module")
def aws(rehearsed: World) -> Iterator[Aws]:
    with Aws(rehearsed) as server:
        yield server


@pytest.mark.slow
@pytest.mark.parametrize("story", FIRST_DAY, ids=lambda story: story.name)
def test_first_day_works_where_it_was_deployed(
    story: Story, rehearsed: World, aws: Aws, tmp_path: Path
) -> None:
    python = python_of(story.clients)
    if python is None:
        pytest.skip("`make stories` installs the clients and runs this")

    verdicts = run_story(
        story, ENVIRONMENT, aws=aws, world=rehearsed, python=python, folder=tmp_path
    )

    problems = [one.problem for one in verdicts if one.problem]
    assert not problems, f"{story.path}, as {story.persona}:\n" + "\n".join(problems)


@pytest.mark.slow
def test_names_match_the_deployment(rehearsed: World, tmp_path: Path) -> None:
    synthesized_world = World.read(synthesized(tmp_path, FIXTURES / f"{ENVIRONMENT}.yaml"))

    for key in ("WorkloadSubnetIds", "WorkloadKeyArn", "ArtifactBucketName"):
        made_up = synthesized_world.outputs(ENVIRONMENT)[key]
        assert rehearsed.outputs(ENVIRONMENT)[key] not in ("", made_up)
