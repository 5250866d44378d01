"""Lambda functions in the VPC, for companies that demand it."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.bad_settings import BASE, changed, check
from tests.support import ROOT, StackTemplate, stack, stacks, synthesized

HANDLERS = ROOT / "constructs" / "sagemaker_platform" / "custom_resources"
CLOSED = ("lakehouse-shared", "mlflow-complete", "sources-complete", "studio-complete")
EXISTING = f"""\
{BASE}  functions_in_vpc: true
  existing:
    vpc_id: vpc-0a1b2c3d4e5f67890
    private_subnet_ids: [subnet-0a1b2c3d4e5f67891, subnet-0a1b2c3d4e5f67892]
removal_policy: destroy
lakehouse:
  layers: [{{name: raw}}]
"""
# Names of endpoints of boto3's services, where they differ.
ENDPOINTS = {
    "cloudwatch": "monitoring",
    "ecr": "ecr.api",
    "efs": "elasticfilesystem",
    "sagemaker": "sagemaker.api",
}
# Amazon S3 has a gateway; IAM is asked about deleted administrators, see docs/company-rules.md.
WITHOUT = {"iam", "s3"}


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("functions")
    files = []
    for name in CLOSED:
        for other in (ROOT / "examples").glob(f"{name}.*"):
            (folder / other.name).write_bytes(other.read_bytes())
        file = folder / f"{name}.yaml"
        text = file.read_text("utf-8").replace("removal_policy: destroy", "removal_policy: retain")
        text = text.replace("network:\n", "network:\n  functions_in_vpc: true\n", 1)
        file.write_text(text, "utf-8")
        files.append(file)
    existing = folder / "base.yaml"
    existing.write_text(EXISTING, "utf-8")
    return synthesized(folder / "cdk.out", *files, existing)


def of_environment(assembly: Path, name: str) -> list[StackTemplate]:
    return [one for one in stacks(assembly) if one.environment == name]


def functions(template: StackTemplate) -> dict[str, dict[str, Any]]:
    return {
        name: resource
        for name, resource in template.resources().items()
        if resource["Type"] == "AWS::Lambda::Function"
    }


@pytest.mark.parametrize("name", [*CLOSED, "base"])
def test_every_function_is_in_the_vpc(assembly: Path, name: str) -> None:
    found = [
        (template, function)
        for template in of_environment(assembly, name)
        for function in functions(template).values()
    ]

    assert found
    for template, function in found:
        config = function["Properties"]["VpcConfig"]
        assert len(config["SubnetIds"]) >= 2
        assert len(config["SecurityGroupIds"]) == 1
        [policy] = [one for one in function["DependsOn"] if one.startswith("FunctionInterfaces")]
        allowed = template.resources()[policy]["Properties"]
        actions = {a for s in allowed["PolicyDocument"]["Statement"] for a in s["Action"]}
        assert {"ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"} <= actions
        role = function["Properties"]["Role"]["Fn::GetAtt"][0]
        assert {"Ref": role} in allowed["Roles"]


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_network_has_endpoints_for_what_handlers_call(assembly: Path, name: str) -> None:
    network = stack(assembly, f"{name}/network")
    services = {str(one["ServiceName"]) for one in network.of_type("AWS::EC2::VPCEndpoint")}
    needed = {"ec2", "lambda"}
    for template in of_environment(assembly, name):
        for function in functions(template).values():
            folder = re.match(r"custom_resources\.(\w+)\.", function["Properties"]["Handler"])
            if folder is not None:
                for file in (HANDLERS / folder[1]).glob("*.py"):
                    needed |= set(re.findall(r"client\(\"([a-z-]+)\"\)", file.read_text("utf-8")))

    region = "eu-west-1"
    for service in needed - WITHOUT:
        assert f"com.amazonaws.{region}.{ENDPOINTS.get(service, service)}" in services, service


def test_the_default_group_is_emptied_when_aws_can_be_reached(assembly: Path) -> None:
    resources = stack(assembly, "studio-complete/network").resources()
    [emptying] = [r for r in resources.values() if r["Type"] == "Custom::VpcRestrictDefaultSG"]

    waits_for = {resources[name]["Type"] for name in emptying["DependsOn"]}
    assert {"AWS::EC2::VPCEndpoint", "AWS::EC2::SubnetRouteTableAssociation"} <= waits_for


def test_a_function_that_outlives_the_vpc_is_refused(tmp_path: Path) -> None:
    bad = changed(
        "destroy",
        "network:\n",
        "removal_policy: destroy\nnetwork:\n  functions_in_vpc: true # HERE\n",
        path="network.functions_in_vpc",
        got="true",
        right="Use network.existing, or removal_policy: retain",
    )

    check(bad, tmp_path)
