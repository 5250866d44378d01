"""Every public construct works with its required arguments, without this repository's context."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from constructs import Construct

import sagemaker_platform
from sagemaker_platform.hyperpod import kubernetes
from sagemaker_platform.inference import Endpoint
from tests.constructs.every_construct import EVERY_CONSTRUCT, Given


def public_constructs() -> set[type[Construct]]:
    packages = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(sagemaker_platform.__path__, "sagemaker_platform.")
        if found.ispkg and "custom_resources" not in found.name
    ]
    return {
        member
        for package in packages
        for member in (getattr(package, name) for name in getattr(package, "__all__", ()))
        if inspect.isclass(member) and issubclass(member, Construct)
    }


def test_every_public_construct_is_listed() -> None:
    assert set(EVERY_CONSTRUCT) == public_constructs() - {Endpoint, kubernetes.KubernetesApi}


def test_required_arguments_are_enough(tmp_path: Path) -> None:
    """One app for all. `test_wheel.py` also runs the CDK's checks, which take longer."""
    app = App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    faults = []
    for number, (construct, create) in enumerate(EVERY_CONSTRUCT.items()):
        stack = Stack(app, f"{construct.__name__}{number}")
        try:
            create(stack, Given(stack))
        except Exception as error:
            faults.append(f"{construct.__module__}.{construct.__name__}: {error}")
    assert not faults

    app.synth()

    # The export of a bill has a stack of its own, in the region of AWS Data Exports.
    assert len(list(tmp_path.glob("*.template.json"))) == len(EVERY_CONSTRUCT) + 1


def test_missing_chart_repository_is_refused(stack: Stack) -> None:
    given = Given(stack)
    cluster = EVERY_CONSTRUCT[kubernetes.KubernetesCluster](stack, given)
    assert isinstance(cluster, kubernetes.KubernetesCluster)
    chart = kubernetes.Chart(
        repository="123456789012.dkr.ecr.eu-west-1.amazonaws.com/charts/operator",
        version="1.0.0",
        digest="sha256:" + "0" * 64,
        release="operator",
        namespace="team",
    )
    with pytest.raises(ValueError, match="must be among the registries of the cluster: none"):
        cluster.install_chart("Operator", chart)


@pytest.mark.parametrize("repository", ["charts/operator", "docker.io/charts/operator", ""])
def test_chart_repository_must_be_in_ecr(stack: Stack, repository: str) -> None:
    with pytest.raises(ValueError, match=r"must be one of Amazon ECR, such as oci://"):
        kubernetes.chart_repository_arn(stack, repository)
