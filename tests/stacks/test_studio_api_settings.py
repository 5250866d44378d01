"""What only SageMaker's API takes: settings in, custom resource out."""

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from tests.bad_settings import BASE
from tests.support import stacks, synthesized

INSTANCE = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
PROFILE = "arn:aws:codewhisperer:eu-central-1:123456789012:profile/ABC"
ALARM = "AWS::CloudWatch::Alarm"
SSO = f"auth_mode: SSO\nidentity_center_instance_arn: {INSTANCE}\n"


def made(folder: Path, studio: str, more: str = "") -> dict[str, dict[str, Any]]:
    """Return the resources of each stack of an environment."""
    file = folder / "base.yaml"
    block = f"studio:\n{indent(studio, '  ')}"
    file.write_text(f"{BASE}{more}{block}\n", "utf-8")
    assembly = synthesized(folder / "out", file)
    return {found.name: found.resources() for found in stacks(assembly)}


def studio(folder: Path, text: str, more: str = "") -> dict[str, Any]:
    found = made(folder, text, more)
    return found["studio"]


def of_type(resources: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    return (resource for resource in resources.values() if resource["Type"] == kind)


def settings(folder: Path, text: str) -> dict[str, Any]:
    [resource] = of_type(studio(folder, text), "Custom::StudioSettings")
    return dict(resource["Properties"])


def actions(resources: dict[str, Any]) -> set[str]:
    return {
        action
        for policy in of_type(resources, "AWS::IAM::ManagedPolicy")
        if policy["Properties"]["Description"] == "The activity use_canvas"
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in (
            statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        )
    }


def test_without_such_settings_there_is_no_custom_resource(tmp_path: Path) -> None:
    resources = studio(tmp_path, "users: [{name: alice}]")

    assert list(of_type(resources, "Custom::StudioSettings")) == []
    assert list(of_type(resources, "AWS::Lambda::Function")) == []


def test_canvas_says_every_switch_and_keeps_artifacts_encrypted(tmp_path: Path) -> None:
    found = settings(tmp_path, "canvas:\n  direct_deploy: true\n  workspace_prefix: team/canvas")

    canvas = found["Settings"]["DefaultUserSettings"]["CanvasAppSettings"]
    switches = {name: value["Status"] for name, value in canvas.items() if "Status" in value}
    assert switches == {
        "DirectDeploySettings": "ENABLED",
        "KendraSettings": "DISABLED",
        "ModelRegisterSettings": "ENABLED",
        "TimeSeriesForecastingSettings": "ENABLED",
    }
    workspace = canvas["WorkspaceSettings"]
    assert json.dumps(workspace["S3ArtifactPath"]).endswith('"/team/canvas"]]}')
    assert "Key" in json.dumps(workspace["S3KmsKeyId"])
    assert "UserProfiles" not in found


@pytest.mark.parametrize(
    ("text", "needed", "absent"),
    [
        ("canvas: {}", "sagemaker:CreateAutoMLJobV2", "sagemaker:CreateEndpoint"),
        ("canvas: {}", "sagemaker:CreateModelPackage", "bedrock:CreateModelCustomizationJob"),
        ("canvas: {model_register: false}", "sagemaker:CreateApp", "sagemaker:CreateModelPackage"),
        (
            "canvas: {direct_deploy: true}",
            "sagemaker:CreateEndpoint",
            "sagemaker:UpdateModelPackage",
        ),
        ("canvas: {bedrock_fine_tuning: true}", "bedrock:CreateModelCustomizationJob", "s3:*"),
        (
            "canvas: {}\nusers: [{name: alice, canvas: {direct_deploy: true}}]",
            "sagemaker:CreateEndpoint",
            "bedrock:CreateModelCustomizationJob",
        ),
    ],
)
def test_users_may_use_the_enabled_features_of_canvas(
    tmp_path: Path, text: str, needed: str, absent: str
) -> None:
    allowed = actions(made(tmp_path, text)["access"])

    assert needed in allowed
    assert absent not in allowed


def test_what_canvas_makes_has_to_be_in_the_vpc(tmp_path: Path) -> None:
    resources = made(tmp_path, "canvas: {}")["access"]

    [policy] = [
        policy["Properties"]
        for policy in of_type(resources, "AWS::IAM::ManagedPolicy")
        if policy["Properties"]["Description"] == "The activity use_canvas"
    ]
    statements = [
        statement
        for statement in policy["PolicyDocument"]["Statement"]
        if "sagemaker:CreateProcessingJob" in statement["Action"]
    ]
    [statement] = statements
    assert "sagemaker:CreateAutoMLJobV2" in statement["Action"]
    assert len(statement["Condition"]["ForAllValues:StringEquals"]["sagemaker:VpcSubnets"]) == 2
    assert statement["Condition"]["Null"] == {"sagemaker:VpcSubnets": "false"}


def test_without_canvas_nobody_may_use_it(tmp_path: Path) -> None:
    assert actions(made(tmp_path, "{}")["access"]) == set()
    text = json.dumps(made(tmp_path, "{}")["access"])
    assert "use_canvas" not in text
    assert "canvas" not in text


def test_bedrock_gets_a_role_for_the_workspace_alone(tmp_path: Path) -> None:
    stacks = made(tmp_path, "canvas: {bedrock_fine_tuning: true}")

    everything = {name: r for found in stacks.values() for name, r in found.items()}
    [role] = [
        role
        for role in of_type(everything, "AWS::IAM::Role")
        if "bedrock" in json.dumps(role["Properties"]["AssumeRolePolicyDocument"])
    ]
    trust = role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    assert "model-customization-job/*" in json.dumps(trust["Condition"]["ArnLike"])
    [policy] = [
        policy
        for policy in of_type(everything, "AWS::IAM::ManagedPolicy")
        if "Bedrock" in policy["Properties"]["Description"]
    ]
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    [objects] = [s for s in statements if "s3:PutObject" in s["Action"]]
    assert json.dumps(objects["Resource"]).endswith('"/canvas/*"]]}')


def test_trusted_identity_propagation_needs_the_domain_and_the_role(tmp_path: Path) -> None:
    stacks = made(tmp_path, f"{SSO}trusted_identity_propagation: true")

    [found] = of_type(stacks["studio"], "Custom::StudioSettings")
    assert found["Properties"]["Settings"] == {
        "DomainSettings": {"TrustedIdentityPropagationSettings": {"Status": "ENABLED"}}
    }
    [trust] = [
        statement
        for role in of_type(stacks["access"], "AWS::IAM::Role")
        for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        if "sts:SetContext" in statement["Action"]
    ]
    assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_amazon_q(tmp_path: Path) -> None:
    found = settings(tmp_path, f"{SSO}amazon_q_profile_arn: {PROFILE}")

    assert found["Settings"]["DomainSettings"]["AmazonQSettings"] == {
        "Status": "ENABLED",
        "QProfileArn": PROFILE,
    }


@pytest.mark.parametrize(
    ("own", "minutes"),
    [
        ("{default_minutes: 90}", (90, 60, 480)),
        ("{max_minutes: 120}", (60, 60, 120)),
        ("{min_minutes: 180}", (180, 180, 480)),
        ("{}", (60, 60, 480)),
        ("{min_minutes: 60, default_minutes: 480, max_minutes: 480}", (480, 60, 480)),
    ],
)
def test_idle_shutdown_of_a_user_keeps_what_the_domain_says(
    tmp_path: Path, own: str, minutes: tuple[int, int, int]
) -> None:
    found = settings(tmp_path, f"users: [{{name: alice, idle_shutdown: {own}}}, {{name: bob}}]")

    assert list(found["UserProfiles"]) == ["alice"]
    idle = found["UserProfiles"]["alice"]["Idle"]
    assert idle == {
        "LifecycleManagement": "ENABLED",
        "IdleTimeoutInMinutes": minutes[0],
        "MinIdleTimeoutInMinutes": minutes[1],
        "MaxIdleTimeoutInMinutes": minutes[2],
    }


def test_one_user_more_changes_nothing_for_the_others(tmp_path: Path) -> None:
    alice = "{name: alice, idle_shutdown: {default_minutes: 90}}"
    bob = "{name: bob, idle_shutdown: {default_minutes: 120}}"
    before = settings(tmp_path, f"users: [{alice}]")
    after = settings(tmp_path, f"users: [{alice}, {bob}]")

    assert after["UserProfiles"].pop("bob")["Idle"]["IdleTimeoutInMinutes"] == 120
    assert after == before


def test_idle_shutdown_of_a_space_and_rootless_docker(tmp_path: Path) -> None:
    resources = studio(
        tmp_path,
        "docker: {rootless: true}\nusers: [{name: alice}]\n"
        "spaces: [{name: lab, owner: alice, idle_minutes: 90}, {name: other, owner: alice}]",
    )

    [found] = of_type(resources, "Custom::StudioSettings")
    properties = found["Properties"]
    assert list(properties["Spaces"]) == ["lab"]
    assert properties["Spaces"]["lab"]["Idle"] == {"IdleTimeoutInMinutes": 90}
    assert properties["Spaces"]["lab"]["Apps"] == ["JupyterLab"]
    assert properties["Settings"]["DomainSettings"] == {
        "DockerSettings": {"RootlessDocker": "ENABLED"}
    }
    kinds = [resources[name]["Type"] for name in found["DependsOn"]]
    assert kinds.count("AWS::SageMaker::Space") == 1


def test_an_update_of_the_domain_runs_it_again(tmp_path: Path) -> None:
    small = settings(tmp_path, "canvas: {}\ninstance_type: ml.t3.medium")
    large = settings(tmp_path, "canvas: {}\ninstance_type: ml.m5.large")
    assert small["Watched"]["Hash"] != large["Watched"]["Hash"]
    assert small == settings(tmp_path, "canvas: {}\ninstance_type: ml.t3.medium")


def test_a_change_of_tags_runs_it_again(tmp_path: Path) -> None:
    text = "users: [{name: alice, idle_shutdown: {}}]"
    [one] = of_type(studio(tmp_path, text, "tags: {team: a}\n"), "Custom::StudioSettings")
    [two] = of_type(studio(tmp_path, text, "tags: {team: b}\n"), "Custom::StudioSettings")

    [first, second] = (r["Properties"]["UserProfiles"]["alice"]["Watched"] for r in (one, two))
    assert first["Hash"] != second["Hash"]


def test_what_a_user_refers_to_is_among_the_properties(tmp_path: Path) -> None:
    resources = studio(tmp_path, "users: [{name: alice, idle_shutdown: {}}]")

    [profile] = of_type(resources, "AWS::SageMaker::UserProfile")
    [group] = profile["Properties"]["UserSettings"]["SecurityGroups"]
    [found] = of_type(resources, "Custom::StudioSettings")
    assert group in found["Properties"]["UserProfiles"]["alice"]["Watched"]["References"]


def test_it_comes_after_the_domain_and_its_users(tmp_path: Path) -> None:
    resources = studio(
        tmp_path, "canvas: {}\nusers: [{name: alice, idle_shutdown: {}}, {name: bob}]"
    )

    [found] = of_type(resources, "Custom::StudioSettings")
    kinds = [resources[name]["Type"] for name in found["DependsOn"]]
    assert kinds.count("AWS::SageMaker::Domain") == 1
    assert kinds.count("AWS::SageMaker::UserProfile") == 1


def test_the_handler_may_change_this_domain_only(tmp_path: Path) -> None:
    resources = studio(tmp_path, "canvas: {}")

    for policy in of_type(resources, "AWS::IAM::ManagedPolicy"):
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            if any(action.startswith("sagemaker:Update") for action in statement["Action"]):
                if "sagemaker:UpdateSpace" in statement["Action"] and "Condition" in statement:
                    continue  # a user's own spaces
                assert "Domain66AC69E0" in json.dumps(statement["Resource"])


def test_the_users_of_a_stack_fit_into_one_request(tmp_path: Path) -> None:
    users = "\n".join(f"  - {{name: u{n}, idle_shutdown: {{}}, canvas: {{}}}}" for n in range(75))
    found = settings(tmp_path, f"canvas: {{}}\nusers:\n{users}")

    # Step Functions takes 256 KiB; an update holds the properties twice. References are longer
    # here than what they stand for.
    assert 2 * len(json.dumps(found, separators=(",", ":"))) < 256 * 1024


def test_the_report_of_apps_runs_once_a_day(tmp_path: Path) -> None:
    resources = studio(tmp_path, "app_report: {max_hours: 48, hour_utc: 5, metrics_by: [user]}")

    [rule] = of_type(resources, "AWS::Events::Rule")
    assert rule["Properties"]["ScheduleExpression"] == "cron(0 5 * * ? *)"
    [target] = rule["Properties"]["Targets"]
    asked = json.dumps(target["Input"])
    for part in ("MaxHours", "48", "Owner", "DomainId"):
        assert part in asked


def test_alarms_tell_of_long_apps_of_a_failure_and_of_a_missing_report(tmp_path: Path) -> None:
    resources = studio(tmp_path, "app_report: {tolerated_apps: 3}")

    alarms = {a["Properties"]["MetricName"]: a["Properties"] for a in of_type(resources, ALARM)}
    over, failed = alarms["AppsOverLimit"], alarms["Errors"]
    assert (over["Threshold"], over["ComparisonOperator"]) == (3, "GreaterThanThreshold")
    assert over["TreatMissingData"] == "missing"
    assert over["EvaluationPeriods"] * over["Period"] == 26 * 3600
    assert over["DatapointsToAlarm"] == 1
    assert over["InsufficientDataActions"] == over["AlarmActions"] == failed["AlarmActions"]
    assert failed["TreatMissingData"] == "notBreaching"


def test_the_report_reads_one_domain_and_puts_into_one_namespace(tmp_path: Path) -> None:
    resources = studio(tmp_path, "app_report: {}")

    statements = [
        statement
        for policy in of_type(resources, "AWS::IAM::ManagedPolicy")
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    [put] = [s for s in statements if s["Action"] == "cloudwatch:PutMetricData"]
    assert put["Condition"] == {
        "StringEquals": {"cloudwatch:namespace": "SageMakerPlatform/Studio"}
    }
    [describe] = [s for s in statements if s["Action"] == "sagemaker:DescribeApp"]
    assert "Domain66AC69E0" in json.dumps(describe["Resource"])
