"""Cheaper crossings into node change nothing but time."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Arn, ArnComponents, ArnFormat, Environment, Stack

from stacks.crossings import _arn
from tests.support import ROOT

# What a fork may do with the CDK, and what no construct of this project does.
FREELY = """
import sys
from aws_cdk import App, Stack, Stage, aws_dynamodb as dynamodb, aws_iam as iam, aws_s3 as s3
from constructs import Construct
from stacks.crossings import remember_answers
if sys.argv[1] == "with":
    remember_answers()
app = App()
print(Stack(app).node.id)
outer = Stage(app, "Outer")
inner = Stage(outer, "Inner")
stack = Stack(inner, "Stack")
print(Stage.of(stack) is inner, Stage.of(inner) is outer, Stage.of(app), Stack.of(stack) is stack)
try:
    Stack.of(Construct(inner, "Outside"))
except RuntimeError as error:
    print(error)
bucket = s3.CfnBucket(stack, "Bucket")
print(bucket.bucket_name)
bucket.bucket_name = "named"
print(bucket.bucket_name)
table = dynamodb.CfnTable(stack, "Table", key_schema=[], attribute_definitions=[])
for name in "ab":
    one = dynamodb.CfnTable.AttributeDefinitionProperty(attribute_name=name, attribute_type="S")
    table.attribute_definitions = [*table.attribute_definitions, one]
print(len(table.attribute_definitions))
made = [
    iam.PrincipalWithConditions(iam.AnyPrincipal(), {"Bool": {"aws:SecureTransport": True}})
    for _ in range(2)
]
made[0].add_condition("Null", {"aws:PrincipalTag/x": True})
print([one.conditions for one in made])
for number, versioned in enumerate((True, "yes", None, [True], True, "yes", {"status": 1})):
    try:
        s3.Bucket(stack, f"Bucket{number}", versioned=versioned)
    except TypeError as error:
        print(error)
for value in ("a", None, 1, ["a"], ["a"], [1], {"a": 1}):
    try:
        rule = s3.CfnBucket.CorsRuleProperty(allowed_methods=["GET"], allowed_origins=value)
        print(rule.allowed_origins)
    except TypeError as error:
        print(error)
class Suspended(s3.CfnBucket.VersioningConfigurationProperty):
    @property
    def status(self):
        return "Suspended"
versioned = s3.CfnBucket(stack, "V", versioning_configuration=Suspended(status="Enabled"))
print(versioned.versioning_configuration.status)
try:
    nothing = iam.CfnRole.PolicyProperty(policy_document=None, policy_name="x")
    iam.CfnRole(stack, "N", assume_role_policy_document={}, policies=[nothing])
except AssertionError as error:
    print(error)
role = iam.Role(stack, "Role", assumed_by=iam.AnyPrincipal(), path="/p/").node.default_child
print(role.path, role.node.path, Construct(role, "Below").node.path, role.path)
"""

COUNTING = """
import psutil
from stacks.synthesis import prepare_process
prepare_process()
import aws_cdk
print(len(psutil.Process().children(recursive=True)))
"""


def run(script: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
    )


def test_plain_cdk_says_the_same_without() -> None:
    said = [run(FREELY, way) for way in ("with", "without")]
    assert said[0].stdout == said[1].stdout != "", said[0].stderr
    assert [one.returncode for one in said] == [0, 0], said[0].stderr


def test_one_process_of_node_is_started_and_what_it_prints_arrives() -> None:
    made = run(COUNTING, JSII_DEBUG="1")
    assert made.stdout == "1\n", made.stderr
    assert "[@jsii/kernel] load" in made.stderr


def test_what_node_compiles_is_kept_for_the_next_process(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    kept = []
    for _ in range(2):
        made = run(COUNTING, NODE_COMPILE_CACHE=str(cache), TMPDIR=str(tmp_path))
        assert made.returncode == 0, made.stderr
        kept.append({path for path in cache.rglob("*") if path.is_file()})
    assert kept[0] == kept[1] != set()
    assert not list(tmp_path.glob("jsii-kernel-*"))


@pytest.mark.parametrize("name", ["Name", None])
@pytest.mark.parametrize("style", [None, *ArnFormat])
def test_arns_are_put_together_as_the_cdk_does(style: ArnFormat | None, name: str | None) -> None:
    stack = Stack(App(), "S", env=Environment(account="111122223333", region="eu-west-1"))
    asked: dict[str, Any] = {"service": "s", "resource": "r", "resource_name": name}
    given: list[dict[str, str]] = [{}, {"region": "", "account": ""}, {"partition": "aws-cn"}]
    for others in given:
        components = ArnComponents(**asked, arn_format=style, **others)
        assert _arn(stack, **components._values) == Arn.format(components, stack)
