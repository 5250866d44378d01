"""The life of an environment, rehearsed with the real CDK CLI."""

import os
import signal
import time
from typing import Any

import pytest

from operations.assembly import Assembly
from operations.rehearsal import report
from operations.rehearsal.errors import RehearsalError
from operations.rehearsal.rehearsal import Rehearsal

ONE, OTHER = "444444444444", "555555555555"
# What may outlive its stack, and why.
RETAINED = {"AWS::S3::Bucket": "data, kept by its removal policy"}

Resource = dict[str, Any]


def of(rehearsal: Rehearsal, assembly: Assembly, name: str) -> list[Resource]:
    return report.resources_of([assembly.stage(name)], rehearsal.emulator.resources())


def one(resources: list[Resource], kind: str) -> Resource:
    (found,) = [r for r in resources if r["kind"] == kind]
    return found


def expected(assembly: Assembly, name: str) -> list[str]:
    return sorted(t for stack in assembly.stage(name).stacks for t in stack.resource_types())


def events(rehearsal: Rehearsal, name: str) -> int:
    stacks = rehearsal.emulator.stacks()
    return sum(s["events"] for s in stacks if s["stack"].startswith(f"{name}-"))


def facts(resources: list[Resource]) -> list[Resource]:
    compared = ("kind", "physical_id", "properties", "attributes")
    return sorted(({key: r[key] for key in compared} for r in resources), key=str)


def test_everything_in_the_templates_is_made_and_reads_back(
    rehearsal: Rehearsal, deployed: Assembly, client: Any
) -> None:
    made = of(rehearsal, deployed, "beta")
    assert sorted(r["kind"] for r in made) == expected(deployed, "beta")

    sagemaker = client("sagemaker", OTHER)
    domain = one(made, "AWS::SageMaker::Domain")["physical_id"]
    described = sagemaker.describe_domain(DomainId=domain)
    assert described["Status"] == "InService"
    assert described["VpcId"] == one(made, "AWS::EC2::VPC")["physical_id"]
    endpoint = one(made, "AWS::SageMaker::Endpoint")["attributes"]["EndpointName"]
    config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    variants = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    assert variants[0]["InstanceType"] == "ml.m5.large"
    scaling = client("application-autoscaling", OTHER)
    policies = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert f"endpoint/{endpoint}/variant/main" in [p["ResourceId"] for p in policies]
    bucket = one(made, "AWS::S3::Bucket")["physical_id"]
    rules = client("s3", OTHER).get_bucket_encryption(Bucket=bucket)
    (rule,) = rules["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_environments_in_two_accounts_and_two_in_one_account(
    rehearsal: Rehearsal, deployed: Assembly, client: Any
) -> None:
    beta, gamma = of(rehearsal, deployed, "beta"), of(rehearsal, deployed, "gamma")
    assert {r["account"] for r in beta} == {OTHER}
    assert {r["account"] for r in gamma} == {ONE}
    names = {d["DomainName"] for d in client("sagemaker", ONE).list_domains()["Domains"]}
    assert {"gamma-studio", "epsilon-studio"} <= names
    assert "beta-studio" not in names

    rehearsal.destroy(deployed, ["gamma"])
    assert {r["kind"] for r in of(rehearsal, deployed, "gamma")} <= set(RETAINED)
    assert facts(of(rehearsal, deployed, "beta")) == facts(beta)
    names = {d["DomainName"] for d in client("sagemaker", ONE).list_domains()["Domains"]}
    assert "gamma-studio" not in names
    assert "epsilon-studio" in names


def test_what_cannot_be_deleted_after_an_update_is_said(
    rehearsal: Rehearsal, synthesize: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsal.deploy(synthesize(), ["iota"])
    said: list[str] = []
    monkeypatch.setattr(rehearsal, "_say", said.append)
    rehearsal.emulator.order_fault("AWS::SageMaker::EndpointConfig", action="delete", code="Busy")
    rehearsal.deploy(synthesize("replace"), ["iota"])
    line = "iota-studio could not delete Config (AWS::SageMaker::EndpointConfig): Busy"
    assert [spoken for spoken in said if line in spoken]


def test_an_environment_is_changed_replaced_and_destroyed(
    rehearsal: Rehearsal, deployed: Assembly, synthesize: Any
) -> None:
    first = of(rehearsal, deployed, "alpha")
    before = events(rehearsal, "alpha")
    rehearsal.deploy(deployed, ["alpha"])
    assert events(rehearsal, "alpha") == before, "a deploy without a change did something"

    rehearsal.deploy(synthesize("update"), ["alpha"])
    updated = of(rehearsal, deployed, "alpha")
    assert {r["physical_id"] for r in updated} == {r["physical_id"] for r in first}
    settings = one(updated, "AWS::SageMaker::Domain")["properties"]["DefaultUserSettings"]
    idle = settings["JupyterLabAppSettings"]["AppLifecycleManagement"]["IdleSettings"]
    assert idle["IdleTimeoutInMinutes"] == 120

    rehearsal.deploy(synthesize("replace"), ["alpha"])
    replaced = of(rehearsal, deployed, "alpha")
    assert len(replaced) == len(first), "a replaced resource was left behind"
    for kind in ("AWS::SageMaker::Domain", "AWS::SageMaker::EndpointConfig"):
        assert one(replaced, kind)["physical_id"] != one(first, kind)["physical_id"]
    endpoint = one(replaced, "AWS::SageMaker::Endpoint")
    assert endpoint["physical_id"] == one(first, "AWS::SageMaker::Endpoint")["physical_id"]
    config = one(replaced, "AWS::SageMaker::EndpointConfig")["attributes"]["EndpointConfigName"]
    assert endpoint["properties"]["EndpointConfigName"] == config

    rehearsal.destroy(deployed, ["alpha"])
    left = of(rehearsal, deployed, "alpha")
    print(*report.leftovers([deployed.stage("alpha")], left, rehearsal.emulator.stacks()), sep="\n")
    assert {r["kind"] for r in left} <= set(RETAINED)


def test_a_failure_in_the_middle_rolls_back_to_what_was(
    rehearsal: Rehearsal, deployed: Assembly, synthesize: Any
) -> None:
    before = of(rehearsal, deployed, "delta")
    for kind, action in (
        ("AWS::SageMaker::EndpointConfig", "create"),
        ("AWS::SageMaker::Endpoint", "update"),
    ):
        rehearsal.emulator.order_fault(kind, action=action, code="InternalFailure")
        with pytest.raises(RehearsalError) as failure:
            rehearsal.deploy(synthesize("replace"), ["delta"])
        assert f"({kind}) of stack delta-studio, now UPDATE_ROLLBACK_COMPLETE" in str(failure.value)
        assert facts(of(rehearsal, deployed, "delta")) == facts(before)


def test_a_failed_or_killed_first_deploy_is_resumed(rehearsal: Rehearsal, synthesize: Any) -> None:
    with pytest.raises(RehearsalError, match=r"Domain.*AuthMode: 'LDAP' is not one of"):
        rehearsal.deploy(synthesize("broken"), ["zeta"])
    assembly = synthesize()
    left = [r for r in of(rehearsal, assembly, "zeta") if r["stack"] == "zeta-studio"]
    assert {r["kind"] for r in left} <= set(RETAINED)
    kept = {r["physical_id"] for r in left}

    rehearsal.emulator.order_fault("zeta-studio/Model", action="create", delay=4.0)
    ((_, process),) = rehearsal.start_deploy(assembly, ["zeta"])
    until = time.monotonic() + 60
    while "Model" not in _busy(rehearsal, "zeta-studio"):
        assert time.monotonic() < until, process.tail()
        time.sleep(0.1)
    os.killpg(process.popen.pid, signal.SIGKILL)
    process.popen.wait(10)
    assert process.status == -signal.SIGKILL

    rehearsal.deploy(assembly, ["zeta"])
    while _busy(rehearsal, "zeta-studio"):
        assert time.monotonic() < until
        time.sleep(0.1)
    rehearsal.deploy(assembly, ["zeta"])
    made = [r for r in of(rehearsal, assembly, "zeta") if r["physical_id"] not in kept]
    assert sorted(r["kind"] for r in made) == expected(assembly, "zeta")


def _busy(rehearsal: Rehearsal, stack: str) -> list[str]:
    (state,) = [s for s in rehearsal.emulator.stacks() if s["stack"] == stack] or [{"busy": []}]
    return [busy["logical_id"] for busy in state["busy"]]


def test_a_domain_that_still_holds_spaces_cannot_be_deleted(
    rehearsal: Rehearsal, deployed: Assembly, client: Any
) -> None:
    sagemaker = client("sagemaker", ONE)
    domain = one(of(rehearsal, deployed, "epsilon"), "AWS::SageMaker::Domain")["physical_id"]
    space = {"DomainId": domain, "SpaceName": "made-by-hand"}
    sagemaker.create_space(**space)
    with pytest.raises(RehearsalError, match="still holds 1 resources: Space"):
        rehearsal.destroy(deployed, ["epsilon"])
    sagemaker.delete_space(**space)
    rehearsal.destroy(deployed, ["epsilon"])
