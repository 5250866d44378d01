"""File systems of a cluster as volumes of Kubernetes."""

from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_kms as kms

from sagemaker_platform import hyperpod
from sagemaker_platform.hyperpod.kubernetes import home_volume, lustre_volume
from sagemaker_platform.network import ImportedNetwork, INetwork


@pytest.fixture
def network(stack: Stack) -> INetwork:
    return ImportedNetwork(
        stack,
        "Network",
        vpc_id="vpc-1",
        cidr="10.0.0.0/16",
        availability_zones=["eu-west-1a"],
        private_subnet_ids=["subnet-a"],
    )


def file_system(kind: Any, stack: Stack, network: INetwork, key: kms.IKey, **more: Any) -> Any:
    """Make a file system with nodes that reach it."""
    nodes = hyperpod.ClusterSecurityGroup(stack, f"{kind.__name__}Nodes", network=network)
    return kind(
        stack,
        kind.__name__,
        network=network,
        subnet_id=network.private_subnet_ids[0],
        clients=nodes.security_group,
        key=key,
        removal_policy=RemovalPolicy.DESTROY,
        **more,
    )


def test_each_namespace_has_a_volume_that_nobody_else_can_claim(
    stack: Stack, network: INetwork, key: kms.IKey
) -> None:
    lustre = file_system(hyperpod.LustreFileSystem, stack, network, key, storage_gib=2400)
    volumes = [lustre_volume(lustre, team) for team in ("hyperpod-ns-a", "hyperpod-ns-b")]
    names = set()
    handles = set()
    for (volume, claim), team in zip(volumes, ("hyperpod-ns-a", "hyperpod-ns-b"), strict=True):
        spec = volume["spec"]
        assert spec["claimRef"] == claim["metadata"] == {"name": "fsx-claim", "namespace": team}
        assert claim["spec"]["volumeName"] == volume["metadata"]["name"]
        assert spec["capacity"] == {"storage": "2400Gi"}
        # A class would make another, empty file system; and a claim that goes takes no data.
        assert spec["storageClassName"] == claim["spec"]["storageClassName"] == ""
        assert spec["persistentVolumeReclaimPolicy"] == "Retain"
        names.add(volume["metadata"]["name"])
        handles.add(spec["csi"]["volumeHandle"])
    assert len(names) == len(handles) == 2


def test_a_claim_stays_as_it_is_when_the_file_system_grows(
    stack: Stack, network: INetwork, key: kms.IKey
) -> None:
    """Kubernetes refuses to change the size of a claim that has no storage class."""
    claims = []
    for size in (1200, 2400):
        other = Stack(stack, f"Of{size}")
        lustre = file_system(hyperpod.LustreFileSystem, other, network, key, storage_gib=size)
        claims.append(lustre_volume(lustre, "default")[1])
    assert claims[0] == claims[1]


def test_lustre_is_mounted_by_its_name(stack: Stack, network: INetwork, key: kms.IKey) -> None:
    lustre = file_system(hyperpod.LustreFileSystem, stack, network, key, storage_gib=1200)
    [volume, _] = stack.resolve(lustre_volume(lustre, "default"))
    source = volume["spec"]["csi"]
    assert source["driver"] == "fsx.csi.aws.com"
    attributes = source["volumeAttributes"]
    assert attributes["dnsname"]["Fn::GetAtt"][1] == "DNSName"
    assert attributes["mountname"]["Fn::GetAtt"][1] == "LustreMountName"


def test_homes_are_mounted_by_nfs(stack: Stack, network: INetwork, key: kms.IKey) -> None:
    homes = file_system(
        hyperpod.HomeFileSystem, stack, network, key, storage_gib=64, throughput_mbps=64
    )
    [volume, claim] = stack.resolve(home_volume(homes, "default"))
    assert volume["spec"]["nfs"]["path"] == "/fsx"
    assert volume["spec"]["nfs"]["server"]["Fn::GetAtt"][1] == "DNSName"
    assert claim["metadata"] == {"name": "home-claim", "namespace": "default"}
