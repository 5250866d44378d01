from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from sagemaker_platform.custom_resources.common.errors import CustomResourceError
from sagemaker_platform.custom_resources.fast_model_loader import index
from tests.custom_resources.fake_aws import failure
from tests.custom_resources.sharding_aws import Aws

Item = dict[str, Any]

NAME = "dev-chat-0123456789abcdef"
PREFIX = f"fast-model-loader/{NAME}/"
MARKER = f"fast-model-loader/{NAME}.complete"
SHARDS = {f"{PREFIX}shard-{number}" for number in range(3)}
# What others have beside ours.
OTHERS = ("fast-model-loader/dev-chat-0123456789abcde0/shard-0", f"{PREFIX[:-1]}-2/shard-0")
PARTS = 3
READS = ("DescribeOptimizationJob", "ListObjectsV2")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """An account with the shards of others, which are there at the end too."""
    world = Aws()
    world.install(monkeypatch)
    for key in OTHERS:
        world.put(key)
    yield world
    if world.bucket_exists:
        assert set(OTHERS) <= world.visible(), "something of another model was deleted"


def event(request: str, part: int = 1, *, delete_output: bool = False, **more: Any) -> Item:
    properties = {
        "JobName": NAME,
        "RoleArn": "arn:aws:iam::111111111111:role/sharding",
        "Image": "763104351884.dkr.ecr.eu-west-1.amazonaws.com/djl-inference:1",
        "SourceUri": "s3://models/chat/",
        "InstanceType": "ml.g5.12xlarge",
        "Environment": {"OPTION_TENSOR_PARALLEL_DEGREE": "4"},
        "OutputUri": f"s3://shards/{PREFIX}",
        "KeyArn": "arn:aws:kms:eu-west-1:111111111111:key/1",
        "SecurityGroupIds": ["sg-1"],
        "SubnetIds": ["subnet-1", "subnet-2"],
        "MaxRuntimeSeconds": "9000",
        "DeleteOutput": "true" if delete_output else "false",
        "Part": str(part),
        "Parts": str(PARTS),
    }
    return {
        "RequestType": request,
        "ResourceProperties": properties,
        **({} if request == "Create" else {"PhysicalResourceId": f"{NAME}-part-{part}"}),
        **more,
    }


def run_part(aws: Aws, request: Item, *, every: float = 1.0) -> int:
    """Call until this part of the wait is over; return how many calls that took."""
    request = {**request, **index.on_event(request, None)}
    for step in range(1, 61):
        if index.is_complete(request, None)["IsComplete"]:
            return step
        aws.pass_(every)
    raise AssertionError("CloudFormation would have given up")


def earlier_job(aws: Aws, *, minutes: float, status: str = "INPROGRESS") -> None:
    """A job of a deployment two hours ago."""
    request = event("Create")
    index.is_complete({**request, **index.on_event(request, None)}, None)
    job = aws.jobs[NAME]
    job.created, job.minutes, job.status = aws.now - 7200, minutes, status
    aws.calls.clear()


def deploy(aws: Aws) -> None:
    for part in range(1, PARTS + 1):
        run_part(aws, event("Create", part))


def delete(aws: Aws, *, output: bool) -> None:
    for part in range(PARTS, 0, -1):
        run_part(aws, event("Delete", part, delete_output=output))


def ours(aws: Aws) -> set[str]:
    return {one["Key"] for one in aws.objects} - set(OTHERS)


def count(aws: Aws, operation: str) -> int:
    return aws.calls.count(operation)


def test_a_job_is_begun_with_what_the_template_says(aws: Aws) -> None:
    deploy(aws)
    asked = aws.jobs[NAME].asked
    assert asked["ModelSource"] == {"S3": {"S3Uri": "s3://models/chat/"}}
    assert asked["DeploymentInstanceType"] == "ml.g5.12xlarge"
    assert asked["OptimizationConfigs"] == [
        {
            "ModelShardingConfig": {
                "Image": "763104351884.dkr.ecr.eu-west-1.amazonaws.com/djl-inference:1",
                "OverrideEnvironment": {"OPTION_TENSOR_PARALLEL_DEGREE": "4"},
            }
        }
    ]
    assert asked["OutputConfig"]["S3OutputLocation"] == f"s3://shards/{PREFIX}"
    assert asked["StoppingCondition"] == {"MaxRuntimeInSeconds": 9000}
    assert asked["VpcConfig"]["Subnets"] == ["subnet-1", "subnet-2"]
    assert aws.visible() >= SHARDS | {MARKER}


def test_a_quick_job_needs_one_part(aws: Aws) -> None:
    aws.minutes = 10
    assert run_part(aws, event("Create")) > 10
    assert run_part(aws, event("Create", 2)) == 1
    assert run_part(aws, event("Create", 3)) == 1
    assert count(aws, "CreateOptimizationJob") == 1


def test_a_job_of_hours_is_waited_for_in_parts(aws: Aws) -> None:
    aws.minutes = 130
    began = aws.now
    deploy(aws)
    assert 130 * 60 <= aws.now - began <= 135 * 60
    assert aws.jobs[NAME].status == "COMPLETED"
    assert count(aws, "CreateOptimizationJob") == 1


def test_no_part_outlasts_cloudformation(aws: Aws) -> None:
    aws.minutes = 1000
    began = aws.now
    run_part(aws, event("Create"))
    assert aws.now - began < 55 * 60


def test_a_job_that_never_ends_fails_the_last_part(aws: Aws) -> None:
    aws.minutes = 1000
    with pytest.raises(CustomResourceError, match=r"part-3 is not complete after 3000 .*PROGRESS"):
        deploy(aws)


def test_a_failing_job_says_why(aws: Aws) -> None:
    aws.minutes, aws.outcome = 5, "FAILED"
    with pytest.raises(CustomResourceError, match=f"{NAME} is FAILED: out of memory"):
        deploy(aws)


def test_a_job_that_fails_in_a_later_part_does_not_begin_anew(aws: Aws) -> None:
    aws.minutes, aws.outcome = 70, "FAILED"
    with pytest.raises(CustomResourceError, match="is FAILED: out of memory"):
        deploy(aws)
    assert count(aws, "CreateOptimizationJob") == 1


def test_a_job_that_others_stop_fails(aws: Aws) -> None:
    aws.minutes = 30
    run = event("Create")
    request = {**run, **index.on_event(run, None)}
    index.is_complete(request, None)
    aws.stop_optimization_job(NAME)
    aws.pass_(1)
    with pytest.raises(CustomResourceError, match="is STOPPED: SageMaker gives no reason"):
        index.is_complete(request, None)


def test_a_job_that_writes_nothing_fails(aws: Aws) -> None:
    aws.minutes, aws.writes = 5, False
    with pytest.raises(CustomResourceError, match="is COMPLETED: its output is empty"):
        deploy(aws)


@pytest.mark.parametrize("status", ["FAILED", "STOPPED"])
def test_what_failed_in_an_earlier_deployment_begins_anew(aws: Aws, status: str) -> None:
    earlier_job(aws, minutes=0, status=status)
    deploy(aws)
    assert aws.jobs[NAME].status == "COMPLETED"
    assert count(aws, "DeleteOptimizationJob") == 1


def test_a_running_job_is_joined(aws: Aws) -> None:
    earlier_job(aws, minutes=20)
    deploy(aws)
    assert count(aws, "CreateOptimizationJob") == 0
    assert aws.visible() >= SHARDS | {MARKER}


def test_shards_of_an_earlier_deployment_are_taken(aws: Aws) -> None:
    deploy(aws)
    del aws.jobs[NAME]
    aws.calls.clear()
    deploy(aws)
    assert set(aws.calls) == {"ListObjectsV2"}


def test_shards_without_a_mark_are_not_trusted(aws: Aws) -> None:
    aws.put(f"{PREFIX}shard-0")
    deploy(aws)
    assert count(aws, "CreateOptimizationJob") == 1
    assert MARKER in aws.visible()


def test_a_mark_without_shards_is_not_trusted(aws: Aws) -> None:
    aws.put(MARKER)
    deploy(aws)
    assert aws.visible() >= SHARDS


def test_shards_that_somebody_deleted_are_made_again(aws: Aws) -> None:
    deploy(aws)
    aws.objects = [one for one in aws.objects if one["Key"] in OTHERS]
    aws.pass_(120)
    deploy(aws)
    assert aws.visible() >= SHARDS | {MARKER}
    assert count(aws, "CreateOptimizationJob") == 2


def test_a_job_that_somebody_deleted_is_begun_again(aws: Aws) -> None:
    aws.minutes = 30
    request = event("Create")
    request = {**request, **index.on_event(request, None)}
    index.is_complete(request, None)
    del aws.jobs[NAME]
    run_part(aws, event("Create"))
    assert aws.visible() >= SHARDS


@pytest.mark.parametrize("operation", ["CreateOptimizationJob", "PutObject", *READS])
@pytest.mark.parametrize("code", ["ThrottlingException", "SlowDown", "ResourceInUse"])
def test_throttled(aws: Aws, operation: str, code: str) -> None:
    aws.order(operation, failure(code), times=3)
    deploy(aws)
    assert aws.visible() >= SHARDS | {MARKER}


@pytest.mark.parametrize(
    "error",
    [
        failure("InternalFailure", status=500),
        failure("Unheard", status=503),
        ReadTimeoutError(endpoint_url="https://sagemaker"),
        EndpointConnectionError(endpoint_url="https://sagemaker"),
    ],
)
def test_aws_has_troubles(aws: Aws, error: BaseException) -> None:
    aws.order("*", error, times=4)
    deploy(aws)
    assert aws.visible() >= SHARDS | {MARKER}


def test_a_quota_in_use_is_waited_for(aws: Aws) -> None:
    aws.order("CreateOptimizationJob", failure("ResourceLimitExceeded"), times=40)
    deploy(aws)
    assert aws.visible() >= SHARDS


def test_a_quota_of_nothing_is_told_in_the_end(aws: Aws) -> None:
    aws.order("CreateOptimizationJob", failure("ResourceLimitExceeded", "0 of 0"), times=999)
    with pytest.raises(CustomResourceError, match=r"not complete .* ResourceLimitExceeded: 0 of 0"):
        deploy(aws)


def test_a_new_role_is_given_time(aws: Aws) -> None:
    error = failure("ValidationException", "Could not assume role arn:aws:iam::1:role/x")
    aws.order("CreateOptimizationJob", error, times=2)
    deploy(aws)
    assert aws.visible() >= SHARDS


def test_a_role_that_stays_wrong_fails(aws: Aws) -> None:
    error = failure("ValidationException", "Could not assume role arn:aws:iam::1:role/x")
    aws.order("CreateOptimizationJob", error, times=99)
    began = aws.now
    with pytest.raises(CustomResourceError, match="Could not assume role"):
        deploy(aws)
    assert aws.now - began < 600


@pytest.mark.parametrize("operation", ["CreateOptimizationJob", "PutObject", *READS])
def test_refused(aws: Aws, operation: str) -> None:
    aws.order(operation, failure("AccessDeniedException"), times=99)
    with pytest.raises(CustomResourceError, match=f"of {NAME}: AccessDeniedException"):
        deploy(aws)


def test_a_bucket_that_is_gone_is_told(aws: Aws) -> None:
    aws.bucket_exists = False
    with pytest.raises(CustomResourceError, match="bucket shards does not exist; must exist"):
        deploy(aws)


def test_slow_answers_end_a_call_before_the_function_ends(aws: Aws) -> None:
    aws.seconds_per_call = 20
    deploy(aws)
    assert aws.visible() >= SHARDS | {MARKER}


def test_another_request_for_the_same_changes_nothing(aws: Aws) -> None:
    deploy(aws)
    before = list(aws.objects)
    run_part(aws, event("Update"))
    assert aws.objects == before
    assert count(aws, "CreateOptimizationJob") == 1


def test_deleting_keeps_the_shards(aws: Aws) -> None:
    deploy(aws)
    delete(aws, output=False)
    assert aws.visible() >= SHARDS | {MARKER}
    assert NAME in aws.jobs


def test_deleting_everything_takes_all_versions(aws: Aws) -> None:
    aws.shards = 5
    deploy(aws)
    aws.put(f"{PREFIX}shard-0", marker=True)
    aws.put(f"{PREFIX}shard-1", "again")
    delete(aws, output=True)
    assert ours(aws) == set()
    assert aws.jobs == {}


def test_deleted_half_way_the_job_is_stopped(aws: Aws) -> None:
    aws.minutes, aws.stop_minutes = 300, 4
    run_part(aws, event("Create"))
    delete(aws, output=True)
    assert aws.jobs == {}
    assert ours(aws) == set()


def test_deleted_half_way_nothing_is_lost_that_was_there(aws: Aws) -> None:
    aws.minutes = 300
    run_part(aws, event("Create"))
    aws.put(f"{PREFIX}partial")
    delete(aws, output=False)
    assert aws.jobs == {}
    assert ours(aws) == {f"{PREFIX}partial"}


def test_only_the_first_part_deletes(aws: Aws) -> None:
    deploy(aws)
    before = list(aws.calls)
    for part in (3, 2):
        run_part(aws, event("Delete", part, delete_output=True))
    assert aws.calls == before


@pytest.mark.parametrize(
    "operation", ["StopOptimizationJob", "DeleteOptimizationJob", "DescribeOptimizationJob"]
)
def test_throttled_while_deleting(aws: Aws, operation: str) -> None:
    aws.minutes = 300
    run_part(aws, event("Create"))
    aws.order(operation, failure("ThrottlingException"), times=3)
    delete(aws, output=True)
    assert aws.jobs == {}


@pytest.mark.parametrize("operation", ["ListObjectVersions", "DeleteObjects"])
def test_throttled_while_emptying(aws: Aws, operation: str) -> None:
    deploy(aws)
    aws.order(operation, failure("SlowDown", status=503), times=3)
    delete(aws, output=True)
    assert ours(aws) == set()


def test_a_job_that_ends_while_it_is_stopped(aws: Aws) -> None:
    aws.minutes = 30
    request = event("Create")
    index.is_complete({**request, **index.on_event(request, None)}, None)

    def ends(operation: str) -> None:
        if operation == "StopOptimizationJob":
            aws.pass_(40)

    aws.before = ends
    delete(aws, output=True)
    assert aws.jobs == {}
    assert ours(aws) == set()


def test_a_job_that_does_not_stop_is_told(aws: Aws) -> None:
    aws.minutes, aws.stop_minutes = 300, 500
    run_part(aws, event("Create"))
    with pytest.raises(CustomResourceError, match=r"after 3000 .* is STOPPING. Delete the stack"):
        delete(aws, output=True)


def test_deleting_what_is_gone(aws: Aws) -> None:
    aws.bucket_exists = False
    delete(aws, output=True)
    delete(aws, output=False)


def test_deleting_another_than_it_made_does_nothing(aws: Aws) -> None:
    deploy(aws)
    run_part(aws, event("Delete", delete_output=True, PhysicalResourceId="another-part-1"))
    assert aws.visible() >= SHARDS | {MARKER}


def test_refused_while_deleting(aws: Aws) -> None:
    deploy(aws)
    aws.order("DeleteObjects", failure("AccessDenied"), times=99)
    with pytest.raises(CustomResourceError, match="AccessDenied"):
        delete(aws, output=True)


def test_objects_that_are_refused_one_by_one(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(aws)
    errors = {"Errors": [{"Key": "k", "Code": "AccessDenied", "Message": "no"}]}
    monkeypatch.setattr(Aws, "delete_objects", lambda self, **asked: errors)
    with pytest.raises(CustomResourceError, match="S3 cannot delete k: AccessDenied: no"):
        delete(aws, output=True)


def test_the_name_stays_while_the_content_stays() -> None:
    first = index.on_event(event("Create"), None)["PhysicalResourceId"]
    assert first == index.on_event(event("Update"), None)["PhysicalResourceId"]
    assert first != index.on_event(event("Create", 2), None)["PhysicalResourceId"]
