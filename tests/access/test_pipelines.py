"""What the role of a pipeline may do in each step, who may start it, and what both may not."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision
from operations.access.matrix import studio_session
from operations.access.operation import Need
from operations.access.place import Place
from operations.access.role import Role
from operations.access.session import Session
from operations.access.world import World
from tests.support import ROOT, synthesized

NAME = "pipelines-complete"
AWS_IMAGES = "141502667606"
ARN = f"arn:aws:sagemaker:eu-west-1:444444444444:pipeline/{NAME}-"
OPERATIONS = {
    "Processing": ("CreateProcessingJob", "ProcessingJobName"),
    "RegisterModel": ("CreateModelPackage", None),
    "Training": ("CreateTrainingJob", "TrainingJobName"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("pipelines")
    return World.read(synthesized(folder, ROOT / f"examples/{NAME}.yaml"))


def definition(world: World, name: str) -> Mapping[str, Any]:
    [record] = [
        one
        for one in world.environments[NAME].of_type("AWS::SageMaker::Pipeline")
        if one.properties["PipelineName"] == f"{NAME}-{name}"
    ]
    content: Mapping[str, Any] = json.loads(
        record.properties["PipelineDefinition"]["PipelineDefinitionBody"]
    )
    return {**content, "RoleArn": record.properties["RoleArn"]}


def steps(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for step in content["Steps"]:
        for branch in ("IfSteps", "ElseSteps"):
            yield from step["Arguments"].get(branch, ())
        yield step


def role(world: World, name: str) -> Role:
    return world.roles[str(definition(world, name)["RoleArn"])]


def decide(world: World, found: Role, need: Need) -> bool:
    session = Session(found, world.environments[NAME], in_network=False)
    outcome = Authorizer(world).authorize_need(need, session)
    assert outcome.decision is not Decision.UNDECIDED, outcome
    return outcome.decision is Decision.ALLOWED


def call(world: World, found: Role, operation: str, parameters: Mapping[str, Any]) -> bool:
    """Whether a role may call SageMaker, and do all that a job then does with it."""
    session = Session(found, world.environments[NAME], in_network=False)
    outcome = Authorizer(world).authorize(Call("sagemaker", operation, parameters), session)
    # AWS's repositories have policies that only AWS knows.
    return all(
        one.allowed or (one.undecided and f":{AWS_IMAGES}:repository/" in one.resource)
        for one in outcome.checks
    )


def concrete(value: Any, content: Mapping[str, Any]) -> Any:
    """Return arguments with values of variables, as SageMaker sends them."""
    if isinstance(value, list):
        return [concrete(one, content) for one in value]
    if not isinstance(value, Mapping):
        return value
    if "Std:Join" in value:
        join = value["Std:Join"]
        return join["On"].join(str(concrete(one, content)) for one in join["Values"])
    if "Get" not in value:
        return {key: concrete(one, content) for key, one in value.items()}
    head, _, rest = value["Get"].partition(".")
    if head == "Parameters":
        [found] = [one for one in content["Parameters"] if one["Name"] == rest]
        return found.get("DefaultValue", "model.tar.gz")
    if head == "Execution":
        return "abc123"
    [step] = [one for one in steps(content) if one["Name"] == rest.partition(".")[0]]
    if match := re.search(r"Outputs\['(\w+)'\]", rest):
        outputs = step["Arguments"]["ProcessingOutputConfig"]["Outputs"]
        [output] = [one for one in outputs if one["OutputName"] == match[1]]
        return concrete(output["S3Output"]["S3Uri"], content)
    if rest.endswith("Arn"):
        job = rest.rpartition(".")[2].removesuffix("JobArn").lower()
        name = f"pipelines-abc123-{step['Name']}-xyz"
        return f"arn:aws:sagemaker:eu-west-1:123456789012:{job}-job/{name}"
    folder = concrete(step["Arguments"]["OutputDataConfig"]["S3OutputPath"], content)
    return f"{folder}/pipelines-abc123-{step['Name']}/output/model.tar.gz"


def requests(world: World, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the requests of the steps of a pipeline, with what SageMaker adds."""
    content = definition(world, name)
    for step in steps(content):
        if step["Type"] not in OPERATIONS:
            continue
        operation, key = OPERATIONS[step["Type"]]
        request = {**concrete(step["Arguments"], content), "Tags": [{"Key": "team", "Value": "ml"}]}
        if key is not None:
            request[key] = f"pipelines-abc123-{step['Name']}-xyz"
        else:
            group = request["ModelPackageGroupName"].rpartition("/")[2]
            request["ModelPackageGroupName"] = group
        yield operation, request


@pytest.mark.parametrize("name", ["churn", "scoring", "fine-tuning"])
def test_role_runs_each_step(world: World, name: str) -> None:
    found = list(requests(world, name))
    assert found
    for operation, request in found:
        assert call(world, role(world, name), operation, request), operation


def changed(request: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    return {**request, **values}


def test_role_starts_no_other_job(world: World) -> None:
    found = role(world, "churn")
    by_name = {operation: request for operation, request in requests(world, "churn")}
    train, register = by_name["CreateTrainingJob"], by_name["CreateModelPackage"]
    other = "arn:aws:iam::444444444444:role/admin"
    network = {"Subnets": ["subnet-other"], "SecurityGroupIds": ["sg-other"]}
    output = {**train["OutputDataConfig"], "KmsKeyId": "arn:aws:kms:eu-west-1:444444444444:key/2"}

    assert call(world, found, "CreateTrainingJob", train)
    for request in (
        changed(train, TrainingJobName="mine"),
        changed(train, RoleArn=other),
        changed(train, VpcConfig=network),
        changed(train, OutputDataConfig=output),
        {key: value for key, value in train.items() if key != "VpcConfig"},
    ):
        assert not call(world, found, "CreateTrainingJob", request), request
    for request in (
        changed(register, ModelApprovalStatus="Approved"),
        changed(register, ModelPackageGroupName=f"{NAME}-assistant"),
    ):
        assert not call(world, found, "CreateModelPackage", request)
    # It has no such step.
    transform = {"TransformJobName": "pipelines-abc-x", "ModelName": "pipelines-abc-y"}
    assert not call(world, found, "CreateTransformJob", transform)
    assert not call(world, found, "StartPipelineExecution", {"PipelineName": f"{NAME}-churn"})


def bucket(world: World, path: str) -> str:
    [arn] = [
        f"arn:aws:s3:::{one.ref}"
        for one in world.environments[NAME].of_type("AWS::S3::Bucket")
        if one.path.startswith(path)
    ]
    return arn


def test_role_reads_inputs_and_writes_its_own_folders(world: World) -> None:
    found = role(world, "churn")
    artifacts, raw = bucket(world, "foundation/Artifacts"), bucket(world, "lakehouse/Raw")
    for action, resource, expected in (
        ("s3:GetObject", f"{raw}/churn/customers/a.csv", True),
        ("s3:GetObject", f"{raw}/other/a.csv", False),
        ("s3:PutObject", f"{raw}/churn/customers/a.csv", False),
        ("s3:GetObject", f"{artifacts}/pipelines/churn/code/1/a.py", True),
        ("s3:PutObject", f"{artifacts}/pipelines/churn/abc123/train/a.csv", True),
        ("s3:PutObject", f"{artifacts}/models/churn/abc/output/model.tar.gz", True),
        ("s3:PutObject", f"{artifacts}/models/assistant/model.tar.gz", False),
        ("s3:GetObject", f"{artifacts}/pipelines/scoring/x", False),
        ("s3:GetObject", f"{artifacts}/churn/x", False),
    ):
        assert decide(world, found, Need(action, resource, {})) is expected, (action, resource)


@pytest.mark.parametrize("persona", ["DataScientist", "MlEngineer"])
def test_persona_starts_a_pipeline_and_changes_none(world: World, persona: str) -> None:
    environment = world.environments[NAME]
    session = studio_session(environment, persona, Place(world, environment, persona))

    def may(operation: str, **parameters: Any) -> bool:
        outcome = Authorizer(world).authorize(Call("sagemaker", operation, parameters), session)
        return outcome.decision is Decision.ALLOWED

    own = role(world, "churn").arn
    execution = f"{ARN}churn/execution/abc123"
    assert may("StartPipelineExecution", PipelineName=f"{NAME}-churn")
    assert may("DescribePipelineExecution", PipelineExecutionArn=execution)
    assert may("StopPipelineExecution", PipelineExecutionArn=execution)
    assert not may("UpdatePipeline", PipelineName=f"{NAME}-churn")
    assert not may("DeletePipeline", PipelineName=f"{NAME}-churn")
    mine = {"PipelineName": f"{NAME}-user-{persona}-x", "PipelineDefinition": "{}"}
    assert may("CreatePipeline", **mine, RoleArn=environment.personas[persona].arn)
    # A foreign role: that of a pipeline, whose rights it would have.
    assert not may("CreatePipeline", **mine, RoleArn=own)
    assert not may("StartPipelineExecution", PipelineName="other-churn")


def test_each_starter_starts_one_pipeline(world: World) -> None:
    for path, target in (
        ("pipelines/Churn/ArrivalRole", "churn"),
        ("pipelines/Scoring/ScheduleRole", "scoring"),
    ):
        [found] = [one for one in world.roles.values() if one.record and one.record.path == path]
        for name in ("churn", "scoring"):
            need = Need("sagemaker:StartPipelineExecution", f"{ARN}{name}", {})
            assert decide(world, found, need) is (name == target)


def test_only_sagemaker_of_the_account_assumes_the_role(world: World) -> None:
    [statement] = role(world, "churn").record.properties["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "444444444444"}}


def test_files_that_start_a_pipeline_are_written_by_none(world: World) -> None:
    """An execution that wrote such a file would start the next one."""
    rules = [
        one.properties["EventPattern"]["detail"]
        for one in world.environments[NAME].of_type("AWS::Events::Rule")
        if "aws.s3" in one.properties["EventPattern"]["source"]
    ]
    assert rules
    for detail in rules:
        exact, below = detail["object"]["key"]
        assert below == {"wildcard": exact.replace("_SUCCESS", "*/_SUCCESS")}
        for name in ("churn", "scoring", "fine-tuning"):
            arn = f"arn:aws:s3:::{detail['bucket']['name'][0]}/{exact}"
            assert not decide(world, role(world, name), Need("s3:PutObject", arn, {}))
