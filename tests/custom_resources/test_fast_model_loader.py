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
# What others have apart from ours.
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


def test_starts_the_job_with_the_properties(aws: Aws) -> None:
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


def test_waits_for_hours_in_parts(aws: Aws) -> None:
    aws.minutes = 130
    began = aws.now
    deploy(aws)
    assert 130 * 60 <= aws.now - began <= 135 * 60
    assert aws.jobs[NAME].status == "COMPLETED"
    assert count(aws, "CreateOptimizationJob") == 1


def test_each_part_ends_within_an_hour(aws: Aws) -> None:
    aws.minutes = 1000
    began = aws.now
    run_part(aws, event("Create"))
    assert aws.now - began < 55 * 60


def test_endless_job_fails_the_last_part(aws: Aws) -> None:
    aws.minutes = 1000
    with pytest.raises(CustomResourceError, match=r"part-3 is not complete after 3000 .*PROGRESS"):
        deploy(aws)


def test_failed_job_gives_the_reason(aws: Aws) -> None:
    aws.minutes, aws.outcome = 5, "FAILED"
    with pytest.raises(CustomResourceError, match=f"{NAME} is FAILED: out of memory"):
        deploy(aws)


def test_job_that_fails_in_a_later_part_does_not_restart(aws: Aws) -> None:
    aws.minutes, aws.outcome = 70, "FAILED"
    with pytest.raises(CustomResourceError, match="is FAILED: out of memory"):
        deploy(aws)
    assert count(aws, "CreateOptimizationJob") == 1


def test_stopped_job_fails(aws: Aws) -> None:
    aws.minutes = 30
    run = event("Create")
    request = {**run, **index.on_event(run, None)}
    index.is_complete(request, None)
    aws.stop_optimization_job(NAME)
    aws.pass_(1)
    with pytest.raises(CustomResourceError, match="is STOPPED: SageMaker gives no reason"):
        index.is_complete(request, None)


def test_job_without_output_fails(aws: Aws) -> None:
    aws.minutes, aws.writes = 5, False
    with pytest.raises(CustomResourceError, match="is COMPLETED: its output is empty"):
        deploy(aws)


@pytest.mark.parametrize("status", ["FAILED", "STOPPED"])
def test_job_that_failed_earlier_starts_again(aws: Aws, status: str) -> None:
    earlier_job(aws, minutes=0, status=status)
    deploy(aws)
    assert aws.jobs[NAME].status == "COMPLETED"
    assert count(aws, "DeleteOptimizationJob") == 1


def test_joins_a_running_job(aws: Aws) -> None:
    earlier_job(aws, minutes=20)
    deploy(aws)
    assert count(aws, "CreateOptimizationJob") == 0
    assert aws.visible() >= SHARDS | {MARKER}


def test_uses_shards_of_an_earlier_deployment(aws: Aws) -> None:
    deploy(aws)
    del aws.jobs[NAME]
    aws.calls.clear()
    deploy(aws)
    assert set(aws.calls) == {"ListObjectsV2"}


def test_shards_without_marker_are_made_again(aws: Aws) -> None:
    aws.put(f"{PREFIX}shard-0")
    deploy(aws)
    assert count(aws, "CreateOptimizationJob") == 1
    assert MARKER in aws.visible()


def test_marker_without_shards_starts_the_job(aws: Aws) -> None:
    aws.put(MARKER)
    deploy(aws)
    assert aws.visible() >= SHARDS


def test_deleted_shards_are_made_again(aws: Aws) -> None:
    deploy(aws)
    aws.objects = [one for one in aws.objects if one["Key"] in OTHERS]
    aws.pass_(120)
    deploy(aws)
    assert aws.visible() >= SHARDS | {MARKER}
    assert count(aws, "CreateOptimizationJob") == 2


def test_deleted_job_starts_again(aws: Aws) -> None:
    aws.minutes = 30
    request = event("Create")
    request = {**request, **index.on_event(request, None)}
    index.is_complete(request, None)
    del aws.jobs[NAME]
    run_part(aws, event("Create"))
    assert aws.visible() >= SHARDS


@pytest.mark.parametrize("operation", ["CreateOptimizationJob", "PutObject", *READS])
@pytest.mark.parametrize("code", ["ThrottlingException", "SlowDown", "ResourceInUse"])
def test_throttling_is_retried(aws: Aws, operation: str, code: str) -> None:
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
def test_temporary_errors_are_retried(aws: Aws, error: BaseException) -> None:
    aws.order("*", error, times=4)
    deploy(aws)
    assert aws.visible() >= SHARDS | {MARKER}


def test_waits_for_a_quota_in_use(aws: Aws) -> None:
    aws.order("CreateOptimizationJob", failure("ResourceLimitExceeded"), times=40)
    deploy(aws)
    assert aws.visible() >= SHARDS


def test_quota_of_zero_times_out(aws: Aws) -> None:
    aws.order("CreateOptimizationJob", failure("ResourceLimitExceeded", "0 of 0"), times=999)
    with pytest.raises(CustomResourceError, match=r"not complete .* ResourceLimitExceeded: 0 of 0"):
        deploy(aws)


def test_waits_until_sagemaker_knows_a_new_role(aws: Aws) -> None:
    error = failure("ValidationException", "Could not assume role arn:aws:iam::1:role/x")
    aws.order("CreateOptimizationJob", error, times=2)
    deploy(aws)
    assert aws.visible() >= SHARDS


def test_wrong_role_fails(aws: Aws) -> None:
    error = failure("ValidationException", "Could not assume role arn:aws:iam::1:role/x")
    aws.order("CreateOptimizationJob", error, times=99)
    began = aws.now
    with pytest.raises(CustomResourceError, match="Could not assume role"):
        deploy(aws)
    assert aws.now - began < 600


@pytest.mark.parametrize("operation", ["CreateOptimizationJob", "PutObject", *READS])
def test_refusal_fails_the_request(aws: Aws, operation: str) -> None:
    aws.order(operation, failure("AccessDeniedException"), times=99)
    with pytest.raises(CustomResourceError, match=f"of {NAME}: AccessDeniedException"):
        deploy(aws)


def test_missing_bucket_is_reported(aws: Aws) -> None:
    aws.bucket_exists = False
    with pytest.raises(CustomResourceError, match="bucket shards does not exist; must exist"):
        deploy(aws)


def test_slow_answers_stay_within_the_call_timeout(aws: Aws) -> None:
    aws.seconds_per_call = 20
    deploy(aws)
    assert aws.visible() >= SHARDS | {MARKER}


def test_repeated_request_changes_nothing(aws: Aws) -> None:
    deploy(aws)
    before = list(aws.objects)
    run_part(aws, event("Update"))
    assert aws.objects == before
    assert count(aws, "CreateOptimizationJob") == 1


def test_deletion_keeps_the_shards(aws: Aws) -> None:
    deploy(aws)
    delete(aws, output=False)
    assert aws.visible() >= SHARDS | {MARKER}
    assert NAME in aws.jobs


def test_deletion_of_the_output_deletes_all_versions(aws: Aws) -> None:
    aws.shards = 5
    deploy(aws)
    aws.put(f"{PREFIX}shard-0", marker=True)
    aws.put(f"{PREFIX}shard-1", "again")
    delete(aws, output=True)
    assert ours(aws) == set()
    assert aws.jobs == {}


def test_deletion_stops_a_running_job(aws: Aws) -> None:
    aws.minutes, aws.stop_minutes = 300, 4
    run_part(aws, event("Create"))
    delete(aws, output=True)
    assert aws.jobs == {}
    assert ours(aws) == set()


def test_deletion_keeps_earlier_output(aws: Aws) -> None:
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
def test_throttled_deletion_is_retried(aws: Aws, operation: str) -> None:
    aws.minutes = 300
    run_part(aws, event("Create"))
    aws.order(operation, failure("ThrottlingException"), times=3)
    delete(aws, output=True)
    assert aws.jobs == {}


@pytest.mark.parametrize("operation", ["ListObjectVersions", "DeleteObjects"])
def test_throttled_deletion_of_objects_is_retried(aws: Aws, operation: str) -> None:
    deploy(aws)
    aws.order(operation, failure("SlowDown", status=503), times=3)
    delete(aws, output=True)
    assert ours(aws) == set()


def test_job_that_ends_while_it_is_stopped(aws: Aws) -> None:
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


def test_job_that_does_not_stop_times_out(aws: Aws) -> None:
    aws.minutes, aws.stop_minutes = 300, 500
    run_part(aws, event("Create"))
    with pytest.raises(CustomResourceError, match=r"after 3000 .* is STOPPING. Delete the stack"):
        delete(aws, output=True)


def test_deletes_what_does_not_exist(aws: Aws) -> None:
    aws.bucket_exists = False
    delete(aws, output=True)
    delete(aws, output=False)


def test_deletion_of_another_physical_id_does_nothing(aws: Aws) -> None:
    deploy(aws)
    run_part(aws, event("Delete", delete_output=True, PhysicalResourceId="another-part-1"))
    assert aws.visible() >= SHARDS | {MARKER}


def test_refused_deletion_fails(aws: Aws) -> None:
    deploy(aws)
    aws.order("DeleteObjects", failure("AccessDenied"), times=99)
    with pytest.raises(CustomResourceError, match="AccessDenied"):
        delete(aws, output=True)


def test_refused_objects_are_named(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(aws)
    errors = {"Errors": [{"Key": "k", "Code": "AccessDenied", "Message": "no"}]}
    monkeypatch.setattr(Aws, "delete_objects", lambda self, **asked: errors)
    with pytest.raises(CustomResourceError, match="S3 cannot delete k: AccessDenied: no"):
        delete(aws, output=True)


def test_physical_id_depends_on_the_content() -> None:
    first = index.on_event(event("Create"), None)["PhysicalResourceId"]
    assert first == index.on_event(event("Update"), None)["PhysicalResourceId"]
    assert first != index.on_event(event("Create", 2), None)["PhysicalResourceId"]
