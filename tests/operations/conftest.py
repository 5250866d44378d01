import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from operations.assembly import Assembly
from operations.rehearsal.project import Project
from operations.rehearsal.rehearsal import Rehearsal
from tests.support import synthesized

REPOSITORY = Path(__file__).resolve().parents[2]
FIXTURE_APP = Path(__file__).resolve().parent / "fixture_app"
REGION = "eu-west-1"
# Seconds that any one run of the CLI may take in the tests.
LIMIT = 180.0


@pytest.fixture(scope="session")
def rehearsal() -> Iterator[Rehearsal]:
    """One emulator for all tests; each test has environments of its own in it."""
    project = Project(root=FIXTURE_APP, tools=REPOSITORY)
    with Rehearsal(project, limit=LIMIT, say=lambda line: print(line, file=sys.stderr)) as running:
        yield running


@pytest.fixture(autouse=True)
def no_faults(request: pytest.FixtureRequest) -> Iterator[None]:
    """No fault that a test ordered strikes in another test."""
    yield
    if "rehearsal" in request.fixturenames:
        request.getfixturevalue("rehearsal").emulator.clear_faults()


Synthesize = Callable[..., Assembly]


@pytest.fixture(scope="session")
def synthesize(rehearsal: Rehearsal, tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    """The fixture app's assembly of all its environments after a change, synthesized once.

    Without one, as a rehearsal synthesizes; else in the process of the tests, in a fraction of
    the time.
    """
    # Starts node, which not all tests need.
    from aws_cdk import App

    from tests.operations.fixture_app.app import ACCOUNTS, build

    @cache
    def make(change: str = "base") -> Assembly:
        if change == "base":
            assembly = rehearsal.synthesize({"environments": ",".join(ACCOUNTS)})
        else:
            _, context = rehearsal.project.app()
            app = App(
                context=context,
                outdir=str(tmp_path_factory.mktemp(change)),
                builtin_cloud_formation_validation=False,
            )
            build(app, list(ACCOUNTS), change)
            assembly = Assembly.read(Path(app.synth().directory))
        rehearsal.bootstrap(assembly.targets)
        return assembly

    return make


SynthesizeOurs = Callable[..., Assembly]


@pytest.fixture(scope="session")
def synthesize_ours(tmp_path_factory: pytest.TempPathFactory) -> SynthesizeOurs:
    """This project's own assembly of settings files, unchecked: other tests check it."""

    def make(*files: Path) -> Assembly:
        return Assembly.read(synthesized(tmp_path_factory.mktemp("ours"), *files))

    return make


@pytest.fixture(scope="session")
def deployed(rehearsal: Rehearsal, synthesize: Synthesize) -> Assembly:
    """The fixture app's environments, deployed: two accounts, several in each."""
    assembly = synthesize()
    rehearsal.deploy(assembly, ["alpha", "beta", "gamma", "delta", "epsilon"])
    return assembly


Client = Callable[..., Any]


@pytest.fixture(scope="session")
def client(rehearsal: Rehearsal) -> Client:
    """A boto3 client for an account of the emulator."""

    @cache
    def make(service: str, account: str, region: str = REGION) -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=rehearsal.emulator.url,
            aws_access_key_id=account,
            aws_secret_access_key="rehearsal",
            config=Config(retries={"max_attempts": 1}),
        )

    return make


@pytest.fixture
def project_copy(tmp_path: Path) -> Project:
    """The fixture app in a folder of its own, with the tools of this checkout."""
    root = tmp_path / "app"
    shutil.copytree(FIXTURE_APP, root, ignore=shutil.ignore_patterns("cdk.out"))
    return Project(root=root, tools=REPOSITORY)
