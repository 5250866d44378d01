"""HyperPod with EKS in a settings file: what it makes, and in which order."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT, StackTemplate, stack, synthesized

FULL, NOVA = "hyperpod-eks-full", "hyperpod-eks-nova"
Resources = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly of both examples."""
    out = tmp_path_factory.mktemp("eks") / "out"
    return synthesized(out, *(ROOT / "examples" / f"{name}.yaml" for name in (FULL, NOVA)))


@pytest.fixture(scope="module")
def full(assembly: Path) -> StackTemplate:
    return stack(assembly, f"{FULL}/hyperpod-training")


@pytest.fixture(scope="module")
def nova(assembly: Path) -> StackTemplate:
    return stack(assembly, f"{NOVA}/hyperpod-nova")


def one(found: StackTemplate, kind: str, **properties: Any) -> str:
    """Return the logical id of the one resource of a type with some properties."""
    [only] = [
        logical_id
        for logical_id, resource in found.resources().items()
        if resource["Type"] == kind
        and all(resource["Properties"].get(key) == value for key, value in properties.items())
    ]
    return only


def references(value: Any) -> set[str]:
    """Return the logical ids that a part of a template refers to."""
    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            return {value["Ref"]}
        if set(value) == {"Fn::GetAtt"}:
            return {value["Fn::GetAtt"][0]}
        return set().union(*map(references, value.values())) if value else set()
    if isinstance(value, list):
        return set().union(*map(references, value)) if value else set()
    return set()


def before(resources: Resources, id: str) -> set[str]:
    """Return all that is made before a resource, and so deleted after it."""
    found: set[str] = set()
    waiting = [id]
    while waiting:
        resource = resources[waiting.pop()]
        needs = {*resource.get("DependsOn", []), *references(resource.get("Properties", {}))}
        waiting += [other for other in needs - found if other in resources]
        found |= needs
    return found


def add_on(found: StackTemplate, name: str) -> str:
    return one(found, "AWS::EKS::Addon", AddonName=name)


@pytest.mark.parametrize("name", ["full", "nova"])
def test_everything_is_made_in_order(name: str, request: pytest.FixtureRequest) -> None:
    """EKS, what runs on each node, the chart, HyperPod, and what needs nodes."""
    found: StackTemplate = request.getfixturevalue(name)
    resources = found.resources()
    cluster = one(found, "AWS::SageMaker::Cluster")
    chart = one(found, "Custom::AWSCDK-EKS-HelmChart")
    pin = one(found, "Custom::PinnedChart")
    early = {add_on(found, n) for n in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")}

    assert {one(found, "AWS::EKS::Cluster"), pin, *early} <= before(resources, chart)
    assert {chart, *early} <= before(resources, cluster)
    for late in ("coredns", *(["cert-manager", "metrics-server"] if name == "full" else [])):
        assert cluster in before(resources, add_on(found, late))
        assert add_on(found, late) not in before(resources, cluster)


def test_kubectl_may_use_the_cluster_before_it_is_used(full: StackTemplate) -> None:
    resources = full.resources()
    role = next(each for each in resources if each.startswith("KubernetesKubectlRole"))
    [entry] = [
        logical_id
        for logical_id, resource in resources.items()
        if resource["Type"] == "AWS::EKS::AccessEntry"
        and role in references(resource["Properties"]["PrincipalArn"])
    ]
    used = [
        logical_id
        for logical_id, resource in resources.items()
        if resource["Type"]
        in ("Custom::AWSCDK-EKS-HelmChart", "Custom::AWSCDK-EKS-KubernetesResource")
    ]
    # The chart, Karpenter's groups, volumes, and the roles of people.
    assert len(used) == 4
    for logical_id in used:
        assert entry in before(resources, logical_id)


def test_control_plane_is_private_encrypted_and_logged(full: StackTemplate) -> None:
    [cluster] = full.of_type("AWS::EKS::Cluster")

    network = cluster["ResourcesVpcConfig"]
    assert (network["EndpointPrivateAccess"], network["EndpointPublicAccess"]) == (True, False)
    assert cluster["AccessConfig"] == {
        "AuthenticationMode": "API",
        "BootstrapClusterCreatorAdminPermissions": False,
    }
    assert cluster["BootstrapSelfManagedAddons"] is False
    assert cluster["EncryptionConfig"][0]["Resources"] == ["secrets"]
    kinds = [kind["Type"] for kind in cluster["Logging"]["ClusterLogging"]["EnabledTypes"]]
    assert kinds == ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    assert cluster["UpgradePolicy"] == {"SupportType": "STANDARD"}


def test_a_first_deploy_that_fails_can_be_rolled_back(
    full: StackTemplate, nova: StackTemplate
) -> None:
    for found in (full, nova):
        [cluster] = found.of_type("AWS::EKS::Cluster")
        assert not cluster.get("DeletionProtection")


def test_the_chart_is_pulled_as_it_was_reviewed(full: StackTemplate) -> None:
    [pin] = full.of_type("Custom::PinnedChart")
    [chart] = full.of_type("Custom::AWSCDK-EKS-HelmChart")

    assert chart["Release"] == "hyperpod-dependencies"
    assert chart["Namespace"] == "kube-system"
    assert "Wait" not in chart
    values = json.loads(chart["Values"])
    assert values["global"] == {"region": "eu-west-1"}
    assert values["cert-manager"] == {"enabled": False}
    assert values["trainingOperators"] == {"enabled": False}
    assert chart["Repository"].endswith(f"/{pin['Repository']}")
    assert (pin["Version"], pin["Account"]) == (chart["Version"], "444444444444")
    assert pin["Digest"].startswith("sha256:")


def groups(found: StackTemplate, key: str = "InstanceGroups") -> dict[str, dict[str, Any]]:
    [cluster] = found.of_type("AWS::SageMaker::Cluster")
    return {group["InstanceGroupName"]: group for group in cluster[key]}


def test_nodes_are_what_the_settings_say(full: StackTemplate) -> None:
    found = groups(full)

    assert found["p5"]["KubernetesConfig"] == {"Labels": {"example.com/purpose": "pretraining"}}
    assert found["p5"]["OnStartDeepHealthChecks"] == ["InstanceStress", "InstanceConnectivity"]
    assert found["p5"]["MinInstanceCount"] == 4
    assert found["p5"]["NetworkInterface"] == {"InterfaceType": "efa"}
    rollback = found["p5"]["ScheduledUpdateConfig"]["DeploymentConfig"]
    assert "AlarmsUnhealthyNodes" in str(rollback["AutoRollbackConfiguration"])
    assert found["spot"]["CapacityRequirements"] == {"Spot": {}}
    assert found["spot"]["ImageReleaseVersion"] == "1.2.3"
    assert found["spot"]["KubernetesConfig"]["Taints"] == [
        {"Key": "example.com/interruptible", "Value": "yes", "Effect": "NoSchedule"}
    ]
    assert found["spot"]["InstanceRequirements"]["InstanceTypes"] == [
        "ml.g6.12xlarge",
        "ml.g5.12xlarge",
    ]
    assert [name for name, group in found.items() if "OverrideVpcConfig" in group] == ["spot"]
    for group in found.values():
        assert group["LifeCycleConfig"]["OnCreate"] == "on_create.sh"


def test_karpenter_scales_the_groups_that_say_so(full: StackTemplate) -> None:
    [cluster] = full.of_type("AWS::SageMaker::Cluster")
    [applied] = [
        one["Manifest"]
        for one in full.of_type("Custom::AWSCDK-EKS-KubernetesResource")
        if "NodePool" in str(one["Manifest"])
    ]
    node_class, pool = json.loads(applied)

    assert cluster["AutoScaling"] == {"Mode": "Enable", "AutoScalerType": "Karpenter"}
    assert "AutoscalerRole" in str(cluster["ClusterRole"])
    assert node_class["spec"]["instanceGroups"] == ["on-demand"]
    assert pool["spec"]["limits"] == {"cpu": "512"}
    assert pool["spec"]["disruption"]["consolidateAfter"] == "600s"
    assert groups(full)["on-demand"]["InstanceCount"] == 0
    assert cluster["TieredStorageConfig"] == {
        "Mode": "Enable",
        "InstanceMemoryAllocationPercentage": 20,
    }


def test_restricted_groups_have_storage(nova: StackTemplate) -> None:
    [cluster] = nova.of_type("AWS::SageMaker::Cluster")
    found = groups(nova, "RestrictedInstanceGroups")

    assert "NodeProvisioningMode" not in cluster
    assert found["tuning"]["EnvironmentConfig"]["FSxLustreConfig"] == {
        "SizeInGiB": 4800,
        "PerUnitStorageThroughput": 250,
    }
    assert "EnvironmentConfig" not in found["evaluation"]
    shared = cluster["RestrictedInstanceGroupsConfig"]["SharedEnvironmentConfig"]
    assert shared["FSxLustreDeletionPolicy"] == "DeleteIfNotUsed"


def test_pods_get_roles_of_this_cluster_only(full: StackTemplate) -> None:
    resources = full.resources()
    for name, account in (
        ("aws-ebs-csi-driver", "ebs-csi-controller-sa"),
        ("aws-fsx-csi-driver", "fsx-csi-controller-sa"),
        ("aws-mountpoint-s3-csi-driver", "s3-csi-driver-sa"),
    ):
        association = one(full, "AWS::EKS::PodIdentityAssociation", ServiceAccount=account)
        assert association in before(resources, add_on(full, name))
        given = resources[association]["Properties"]
        assert given["Namespace"] == "kube-system"
        [role] = references(given["RoleArn"])
        [trust] = resources[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
        assert set(trust["Action"]) == {"sts:AssumeRole", "sts:TagSession"}
        assert f"cluster/{FULL}-training" in str(trust["Condition"]["ArnEquals"])


def test_versions_of_add_ons_are_those_given(full: StackTemplate) -> None:
    versions = {a["AddonName"]: a.get("AddonVersion") for a in full.of_type("AWS::EKS::Addon")}
    assert versions["vpc-cni"] == "v1.20.4-eksbuild.1"
    assert versions["coredns"] is None


def test_personas_may_do_what_their_activities_say(full: StackTemplate) -> None:
    entries = {
        next(iter(references(e["PrincipalArn"])), str(e["PrincipalArn"])): e["AccessPolicies"]
        for e in full.of_type("AWS::EKS::AccessEntry")
    }
    policies = {
        str(name): str(policy[0]["PolicyArn"]).split("/")[-1].rstrip("]}'")
        for name, policy in entries.items()
    }
    assert "AmazonEKSClusterAdminPolicy" in policies.values()
    assert "AmazonEKSViewPolicy" in policies.values()
    assert all(policy[0]["AccessScope"]["Type"] == "cluster" for policy in entries.values())
    # People of clusters without teams work in one namespace.
    assert [policy[1]["AccessScope"] for policy in entries.values() if len(policy) > 1] == [
        {"Type": "namespace", "Namespaces": ["default"]}
    ]


def test_the_closed_network_reaches_eks(assembly: Path) -> None:
    names = [
        str(endpoint["ServiceName"])
        for endpoint in stack(assembly, f"{NOVA}/network").of_type("AWS::EC2::VPCEndpoint")
    ]
    for service in ("eks", "eks-auth", "lambda", "ecr.api", "ecr.dkr", "sts", "ec2"):
        assert any(name.endswith(f".{service}") for name in names), service


def test_load_balancers_find_the_private_subnets(assembly: Path) -> None:
    found = stack(assembly, f"{NOVA}/network").of_type("AWS::EC2::Subnet")
    assert found
    for subnet in found:
        assert {"Key": "kubernetes.io/role/internal-elb", "Value": "1"} in subnet["Tags"]


def test_nodes_and_control_plane_reach_each_other(full: StackTemplate) -> None:
    resources = full.resources()
    [cluster] = full.of_type("AWS::EKS::Cluster")
    [plane] = references(cluster["ResourcesVpcConfig"]["SecurityGroupIds"])
    [inside] = resources[plane]["Properties"]["SecurityGroupIngress"]
    assert (inside["FromPort"], inside["ToPort"]) == (443, 443)
    let_in = [
        (rule["FromPort"], rule["ToPort"])
        for rule in full.of_type("AWS::EC2::SecurityGroupIngress")
        if plane in references(rule.get("SourceSecurityGroupId"))
    ]
    assert sorted(let_in) == [(443, 443), (1025, 65_535)]


def test_values_of_the_chart_add_to_what_is_set(tmp_path: Path) -> None:
    text = (ROOT / "examples/hyperpod-eks-minimal.yaml").read_text("utf-8")
    values = "values:\n          global: {team: ml}\n          cert-manager: {replicaCount: 2}"
    file = tmp_path / "hyperpod-eks-minimal.yaml"
    file.write_text(text.replace("values:", values), "utf-8")
    synthesized(tmp_path / "out", file)
    found = stack(tmp_path / "out", "hyperpod-eks-minimal/hyperpod-research")
    [chart] = found.of_type("Custom::AWSCDK-EKS-HelmChart")
    made = json.loads(chart["Values"])
    assert made["global"] == {"region": "eu-west-1", "team": "ml"}
    assert made["cert-manager"] == {"enabled": False, "replicaCount": 2}


def test_slurm_beside_eks_stays_where_it_was(tmp_path: Path) -> None:
    """Adding a cluster with EKS moves nothing of the stack of Slurm."""
    slurm = (ROOT / "examples/hyperpod-minimal.yaml").read_text("utf-8")
    eks = (ROOT / "examples/hyperpod-eks-minimal.yaml").read_text("utf-8")
    both = slurm + eks.partition("  clusters:\n")[2].replace("name: research", "name: other")
    made: list[Resources] = []
    for name, text in (("alone", slurm), ("both", both)):
        folder = tmp_path / name
        folder.mkdir()
        file = folder / "hyperpod-minimal.yaml"
        file.write_text(text, "utf-8")
        synthesized(folder / "out", file)
        made.append(stack(folder / "out", "hyperpod-minimal/hyperpod").resources())
    alone, together = made

    assert set(alone) == set(together)
    assert stack(tmp_path / "both" / "out", "hyperpod-minimal/hyperpod-other").resources()
