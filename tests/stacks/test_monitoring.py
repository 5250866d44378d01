"""Monitors of endpoints: definitions, schedules, rights, alarms, notices, and retraining."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from operations.access.authorizer import Authorizer
from operations.access.check import Decision
from operations.access.operation import Need
from operations.access.session import Session
from operations.access.world import World
from sagemaker_platform.catalog.monitoring_images import MonitoringImage, find_monitoring_image
from sagemaker_platform.inference import MetricLimit, Monitor
from sagemaker_platform.inference.monitoring import shorten
from tests.support import ROOT, stack, synthesized

EXAMPLE = ROOT / "examples" / "inference-monitoring.yaml"
ACCOUNT, REGION = "444444444444", "eu-west-1"
KINDS = ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
Resources = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("monitoring")
    other = folder / "inference-monitoring.yaml"
    text = EXAMPLE.read_text("utf-8").replace("ml-research", "another-payer")
    text = text.replace("name: inference-monitoring", "name: monitoring-tags", 1)
    other = folder / "monitoring-tags.yaml"
    other.write_text(text.replace("10.233.", "10.234."), "utf-8")
    return synthesized(folder / "out", EXAMPLE, other)


@pytest.fixture(scope="module")
def resources(assembly: Path) -> Resources:
    found: Resources = stack(assembly, "inference-monitoring/inference").template()["Resources"]
    return found


def of_type(resources: Resources, kind: str) -> dict[str, Any]:
    return {
        name: one["Properties"] for name, one in resources.items() if one["Type"].endswith(kind)
    }


def test_each_definition_has_a_schedule_that_follows_it(resources: Resources) -> None:
    definitions = {
        name: one["Type"] for name, one in resources.items() if "JobDefinition" in one["Type"]
    }
    schedules = [one for one in resources.values() if one["Type"].endswith("MonitoringSchedule")]
    assert len(definitions) == len(schedules) == 5
    for one in schedules:
        config = one["Properties"]["MonitoringScheduleConfig"]
        index, parts = config["MonitoringJobDefinitionName"]["Fn::Select"]
        separator, arn = parts["Fn::Split"]
        assert (index, separator) == (1, "/")
        [name, attribute] = arn["Fn::GetAtt"]
        assert attribute == "JobDefinitionArn"
        assert definitions[name].endswith(f"::{config['MonitoringType']}JobDefinition")
        # SageMaker checks that the endpoint captures data.
        assert any("Endpoint" in one for one in one["DependsOn"])


def test_nothing_fixes_the_name_of_what_cannot_be_updated(assembly: Path) -> None:
    """A changed tag replaces definitions, which a name would make fail."""
    before, after = (
        stack(assembly, f"{name}/inference").template()["Resources"]
        for name in ("inference-monitoring", "monitoring-tags")
    )
    for kind in KINDS:
        first, second = (of_type(one, f"::{kind}JobDefinition") for one in (before, after))
        assert first
        assert first.keys() == second.keys()
        for name, properties in first.items():
            assert "JobDefinitionName" not in properties
            assert properties["Tags"] != second[name]["Tags"]


def test_schedules_are_in_a_form_that_sagemaker_takes(resources: Resources) -> None:
    expressions = {
        one["MonitoringScheduleName"]: one["MonitoringScheduleConfig"]["ScheduleConfig"]
        for one in of_type(resources, "MonitoringSchedule").values()
    }
    assert expressions["inference-monitoring-ranking-data-quality"] == {
        "ScheduleExpression": "cron(0 0 ? * * *)"
    }
    assert expressions["inference-monitoring-churn-data-quality"] == {
        "ScheduleExpression": "cron(0 3/6 ? * * *)"
    }
    assert Monitor(kind="data_quality", every_hours=1).schedule == "cron(0 * ? * * *)"


def test_jobs_are_in_the_vpc_with_the_key(resources: Resources) -> None:
    for kind, output in zip(
        KINDS, ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability"), strict=True
    ):
        for one in of_type(resources, f"::{kind}JobDefinition").values():
            assert one["NetworkConfig"]["VpcConfig"]["Subnets"]
            assert one["JobResources"]["ClusterConfig"]["VolumeKmsKeyId"]
            assert one[f"{output}JobOutputConfig"]["KmsKeyId"]
            assert one["StoppingCondition"]["MaxRuntimeInSeconds"] <= 86_400


def test_labels_are_merged_within_their_window(resources: Resources) -> None:
    [quality] = of_type(resources, "::ModelQualityJobDefinition").values()
    given = quality["ModelQualityJobInput"]
    assert given["GroundTruthS3Input"] == {"S3Uri": "s3://example-labels/churn"}
    assert given["EndpointInput"]["StartTimeOffset"] == "-P3D"
    assert given["EndpointInput"]["EndTimeOffset"] == "-P2D"
    assert quality["ModelQualityAppSpecification"]["ProblemType"] == "BinaryClassification"


def test_limits_are_alarms_on_the_metrics_of_the_kind(resources: Resources) -> None:
    alarms = {
        one["MetricName"]: one
        for one in of_type(resources, "::Alarm").values()
        if "MetricName" in one and one["Namespace"].startswith("aws/sagemaker/Endpoints/")
    }
    assert alarms.keys() == {
        "feature_baseline_drift_tenure",
        "feature_non_null_tenure",
        "auc",
        "bias_metric_DPPL",
    }
    auc = alarms["auc"]
    assert auc["Namespace"] == "aws/sagemaker/Endpoints/model-metrics"
    assert auc["ComparisonOperator"] == "LessThanThreshold"
    assert {one["Name"]: one["Value"] for one in auc["Dimensions"]} == {
        "Endpoint": "inference-monitoring-churn",
        "MonitoringSchedule": "inference-monitoring-churn-model-quality",
    }
    # CloudWatch looks back one day at most.
    assert all(one["Period"] * one["EvaluationPeriods"] <= 86_400 for one in alarms.values())
    assert len(alarms["bias_metric_DPPL"]["Dimensions"]) == 7


def test_violations_are_told_and_start_the_pipeline(resources: Resources) -> None:
    rules = of_type(resources, "::Events::Rule")
    [told] = [one for name, one in rules.items() if "churnViolations" in name]
    detail = told["EventPattern"]["detail"]
    assert {"ProcessingJobStatus": ["Failed"]} in detail["$or"]
    [retrained] = [one for name, one in rules.items() if "Retraining" in name]
    [target] = retrained["Targets"]
    assert (
        target["Arn"] == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/inference-monitoring-churn"
    )
    assert target["SageMakerPipelineParameters"] == {
        "PipelineParameterList": [{"Name": "Reason", "Value": "drift"}]
    }
    watched = json.dumps(retrained["EventPattern"])
    assert "data_quality" in watched
    assert "model_quality" in watched
    assert "bias" not in watched
    [role] = [name for name in of_type(resources, "::Role") if "Retraining" in name]
    policies = [
        one for one in of_type(resources, "::ManagedPolicy").values() if role in json.dumps(one)
    ]
    [statement] = policies[0]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sagemaker:StartPipelineExecution"
    # Rules of other stacks cannot use the role.
    trust = of_type(resources, "::Role")[role]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {
            "aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/inference-monitoring-inf*"
        },
    }


def dashboard_of(resources: Resources, name: str) -> str:
    [found] = [
        str(one["DashboardBody"])
        for one in of_type(resources, "Dashboard").values()
        if one["DashboardName"] == name
    ]
    return found


def test_dashboard_of_the_endpoint_shows_its_monitors(resources: Resources) -> None:
    found = dashboard_of(resources, "inference-monitoring-churn")
    namespaces = {
        "data-quality": ("data-metrics", 6 * 3600),
        "model-quality": ("model-metrics", 24 * 3600),
        "bias": ("bias-metrics", 24 * 3600),
        "explainability": ("explainability-metrics", 24 * 3600),
    }
    for kind, (namespace, seconds) in namespaces.items():
        expected = (
            f'SEARCH(\'Namespace="aws/sagemaker/Endpoints/{namespace}" '
            f'Endpoint="inference-monitoring-churn" '
            f"MonitoringSchedule=\"inference-monitoring-churn-{kind}\"', 'Average', {seconds})"
        )
        assert expected in found.replace("\\", "")
    limits = [name for name in resources if name.startswith("Monitoringchurn") and "Alarm" in name]
    assert len(limits) == 4
    assert all(f"'{name}'" in found for name in limits)
    # Without a limit, there is no alarm to show.
    ranking = dashboard_of(resources, "inference-monitoring-ranking")
    assert "data-metrics" in ranking
    assert "Limits of monitors" not in ranking


@pytest.fixture(scope="module")
def world(assembly: Path) -> World:
    return World.read(assembly)


def decide(world: World, action: str, resource: str, **context: str) -> Decision:
    environment = world.environments["inference-monitoring"]
    [arn] = [
        one
        for one in world.roles
        if "inference-monitoring-inference-Monitoringchurn" in one and "Execution" in one
    ]
    session = Session(world.roles[arn], environment, in_network=True)
    need = Need(action, resource, {key.replace("__", ":"): one for key, one in context.items()})
    return Authorizer(world).authorize_need(need, session).decision


def allowed(world: World, action: str, resource: str, **context: str) -> bool:
    decision = decide(world, action, resource, **context)
    assert decision is not Decision.UNDECIDED
    return decision is Decision.ALLOWED


def bucket(world: World, name: str) -> str:
    [found] = [
        one.name
        for one in world.buckets.values()
        if one.name.startswith(f"inference-monitoring-inference-{name}")
    ]
    return f"arn:aws:s3:::{found}"


def test_role_reads_captures_and_writes_reports_of_its_endpoint(world: World) -> None:
    captures, reports = bucket(world, "captures"), bucket(world, "reports")
    own, other = "inference-monitoring-churn", "inference-monitoring-ranking"
    assert allowed(world, "s3:GetObject", f"{captures}/{own}/main/2026/11/27/08/a.jsonl")
    assert allowed(world, "s3:PutObject", f"{reports}/{own}/data_quality/a.json")
    assert allowed(world, "s3:GetObject", f"{reports}/{own}/model_quality/merge/a.jsonl")
    assert allowed(world, "s3:GetObject", "arn:aws:s3:::example-labels/churn/2026/11/27/08/a")
    assert allowed(
        world,
        "s3:GetObject",
        "arn:aws:s3:::example-artifacts/pipelines/churn/baseline/data/constraints.json",
    )
    for action, resource in (
        ("s3:PutObject", f"{captures}/{own}/a.jsonl"),
        ("s3:GetObject", f"{captures}/{other}/a.jsonl"),
        ("s3:PutObject", f"{reports}/{other}/a.json"),
        ("s3:DeleteObject", f"{reports}/{own}/a.json"),
        ("s3:PutObject", "arn:aws:s3:::example-labels/churn/a"),
        ("s3:GetObject", "arn:aws:s3:::example-artifacts/pipelines/churn/code/train.py"),
    ):
        assert not allowed(world, action, resource), (action, resource)


def test_role_pulls_awss_images_and_puts_the_metrics_of_its_kinds(world: World) -> None:
    images: tuple[MonitoringImage, ...] = ("analyzer", "clarify")
    for image in images:
        _, repository = find_monitoring_image(image, REGION)
        # The role may; AWS's policy of its repository is not known here.
        decision = decide(world, "ecr:BatchGetImage", f"arn:aws:{repository}")
        assert decision is Decision.UNDECIDED
    own = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/ml/churn"
    assert not allowed(world, "ecr:BatchGetImage", own)
    for name, right in (("data", True), ("model", True), ("bias", True), ("other", False)):
        namespace = f"aws/sagemaker/Endpoints/{name}-metrics"
        put = allowed(world, "cloudwatch:PutMetricData", "*", cloudwatch__namespace=namespace)
        assert put is right, name


def test_role_asks_its_own_endpoint_only_for_explanations(world: World) -> None:
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint"
    assert allowed(world, "sagemaker:InvokeEndpoint", f"{arn}/inference-monitoring-churn")
    assert not allowed(world, "sagemaker:InvokeEndpoint", f"{arn}/inference-monitoring-ranking")
    for action in ("CreateEndpoint", "UpdateEndpoint", "DeleteEndpoint", "CreateProcessingJob"):
        assert not allowed(world, f"sagemaker:{action}", f"{arn}/inference-monitoring-churn")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "drift"}, "kind"),
        ({"kind": "data_quality", "every_hours": 25}, "every_hours: got 25"),
        ({"kind": "data_quality", "from_hour": 24}, "from_hour: got 24"),
        ({"kind": "data_quality", "instance_type": "ml.g5.xlarge"}, "without local disks"),
        ({"kind": "bias", "ground_truth_uri": "s3://a/b"}, "config_uri: got None; must be given"),
        (
            {"kind": "data_quality", "ground_truth_uri": "s3://a/b"},
            "ground_truth_uri: got 's3://a/b'",
        ),
    ],
)
def test_construct_refuses_what_sagemaker_refuses(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Monitor(**arguments)


def test_limit_has_one_side() -> None:
    with pytest.raises(ValueError, match="auc: expected one of above and below"):
        MetricLimit(metric="auc", above=1, below=0)


def test_long_names_stay_apart_and_fit() -> None:
    names = {shorten(f"{'a' * 50}-{end}", "-explainability") for end in ("one-thing", "other")}
    assert len(names) == 2
    assert all(len(one) <= 63 for one in names)
    assert shorten("prod-churn", "-bias") == "prod-churn-bias"
