"""Models that another account deploys: each hop is allowed to its followers alone."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision
from operations.access.matrix import studio_session
from operations.access.operation import Need
from operations.access.place import Place
from operations.access.session import Session
from operations.access.world import World
from sagemaker_platform.synthesized_stack import SynthesizedStack
from tests.support import stacks_in, synthesized

REGION, OWNER = "eu-west-1", "111111111111"
ACCOUNTS = {
    "staging": "222222222222",
    "prod": "333333333333",
    "other": "444444444444",
    # In the account of a follower, but no follower.
    "trial": "222222222222",
}
HEADER = """\
name: {name}
account: "{account}"
region: eu-west-1
stage: {stage}
owner: ml-platform
cost_center: research
alarm_emails: [ml@example.com]
network: {{cidr: 10.{number}.0.0/16, availability_zones: [eu-west-1a, eu-west-1b]}}
"""
REGISTRY = """\
foundation: {image_repositories: [churn, fraud]}
model_registry:
  followers: {staging: "222222222222", prod: "333333333333"}
  groups:
    - {name: churn, followers: [staging, prod], image_repositories: [churn]}
    - {name: fraud, followers: [prod], image_repositories: [fraud], registered_by: [risk],
       approved_by: [risk_approver]}
    - {name: own}
personas:
  data_scientist: {}
  model_approver: {}
  risk: {activities: [run_jobs, register_models]}
  risk_approver: {activities: [approve_models]}
"""
GROUP_ARN = f"arn:aws:sagemaker:{REGION}:{OWNER}:model-package-group/dev-"
VERSION_ARN = f"arn:aws:sagemaker:{REGION}:{OWNER}:model-package/dev-"
ENDPOINT = """\
inference:
  endpoints:
    - name: {group}
      model_package: {{latest_approved: {arn}{group}}}
      instance_type: ml.c7i.large
"""


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> list[SynthesizedStack]:
    folder = tmp_path_factory.mktemp("registry")
    owner = folder / "dev.yaml"
    header = HEADER.format(name="dev", account=OWNER, stage="development", number=0)
    owner.write_text(header + REGISTRY, "utf-8")
    found = stacks_in(synthesized(folder / "owner", owner))
    bucket = artifacts(World.of(found))
    paths = []
    for number, (name, group, stage) in enumerate(
        [("staging", "churn", "staging"), ("prod", "churn", "production")], start=1
    ):
        path = folder / f"{name}.yaml"
        header = HEADER.format(name=name, account=ACCOUNTS[name], stage=stage, number=number)
        path.write_text(header + ENDPOINT.format(group=group, arn=GROUP_ARN), "utf-8")
        locked = {
            "image": f"{OWNER}.dkr.ecr.{REGION}.amazonaws.com/dev/{group}:1",
            "model_data": f"s3://{bucket}/models/{group}/7/output/model.tar.gz",
            "compressed": True,
            "model_package_arn": f"{VERSION_ARN}{group}/7",
        }
        models = {f"latest approved of {GROUP_ARN}{group}": locked}
        path.with_suffix(".lock.json").write_text(json.dumps({"models": models}), "utf-8")
        paths.append(path)
    found += stacks_in(synthesized(folder / "followers", *paths))
    return [*found, *(bootstrap(name, account) for name, account in ACCOUNTS.items())]


def bootstrap(environment: str, account: str) -> SynthesizedStack:
    """Return a stack with roles that may do all that the owner of a resource allows them."""
    everything = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
    roles = {
        "Deploy": f"cdk-hnb659fds-cfn-exec-role-{account}-{REGION}",
        "Run": f"{environment}-inference-ExecutionRole-1A2B3C",
        "Admin": f"{environment}-admin",
    }
    resources = {
        key: {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": name,
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
                "Policies": [{"PolicyName": "everything", "PolicyDocument": everything}],
            },
        }
        for key, name in roles.items()
        # One role of the bootstrap stack for an account.
        if not (environment == "trial" and key == "Deploy")
    }
    return SynthesizedStack(
        environment=environment,
        name=f"CDKToolkit-{environment}",
        account=account,
        region=REGION,
        template={"Resources": resources},
    )


def artifacts(world: World) -> str:
    [bucket] = [one.name for one in world.buckets.values() if "dev-foundation-art" in one.name]
    return bucket


class Hop(NamedTuple):
    """One action of a user on a resource of the owner."""

    role: str
    action: str
    resource: str
    context: Mapping[str, str] = {}


def role_arn(world: World, environment: str, what: str) -> str:
    """Return the ARN of a role: that of an endpoint, or one that may do everything."""
    account = ACCOUNTS[environment]
    if what == "deploy":
        return f"arn:aws:iam::{account}:role/cdk-hnb659fds-cfn-exec-role-{account}-{REGION}"
    if what == "endpoint":
        [arn] = [
            arn
            for arn, role in world.roles.items()
            if role.environment == environment
            and "Endpoint" in role.name
            and "ExecutionRole" in role.name
        ]
        return arn
    name = {"run": "inference-ExecutionRole-1A2B3C", "admin": "admin"}[what]
    return f"arn:aws:iam::{account}:role/{environment}-{name}"


def allowed(world: World, environment: str, hop: Hop) -> bool:
    role = world.roles[role_arn(world, environment, hop.role)]
    session = Session(role, world.environments[environment], in_network=False)
    need = Need(hop.action, hop.resource, hop.context)
    outcome = Authorizer(world).authorize_need(need, session)
    assert outcome.decision is not Decision.UNDECIDED, outcome
    return outcome.decision is Decision.ALLOWED


def through_s3(arn: str) -> dict[str, str]:
    return {
        "kms:viaservice": f"s3.{REGION}.amazonaws.com",
        "kms:encryptioncontext:aws:s3:arn": arn,
    }


def reading(world: World, role: str, group: str = "churn") -> Iterator[Hop]:
    """Yield what containers of a model do."""
    bucket = f"arn:aws:s3:::{artifacts(world)}"
    data, key = f"{bucket}/models/{group}/7/output/model.tar.gz", key_of(world)
    prefix = {"s3:prefix": data.removeprefix(f"{bucket}/")}
    yield Hop(role, "s3:ListBucket", bucket, prefix)
    yield Hop(role, "s3:GetObject", data)
    yield Hop(role, "kms:Decrypt", key, through_s3(bucket))
    yield Hop(role, "kms:Decrypt", key, through_s3(data))
    repository = f"arn:aws:ecr:{REGION}:{OWNER}:repository/dev/{group}"
    for action in ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"):
        yield Hop(role, f"ecr:{action}", repository)


def deploying(role: str, group: str = "churn") -> Iterator[Hop]:
    """Yield what a deployment, or a look-up before it, does."""
    yield Hop(role, "sagemaker:DescribeModelPackageGroup", f"{GROUP_ARN}{group}")
    yield Hop(role, "sagemaker:ListModelPackages", f"{VERSION_ARN}{group}/*")
    yield Hop(role, "sagemaker:DescribeModelPackage", f"{VERSION_ARN}{group}/7")
    yield Hop(role, "sagemaker:CreateModel", f"{VERSION_ARN}{group}/7")


def key_of(world: World) -> str:
    key = world.buckets[artifacts(world)].key_arn
    assert key.split(":")[4] == OWNER
    return key


def hops(world: World, environment: str) -> Iterator[Hop]:
    """Yield all that a follower has to do."""
    yield from deploying("deploy")
    yield from reading(world, "endpoint")
    account = ACCOUNTS[environment]
    yield Hop("endpoint", "ecr:GetAuthorizationToken", "*")
    yield Hop("deploy", "sagemaker:CreateModel", f"arn:aws:sagemaker:{REGION}:{account}:model/x")


def refusals(world: World) -> Iterator[tuple[str, Hop]]:
    """Yield what no role may do, by the environment of the role, which may do everything."""
    bucket, key = f"arn:aws:s3:::{artifacts(world)}", key_of(world)
    for stranger in ("other", "trial"):
        yield from ((stranger, one) for one in reading(world, "run"))
    yield from (("other", one) for one in deploying("deploy"))
    for follower in ("staging", "prod"):
        # Other roles of a follower's account, and its group that is not shared.
        yield from ((follower, one) for one in reading(world, "admin"))
        yield from ((follower, one) for one in reading(world, "run", "own") if "ecr" not in one[1])
        yield from ((follower, one) for one in deploying("deploy", "own"))
        yield follower, Hop("admin", "sagemaker:CreateModel", f"{VERSION_ARN}churn/7")
        yield follower, Hop("deploy", "sagemaker:UpdateModelPackage", f"{VERSION_ARN}churn/7")
        yield follower, Hop("deploy", "sagemaker:CreateModelPackage", f"{VERSION_ARN}churn/8")
        yield follower, Hop("deploy", "sagemaker:DeleteModelPackage", f"{VERSION_ARN}churn/7")
        yield follower, Hop("run", "s3:GetObject", f"{bucket}/features/x")
        yield follower, Hop("run", "s3:PutObject", f"{bucket}/models/churn/x")
        yield follower, Hop("run", "s3:ListBucket", bucket, {"s3:prefix": ""})
        yield follower, Hop("run", "kms:Decrypt", key)
        directly = {**through_s3(bucket), "kms:viaservice": f"ec2.{REGION}.amazonaws.com"}
        yield follower, Hop("run", "kms:Decrypt", key, directly)
        yield follower, Hop("run", "kms:Decrypt", key, through_s3("arn:aws:s3:::dev-lakehouse-raw"))
        yield follower, Hop("run", "kms:Encrypt", key, through_s3(bucket))
    yield from (("staging", one) for one in deploying("deploy", "fraud"))
    # A key of the account decrypts the objects of any folder; the bucket refuses them.
    yield from (("staging", one) for one in reading(world, "run", "fraud") if "kms" not in one[1])
    yield "staging", Hop("endpoint", "sagemaker:DescribeModelPackage", f"{VERSION_ARN}churn/7")


def changed(stacks: list[SynthesizedStack], change: Callable[[str, dict[str, Any]], None]) -> World:
    """Return a world whose templates have changed."""
    left = []
    for stack in stacks:
        template = json.loads(json.dumps(stack.template))
        for resource in template["Resources"].values():
            change(stack.environment, resource)
        left.append(replace(stack, template=template))
    return World.of(left)


DOCUMENTS = {
    "AWS::SageMaker::ModelPackageGroup": "ModelPackageGroupPolicy",
    "AWS::ECR::Repository": "RepositoryPolicyText",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
}


def statements_for_followers(environment: str, resource: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the statements of a resource of the owner that name other accounts."""
    document = resource.get("Properties", {}).get(DOCUMENTS.get(resource["Type"], ""))
    if environment != "dev" or not document:
        return []
    return [one for one in document["Statement"] if "222222222222" in json.dumps(one)]


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_followers_do_all_that_a_deployment_takes(
    stacks: list[SynthesizedStack], environment: str
) -> None:
    world = World.of(stacks)

    assert [one for one in hops(world, environment) if not allowed(world, environment, one)] == []


def test_nobody_else_does_any_of_it(stacks: list[SynthesizedStack]) -> None:
    world = World.of(stacks)

    assert [one for one in refusals(world) if allowed(world, *one)] == []


def test_each_action_for_followers_is_needed(stacks: list[SynthesizedStack]) -> None:
    """Without it, a hop of a follower is denied."""
    number = 0
    while True:
        removed: list[str] = []
        seen = 0

        def without_one(
            environment: str,
            resource: dict[str, Any],
            number: int = number,
            removed: list[str] = removed,
        ) -> None:
            nonlocal seen
            for statement in statements_for_followers(environment, resource):
                given = statement["Action"]
                actions = given if isinstance(given, list) else [given]
                for action in actions:
                    if seen == number:
                        left = [one for one in actions if one != action]
                        statement["Action"] = left or ["none:None"]
                        removed.append(action)
                    seen += 1

        world = changed(stacks, without_one)
        if not removed:
            break
        number += 1
        lost = [one.action for one in hops(world, "staging") if not allowed(world, "staging", one)]
        assert set(removed) <= set(lost)
    # The group's own, the artifacts, the key, and the image.
    assert number == 4 + 2 + 1 + 3


@pytest.mark.parametrize(
    ("kind", "operator", "key", "action"),
    [
        ("AWS::SageMaker::ModelPackageGroup", "ArnLike", "aws:PrincipalArn", "CreateModel"),
        # An object takes both, the bucket and the key.
        ("AWS::S3::BucketPolicy AWS::KMS::Key", "ArnLike", "aws:PrincipalArn", "GetObject"),
        ("AWS::S3::BucketPolicy", "ArnLike", "aws:PrincipalArn", "ListBucket"),
        ("AWS::S3::BucketPolicy", "StringLike", "s3:prefix", "ListBucket"),
        ("AWS::ECR::Repository", "ArnLike", "aws:PrincipalArn", "BatchGetImage"),
        ("AWS::KMS::Key", "ArnLike", "aws:PrincipalArn", "Decrypt"),
        ("AWS::KMS::Key", "StringEquals", "kms:ViaService", "Decrypt"),
        ("AWS::KMS::Key", "StringLike", "kms:EncryptionContext:aws:s3:arn", "Decrypt"),
    ],
)
def test_each_condition_is_needed(
    stacks: list[SynthesizedStack], kind: str, operator: str, key: str, action: str
) -> None:
    """Without it, something is allowed that must not be."""

    def without_condition(environment: str, resource: dict[str, Any]) -> None:
        if resource["Type"] in kind.split():
            for statement in statements_for_followers(environment, resource):
                statement.get("Condition", {}).get(operator, {}).pop(key, None)

    world = changed(stacks, without_condition)

    found = {
        hop.action.partition(":")[2] for name, hop in refusals(world) if allowed(world, name, hop)
    }
    assert action in found


@pytest.mark.parametrize(
    ("persona", "group", "registers", "approves"),
    [
        ("DataScientist", "dev-churn", True, False),
        ("DataScientist", "dev-fraud", False, False),
        ("DataScientist", "trial-churn", False, False),
        ("DataScientist", "new", False, False),
        ("Risk", "dev-fraud", True, False),
        ("Risk", "dev-own", True, False),
        ("ModelApprover", "dev-churn", False, True),
        ("ModelApprover", "dev-fraud", False, False),
        ("RiskApprover", "dev-fraud", False, True),
        ("RiskApprover", "trial-churn", False, False),
    ],
)
def test_personas_reach_the_groups_by_name(
    stacks: list[SynthesizedStack], persona: str, group: str, registers: bool, approves: bool
) -> None:
    world = World.of(stacks)
    environment = world.environments["dev"]
    session = studio_session(environment, persona, Place(world, environment, persona))
    package = {"ModelPackageGroupName": group, "ModelApprovalStatus": "PendingManualApproval"}
    arn = f"arn:aws:sagemaker:{REGION}:{OWNER}:model-package/{group}/1"
    approval = {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"}

    def may(operation: str, parameters: dict[str, Any]) -> bool:
        call = Call("sagemaker", operation, parameters)
        return Authorizer(world).authorize(call, session).decision is Decision.ALLOWED

    assert may("CreateModelPackage", package) is registers
    assert may("CreateModelPackageGroup", {"ModelPackageGroupName": group}) is registers
    assert may("UpdateModelPackage", approval) is approves
    assert may("DescribeModelPackage", {"ModelPackageName": arn}) is group.startswith("dev-")


GOVERNED = """\
model_registry:
  governance: {required: true, approved_by: {high: [risk_approver], low: [model_approver]}}
  groups:
    - {name: churn, risk: low, intended_use: "Ranks customers, for offers."}
    - {name: fraud, risk: high, intended_use: "Stops payments; never alone.", registered_by: [risk]}
pipelines:
  definitions:
    - {name: churn, folder: examples/pipelines/churn, inputs: {customers: {prefix: churn/data}}}
personas:
  data_scientist: {}
  model_approver: {}
  risk: {activities: [run_jobs, register_models]}
  risk_approver: {activities: [approve_models]}
"""


@pytest.fixture(scope="module")
def governed(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("governed")
    header = HEADER.format(name="dev", account=OWNER, stage="development", number=0)
    (folder / "dev.yaml").write_text(header + GOVERNED, "utf-8")
    return World.of(stacks_in(synthesized(folder / "cdk", folder / "dev.yaml")))


LOW = {"risk": "low", "intended_use": "Ranks customers - for offers."}
HIGH = {"risk": "high", "intended_use": "Stops payments"}


@pytest.mark.parametrize(
    ("persona", "group", "metadata", "allowed"),
    [
        ("DataScientist", "churn", LOW, True),
        ("DataScientist", "churn", {}, False),
        ("DataScientist", "churn", {"risk": "low"}, False),
        ("DataScientist", "churn", {"intended_use": "Ranks customers"}, False),
        ("DataScientist", "churn", HIGH, False),
        ("DataScientist", "fraud", HIGH, False),
        ("Risk", "fraud", HIGH, True),
        ("Risk", "fraud", LOW, False),
        ("Risk", "churn", LOW, True),
        ("pipeline", "churn", LOW, True),
        ("pipeline", "churn", {}, False),
        ("pipeline", "churn", HIGH, False),
        ("pipeline", "fraud", HIGH, False),
    ],
)
def test_versions_say_what_their_group_demands(
    governed: World, persona: str, group: str, metadata: dict[str, str], allowed: bool
) -> None:
    environment = governed.environments["dev"]
    if persona == "pipeline":
        [role] = [one for one in governed.roles.values() if "ChurnRole" in one.name]
        session = Session(role, environment, in_network=False)
    else:
        session = studio_session(environment, persona, Place(governed, environment, persona))
    call = Call(
        "sagemaker",
        "CreateModelPackage",
        {
            "ModelPackageGroupName": f"dev-{group}",
            "ModelApprovalStatus": "PendingManualApproval",
            **({"CustomerMetadataProperties": metadata} if metadata else {}),
        },
    )
    outcome = Authorizer(governed).authorize(call, session)
    assert outcome.decision is (Decision.ALLOWED if allowed else Decision.DENIED), outcome


@pytest.mark.parametrize(
    ("persona", "group", "allowed"),
    [
        ("ModelApprover", "churn", True),
        ("ModelApprover", "fraud", False),
        ("RiskApprover", "fraud", True),
        ("RiskApprover", "churn", False),
        ("DataScientist", "churn", False),
    ],
)
def test_risk_says_who_approves(governed: World, persona: str, group: str, allowed: bool) -> None:
    environment = governed.environments["dev"]
    session = studio_session(environment, persona, Place(governed, environment, persona))
    arn = f"arn:aws:sagemaker:{REGION}:{OWNER}:model-package/dev-{group}/1"
    call = Call(
        "sagemaker",
        "UpdateModelPackage",
        {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"},
    )
    decision = Authorizer(governed).authorize(call, session).decision
    assert decision is (Decision.ALLOWED if allowed else Decision.DENIED)


def test_key_of_the_company_is_left_alone(tmp_path: Path) -> None:
    owner = tmp_path / "dev.yaml"
    header = HEADER.format(name="dev", account=OWNER, stage="development", number=0)
    key = f"arn:aws:kms:{REGION}:{OWNER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    text = REGISTRY.replace("foundation: {", f"foundation: {{key_arn: '{key}', ")
    owner.write_text(header + text, "utf-8")

    [foundation] = [
        one
        for one in stacks_in(synthesized(tmp_path / "owner", owner))
        if one.name == "dev-foundation"
    ]

    types = [one["Type"] for one in foundation.resources.values()]
    assert "AWS::KMS::Key" not in types
    warnings = [one.read_text("utf-8") for one in (tmp_path / "owner").rglob("*.metadata.json")]
    assert any("Add the statement of docs/mlops.md" in one for one in warnings)
