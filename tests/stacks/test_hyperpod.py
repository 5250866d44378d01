"""HyperPod in a settings file: what it makes."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.loading import load_environments
from tests.bad_settings import BASE, added, check, faults, write
from tests.support import ROOT, StackTemplate, block_of, stack, stacks, synthesized

GROUPS = """\
      instance_groups:
        - {name: head, node_type: controller, instance_type: ml.m5.xlarge, instance_count: 1}
        - name: gpu
          node_type: compute
          partition: gpu
          instance_type: ml.g5.xlarge
          instance_count: 2
"""
CLUSTER = f"hyperpod:\n  clusters:\n    - name: research\n      orchestrator: slurm\n{GROUPS}"


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly of the complete example."""
    folder = tmp_path_factory.mktemp("hyperpod")
    file = ROOT / "examples" / "hyperpod-complete.yaml"
    return synthesized(folder / "out", file)


def of(assembly: Path, name: str) -> StackTemplate:
    return stack(assembly, f"hyperpod-complete/{name}")


def groups_of(assembly: Path) -> dict[str, dict[str, Any]]:
    [cluster] = of(assembly, "hyperpod").of_type("AWS::SageMaker::Cluster")
    return {group["InstanceGroupName"]: group for group in cluster["InstanceGroups"]}


def test_only_groups_in_other_zones_name_a_subnet(complete: Path) -> None:
    groups = groups_of(complete)
    assert [name for name, group in groups.items() if "OverrideVpcConfig" in group] == ["spot"]
    [cluster] = of(complete, "hyperpod").of_type("AWS::SageMaker::Cluster")
    assert "Subnet1" in str(cluster["VpcConfig"])
    assert "Subnet2" in str(groups["spot"]["OverrideVpcConfig"])


def test_each_kind_of_node_runs_its_script(complete: Path) -> None:
    scripts = {
        name: group["LifeCycleConfig"]["OnInitComplete"]
        for name, group in groups_of(complete).items()
    }
    assert scripts == {
        "controller": "controller.sh",
        "login": "login.sh",
        "p5": "compute.sh",
        "spot": "compute.sh",
        "custom": "compute.sh",
    }


def test_the_cluster_comes_after_what_its_nodes_need(complete: Path) -> None:
    resources = of(complete, "hyperpod").resources()
    [cluster] = [one for one in resources.values() if one["Type"] == "AWS::SageMaker::Cluster"]
    needed = {resources[name]["Type"] for name in cluster["DependsOn"]}
    assert needed >= {
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::FSx::FileSystem",
        "Custom::HyperPodLifecycleScripts",
    }


def test_file_systems_go_with_two_keys_only(complete: Path, tmp_path: Path) -> None:
    def policies(assembly: Path) -> set[str]:
        resources = of(assembly, "hyperpod").resources().values()
        return {one["DeletionPolicy"] for one in resources if one["Type"] == "AWS::FSx::FileSystem"}

    assert policies(complete) == {"Delete"}
    text = (ROOT / "examples" / "hyperpod-complete.yaml").read_text("utf-8")
    one_key = text.replace("  removal_policy: destroy\n", "")
    assert one_key != text
    file = write(tmp_path, one_key, "hyperpod-complete")
    synthesized(tmp_path / "out", file)
    assert policies(tmp_path / "out") == {"RetainExceptOnCreate"}


def test_people_reach_the_cluster_by_their_persona(complete: Path) -> None:
    [policy] = [
        one
        for one in of(complete, "hyperpod").of_type("AWS::IAM::ManagedPolicy")
        if one["Description"] == "The activity use_hyperpod"
    ]
    # Only this stack knows the ARN of the cluster.
    assert "Researcher" in str(policy["Roles"])
    statements = policy["PolicyDocument"]["Statement"]
    [start] = [one for one in statements if one["Action"] == "ssm:StartSession"]
    assert "Fn::GetAtt" in str(start["Resource"])
    others = [
        one["Description"] for one in of(complete, "access").of_type("AWS::IAM::ManagedPolicy")
    ]
    assert "The activity use_hyperpod" not in others


def test_built_in_personas_use_clusters_with_all_else_that_they_do(tmp_path: Path) -> None:
    """IAM attaches ten policies to a role, from whatever stack."""
    everything = """\
personas: {data_scientist: {}, ml_engineer: {}}
lakehouse: {}
mlflow: {}
warehouse: {}
studio: {default_persona: data_scientist, canvas: {}, users: [{name: ada}]}
partner_apps: [{type: lakera-guard, tier: small}]
"""
    text = (BASE + everything + CLUSTER).replace("eu-west-1b]", "eu-west-1b, eu-west-1c]")
    synthesized(tmp_path / "out", write(tmp_path, text))
    access = stack(tmp_path / "out", "base/access")
    policies = [
        json.dumps(policy.get("Roles", []))
        for template in stacks(tmp_path / "out")
        for policy in template.of_type("AWS::IAM::ManagedPolicy")
    ]
    for name, count in {"DataScientist": 10, "MlEngineer": 10}.items():
        [role] = [
            one
            for one in access.of_type("AWS::IAM::Role")
            if one["Description"] == f"People with the persona {name}"
        ]
        attached = len(role["ManagedPolicyArns"]) + sum(name in one for one in policies)
        assert attached == count


def test_lustre_may_use_the_key_where_it_shows_buckets(complete: Path, tmp_path: Path) -> None:
    def roles(template: StackTemplate) -> str:
        [key] = template.of_type("AWS::KMS::Key")
        return json.dumps(key["KeyPolicy"])

    assert "AWSServiceRoleForFSxS3Access_fs-*" in roles(of(complete, "foundation"))
    synthesized(tmp_path / "out", write(tmp_path, BASE + CLUSTER))
    assert "AWSServiceRoleForFSx" not in roles(stack(tmp_path / "out", "base/foundation"))


def test_subnets_of_others_have_an_unknown_size(tmp_path: Path) -> None:
    """Nothing is looked up, so nothing is said about addresses."""
    existing = """\
  existing:
    vpc_id: vpc-0a1b2c3d4e5f67890
    private_subnet_ids: [subnet-0a1b2c3d4e5f67891, subnet-0a1b2c3d4e5f67892]
"""
    many = CLUSTER.replace("instance_count: 2", "instance_count: 6758")
    assert load_environments(files=[write(tmp_path, BASE + existing + many)])
    everything = BASE.replace("10.0.0.0/16", "10.0.0.0/22") + many
    [message] = faults(write(tmp_path, everything))
    assert "needs 6758 IP addresses" in message


def test_a_partition_with_efa_may_name_the_zone_it_is_in_anyway(tmp_path: Path) -> None:
    of_one_zone = (
        CLUSTER.replace("ml.g5.xlarge", "ml.p4d.24xlarge")
        + """\
        - name: more
          node_type: compute
          partition: gpu
          instance_type: ml.p4d.24xlarge
          instance_count: 2
          availability_zone: eu-west-1a
"""
    )
    [settings] = load_environments(files=[write(tmp_path, BASE + of_one_zone)])

    assert block_of(settings, "hyperpod") is not None


def test_clusters_share_the_addresses_of_a_zone(tmp_path: Path) -> None:
    p5 = CLUSTER.replace("ml.g5.xlarge", "ml.p5.48xlarge").replace("count: 2", "count: 300")
    assert load_environments(files=[write(tmp_path, BASE + p5)])
    second = p5.split("clusters:\n")[1].replace("research", "second")
    [message] = faults(write(tmp_path, BASE + p5 + second))
    assert "hyperpod.clusters[1].instance_groups[1].instance_count: got 300; needs 9600 " in message
    assert "19202 together with the groups before it" in message


@pytest.mark.parametrize(
    "bad",
    [
        added(
            "activity without clusters",
            """
            personas:
              quant:
                activities:
                  - run_jobs
                  - use_hyperpod # HERE
            """,
            path="personas.quant.activities[1]",
            got='"use_hyperpod"',
            right="requires a `hyperpod` block; add one to this environment",
        ),
    ],
    ids=lambda bad: bad.id,
)
def test_one_fault_is_one_line(bad: Any, tmp_path: Path) -> None:
    check(bad, tmp_path)


def test_no_clusters_in_the_region(tmp_path: Path) -> None:
    text = (BASE + CLUSTER).replace("eu-west-1", "eu-west-3")
    [message] = faults(write(tmp_path, text))
    assert (
        "requires HyperPod clusters, which CloudFormation does not support in eu-west-3" in message
    )


def test_two_keys_to_delete_data(tmp_path: Path) -> None:
    [message] = faults(write(tmp_path, BASE + CLUSTER + "  removal_policy: destroy\n"))
    assert "hyperpod.removal_policy" in message
    assert "Set both to destroy" in message


def test_somebody_hears_of_alarms_in_production(tmp_path: Path) -> None:
    text = (BASE + CLUSTER).replace("stage: development", "stage: production")
    [message] = faults(write(tmp_path, text))
    assert "clusters in production have alarms" in message
