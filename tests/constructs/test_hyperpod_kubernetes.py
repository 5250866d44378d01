"""What others do with an EKS cluster: add-ons, roles of pods, access, manifests."""

from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from sagemaker_platform.hyperpod import ClusterSecurityGroup
from sagemaker_platform.hyperpod.kubernetes import (
    Chart,
    KubernetesCluster,
    chart_repository_arn,
    node_pool,
)
from sagemaker_platform.network import ImportedNetwork

REPOSITORY = "oci://111111111111.dkr.ecr.eu-west-1.amazonaws.com/charts/one"


@pytest.fixture
def cluster(stack: Stack) -> KubernetesCluster:
    network = ImportedNetwork(
        stack,
        "Network",
        vpc_id="vpc-1",
        cidr="10.0.0.0/16",
        availability_zones=["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        private_subnet_ids=["subnet-a", "subnet-b", "subnet-c"],
    )
    return KubernetesCluster(
        stack,
        "Kubernetes",
        name="research",
        version="1.34",
        network=network,
        nodes=ClusterSecurityGroup(stack, "Nodes", network=network).security_group,
        key=kms.Key(stack, "Key"),
        log_retention_days=30,
        registries=[chart_repository_arn(stack, REPOSITORY)],
    )


def made(stack: Stack, kind: str, **properties: Any) -> dict[str, Any]:
    """Return the one resource of a type with some properties."""
    found = Template.from_stack(stack).find_resources(kind, {"Properties": properties})
    [resource] = found.values()
    return dict(resource)


@pytest.mark.usefixtures("cluster")
def test_a_third_zone_changes_nothing_of_the_control_plane(stack: Stack) -> None:
    """EKS takes no subnet of a zone that it was not created with."""
    network = made(stack, "AWS::EKS::Cluster")["Properties"]["ResourcesVpcConfig"]
    assert network["SubnetIds"] == ["subnet-a", "subnet-b"]


def test_an_add_on_comes_after_what_it_needs(stack: Stack, cluster: KubernetesCluster) -> None:
    first = cluster.add_on("vpc-cni", version="v1.20.4-eksbuild.1")
    cluster.add_on("coredns", after=[first], values='{"replicaCount": 3}')

    later = made(stack, "AWS::EKS::Addon", AddonName="coredns")
    assert later["DependsOn"] == [stack.get_logical_id(first)]
    assert later["Properties"]["ConfigurationValues"] == '{"replicaCount": 3}'
    earlier = made(stack, "AWS::EKS::Addon", AddonName="vpc-cni")["Properties"]
    assert earlier["AddonVersion"] == "v1.20.4-eksbuild.1"


def test_a_service_account_gets_a_role(stack: Stack, cluster: KubernetesCluster) -> None:
    role = cluster.pod_role(
        "Reader",
        description="Reads",
        statements=[
            iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::one/*"])
        ],
    )
    cluster.add_pod_identity("ReaderAccount", role, namespace="jobs", service_account="reader")

    given = made(stack, "AWS::EKS::PodIdentityAssociation")["Properties"]
    assert (given["Namespace"], given["ServiceAccount"]) == ("jobs", "reader")
    trust = made(stack, "AWS::IAM::Role", Description="Reads")["Properties"]
    [statement] = trust["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"]["StringEquals"].keys() == {"aws:SourceAccount"}
    assert "cluster/research" in str(statement["Condition"]["ArnEquals"]["aws:SourceArn"])


@pytest.mark.parametrize(
    ("given", "scope"),
    [
        ({}, {"Type": "cluster"}),
        ({"namespaces": ["team-a"]}, {"Type": "namespace", "Namespaces": ["team-a"]}),
    ],
)
def test_access_is_to_everything_or_to_namespaces(
    stack: Stack, cluster: KubernetesCluster, given: Mapping[str, Any], scope: Mapping[str, Any]
) -> None:
    arn = "arn:aws:iam::111111111111:role/a-user"
    cluster.grant_access("AUser", arn, "AmazonEKSEditPolicy", **given)

    entry = made(stack, "AWS::EKS::AccessEntry", PrincipalArn=arn)["Properties"]
    [policy] = entry["AccessPolicies"]
    assert policy["AccessScope"] == scope
    assert str(policy["PolicyArn"]).count("AmazonEKSEditPolicy") == 1


def test_access_to_look_everywhere_and_edit_somewhere(
    stack: Stack, cluster: KubernetesCluster
) -> None:
    arn = "arn:aws:iam::111111111111:role/a-user"
    cluster.grant_access("AUser", arn, "AmazonEKSViewPolicy", edits=["team-a"])

    entry = made(stack, "AWS::EKS::AccessEntry", PrincipalArn=arn)["Properties"]
    assert [policy["AccessScope"]["Type"] for policy in entry["AccessPolicies"]] == [
        "cluster",
        "namespace",
    ]


def test_a_chart_is_compared_before_it_is_installed(
    stack: Stack, cluster: KubernetesCluster
) -> None:
    cluster.install_chart(
        "One",
        Chart(
            repository=REPOSITORY,
            version="1.2.3",
            digest="sha256:0",
            release="one",
            namespace="two",
            values={"a": {"b": 1}},
        ),
    )
    resources = Template.from_stack(stack).find_resources("Custom::PinnedChart")
    [(pin_id, pin)] = resources.items()
    assert pin["Properties"] | {"ServiceToken": ""} == {
        "ServiceToken": "",
        "Account": "111111111111",
        "Region": "eu-west-1",
        "Repository": "charts/one",
        "Version": "1.2.3",
        "Digest": "sha256:0",
    }
    chart = made(stack, "Custom::AWSCDK-EKS-HelmChart")
    assert pin_id in chart["DependsOn"]
    assert chart["Properties"]["Values"] == '{"a":{"b":1}}'
    # Where Helm unpacks it is the last part of the address.
    assert chart["Properties"]["Repository"] == REPOSITORY


def test_kubectl_pulls_from_the_named_repositories_only(
    stack: Stack, cluster: KubernetesCluster
) -> None:
    policy = made(stack, "AWS::IAM::ManagedPolicy", Description="Running kubectl and Helm")
    [pull] = [
        statement
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "ecr:BatchGetImage" in statement["Action"]
    ]
    assert "repository/charts/one" in str(pull["Resource"])
    roles = Template.from_stack(stack).find_resources("AWS::IAM::Role")
    managed = [str(role["Properties"].get("ManagedPolicyArns")) for role in roles.values()]
    assert not any("ContainerRegistry" in arns or "LambdaBasic" in arns for arns in managed)


def test_karpenter_stops_empty_nodes_only() -> None:
    _, pool = node_pool(["a"], max_vcpus=8, consolidate_after_seconds=60)

    assert pool["spec"]["disruption"] == {
        "consolidationPolicy": "WhenEmpty",
        "consolidateAfter": "60s",
    }
