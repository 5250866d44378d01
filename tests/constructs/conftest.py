"""Someone else's CDK app: no stages, no YAML, and no account given."""

import json
from collections.abc import Callable

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_kms as kms

from sagemaker_platform.network import ImportedNetwork, INetwork
from tests.support import ROOT

NewStack = Callable[..., Stack]


@pytest.fixture
def new_stack() -> NewStack:
    """Return a function that makes a stack; agnostic, unless its account is given."""
    context = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]

    def make(*, account: str | None = None, zones: tuple[str, ...] = ()) -> Stack:
        region = "eu-west-1" if account else None
        app = App(context=context, builtin_cloud_formation_validation=False)
        if zones:
            app.node.set_context(f"availability-zones:account={account}:region={region}", [*zones])
        return Stack(app, "Stack", env=Environment(account=account, region=region))

    return make


@pytest.fixture
def stack(new_stack: NewStack) -> Stack:
    return new_stack()


@pytest.fixture
def network(stack: Stack) -> INetwork:
    return ImportedNetwork(
        stack,
        "Network",
        vpc_id="vpc-1",
        cidr="10.0.0.0/16",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        private_subnet_ids=["subnet-a", "subnet-b"],
    )


@pytest.fixture
def key(stack: Stack) -> kms.IKey:
    return kms.Key(stack, "Key")
