"""Examples of inference routers, and the extension of a cluster, live through a rehearsal."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.rehearsal import report
from operations.rehearsal.rehearsal import Rehearsal
from tests.support import ROOT

PRIMARY, SECONDARY = ("444444444444", "eu-west-1"), ("666666666666", "eu-central-1")
EXAMPLES = ROOT / "examples"


def destinations(sagemaker: Any, name: str) -> list[str]:
    router = sagemaker.describe_inference_router(InferenceRouterName=name)
    return [
        one["ResourceArn"] for target in router["RoutingTargets"] for one in target["Destinations"]
    ]


def test_two_regions_are_deployed_changed_and_destroyed(
    rehearsal: Rehearsal, synthesize_ours: Any, client: Any, tmp_path: Path
) -> None:
    assembly = synthesize_ours(
        *(EXAMPLES / f"inference-{one}.yaml" for one in ("primary", "secondary"))
    )
    rehearsal.bootstrap(assembly.targets)
    rehearsal.deploy(assembly)
    here, there = client("sagemaker", *PRIMARY), client("sagemaker", *SECONDARY)
    own, other = (
        f"arn:aws:sagemaker:{region}:{account}:endpoint/inference-{name}-scorer"
        for (account, region), name in ((PRIMARY, "primary"), (SECONDARY, "secondary"))
    )
    assert destinations(here, "inference-primary-models") == [own, other]
    assert destinations(there, "inference-secondary-models") == [other, own]

    # The endpoint admits exactly the router of the other account.
    policy = json.loads(
        here.get_endpoint_policy(EndpointName="inference-primary-scorer")["ResourcePolicy"]
    )
    assert "inference-router/inference-secondary-models" in json.dumps(policy)
    assert PRIMARY[0] not in json.dumps([one["Principal"] for one in policy["Statement"]])

    # Another endpoint takes the place of the first: the router and the policy follow.
    text = (EXAMPLES / "inference-primary.yaml").read_text("utf-8")
    changed = tmp_path / "inference-primary.yaml"
    changed.write_text(
        text.replace("- name: scorer\n      image", "- name: ranker\n      image").replace(
            "- endpoint: scorer", "- endpoint: ranker"
        ),
        "utf-8",
    )
    rehearsal.deploy(synthesize_ours(changed))
    assert destinations(here, "inference-primary-models") == [
        own.replace("scorer", "ranker"),
        other,
    ]
    assert here.get_endpoint_policy(EndpointName="inference-primary-ranker")
    with pytest.raises(ClientError, match="no policy"):
        here.get_endpoint_policy(EndpointName="inference-primary-scorer")

    rehearsal.destroy(assembly)
    for sagemaker, name in ((here, "primary"), (there, "secondary")):
        with pytest.raises(ClientError, match="does not exist"):
            destinations(sagemaker, f"inference-{name}-models")


def test_cluster_has_its_extension(rehearsal: Rehearsal, synthesize_ours: Any) -> None:
    assembly = synthesize_ours(EXAMPLES / "hyperpod-complete.yaml")
    rehearsal.bootstrap(assembly.targets)
    rehearsal.deploy(assembly)
    [stage] = assembly.stages
    found = report.resources_of([stage], rehearsal.emulator.resources())
    [extension] = [one for one in found if one["kind"] == "AWS::SageMaker::Extension"]
    [cluster] = [one for one in found if one["kind"] == "AWS::SageMaker::Cluster"]
    assert extension["properties"]["ExtensionName"] == "sagemaker-observability"
    assert json.loads(extension["properties"]["ConfigurationValues"])["metricsProvider"]
    assert extension["properties"]["ClusterArn"] == cluster["physical_id"]

    rehearsal.destroy(assembly)
    left = report.resources_of([stage], rehearsal.emulator.resources())
    kinds = {one["kind"] for one in left}
    assert kinds.isdisjoint({"AWS::SageMaker::Extension", "AWS::SageMaker::Cluster"})
