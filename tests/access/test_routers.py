"""Two regions, one service: callers reach the other endpoint through their router only."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from operations.access.authorizer import Authorizer
from operations.access.call import Call
from operations.access.check import Decision, Outcome
from operations.access.operation import Need
from operations.access.session import Session
from operations.access.world import World
from sagemaker_platform.synthesized_stack import SynthesizedStack
from tests.support import stacks_in, synthesized

EXAMPLES = [Path(f"examples/inference-{name}.yaml") for name in ("primary", "secondary")]
HERE, THERE = "inference-primary", "inference-secondary"
OWN = "arn:aws:sagemaker:eu-west-1:444444444444:"
OTHER = "arn:aws:sagemaker:eu-central-1:666666666666:"
ROUTER = f"{OWN}inference-router/{HERE}-models"
SOURCE = "sagemaker:sourceinferencerouterarn"
RUNTIME = "sagemaker-inference-router-runtime"


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> list[SynthesizedStack]:
    assembly = synthesized(tmp_path_factory.mktemp("routers"), *EXAMPLES)
    return [*stacks_in(assembly), stranger()]


def stranger() -> SynthesizedStack:
    """Return a role in the account of the caller that may do everything, and one elsewhere."""
    everything = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": "admin",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
            "Policies": [{"PolicyName": "everything", "PolicyDocument": everything}],
        },
    }
    return SynthesizedStack(
        name="stranger",
        account="888888888888",
        region="eu-west-1",
        template={"Resources": {"R": role}},
        environment="stranger",
    )


def session(world: World, environment: str = HERE, role: str = "MlEngineer") -> Session:
    """Return a session of a persona in the VPC, or of a role."""
    place = world.environments[environment]
    if role in place.personas:
        return Session(place.personas[role], place, in_network=True)
    arn = f"arn:aws:iam::{place.account}:role/{role}"
    return Session(world.roles[arn], place, in_network=False)


def route(world: World, router: str = f"{HERE}-models", target: str = "scorer") -> Outcome:
    parameters = {"InferenceRouterName": router, "RoutingTargetName": target, "Body": b"{}"}
    call = Call(RUNTIME, "InvokeInferenceRouter", parameters)
    return Authorizer(world).authorize(call, session(world))


def invoke(world: World, who: Session, arn: str, **context: str) -> bool:
    need = Need("sagemaker:InvokeEndpoint", arn, context)
    return Authorizer(world).authorize_need(need, who).decision is Decision.ALLOWED


def changed(stacks: list[SynthesizedStack], change: Callable[[dict[str, Any]], None]) -> World:
    left = []
    for stack in stacks:
        template = json.loads(json.dumps(stack.template))
        for resource in template["Resources"].values():
            change(resource)
        left.append(replace(stack, template=template))
    return World.of(left)


def test_a_caller_reaches_the_endpoint_of_the_other_account(stacks: list[SynthesizedStack]) -> None:
    outcome = route(World.of(stacks))

    assert outcome.decision is Decision.ALLOWED, outcome
    reached = {one.resource for one in outcome.checks if one.action == "sagemaker:InvokeEndpoint"}
    assert reached == {f"{OWN}endpoint/{HERE}-scorer", f"{OTHER}endpoint/{THERE}-scorer"}


def refused(world: World) -> Iterator[tuple[str, Session, dict[str, str]]]:
    """Yield who may not invoke the other account's endpoint, and how."""
    caller, other = session(world), session(world, "stranger", "admin")
    yield "directly", caller, {}
    yield "through another router", caller, {SOURCE: f"{OWN}inference-router/{HERE}-spare"}
    yield (
        "through a router of that name elsewhere",
        caller,
        {SOURCE: ROUTER.replace("eu-west-1", "us-east-1")},
    )
    yield "another account directly", other, {}
    # The key of the condition is SageMaker's, so no caller can choose it; its account differs.
    yield (
        "another account's router",
        other,
        {SOURCE: f"arn:aws:sagemaker:eu-west-1:888888888888:inference-router/{HERE}-models"},
    )
    yield "another account with the router's ARN", other, {SOURCE: ROUTER}


def test_no_other_caller_reaches_it(stacks: list[SynthesizedStack]) -> None:
    world = World.of(stacks)
    arn = f"{OTHER}endpoint/{THERE}-scorer"

    assert invoke(world, session(world), arn, **{SOURCE: ROUTER})
    assert [what for what, who, how in refused(world) if invoke(world, who, arn, **how)] == []


def test_another_persona_does_not_call_the_router(
    stacks: list[SynthesizedStack],
) -> None:
    def without_router(resource: dict[str, Any]) -> None:
        document = resource.get("Properties", {}).get("PolicyDocument", {})
        for statement in document.get("Statement", ()):
            actions = statement.get("Action")
            if isinstance(actions, list) and "sagemaker:InvokeInferenceRouter" in actions:
                statement["Action"] = ["none:None"]

    assert route(changed(stacks, without_router)).decision is Decision.DENIED


def test_without_the_endpoint_policy_the_call_is_denied(stacks: list[SynthesizedStack]) -> None:
    def without_policy(resource: dict[str, Any]) -> None:
        if resource["Type"] == "Custom::EndpointPolicies":
            for one in resource["Properties"]["Policies"].values():
                one["Statements"] = one["Statements"][1:]

    world = changed(stacks, without_policy)
    assert route(world).decision is Decision.DENIED
    who = session(world)
    assert not invoke(world, who, f"{OTHER}endpoint/{THERE}-scorer", **{SOURCE: ROUTER})


def test_vpc_endpoint_admits_routers_of_the_environment(
    stacks: list[SynthesizedStack],
) -> None:
    world = World.of(stacks)

    assert route(world, router="elsewhere-models").decision is Decision.DENIED


def test_other_account_describes_the_endpoint(
    stacks: list[SynthesizedStack],
) -> None:
    world = World.of(stacks)
    arn = f"{OTHER}endpoint/{THERE}-scorer"
    roles = [one for one in world.roles.values() if one.environment == HERE]

    def describes(role: Any) -> bool:
        need = Need("sagemaker:DescribeEndpoint", arn, {})
        who = Session(role, world.environments[HERE], in_network=False)
        return Authorizer(world).authorize_need(need, who).decision is Decision.ALLOWED

    # The handler of the router's custom resource, and it alone.
    found = [one.record.path for one in roles if describes(one)]
    assert len(found) == 1
    assert "inference-routers/Models" in found[0]
