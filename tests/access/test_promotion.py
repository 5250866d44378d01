"""From a training to production: each step of the examples' three accounts, and who may not do it.

registry-complete owns the pipeline and the group, registry-follower (staging) and
registry-production (production) deploy its versions.
"""

import json
import shutil
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
from sagemaker_platform.synthesized_stack import SynthesizedStack
from tests.event_patterns import matches
from tests.support import ROOT, stacks_in, synthesized

OWNER, STAGING, PRODUCTION = "registry-complete", "registry-follower", "registry-production"
FOLLOWERS = {STAGING: "777777777777", PRODUCTION: "888888888888"}
REGION, ACCOUNT = "eu-west-1", "444444444444"
GROUP = f"{OWNER}-churn"
SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:"
VERSIONS = {STAGING: 7, PRODUCTION: 6}
IMAGES = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{OWNER}/serving/churn"
PLACEHOLDER = "registry-complete-foundation-artifacts-0a1b2c3d4e5f"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return the three environments, whose lock files name the bucket that the owner has."""
    folder = tmp_path_factory.mktemp("promotion")
    owner = stacks_in(synthesized(folder / "owner", ROOT / f"examples/{OWNER}.yaml"))
    files = []
    for name in FOLLOWERS:
        shutil.copy(ROOT / f"examples/{name}.yaml", folder)
        lock = (ROOT / f"examples/{name}.lock.json").read_text("utf-8")
        assert PLACEHOLDER in lock
        text = lock.replace(PLACEHOLDER, artifacts(World.of(owner)))
        (folder / f"{name}.lock.json").write_text(text, "utf-8")
        files.append(folder / f"{name}.yaml")
    followers = stacks_in(synthesized(folder / "followers", *files))
    return World.of([*owner, *followers, *(deployment(name) for name in FOLLOWERS)])


def deployment(environment: str) -> SynthesizedStack:
    """Return a bootstrap stack, whose role may do all that the owner of a resource allows it."""
    account = FOLLOWERS[environment]
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [everything]}
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": f"cdk-hnb659fds-cfn-exec-role-{account}-{REGION}",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
            "Policies": [{"PolicyName": "all", "PolicyDocument": policy}],
        },
    }
    template = {"Resources": {"Deploy": role}}
    return SynthesizedStack(
        environment=environment,
        name=f"CDKToolkit-{environment}",
        account=account,
        region=REGION,
        template=template,
    )


def artifacts(world: World) -> str:
    [bucket] = [one for one in world.buckets if one.startswith(f"{OWNER}-foundation-art")]
    return bucket


def role(world: World, environment: str, path: str) -> Role:
    """Return a role by the beginning of its path in the templates."""
    found = [
        one
        for one in world.roles.values()
        if one.environment == environment and one.record and one.record.path.startswith(path)
    ]
    [one] = [one for one in found if one.record and one.record.path.endswith("Role")]
    return one


def allowed(world: World, found: Role, need: Need) -> bool:
    environment = world.environments[found.environment]
    session = Session(found, environment, in_network=False)
    outcome = Authorizer(world).authorize_need(need, session)
    assert outcome.decision is not Decision.UNDECIDED, outcome
    return outcome.decision is Decision.ALLOWED


def may(world: World, environment: str, persona: str, operation: str, **parameters: Any) -> bool:
    place = world.environments[environment]
    session = studio_session(place, persona, Place(world, place, persona))
    outcome = Authorizer(world).authorize(Call("sagemaker", operation, parameters), session)
    return outcome.decision is Decision.ALLOWED


@pytest.mark.parametrize(
    ("persona", "starts", "approves"),
    [
        ("DataScientist", True, False),
        ("MlEngineer", True, False),
        ("ModelApprover", False, True),
        ("FraudScientist", False, False),
        ("Auditor", False, False),
    ],
)
def test_one_starts_the_pipeline_and_another_approves(
    world: World, persona: str, starts: bool, approves: bool
) -> None:
    started = f"{SAGEMAKER}pipeline/{GROUP}/execution/abc"
    version = f"{SAGEMAKER}model-package/{GROUP}/7"
    assert may(world, OWNER, persona, "StartPipelineExecution", PipelineName=GROUP) is starts
    watches = {"PipelineExecutionArn": started}
    for operation in ("DescribePipelineExecution", "ListPipelineExecutionSteps"):
        # The auditor traces executions.
        expected = starts or persona == "Auditor"
        assert may(world, OWNER, persona, operation, **watches) is expected
    approval = {"ModelPackageArn": version, "ModelApprovalStatus": "Approved"}
    assert may(world, OWNER, persona, "UpdateModelPackage", **approval) is approves


def test_pipeline_registers_what_followers_read(world: World) -> None:
    found = role(world, OWNER, "pipelines/ChurnRole")
    bucket = f"arn:aws:s3:::{artifacts(world)}"
    group = f"{SAGEMAKER}model-package-group/{GROUP}"
    metadata = "sagemaker:customermetadataproperties"
    register = {
        "sagemaker:modelapprovalstatus": "PendingManualApproval",
        f"{metadata}/risk": "low",
        f"{metadata}/intended_use": "Ranks customers",
    }
    approved = {"sagemaker:modelapprovalstatus": "Approved"}
    version = f"{SAGEMAKER}model-package/{GROUP}/7"
    for action, resource, context, expected in (
        ("s3:PutObject", f"{bucket}/models/churn/7/output/model.tar.gz", {}, True),
        ("s3:PutObject", f"{bucket}/models/fraud/7/output/model.tar.gz", {}, False),
        ("sagemaker:CreateModelPackage", version, register, True),
        ("sagemaker:CreateModelPackage", version, register | approved, False),
        ("sagemaker:CreateModelPackage", version, register | {f"{metadata}/risk": "high"}, False),
        ("sagemaker:UpdateModelPackage", version, approved, False),
        ("sagemaker:DeleteModelPackageGroup", group, {}, False),
    ):
        need = Need(action, resource, context)
        assert allowed(world, found, need) is expected, (action, resource, context)


def test_approval_starts_the_workflow_and_nothing_else(world: World) -> None:
    [rule] = [
        one.properties
        for one in world.environments[OWNER].of_type("AWS::Events::Rule")
        if one.path == "model-registry/Promotion"
    ]
    approval = {
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Model Package State Change",
        "account": ACCOUNT,
        "detail": {
            "ModelPackageGroupName": GROUP,
            "ModelPackageStatus": "Completed",
            "ModelApprovalStatus": "Approved",
            "UpdatedModelPackageFields": ["ModelApprovalStatus"],
        },
    }
    assert matches(rule["EventPattern"], approval)
    [target] = rule["Targets"]
    found = world.roles[str(target["RoleArn"])]
    assert allowed(world, found, Need("events:InvokeApiDestination", str(target["Arn"]), {}))
    other = Need("sagemaker:UpdateModelPackage", f"{SAGEMAKER}model-package/{GROUP}/7", {})
    assert not allowed(world, found, other)


def hops(world: World, environment: str, group: str = "churn") -> Iterator[tuple[str, Need]]:
    """Yield what a follower does, by who does it: its deployment, or what runs the model."""
    number, account = VERSIONS[environment], FOLLOWERS[environment]
    version = f"{SAGEMAKER}model-package/{OWNER}-{group}/{number}"
    yield (
        "deploy",
        Need("sagemaker:DescribeModelPackageGroup", f"{SAGEMAKER}model-package-group/{GROUP}", {}),
    )
    yield "deploy", Need("sagemaker:DescribeModelPackage", version, {})
    yield "deploy", Need("sagemaker:CreateModel", version, {})
    model = f"arn:aws:sagemaker:{REGION}:{account}:model/x"
    yield "deploy", Need("sagemaker:CreateModel", model, {})
    bucket = f"arn:aws:s3:::{artifacts(world)}"
    data = f"{bucket}/models/{group}/train-{number}/output/model.tar.gz"
    prefix = {"s3:prefix": data.removeprefix(f"{bucket}/")}
    yield "run", Need("s3:ListBucket", bucket, prefix)
    yield "run", Need("s3:GetObject", data, {})
    key = world.buckets[artifacts(world)].key_arn
    for context in (bucket, data):
        through = {
            "kms:viaservice": f"s3.{REGION}.amazonaws.com",
            "kms:encryptioncontext:aws:s3:arn": context,
        }
        yield "run", Need("kms:Decrypt", key, through)
    yield "run", Need("ecr:GetAuthorizationToken", "*", {})
    for action in ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"):
        yield "run", Need(f"ecr:{action}", IMAGES, {})


RUNNING = [
    (STAGING, "inference/Endpoint-churn"),
    (PRODUCTION, "inference/Endpoint-churn"),
    # Batch scoring follows the same lock file.
    (PRODUCTION, "inference/Transform-churn-scores/Model"),
]


@pytest.mark.parametrize(("environment", "path"), RUNNING)
def test_each_hop_to_a_follower_is_allowed(world: World, environment: str, path: str) -> None:
    account = FOLLOWERS[environment]
    name = f"cdk-hnb659fds-cfn-exec-role-{account}-{REGION}"
    roles = {
        "deploy": world.roles[f"arn:aws:iam::{account}:role/{name}"],
        "run": role(world, environment, path),
    }
    found = list(hops(world, environment))
    assert [one for who, one in found if not allowed(world, roles[who], one)] == []
    # The same of the group that is not shared.
    other = [
        (who, one)
        for who, one in hops(world, environment, "fraud")
        if "fraud" in one.resource or "fraud" in str(one.context.get("s3:prefix"))
    ]
    assert len(other) == 4
    assert [one for who, one in other if allowed(world, roles[who], one)] == []


@pytest.mark.parametrize("environment", FOLLOWERS)
def test_models_are_those_of_the_lock_file(world: World, environment: str) -> None:
    """Endpoint and batch scoring have one version: a promotion and a revert move both."""
    wanted = f"{artifacts(world)}/models/churn/train-{VERSIONS[environment]}/output/model.tar.gz"
    models = world.environments[environment].of_type("AWS::SageMaker::Model")
    found = [json.dumps(container(one.properties)) for one in models]
    assert len(found) == sum(name == environment for name, _ in RUNNING)
    for text in found:
        version = f"model-package/{GROUP}/{VERSIONS[environment]}"
        assert wanted in text or version in text


def container(properties: Mapping[str, Any]) -> Any:
    return properties.get("PrimaryContainer") or properties["Containers"]


def test_auditor_traces_from_production_to_the_training(world: World) -> None:
    package = f"{SAGEMAKER}model-package/{GROUP}/6"
    for environment, operation, parameters in (
        (PRODUCTION, "DescribeEndpoint", {"EndpointName": f"{PRODUCTION}-churn"}),
        (OWNER, "DescribeModelPackage", {"ModelPackageName": package}),
        (OWNER, "DescribeTrainingJob", {"TrainingJobName": "pipelines-abc-Train"}),
    ):
        assert may(world, environment, "Auditor", operation, **parameters), operation
    assert not may(world, PRODUCTION, "Auditor", "DeleteEndpoint", EndpointName="x")
