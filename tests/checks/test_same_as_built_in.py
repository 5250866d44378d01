"""The native engine finds what CDK's own build of it finds."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, CfnResource, Stack, Validations

from sagemaker_platform.guardrails import TemplateValidation

pytestmark = pytest.mark.slow

ROLE = "arn:aws:iam::123456789012:role/x"
# A type, its properties, and what is wrong with them.
FAULTY: dict[str, tuple[str, Mapping[str, Any]]] = {
    "unknown type": ("AWS::SageMaker::Domane", {}),
    "unknown property": ("AWS::S3::Bucket", {"BucketNam": "x"}),
    "missing properties": ("AWS::SageMaker::Domain", {"DomainName": "x"}),
    "value not in the list": (
        "AWS::SageMaker::Domain",
        {
            "DomainName": "x",
            "AuthMode": "PASSWORD",
            "DefaultUserSettings": {"ExecutionRole": ROLE},
        },
    ),
    "out of range": (
        "AWS::SageMaker::Domain",
        {
            "DomainName": "x",
            "AuthMode": "IAM",
            "DefaultUserSettings": {
                "ExecutionRole": ROLE,
                "SpaceStorageSettings": {
                    "DefaultEbsStorageSettings": {
                        "DefaultEbsVolumeSizeInGb": 1,
                        "MaximumEbsVolumeSizeInGb": 99999,
                    }
                },
            },
        },
    ),
    "wrong type": ("AWS::SageMaker::Endpoint", {"EndpointConfigName": {"a": "b"}}),
    "pattern": ("AWS::SageMaker::Endpoint", {"EndpointConfigName": "has spaces"}),
    "too many": (
        "AWS::SageMaker::Model",
        {"ExecutionRoleArn": ROLE, "Containers": [{"Image": "i"}] * 16},
    ),
    "reference to nothing": ("AWS::Athena::WorkGroup", {"Name": {"Ref": "Nowhere"}}),
    "attribute of nothing": (
        "AWS::SageMaker::Endpoint",
        {"EndpointConfigName": {"Fn::GetAtt": ["Nowhere", "Name"]}},
    ),
    "list for a text": ("AWS::EC2::VPC", {"CidrBlock": ["10.0.0.0/16"]}),
    "policy without statement": (
        "AWS::IAM::ManagedPolicy",
        {"PolicyDocument": {"Version": "2012-10-17"}},
    ),
    "retired runtime": (
        "AWS::Lambda::Function",
        {"Runtime": "python3.6", "Role": ROLE, "Handler": "h", "Code": {"ZipFile": "x"}},
    ),
}
Findings = dict[str, set[str]]


def findings(outdir: Path, *, built_in: bool) -> Findings:
    """Return the rules that each faulty resource breaks, by its id."""
    app = App(
        outdir=str(outdir),
        analytics_reporting=False,
        builtin_cloud_formation_validation=built_in,
        context={
            "@aws-cdk/core:validateAgainstDefaultRules": True,
            "@aws-cdk/core:failSynthOnValidationErrors": False,
        },
    )
    if not built_in:
        Validations.of(app).add_plugins(TemplateValidation())
    stack = Stack(app, "Faulty")
    for index, (type_name, properties) in enumerate(FAULTY.values()):
        CfnResource(stack, f"Fault{index}", type=type_name, properties=properties)
    app.synth()
    report = json.loads((outdir / "validation-report.json").read_text("utf-8"))
    [plugin] = [p for p in report["pluginReports"] if p["pluginName"] == "CloudFormation Validate"]
    found: Findings = {name: set() for name in FAULTY}
    for violation in plugin["violations"]:
        for construct in violation["violatingConstructs"]:
            index = int(construct["constructPath"].removeprefix("Faulty/Fault"))
            found[list(FAULTY)[index]].add(violation["ruleName"])
    return found


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Findings, Findings]:
    directory: Callable[[str], Path] = tmp_path_factory.mktemp
    return (
        findings(directory("built-in"), built_in=True),
        findings(directory("native"), built_in=False),
    )


@pytest.mark.parametrize("fault", FAULTY)
def test_finds_what_the_built_in_engine_finds(both: tuple[Findings, Findings], fault: str) -> None:
    built_in, native = both
    assert built_in[fault], "this template has no fault"
    assert built_in[fault] <= native[fault]
