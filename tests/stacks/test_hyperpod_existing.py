"""Clusters that take over what a company has already: EKS, file system, role, groups, buckets."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.loading import load_environments
from tests.bad_settings import faults
from tests.support import ROOT, StackTemplate, stack, synthesized, written

EXAMPLE = ROOT / "examples" / "hyperpod-company.yaml"
NODES = "NodesC12DF151"


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesized(tmp_path_factory.mktemp("company") / "out", EXAMPLE)


@pytest.fixture(scope="module")
def serving(assembly: Path) -> StackTemplate:
    return stack(assembly, "hyperpod-company/hyperpod-serving")


@pytest.fixture(scope="module")
def simulation(assembly: Path) -> StackTemplate:
    return stack(assembly, "hyperpod-company/hyperpod")


def test_nodes_join_the_existing_cluster(serving: StackTemplate) -> None:
    [cluster] = serving.of_type("AWS::SageMaker::Cluster")
    arn = cluster["Orchestrator"]["Eks"]["ClusterArn"]
    assert arn == "arn:aws:eks:eu-west-1:444444444444:cluster/company-ml"
    assert not serving.of_type("AWS::EKS::Cluster")
    assert not serving.of_type("Custom::AWSCDK-EKS-HelmChart")
    # Its owner has installed all others.
    [add_on] = serving.of_type("AWS::EKS::Addon")
    assert add_on["AddonName"] == "amazon-sagemaker-hyperpod-inference"
    for one in (add_on, *serving.of_type("AWS::EKS::AccessEntry")):
        assert one["ClusterName"] == "company-ml"
    policies = json.dumps(serving.of_type("AWS::IAM::ManagedPolicy"))
    assert "cluster/company-ml" in policies
    assert ":cluster/hyperpod-company-serving" not in policies


def test_the_existing_provider_of_tokens_is_used(serving: StackTemplate) -> None:
    """IAM has one provider for an address."""
    assert not serving.of_type("AWS::IAM::OIDCProvider")
    trusts = str([one["AssumeRolePolicyDocument"] for one in serving.of_type("AWS::IAM::Role")])
    assert "oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF" in trusts


def rules(template: StackTemplate, group: str, key: str) -> set[tuple[Any, Any]]:
    """Return the ports that incoming rules of a group open to another."""
    return {
        (rule["FromPort"], rule["ToPort"])
        for rule in template.of_type("AWS::EC2::SecurityGroupIngress")
        if group in str(rule["GroupId"]) and key in str(rule["SourceSecurityGroupId"])
    }


def test_control_plane_and_nodes_reach_each_other(serving: StackTemplate) -> None:
    plane = "sg-0a1b2c3d4e5f67890"
    assert rules(serving, NODES, plane) == {(443, 443), (1025, 65_535)}
    assert rules(serving, plane, "Nodes") == {(443, 443)}
    assert rules(serving, plane, "Kubectl") == {(443, 443)}


def test_nodes_mount_the_existing_file_system(serving: StackTemplate) -> None:
    assert not serving.of_type("AWS::FSx::FileSystem")
    servers = "sg-0a1b2c3d4e5f67892"
    assert rules(serving, servers, NODES) == {(988, 988), (1018, 1023)}
    assert rules(serving, NODES, servers) == {(988, 988), (1018, 1023)}
    [volume] = [
        one
        for resource in serving.of_type("Custom::AWSCDK-EKS-KubernetesResource")
        for one in json.loads(written(resource["Manifest"]))
        if one["kind"] == "PersistentVolume"
    ]
    assert volume["spec"]["csi"]["volumeHandle"] == "fs-0a1b2c3d4e5f67890-default"
    assert volume["spec"]["csi"]["volumeAttributes"]["mountname"] == "abcdefgh"
    # Its owner watches its free space.
    assert "FreeDataStorageCapacity" not in str(serving.of_type("AWS::CloudWatch::Alarm"))


def test_all_nodes_are_in_the_further_groups(serving: StackTemplate) -> None:
    [cluster] = serving.of_type("AWS::SageMaker::Cluster")
    own, further = cluster["VpcConfig"]["SecurityGroupIds"]
    assert NODES in str(own)
    assert further == "sg-0a1b2c3d4e5f67891"


def test_nodes_have_further_rights(serving: StackTemplate) -> None:
    [further] = [
        one
        for one in serving.of_type("AWS::IAM::ManagedPolicy")
        if one["Description"].startswith("Further rights")
    ]
    allowed = {
        (action, resource)
        for statement in further["PolicyDocument"]["Statement"]
        for action in aslist(statement["Action"])
        for resource in aslist(statement["Resource"])
    }
    assert ("s3:GetObject", "arn:aws:s3:::company-corpora/*") in allowed
    assert ("s3:PutObject", "arn:aws:s3:::company-corpora/*") not in allowed
    assert ("s3:PutObject", "arn:aws:s3:::company-checkpoints/*") in allowed
    table = "arn:aws:dynamodb:eu-west-1:444444444444:table/experiments"
    assert ("dynamodb:PutItem", table) in allowed
    assert any(action == "kms:Decrypt" and "1234abcd" in key for action, key in allowed)
    assert "policy/team/market-data-read" in str(serving.of_type("AWS::IAM::Role"))


def aslist(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_nodes_have_the_existing_role(simulation: StackTemplate) -> None:
    role = "arn:aws:iam::444444444444:role/ml-platform/cluster-nodes"
    [cluster] = simulation.of_type("AWS::SageMaker::Cluster")
    assert {group["ExecutionRole"] for group in cluster["InstanceGroups"]} == {role}
    descriptions = [one.get("Description") for one in simulation.of_type("AWS::IAM::Role")]
    assert "Nodes of a HyperPod cluster" not in descriptions


EKS = "arn:aws:eks:eu-west-1:444444444444:cluster/company-ml"
ROLE = "arn:aws:iam::444444444444:role/ml-platform/cluster-nodes"
PROVIDER = "        oidc_provider_arn: arn:aws:iam::444444444444:oidc-provider/"


@pytest.mark.parametrize(
    ("old", "new", "right"),
    [
        (EKS, EKS.replace("444444444444", "555555555555"), "of account 444444444444"),
        (EKS, EKS.replace("eu-west-1", "eu-west-2"), "must be in eu-west-1"),
        (
            EKS,
            EKS.replace("arn:aws:", "arn:aws-cn:"),
            "partition of the environment, aws",
        ),
        (EKS, EKS.replace(":cluster/", ":nodegroup/"), "must be the ARN of an EKS cluster"),
        (ROLE, ROLE.replace("4444", "5555", 1), "of account 444444444444"),
        (ROLE, ROLE.replace(":role/", ":user/"), "must be the ARN of an IAM role"),
        (f"arn: {ROLE}", f"arn: {ROLE}\n        managed_policies: [a]", "omitted with arn"),
        (PROVIDER, "        # ", "must have oidc_provider_arn, because the inference operator"),
        (f"      existing:\n        arn: {EKS}", "      hidden:", "must have kubernetes_version"),
        (
            "      node_role:",
            '      kubernetes_version: "1.34"\n      node_role:',
            "you manage that EKS cluster",
        ),
        (
            "      node_role:",
            "      extended_support: true\n      node_role:",
            "you manage that EKS cluster",
        ),
        (
            "        mount_path: /fsx",
            "        storage_capacity_gib: 1200",
            "omitted with existing",
        ),
        ("        mount_path: /fsx", "        data_repositories: []", "omitted with existing"),
        ("fs-0a1b2c3d4e5f67890", "fsap-0a1b2c3d", "must be the id of a file system"),
        ("abcdefgh", "abc/def", "mount_name"),
        ("[dynamodb:GetItem, dynamodb:PutItem]", "[dynamodb:*]", "without wildcards"),
        ("[dynamodb:GetItem, dynamodb:PutItem]", '["*"]', "without wildcards"),
        (
            "arn:aws:dynamodb:eu-west-1:444444444444:table/experiments",
            "arn:aws-us-gov:dynamodb:us-gov-west-1:444444444444:table/experiments",
            "partition of the environment, aws",
        ),
        ("arn:aws:s3:::company-corpora", "company-corpora", "must be the ARN of a bucket"),
        ("[team/market-data-read]", "[arn:aws:iam::aws:policy/AdministratorAccess]", "Admin"),
        ("[sg-0a1b2c3d4e5f67891]", "[sg-0a1b2c3d, sg-0a1b2c3d]", "names one twice"),
        (
            "[sg-0a1b2c3d4e5f67891]",
            "[sg-0000000a, sg-0000000b, sg-0000000c, sg-0000000d, sg-0000000e]",
            "at most 4",
        ),
    ],
)
def test_wrong_values_are_refused(old: str, new: str, right: str, tmp_path: Path) -> None:
    text = EXAMPLE.read_text("utf-8")
    assert old in text
    if new == "      hidden:":
        text = text.replace(
            text[
                text.index("      existing:\n        arn:") : text.index(
                    "      # Further security groups"
                )
            ],
            "",
        )
    else:
        text = text.replace(old, new, 1)
    file = tmp_path / "hyperpod-company.yaml"
    file.write_text(text, "utf-8")

    message = "\n".join(faults(str(file)))

    assert right in message


def test_an_eks_cluster_takes_one_hyperpod_cluster(tmp_path: Path) -> None:
    text = EXAMPLE.read_text("utf-8")
    first = text[text.index("    - name: serving") : text.index("    - name: simulation")]
    file, other = tmp_path / "hyperpod-company.yaml", tmp_path / "other.yaml"
    file.write_text(text + first.replace("name: serving", "name: second"), "utf-8")
    assert "an earlier cluster uses this EKS cluster" in "\n".join(faults(str(file)))

    file.write_text(text, "utf-8")
    other.write_text(text.replace("name: hyperpod-company", "name: other"), "utf-8")
    message = "\n".join(faults(str(file), str(other)))
    assert f"also creates the HyperPod cluster on {EKS}" in message


def test_recipes_name_the_existing_cluster(tmp_path: Path) -> None:
    file = tmp_path / "hyperpod-company.yaml"
    text = EXAMPLE.read_text("utf-8").replace("eu-west-1", "eu-central-1")
    text = text.replace(
        "hyperpod:\n",
        "hyperpod:\n"
        "  recipes:\n"
        "    commit: 263199555b2e1f8eb9b17459892e440f3242b5d9\n"
        "    repository: https://github.com/aws/sagemaker-hyperpod-recipes.git\n"
        "    image: 444444444444.dkr.ecr.eu-central-1.amazonaws.com/recipes:1\n",
        1,
    )
    text = text.replace(
        "      instance_groups:\n        - name: gpu",
        "      task_governance: {teams: [{name: vision, personas: [researcher]}]}\n"
        "      instance_groups:\n        - name: gpu",
    )
    file.write_text(text, "utf-8")

    out = synthesized(tmp_path / "out", file)

    [configuration] = stack(out, "hyperpod-company/recipes").of_type("AWS::SSM::Parameter")
    arn = "arn:aws:eks:eu-central-1:444444444444:cluster/company-ml"
    assert arn in written(configuration["Value"])
    # People of teams work in their namespaces, also in an existing cluster.
    [entry] = [
        one
        for one in stack(out, "hyperpod-company/hyperpod-serving").of_type("AWS::EKS::AccessEntry")
        if "KubernetesGroups" in one
    ]
    [policy] = entry["AccessPolicies"]
    assert policy["AccessScope"]["Namespaces"] == ["hyperpod-ns-vision"]


def test_the_owner_may_leave_add_ons_and_chart_to_the_environment(tmp_path: Path) -> None:
    text = EXAMPLE.read_text("utf-8")
    file = tmp_path / "hyperpod-company.yaml"
    file.write_text(
        text.replace(
            "      # Further security groups",
            "      add_ons: [aws-fsx-csi-driver]\n"
            "      dependencies_chart:\n"
            "        repository: oci://444444444444.dkr.ecr.eu-west-1.amazonaws.com/"
            "hyperpod-helm-chart\n"
            f"        version: 0.1.0\n        digest: sha256:{'0' * 64}\n"
            "      # Further security groups",
        ),
        "utf-8",
    )
    [loaded] = load_environments(files=[str(file)])
    [cluster] = loaded.hyperpod.eks_clusters  # type: ignore[attr-defined]
    assert cluster.installed_add_ons == ["aws-fsx-csi-driver"]

    out = synthesized(tmp_path / "out", file)
    made = stack(out, "hyperpod-company/hyperpod-serving")
    assert len(made.of_type("Custom::AWSCDK-EKS-HelmChart")) == 1
    assert {one["AddonName"] for one in made.of_type("AWS::EKS::Addon")} == {
        "aws-fsx-csi-driver",
        "amazon-sagemaker-hyperpod-inference",
    }
