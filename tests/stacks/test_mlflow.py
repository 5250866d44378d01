"""Experiment tracking in a settings file: what it makes, and what is wrong."""

from pathlib import Path

import pytest

from stacks.loading import load_environments
from stacks.regions import Feature
from stacks.registry import registered
from stacks.sagemaker_api import regions
from tests.bad_settings import BASE, Bad, added, check, write
from tests.support import block_of, dependencies, stack, synthesized


def elsewhere(id: str, region: str, block: str, *, path: str, right: str) -> Bad:
    """Add a block to an environment in another region."""
    text = BASE.replace("eu-west-1", region) + block
    return Bad(id, text, path, None, right)


CASES = [
    added(
        "unknown key",
        """
        mlflow:
          server: {} # HERE
        """,
        path="mlflow.server",
        got=None,
        right="no such key; did you mean",
    ),
    added(
        "no such size",
        """
        mlflow:
          tracking_server:
            size: small # HERE
        """,
        path="mlflow.tracking_server.size",
        got='"small"',
        right="must be one of Small, Medium, Large",
    ),
    added(
        "version without quotes",
        """
        mlflow:
          tracking_server:
            mlflow_version: 3.0 # HERE
        """,
        path="mlflow.tracking_server.mlflow_version",
        got="3.0",
        right="must be a string. Put it in quotes",
    ),
    added(
        "no version",
        """
        mlflow:
          tracking_server:
            mlflow_version: latest # HERE
        """,
        path="mlflow.tracking_server.mlflow_version",
        got='"latest"',
        right="must be a version of MLflow in quotes",
    ),
    added(
        "window without a day",
        """
        mlflow:
          app:
            maintenance_window_start: "03:00" # HERE
        """,
        path="mlflow.app.maintenance_window_start",
        got='"03:00"',
        right="must be a weekday and a time in UTC, such as Sun:03:00",
    ),
    added(
        "window at no time",
        """
        mlflow:
          tracking_server:
            maintenance_window_start: Sun:24:00 # HERE
        """,
        path="mlflow.tracking_server.maintenance_window_start",
        got='"Sun:24:00"',
        right="must be a weekday and a time in UTC",
    ),
    added(
        "registration that is no switch",
        """
        mlflow:
          app:
            automatic_model_registration: "yes" # HERE
        """,
        path="mlflow.app.automatic_model_registration",
        got='"yes"',
        right="must be true or false",
    ),
    added(
        "size of an app",
        """
        mlflow:
          app:
            size: Small # HERE
        """,
        path="mlflow.app.size",
        got=None,
        right="no such key",
    ),
    added(
        "versions kept for no time",
        """
        mlflow:
          artifact_version_days: 0 # HERE
        """,
        path="mlflow.artifact_version_days",
        got="0",
        right="must be at least 1",
    ),
    added(
        "default of a domain that is not there",
        """
        mlflow:
          app:
            default_for_studio: true # HERE
        """,
        path="mlflow.app.default_for_studio",
        got="true",
        right="requires a `studio` block; add one to this environment",
    ),
    added("empty block", "mlflow: # HERE\n", path="mlflow", got=None, right="must have a value"),
    elsewhere(
        "no app in the region",
        "eu-south-1",
        "mlflow: {} # HERE\n",
        path="mlflow",
        right="requires an MLflow App, which CloudFormation does not support in eu-south-1",
    ),
    elsewhere(
        "no app next to a server in the region",
        "eu-south-1",
        "mlflow:\n  tracking_server: {}\n  app: {} # HERE\n",
        path="mlflow.app",
        right="does not support in eu-south-1",
    ),
    elsewhere(
        "no server in the region",
        "us-gov-west-1",
        "mlflow:\n  tracking_server: {} # HERE\n",
        path="mlflow.tracking_server",
        right="requires an MLflow tracking server, which CloudFormation does not support",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_one_fault_is_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


FEATURES = [one for kind in registered() for one in kind.features if one.resource_type]


@pytest.mark.parametrize("feature", FEATURES, ids=lambda one: one.resource_type)
def test_regions_match_the_schemas(feature: Feature) -> None:
    from cfnlint.helpers import REGIONS as KNOWN
    from cfnlint.schema import ResourceNotFoundError
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    def has(region: str) -> bool:
        try:
            PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, feature.resource_type)
        except ResourceNotFoundError:
            return False
        return True

    assert feature.regions == {r for r in regions() if r in KNOWN and has(r)}


@pytest.mark.parametrize(
    ("block", "made"),
    [
        ("mlflow: {}\n", {"app"}),
        ("mlflow: {app: {}}\n", {"app"}),
        ("mlflow: {tracking_server: {}}\n", {"server"}),
        ("mlflow: {app: {}, tracking_server: {}}\n", {"app", "server"}),
    ],
)
def test_an_app_unless_something_else_is_asked_for(
    block: str, made: set[str], tmp_path: Path
) -> None:
    [environment] = load_environments(files=[write(tmp_path, BASE + block)])
    mlflow = block_of(environment, "mlflow")
    assert (mlflow.wanted_app is not None) is ("app" in made)
    assert (mlflow.tracking_server is not None) is ("server" in made)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the assembly of an environment with an App, a server, and Studio."""
    folder = tmp_path_factory.mktemp("mlflow")
    block = 'mlflow: {app: {}, tracking_server: {mlflow_version: "3.0"}}\nstudio: {}\n'
    return synthesized(folder / "out", write(folder, BASE + block))


def test_names_carry_the_environment_and_the_version(both: Path) -> None:
    """CloudFormation creates the server of another version before it deletes the old one."""
    found = stack(both, "base/mlflow")
    [app] = found.of_type("AWS::SageMaker::MlflowApp")
    [server] = found.of_type("AWS::SageMaker::MlflowTrackingServer")
    assert app["Name"] == "base"
    assert server["TrackingServerName"] == "base-mlflow-3-0"


def test_endpoints_match_the_enabled_features(both: Path, tmp_path: Path) -> None:
    """The App and the server are reached through different ones."""

    def services(assembly: Path) -> set[str]:
        endpoints = stack(assembly, "base/network").of_type("AWS::EC2::VPCEndpoint")
        return {
            endpoint["ServiceName"]
            for endpoint in endpoints
            if endpoint["VpcEndpointType"] == "Interface"
        }

    app, server = "aws.sagemaker.eu-west-1.mlflow", "aws.sagemaker.eu-west-1.experiments"
    assert {app, server} <= services(both)
    synthesized(tmp_path / "out", write(tmp_path, BASE + "mlflow: {}\n"))
    assert services(tmp_path / "out") == {app, "com.amazonaws.eu-west-1.sagemaker.api"}


def test_who_tracks_experiments_may_use_mlflow(both: Path) -> None:
    [tracking] = [
        policy["PolicyDocument"]["Statement"]
        for policy in stack(both, "base/access").of_type("AWS::IAM::ManagedPolicy")
        if policy["Description"] == "The activity track_experiments"
    ]
    actions = [action for statement in tracking for action in statement["Action"]]
    assert "sagemaker-mlflow:CreateRun" in actions
    assert "sagemaker:CallMlflowAppApi" in actions
    assert "base-mlflow" in str(tracking)


def test_personas_do_not_wait_for_mlflow(both: Path) -> None:
    """Nor does MLflow wait for them: its stack outlives the one of personas."""
    assert "mlflow" not in str(dependencies(both, "base/access"))
    assert "base/access" not in dependencies(both, "base/mlflow")
    [tracking] = [
        policy["PolicyDocument"]["Statement"]
        for policy in stack(both, "base/access").of_type("AWS::IAM::ManagedPolicy")
        if policy["Description"] == "The activity track_experiments"
    ]
    puts = {
        str(statement["Resource"])
        for statement in tracking
        if "s3:PutObject" in statement["Action"]
    }
    assert len(puts) == 1
    assert all(
        f":s3:::base-mlflow-*/{folder}/*" in str(puts) for folder in ("app", "tracking-server")
    )


def test_who_approves_models_promotes_them_in_mlflow_too(tmp_path: Path) -> None:
    block = "mlflow: {tracking_server: {}}\npersonas: {model_approver: {}, administrator: {}}\n"
    synthesized(tmp_path / "out", write(tmp_path, BASE + block))
    actions = {
        policy["Description"].removeprefix("The activity "): str(policy["PolicyDocument"])
        for policy in stack(tmp_path / "out", "base/access").of_type("AWS::IAM::ManagedPolicy")
    }
    for action, activity in (
        ("sagemaker-mlflow:SetRegisteredModelAlias", "approve_models"),
        ("sagemaker-mlflow:CreateRun", "track_experiments"),
        ("sagemaker:StopMlflowTrackingServer", "administer"),
    ):
        assert [name for name, text in actions.items() if action in text] == [activity]
