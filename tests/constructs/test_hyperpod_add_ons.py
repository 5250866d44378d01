"""HyperPod's add-ons of EKS and what they need, as a template has them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template
from ruamel.yaml import YAML

from sagemaker_platform.foundation import AccessLogBucket
from sagemaker_platform.hyperpod.eks_add_ons import (
    AddOnTarget,
    ContainerInsights,
    GrafanaWorkspace,
    InferenceOperator,
    Observability,
    PrometheusWorkspace,
    Saml,
    Spaces,
    TaskMetrics,
    TrainingOperator,
)
from sagemaker_platform.network import INetwork

ARN = "arn:aws:eks:eu-west-1:123456789012:cluster/dev-research"
Resources = dict[str, dict[str, Any]]


@pytest.fixture
def target(stack: Stack) -> AddOnTarget:
    return AddOnTarget(
        name="dev-research",
        arn=ARN,
        issuer_url="https://oidc.eks.eu-west-1.amazonaws.com/id/ABC",
        cluster=sagemaker.CfnCluster(stack, "Cluster"),
        cluster_name="dev-research",
        security_group_ids=["sg-1"],
    )


@pytest.fixture
def workspace(stack: Stack, key: kms.IKey) -> PrometheusWorkspace:
    return PrometheusWorkspace(
        stack,
        "Prometheus",
        name="dev-research",
        key=key,
        topic=sns.Topic(stack, "Topic"),
        log_retention_days=30,
        metric_retention_days=150,
        waiting_minutes=45,
        removal_policy=RemovalPolicy.DESTROY,
    )


def read(written: str) -> Any:
    return YAML(typ="safe", pure=True).load(written)


def resources(stack: Stack) -> Resources:
    found: Resources = Template.from_stack(stack).to_json()["Resources"]
    return found


def of_type(stack: Stack, name: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in resources(stack).values() if one["Type"] == name]


def text(value: Any) -> str:
    """Return a joined text with names of resources in place of references."""
    match value:
        case str():
            return value
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(text, parts))
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
    raise AssertionError(value)


def configuration(stack: Stack) -> dict[str, Any]:
    [add_on] = of_type(stack, "AWS::EKS::Addon")
    values: dict[str, Any] = json.loads(text(add_on["ConfigurationValues"]))
    return values


def actions(stack: Stack) -> set[str]:
    return {
        action
        for policy in of_type(stack, "AWS::IAM::ManagedPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        for action in (
            statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        )
    }


def test_add_ons_come_after_the_nodes(stack: Stack, target: AddOnTarget) -> None:
    TrainingOperator(stack, "Operator", target=target, version="v1.0.0-eksbuild.1")
    [add_on] = [one for one in resources(stack).values() if one["Type"] == "AWS::EKS::Addon"]
    assert "Cluster" in add_on["DependsOn"]
    assert add_on["Properties"]["AddonVersion"] == "v1.0.0-eksbuild.1"


def test_a_pod_role_is_for_one_service_account_of_one_cluster(
    stack: Stack, target: AddOnTarget
) -> None:
    TrainingOperator(stack, "Operator", target=target)
    [role] = of_type(stack, "AWS::IAM::Role")
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert statement["Condition"]["StringEquals"] == {
        "aws:SourceAccount": {"Ref": "AWS::AccountId"},
        "aws:SourceArn": ARN,
        "aws:RequestTag/kubernetes-namespace": "aws-hyperpod",
        "aws:RequestTag/kubernetes-service-account": "hp-training-operator-controller-manager",
    }
    assert actions(stack) == {"sagemaker:DescribeClusterNode"}


@pytest.mark.parametrize("remote", [True, False])
def test_spaces_use_session_manager_only_when_asked(
    stack: Stack, target: AddOnTarget, remote: bool
) -> None:
    Spaces(stack, "Spaces", target=target, remote_access=remote)
    assert ("jupyter-k8s-aws-hyperpod" in configuration(stack)) is remote
    assert ("ssm:CreateActivation" in actions(stack)) is remote
    trusted = [
        statement["Principal"].get("Service")
        for role in of_type(stack, "AWS::IAM::Role")
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
    ]
    assert ("ssm.amazonaws.com" in trusted) is remote


def test_container_insights_finds_its_log_groups_made(
    stack: Stack, target: AddOnTarget, key: kms.IKey
) -> None:
    ContainerInsights(stack, "Insights", target=target, key=key, log_retention_days=30, tasks=True)
    groups = of_type(stack, "AWS::Logs::LogGroup")
    assert {one["LogGroupName"] for one in groups} == {
        f"/aws/containerinsights/dev-research/{name}"
        for name in ("application", "dataplane", "host", "performance")
    }
    assert all("KmsKeyId" in one for one in groups)
    [add_on] = [one for one in resources(stack).values() if one["Type"] == "AWS::EKS::Addon"]
    made = [name for name, one in resources(stack).items() if one["Type"] == "AWS::Logs::LogGroup"]
    assert set(made) <= set(add_on["DependsOn"])
    kubernetes = configuration(stack)["agent"]["config"]["logs"]["metrics_collected"]["kubernetes"]
    assert kubernetes["kueue_container_insights"] is True


def test_the_workspace_is_encrypted_and_notifies_the_topic(
    stack: Stack, workspace: PrometheusWorkspace
) -> None:
    [found] = of_type(stack, "AWS::APS::Workspace")
    assert "KmsKeyArn" in found
    definition = read(text(found["AlertManagerDefinition"]))
    manager = read(definition["alertmanager_config"])
    [receiver] = manager["receivers"]
    assert manager["route"]["receiver"] == receiver["name"]
    assert receiver["sns_configs"][0]["topic_arn"].startswith("<Topic")
    assert found["LoggingConfiguration"]["LogGroupArn"]["Fn::Join"][1][-1].endswith(":*")


def test_starving_teams_are_an_alert(stack: Stack, workspace: PrometheusWorkspace) -> None:
    [namespace] = of_type(stack, "AWS::APS::RuleGroupsNamespace")
    groups = {one["name"]: one["rules"] for one in read(namespace["Data"])["groups"]}
    alerts = {one["alert"]: one for rules in groups.values() for one in rules if "alert" in one}
    records = {one["record"]: one["expr"] for one in groups["teams"] if "record" in one}
    starving = alerts["QuotaStarvation"]
    assert starving["for"] == "45m"
    # It reads what is recorded, which reads the queues that teams have.
    recorded = starving["expr"].split()[0]
    assert 'cluster_queue=~"hyperpod-ns-.+-clusterqueue"' in records[recorded]
    assert {"GpuError", "GpuMemoryError", "NodeDiskFull"} <= set(alerts)
    disks = '{fstype!~"iso9660|overlay|squashfs|tmpfs"}'
    assert alerts["NodeDiskFull"]["expr"] == (
        f"1 - node_filesystem_free_bytes{disks} / node_filesystem_size_bytes{disks} > 0.9"
    )
    # References to labels are Prometheus', and no braces of ours are left over.
    assert "{{ $labels.cluster_queue }}" in starving["annotations"]["summary"]
    assert "{{{" not in namespace["Data"]


def test_collectors_write_to_their_workspace_only(
    stack: Stack, target: AddOnTarget, workspace: PrometheusWorkspace
) -> None:
    Observability(
        stack, "Observability", target=target, workspace=workspace.resource, advanced=["training"]
    )
    values = configuration(stack)
    assert values["ampWorkspace"]["prometheusEndpoint"].endswith(".WorkspaceId>")
    levels = {name: one["level"] for name, one in values["metricsProvider"].items()}
    assert {name for name, level in levels.items() if level == "ADVANCED"} == {"trainingMetrics"}
    assert "amgWorkspace" not in values
    [policy] = of_type(stack, "AWS::IAM::ManagedPolicy")
    write = next(
        one for one in policy["PolicyDocument"]["Statement"] if one["Action"] == "aps:RemoteWrite"
    )
    assert write["Resource"]["Fn::GetAtt"][1] == "Arn"


def test_grafana_reads_one_workspace(
    stack: Stack, network: INetwork, workspace: PrometheusWorkspace
) -> None:
    GrafanaWorkspace(
        stack,
        "Grafana",
        name="dev-research",
        network=network,
        workspace=workspace.resource,
        identity_center=False,
        saml=Saml(
            metadata_url="https://idp.example.com/metadata",
            role_attribute="role",
            admin_values=["platform"],
        ),
    )
    [found] = of_type(stack, "AWS::Grafana::Workspace")
    assert found["AuthenticationProviders"] == ["SAML"]
    assert found["SamlConfiguration"]["RoleValues"] == {"Admin": ["platform"]}
    assert found["VpcConfiguration"]["SubnetIds"] == ["subnet-a", "subnet-b"]
    # A network without interface endpoints reaches Prometheus through its NAT gateway.
    groups = of_type(stack, "AWS::EC2::SecurityGroup")
    [group] = [one for one in groups if "Grafana" in one["GroupDescription"]]
    [rule] = group["SecurityGroupEgress"]
    assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"]) == ("0.0.0.0/0", 443, 443)
    assert not {action for action in actions(stack) if action.startswith("aps:Put")}


def test_nobody_could_sign_in(
    stack: Stack, network: INetwork, workspace: PrometheusWorkspace
) -> None:
    with pytest.raises(ValueError, match="expected identity_center, saml, or both"):
        GrafanaWorkspace(
            stack,
            "Grafana",
            name="x",
            network=network,
            workspace=workspace.resource,
            identity_center=False,
        )


@pytest.fixture
def operator(
    stack: Stack, target: AddOnTarget, network: INetwork, key: kms.IKey
) -> Callable[..., InferenceOperator]:
    def make(**arguments: Any) -> InferenceOperator:
        logs = AccessLogBucket(
            stack, "Logs", retention_days=30, removal_policy=RemovalPolicy.DESTROY
        ).bucket
        return InferenceOperator(
            stack,
            "Operator",
            target=target,
            vpc=network.vpc,
            key=key,
            access_logs=logs,
            removal_policy=RemovalPolicy.DESTROY,
            **arguments,
        )

    return make


def test_the_operator_has_a_role_for_each_of_its_parts(
    stack: Stack, operator: Callable[..., InferenceOperator]
) -> None:
    operator(gated_models=True)
    values = configuration(stack)
    roles = {
        values["executionRoleArn"],
        values["alb"]["serviceAccount"]["roleArn"],
        values["keda"]["auth"]["aws"]["irsa"]["roleArn"],
        values["jumpstartGatedModelDownloadRoleArn"],
    }
    assert len(roles) == 4
    trusts = [
        json.loads(role["AssumeRolePolicyDocument"]["Fn::Sub"][0])
        for role in of_type(stack, "AWS::IAM::Role")
        if "Fn::Sub" in role["AssumeRolePolicyDocument"]
    ]
    subjects = {
        next(iter(trust["Statement"][0]["Condition"]["StringLike"].values())) for trust in trusts
    }
    assert subjects == {
        "system:serviceaccount:hyperpod-inference-system:hyperpod-inference-controller-manager",
        "system:serviceaccount:hyperpod-inference-system:aws-load-balancer-controller",
        "system:serviceaccount:hyperpod-inference-system:keda-operator",
        "system:serviceaccount:*:hyperpod-inference-service-account*",
    }
    # SageMaker takes two of them, and of its own account only.
    own = [trust["Statement"][1] for trust in trusts if len(trust["Statement"]) == 2]
    assert [one["Condition"]["StringEquals"] for one in own] == [
        {"aws:SourceAccount": "${AWS::AccountId}"}
    ] * 2


def test_the_load_balancer_controller_keeps_to_its_cluster(
    stack: Stack, operator: Callable[..., InferenceOperator]
) -> None:
    operator()
    [policy] = [
        one
        for one in of_type(stack, "AWS::IAM::ManagedPolicy")
        if one["Description"].startswith("Load balancer controller")
    ]
    for statement in policy["PolicyDocument"]["Statement"]:
        named = statement["Action"]
        changing = [
            action
            for action in (named if isinstance(named, list) else [named])
            if not action.split(":")[1].startswith(("Describe", "Get", "List"))
        ]
        if any(action.startswith("elasticloadbalancing:") for action in changing):
            assert "dev-research" in str(statement["Condition"])


def test_no_policy_is_larger_than_iam_takes(
    stack: Stack, operator: Callable[..., InferenceOperator]
) -> None:
    operator(gated_models=True)
    for policy in of_type(stack, "AWS::IAM::ManagedPolicy"):
        flat = _flat(policy["PolicyDocument"])
        assert len(json.dumps(flat, separators=(",", ":"))) <= 6144


def _flat(value: Any) -> Any:
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(_flat, parts))
        case {"Ref": name}:
            return {"AWS::Partition": "aws-us-gov", "AWS::Region": "ap-southeast-1"}.get(
                name, "123456789012"
            )
        case {"Fn::GetAtt": _}:
            return "x" * 100
        case dict():
            return {key: _flat(one) for key, one in value.items()}
        case list():
            return [_flat(one) for one in value]
    return value


def test_teams_have_graphs_and_an_alarm_each(stack: Stack) -> None:
    metrics = TaskMetrics(
        stack,
        "Tasks",
        kubernetes_name="dev-research",
        teams=["vision", "audio"],
        waiting_minutes=45,
        topic=sns.Topic(stack, "Topic"),
    )
    alarms = of_type(stack, "AWS::CloudWatch::Alarm")
    assert [
        (dimension["Value"], alarm["EvaluationPeriods"])
        for alarm in alarms
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "ClusterQueue"
    ] == [("hyperpod-ns-vision-clusterqueue", 9), ("hyperpod-ns-audio-clusterqueue", 9)]
    titles = [widget["properties"]["title"] for widget in metrics.widgets()]
    assert titles[0] == "dev-research: health of nodes"
    assert len(titles) == 4


@pytest.mark.parametrize("minutes", [0, 7, 1445])
def test_alarms_wait_whole_periods_of_a_day_at_most(stack: Stack, minutes: int) -> None:
    with pytest.raises(ValueError, match="expected a multiple of 5"):
        TaskMetrics(
            stack,
            "Tasks",
            kubernetes_name="x",
            teams=[],
            waiting_minutes=minutes,
            topic=sns.Topic(stack, "Topic"),
        )
