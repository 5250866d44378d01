"""Who can do what in the fixtures and examples, and how it is told."""

import json
from pathlib import Path

import botocore.session
import pytest
from botocore.validate import ParamValidator
from ruamel.yaml import YAML

from operations.access.check import Decision
from operations.access.duties import duties
from operations.access.evaluation import Policies, Request, evaluate
from operations.access.filling import MissingError, fill
from operations.access.incomplete import incomplete_grants, untagged_creations
from operations.access.matrix import Entry, Judgment, matrix
from operations.access.place import Place, activities
from operations.access.principal import Caller
from operations.access.report import Findings, as_json_value, explain, explain_check, report
from operations.access.tables import table
from operations.access.world import World

KNOWN = YAML(typ="safe").load(Path(__file__).with_name("known.yaml"))
# Promises that are neither activities nor fields of a thing.
FROM_TEMPLATES = ("administers_data", "canvas_deploys", "accepts_shares")
AGAINST = (Judgment.BROKEN, Judgment.LEAK)
BOTOCORE = botocore.session.get_session()


@pytest.fixture(scope="module")
def world(examples: Path) -> World:
    return World.read(examples)


@pytest.fixture(scope="module")
def entries(world: World) -> list[Entry]:
    return matrix(world)


@pytest.fixture(scope="module")
def typical_entries(typical: Path) -> list[Entry]:
    return matrix(World.read(typical))


def find(entries: list[Entry], environment: str, persona: str, task: str) -> Entry:
    (found,) = [
        one
        for one in entries
        if (one.environment, one.persona, one.task) == (environment, persona, task)
    ]
    return found


@pytest.mark.parametrize(
    "which", [pytest.param("entries", marks=pytest.mark.slow), "typical_entries"]
)
def test_tasks_are_as_the_documentation_says(which: str, request: pytest.FixtureRequest) -> None:
    found: list[Entry] = request.getfixturevalue(which)
    surprises = {
        f"{one.environment} {one.persona}: {one.task}: {one.judgment}: {explain(one)}"
        for one in found
        if one.judgment in AGAINST and one.task not in KNOWN["against"]
    }
    assert not surprises
    assert sum(one.judgment is Judgment.AS_PROMISED for one in found) > 100


@pytest.mark.parametrize(
    "which", [pytest.param("entries", marks=pytest.mark.slow), "typical_entries"]
)
def test_every_task_is_decided(which: str, request: pytest.FixtureRequest) -> None:
    found: list[Entry] = request.getfixturevalue(which)
    undecided = {
        f"{one.environment} {one.persona}: {one.task}: {explain(one)}"
        for one in found
        if one.decision is Decision.UNDECIDED
        and one.persona not in KNOWN["unknown_policies"]
        and one.environment not in KNOWN["unknown_keys"]
    }
    assert not undecided


def test_actions_are_allowed_on_all_that_they_need(world: World) -> None:
    found = {one.action: str(one) for one in incomplete_grants(world)}
    assert {name: text for name, text in found.items() if name not in KNOWN["incomplete"]} == {}


def test_personas_tag_whatever_they_create(world: World) -> None:
    """Studio's clients send tags with every request that creates something."""
    assert [str(one) for one in untagged_creations(world)] == []


def test_every_task_is_decided_somewhere(
    entries: list[Entry], typical_entries: list[Entry]
) -> None:
    titles = {one.task for one in (*entries, *typical_entries)}
    for task in table("tasks"):
        beginning = task["title"].partition("{")[0]
        assert any(title.startswith(beginning) for title in titles), task["title"]


def test_requests_of_tasks_are_requests_that_boto3_sends(entries: list[Entry]) -> None:
    for entry in entries:
        for outcome in entry.outcomes:
            call = outcome.call
            # MLflow's API is not one of boto3.
            if call.service == "sagemaker-mlflow":
                continue
            shape = BOTOCORE.get_service_model(call.service).operation_model(call.operation)
            if shape.input_shape is not None:
                found = ParamValidator().validate(dict(call.parameters), shape.input_shape)
                told = found.generate_report().splitlines()
                # Tasks leave out what no permission depends on.
                assert [line for line in told if "Missing required" not in line] == []


def test_promises_and_facts_are_known(world: World) -> None:
    held = {
        activity
        for environment in world.environments.values()
        for role in environment.personas.values()
        for activity in activities(role)
    }
    for task in table("tasks"):
        for promise in task.get("promised", ()):
            assert promise in held or "." in promise or promise in FROM_TEMPLATES, promise
        assert task["area"]


def test_activities_are_those_of_the_settings(world: World) -> None:
    personas = world.environments["personas-complete"].personas
    assert activities(personas["ModelApprover"]) == {
        "approve_models",
        "run_studio_apps",
        "track_experiments",
    }
    assert activities(personas["DataScientist"]) == {
        "build_pipelines",
        "deploy_jumpstart",
        "invoke_endpoints",
        "query_lakehouse",
        "register_models",
        "run_jobs",
        "run_studio_apps",
        "schedule_notebooks",
        "track_experiments",
        "use_feature_store",
    }


CURRENT, DEPRECATED = "sagemaker:outputkmskeyarn", "sagemaker:outputkmskey"


@pytest.mark.parametrize(
    "noun",
    ["TrainingJob", "HyperParameterTuningJob", "AutoMLJobV2", "TransformJob", "ProcessingJob"],
)
@pytest.mark.parametrize("filled", [[CURRENT], [DEPRECATED], [CURRENT, DEPRECATED], []])
def test_jobs_encrypt_whichever_key_is_filled(typical: Path, noun: str, filled: list[str]) -> None:
    world = World.read(typical)
    environment = world.environments["prod"]
    role, place = environment.personas["DataScientist"], Place(world, environment, "DataScientist")

    own = f"arn:aws:sagemaker:{environment.region}:{environment.account}"

    def allowed(key: str) -> bool:
        context = {
            **dict.fromkeys(filled, key),
            "sagemaker:vpcsecuritygroupids": place.values["security_groups"],
            "sagemaker:vpcsubnets": place.values["subnets"],
            "sagemaker:modelarn": f"{own}:model/prod-user-DataScientist-a",
            "aws:principaltag/persona": "DataScientist",
        }
        request = Request(
            Caller.session(role.arn, "ada"),
            f"sagemaker:Create{noun}",
            f"{own}:training-job/a",
            environment.account,
            context,
        )
        return evaluate(request, Policies(role.policies)).allowed

    # A processing job need not have an output.
    assert allowed(place.values["key"]) is (bool(filled) or noun == "ProcessingJob")
    if filled:
        assert not allowed(place.values["key"].replace("key/", "key/other"))


def test_table_bucket_that_lake_formation_decrypts(entries: list[Entry]) -> None:
    task = "query table bucket lakehouse-tables-events"
    entry = find(entries, "lakehouse-tables", "DataScientist", task)
    assert entry.decision is Decision.ALLOWED


def test_forbidden_tasks_are_tried_from_everywhere(typical_entries: list[Entry]) -> None:
    entry = find(typical_entries, "prod", "DataScientist", "widen the persona's own rights")
    assert entry.decision is Decision.DENIED
    open_task = "have SageMaker Python SDK 3 validate the role"
    entry = find(typical_entries, "prod", "DataScientist", open_task)
    assert entry.decision is Decision.UNREACHABLE


def test_report_shows_persona_by_task_with_reasons(typical_entries: list[Entry]) -> None:
    lines = report(Findings(typical_entries)).splitlines()
    assert lines[0] == "dev"
    heading = next(line for line in lines if line.startswith("Studio "))
    assert heading.split() == ["Studio", "DataScientist", "DataEngineer"]
    row = next(line for line in lines if line.startswith("run a training job outside the VPC"))
    number = row.split()[-1]
    reason = next(line for line in lines if line.startswith(f"{number:>4}  "))
    assert "sagemaker:CreateTrainingJob on " in reason
    assert "RunJobsPolicy), statement 1 asks for Null sagemaker:vpc" in reason


def test_report_of_mismatches_only(typical_entries: list[Entry]) -> None:
    as_said = [one for one in typical_entries if one.judgment not in AGAINST]
    text = report(Findings(as_said), mismatches=True)
    assert text == "Everything is as the documentation says."


def test_report_says_what_allows(typical_entries: list[Entry]) -> None:
    entry = find(typical_entries, "dev", "DataScientist", "open Studio")
    assert explain(entry) == (
        "sagemaker:CreatePresignedDomainUrl allowed by dev-access RunStudioAppsPolicy74BB2DBA "
        "(access/RunStudioAppsPolicy), statement 1"
    )
    assert explain(entry) in report(Findings([entry]), why=True)


def test_json_has_every_check(typical_entries: list[Entry]) -> None:
    entry = find(typical_entries, "dev", "DataScientist", "run a training job with network and key")
    (found,) = json.loads(json.dumps(as_json_value(Findings([entry]))))["tasks"]
    assert (found["decision"], found["judgment"]) == ("allowed", "as promised")
    checks = {one["action"]: one for one in found["calls"][0]["checks"]}
    assert checks["iam:PassRole"]["rule"] == "pass-role"
    assert checks["s3:PutObject"]["late"]
    assert checks["s3:PutObject"]["source"].startswith("sagemaker/latest/dg/sagemaker-roles")


@pytest.mark.parametrize("which", ["examples", "typical"])
def test_services_can_do_their_work(which: str, request: pytest.FixtureRequest) -> None:
    found = list(duties(World.read(request.getfixturevalue(which))))
    surprises = {
        f"{one.environment} {one.resource}: {one.title}: {explain_check(one.failed)}"
        for one in found
        if one.failed is not None and one.rule not in KNOWN["services"]
    }
    assert not surprises
    assert any(one.failed is None for one in found)


def test_rules_of_services_are_complete(world: World) -> None:
    rules = {rule["id"]: rule for rule in table("duties")}
    assert len(rules) == len(table("duties"))
    assert {one.rule for one in duties(world)} == set(rules)
    for rule in rules.values():
        assert rule["certainty"] in ("D", "L", "?")
        assert rule["source"]


def test_report_tells_what_services_cannot_do(typical: Path) -> None:
    findings = Findings.of(typical)
    assert findings.unresolved == []
    for duty in findings.duties:
        told = f"{duty.environment} {duty.resource}: cannot {duty.title}" in report(findings)
        assert told is (duty.failed is not None)


def test_fields_of_tasks_are_filled() -> None:
    values = {"layer": {"name": "raw"}, "many": [1, 2]}
    assert fill({"a": "{layer.name}-x", "b": "{many}", "c": None}, values) == {
        "a": "raw-x",
        "b": [1, 2],
    }
    with pytest.raises(MissingError):
        fill("{nothing}", values)
