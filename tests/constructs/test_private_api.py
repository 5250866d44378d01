"""A private REST API in front of endpoints."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from sagemaker_platform.inference import (
    Adapter,
    Component,
    ComponentEndpoint,
    Compute,
    Instances,
    ModelSource,
    Serverless,
    ServerlessEndpoint,
)
from sagemaker_platform.inference.private_api import PrivateApi
from tests.constructs.inference_support import IMAGE, context

CALLER = "arn:aws:iam::123456789012:role/shop"
HEADER = "integration.request.header"


def made(
    *,
    callers: Sequence[str] = (CALLER,),
    vpc_endpoint_ids: Sequence[str] = (),
    account_log_role: bool = True,
) -> Template:
    stack = Stack(App(builtin_cloud_formation_validation=False), "Test")
    around = context(stack, kms.Key(stack, "Key"))
    source = ModelSource(image=IMAGE)
    PrivateApi(
        stack,
        "Api",
        name="team-inference",
        stage="team",
        endpoints={
            "rules": ServerlessEndpoint(
                stack,
                "Rules",
                name="team-rules",
                source=source,
                serverless=Serverless(memory_mb=1024, max_concurrency=2),
                context=around,
            ),
            "llm": ComponentEndpoint(
                stack,
                "Llm",
                name="team-llm",
                components=[
                    Component(
                        name="chat",
                        source=source,
                        compute=Compute(cpu_cores=1, min_memory_mb=512),
                        adapters=[Adapter(name="legal", data="s3://models/legal.tar.gz")],
                    )
                ],
                instances=Instances(types=["ml.m5.large"]),
                context=around,
            ),
        },
        callers=callers,
        context=around,
        vpc_endpoint_ids=vpc_endpoint_ids,
        requests_per_second=7,
        burst=9,
        timeout_seconds=20,
        account_log_role=account_log_role,
    )
    return Template.from_stack(stack)


@pytest.fixture(scope="module")
def template() -> Template:
    return made(vpc_endpoint_ids=["vpce-0a1b2c3d"])


def one(template: Template, kind: str) -> dict[str, Any]:
    [resource] = template.find_resources(f"AWS::ApiGateway::{kind}").values()
    return dict(resource["Properties"])


def integrations(template: Template) -> dict[str, dict[str, Any]]:
    """Return what each method calls, by the component that it names."""
    found = {}
    for method in template.find_resources("AWS::ApiGateway::Method").values():
        properties = method["Properties"]
        assert properties["AuthorizationType"] == "AWS_IAM"
        integration = properties["Integration"]
        component = integration["RequestParameters"].get(
            f"{HEADER}.X-Amzn-SageMaker-Inference-Component", ""
        )
        found[component] = integration
    return found


def test_it_is_private_and_lets_in_named_roles_through_named_doors(template: Template) -> None:
    api = one(template, "RestApi")

    assert api["EndpointConfiguration"] == {"Types": ["PRIVATE"]}
    allow, deny = api["Policy"]["Statement"]
    assert allow["Principal"] == {"AWS": CALLER}
    assert allow["Resource"] == "execute-api:/team/POST/*"
    assert deny["Effect"] == "Deny"
    assert deny["Principal"] == {"AWS": "*"}
    assert deny["Condition"] == {
        "StringNotEquals": {"aws:SourceVpc": "vpc-1", "aws:SourceVpce": ["vpce-0a1b2c3d"]}
    }


def test_without_other_doors_the_own_vpc_is_the_only_one() -> None:
    _, deny = one(made(), "RestApi")["Policy"]["Statement"]

    assert deny["Condition"] == {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}


def test_each_endpoint_and_component_has_a_path(template: Template) -> None:
    called = integrations(template)

    assert set(called) == {"", "'team-llm-chat'", "'team-llm-chat-legal'"}
    assert json.dumps(called[""]["Uri"]).count("path/endpoints/team-rules/invocations") == 1
    for name in ("'team-llm-chat'", "'team-llm-chat-legal'"):
        assert "path/endpoints/team-llm/invocations" in json.dumps(called[name]["Uri"])
    parts = template.find_resources("AWS::ApiGateway::Resource").values()
    assert sorted(part["Properties"]["PathPart"] for part in parts) == [
        "chat",
        "chat-legal",
        "llm",
        "rules",
    ]
    assert called[""]["TimeoutInMillis"] == 20_000


def test_errors_of_the_model_keep_their_status(template: Template) -> None:
    answers = integrations(template)[""]["IntegrationResponses"]

    patterns = {answer["StatusCode"]: answer.get("SelectionPattern") for answer in answers}
    assert patterns["200"] is None
    assert patterns["424"] == "424"
    assert patterns["429"] == "429"
    assert patterns["503"] == "503"


def test_its_role_calls_these_endpoints_and_no_others(template: Template) -> None:
    [policy] = template.find_resources(
        "AWS::IAM::ManagedPolicy",
        {"Properties": {"Description": "Calls the endpoints behind the API"}},
    ).values()

    [statement] = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sagemaker:InvokeEndpoint"
    names = [json.dumps(one).rsplit("/", 1)[1].split('"')[0] for one in statement["Resource"]]
    assert sorted(names) == ["team-llm", "team-llm-chat", "team-llm-chat-legal", "team-rules"]


def test_requests_are_limited_and_logged_without_their_bodies(template: Template) -> None:
    stage = one(template, "Stage")

    [settings] = stage["MethodSettings"]
    assert settings["ThrottlingRateLimit"] == 7
    assert settings["ThrottlingBurstLimit"] == 9
    assert settings["DataTraceEnabled"] is False
    assert "userArn" in stage["AccessLogSetting"]["Format"]
    groups = template.find_resources("AWS::Logs::LogGroup").values()
    assert all("KmsKeyId" in group["Properties"] for group in groups)
    named = [json.dumps(group["Properties"].get("LogGroupName")) for group in groups]
    assert any("API-Gateway-Execution-Logs_" in name for name in named)


def test_the_accounts_log_role_is_there_first_or_somebody_elses(template: Template) -> None:
    [account] = template.find_resources("AWS::ApiGateway::Account")
    [stage] = template.find_resources("AWS::ApiGateway::Stage").values()

    assert account in stage["DependsOn"]
    made(account_log_role=False).resource_count_is("AWS::ApiGateway::Account", 0)


def test_another_caller_is_another_deployment(template: Template) -> None:
    def deployment(found: Template) -> str:
        [name] = found.find_resources("AWS::ApiGateway::Deployment")
        return str(name)

    assert deployment(made(callers=[CALLER])) == deployment(made(callers=[CALLER]))
    # A policy that is not deployed is not in force.
    assert deployment(made(callers=[CALLER, f"{CALLER}-2"])) != deployment(made())
