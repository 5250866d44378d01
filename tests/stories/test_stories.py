"""What people run, run as them: real clients, authorized call by call."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.access.check import Decision
from operations.access.world import World
from tests.stories.harness.aws import Aws
from tests.stories.harness.clients import python_of
from tests.stories.harness.queries import facts_of
from tests.stories.harness.session import run_story
from tests.stories.harness.story import Story, read_story, stories
from tests.support import PERSONAS, ROOT, TYPICAL, synthesized

EXAMPLES = (
    "audit-complete",
    "budget-complete",
    "inference-monitoring",
    "inference-primary",
    "inference-secondary",
    "lakehouse-consumer",
    "lakehouse-rights",
    "partner-complete",
    "registry-complete",
)
RUNS = [(story, environment) for story in stories() for environment in story.environments]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    examples = [ROOT / "examples" / f"{name}.yaml" for name in EXAMPLES]
    return World.read(synthesized(tmp_path_factory.mktemp("cdk"), *TYPICAL, *PERSONAS, *examples))


@pytest.fixture(scope="module")
def aws(world: World) -> Iterator[Aws]:
    with Aws(world) as server:
        yield server


@pytest.mark.slow
@pytest.mark.parametrize(
    ("story", "environment"), RUNS, ids=[f"{story.name}-{place}" for story, place in RUNS]
)
def test_story_ends_as_it_must(
    story: Story, environment: str, world: World, aws: Aws, tmp_path: Path
) -> None:
    python = python_of(story.clients)
    if python is None:
        pytest.skip("`make stories` installs the clients and runs this")

    verdicts = run_story(story, environment, aws=aws, world=world, python=python, folder=tmp_path)

    problems = [one.problem for one in verdicts if one.problem]
    assert not problems, f"{story.path}, as {story.persona} in {environment}:\n" + "\n".join(
        problems
    )


def test_first_notebook_of_the_documentation_is_run() -> None:
    page = (ROOT / "docs" / "personas.md").read_text("utf-8")
    _, _, section = page.partition("## A first notebook\n")
    snippets = re.findall(r"^```text\n(.*?)^```$", section.partition("\n## ")[0], re.M | re.S)
    run = [story.path.read_text("utf-8").splitlines() for story in stories() if story.defaults]

    assert len(snippets) == 3
    for snippet in snippets:
        wanted = {line for line in snippet.splitlines() if line}
        assert any(wanted <= set(lines) for lines in run), snippet


def test_story_needs_a_verdict_per_step(tmp_path: Path) -> None:
    file = tmp_path / "story.py"
    header = '"""Title.\n\npersona: data_scientist\nclients: sagemaker3\nenvironments: [dev]\n"""\n'

    file.write_text(f"{header}# %% Do it -> allowed, prod: denied\nx = 1\n")
    [step] = read_story(file).steps
    assert step.expected_in("dev") is Decision.ALLOWED
    assert step.expected_in("prod") is Decision.DENIED

    file.write_text(f"{header}# %% Do it\nx = 1\n")
    with pytest.raises(ValueError, match=r":7: must be `# %% TITLE -> VERDICT`"):
        read_story(file)


@pytest.mark.parametrize(
    ("sql", "facts"),
    [
        ("SELECT * FROM t", {"reads": ["d.t"]}),
        ("SELECT i, n FROM t", {"reads": ["d.t"], "columns": ["i", "n"]}),
        ('SELECT 1 FROM "a"."b" x JOIN c ON x.i = c.i', {"reads": ["a.b", "d.c"]}),
        ("INSERT INTO t SELECT * FROM u", {"reads": ["d.u"], "writes": ["d.t"]}),
        (
            "CREATE TABLE t WITH (table_type = 'ICEBERG') AS SELECT 1 FROM u",
            {"reads": ["d.u"], "creates": ["d.t"], "format": "iceberg"},
        ),
    ],
)
def test_queries_read_and_write_tables(sql: str, facts: dict[str, object]) -> None:
    parameters = {"QueryString": sql, "QueryExecutionContext": {"Database": "d"}}
    assert facts_of(parameters) == facts
