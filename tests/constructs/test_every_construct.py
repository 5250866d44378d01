"""Every public construct works with its required arguments, without this repository's context."""

import importlib.util
import inspect
import pkgutil
from pathlib import Path
from types import ModuleType

import pytest
from aws_cdk import Stack
from constructs import Construct

import sagemaker_platform
from sagemaker_platform.inference import Endpoint


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


every = _load(Path(__file__).with_name("every_construct.py"))


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
    assert set(every.EVERY_CONSTRUCT) == public_constructs() - {Endpoint}


@pytest.mark.parametrize(
    "construct", every.EVERY_CONSTRUCT, ids=lambda one: f"{one.__module__}.{one.__name__}"
)
def test_required_arguments_are_enough(construct: type[Construct]) -> None:
    every.synthesize(construct)


def test_missing_chart_repository_is_refused(stack: Stack) -> None:
    given = every.Given(stack)
    cluster = every.EVERY_CONSTRUCT[every.kubernetes.KubernetesCluster](stack, given)
    chart = every.kubernetes.Chart(
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
        every.kubernetes.chart_repository_arn(stack, repository)
