"""Whether what the environment refers to and does not make is there, and usable."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from operations.account import NotFoundInAccountError
from operations.assembly import Json
from operations.preflight.answer import Answer, failed, not_checked, passed
from operations.preflight.target import Target

_IMAGE = re.compile(
    r"(?P<registry>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/"
    r"(?P<repository>[^:@]+)(:(?P<tag>[^@]+)|@(?P<digest>sha256:[0-9a-f]{64}))"
)
_S3 = re.compile(r"s3://(?P<bucket>[a-z0-9.-]{3,63})/(?P<key>.*)")


@dataclass(frozen=True)
class Kind:
    """A kind of thing that templates refer to by ARN.

    Attributes:
        pattern: of the ARN, after the account; the group `name` is what the call takes.
        service: of the call.
        operation: of the call.
        parameter: what takes the name, or the ARN if the pattern has no group.
        fault: what is wrong with the answer; empty if nothing is.
    """

    pattern: str
    service: str
    operation: str
    parameter: str
    fault: Callable[[Json], str] = lambda answer: ""


def _key_fault(answer: Json) -> str:
    state = answer["KeyMetadata"]["KeyState"]
    return "" if state == "Enabled" else f"its state is {state}: enable it"


def _secret_fault(answer: Json) -> str:
    return "it is about to be deleted: restore it" if answer.get("DeletedDate") else ""


def _certificate_fault(answer: Json) -> str:
    state = answer["Certificate"]["Status"]
    return "" if state == "ISSUED" else f"its state is {state}: it must be ISSUED"


def _plan_fault(answer: Json) -> str:
    status = answer["Status"]
    return "" if status == "Active" else f"it is {status}: it must be Active"


def _package_fault(answer: Json) -> str:
    status = answer.get("ModelApprovalStatus")
    return "" if status in (None, "Approved") else f"its approval status is {status}"


KINDS = (
    Kind(r"kms:[^:]*:\d+:key/.+", "kms", "describe_key", "KeyId", _key_fault),
    Kind(
        r"secretsmanager:[^:]*:\d+:secret:.+-\w{6}",
        "secretsmanager",
        "describe_secret",
        "SecretId",
        _secret_fault,
    ),
    Kind(
        r"acm:[^:]*:\d+:certificate/.+",
        "acm",
        "describe_certificate",
        "CertificateArn",
        _certificate_fault,
    ),
    Kind(r"iam::\d+:policy/.+", "iam", "get_policy", "PolicyArn"),
    Kind(r"iam::\d+:role/([^/]+/)*(?P<name>[^/]+)", "iam", "get_role", "RoleName"),
    Kind(
        r"sagemaker:[^:]*:\d+:training-plan/(?P<name>.+)",
        "sagemaker",
        "describe_training_plan",
        "TrainingPlanName",
        _plan_fault,
    ),
    Kind(
        r"sagemaker:[^:]*:\d+:model-package/.+/\d+",
        "sagemaker",
        "describe_model_package",
        "ModelPackageName",
        _package_fault,
    ),
    Kind(
        r"sagemaker:[^:]*:\d+:studio-lifecycle-config/(?P<name>.+)",
        "sagemaker",
        "describe_studio_lifecycle_config",
        "StudioLifecycleConfigName",
    ),
    Kind(r"dynamodb:[^:]*:\d+:table/(?P<name>[^/]+)", "dynamodb", "describe_table", "TableName"),
    Kind(
        r"rds:[^:]*:\d+:cluster:(?P<name>[^:]+)",
        "rds",
        "describe_db_clusters",
        "DBClusterIdentifier",
    ),
)


def referenced(target: Target) -> Iterator[Answer]:
    """Keys, secrets, certificates, policies, roles, plans, packages and databases are there."""
    made = _made(target)
    for arn in target.arns:
        rest = arn.split(":", 2)[2]
        for kind in KINDS:
            found = re.fullmatch(kind.pattern, rest)
            if not found or arn.split(":")[3] not in ("", target.region):
                continue
            name = found.groupdict().get("name") or arn
            if (name != arn and name in made) or "/aws-service-role/" in arn or ":role/cdk-" in arn:
                continue
            try:
                answer = target.account.ask(kind.service, kind.operation, **{kind.parameter: name})
            except NotFoundInAccountError:
                yield failed(arn, "there is no such thing in this account and region")
                continue
            fault = kind.fault(answer)
            yield failed(arn, fault) if fault else passed(arn, "there")


def _made(target: Target) -> set[str]:
    """Return names that the environment gives itself."""
    return {
        one
        for stack in target.stage.stacks
        for resource in stack.resources().values()
        for one in resource.get("Properties", {}).values()
        if isinstance(one, str)
    }


def images(target: Target) -> Iterator[Answer]:
    """Images in repositories of the account are there; other registries are not asked."""
    others: set[str] = set()
    for image in sorted(_images(target)):
        found = _IMAGE.fullmatch(image)
        if not found:
            continue
        if found["registry"] != target.account_id or found["region"] != target.region:
            others.add(image)
            continue
        tag, digest = found["tag"], found["digest"]
        try:
            target.account.ask(
                "ecr",
                "describe_images",
                repositoryName=found["repository"],
                imageIds=[{"imageTag": tag} if tag else {"imageDigest": digest}],
            )
        except NotFoundInAccountError:
            yield failed(image, "there is no such image: push it before you deploy")
        else:
            yield passed(image, "there")
    if others:
        yield not_checked(
            "images of other registries", f"only their owners may list them: {len(others)} images"
        )


def _images(target: Target) -> Iterator[str]:
    for stack, _, model in target.of_type("AWS::SageMaker::Model"):
        for one in [model.get("PrimaryContainer", {}), *model.get("Containers", [])]:
            if image := one.get("Image"):
                yield target.text(stack, image)
    for stack, _, component in target.of_type("AWS::SageMaker::InferenceComponent"):
        if image := component.get("Specification", {}).get("Container", {}).get("Image"):
            yield target.text(stack, image)


def model_data(target: Target) -> Iterator[Answer]:
    """Files of models are where the settings say."""
    for uri in sorted(set(_model_data(target))):
        found = _S3.fullmatch(uri)
        if not found:
            yield not_checked(uri, "in a bucket of the environment; put it there before you deploy")
            continue
        try:
            if found["key"].endswith("/") or not found["key"]:
                answer = target.account.ask(
                    "s3",
                    "list_objects_v2",
                    Bucket=found["bucket"],
                    Prefix=found["key"],
                    MaxKeys=1,
                )
                if not answer.get("KeyCount"):
                    yield failed(uri, "there are no files: put them there before you deploy")
                    continue
            else:
                target.account.ask("s3", "head_object", Bucket=found["bucket"], Key=found["key"])
        except NotFoundInAccountError:
            yield failed(uri, "there is no such file: put it there before you deploy")
        else:
            yield passed(uri, "there")


def _model_data(target: Target) -> Iterator[str]:
    containers: list[tuple[str, Json]] = []
    for stack, _, model in target.of_type("AWS::SageMaker::Model"):
        every = [model.get("PrimaryContainer", {}), *model.get("Containers", [])]
        containers += [(stack, one) for one in every]
    for stack, _, component in target.of_type("AWS::SageMaker::InferenceComponent"):
        containers.append((stack, component.get("Specification", {}).get("Container", {})))
    for stack, one in containers:
        source = one.get("ModelDataSource", {}).get("S3DataSource", {}).get("S3Uri")
        for uri in (one.get("ModelDataUrl"), one.get("ArtifactUrl"), source):
            if uri:
                yield target.text(stack, uri)
