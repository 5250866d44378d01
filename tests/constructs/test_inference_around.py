"""What stands around an endpoint: notices, dashboards, roles of others, experiments."""

import json
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from sagemaker_platform.inference import (
    AsynchronousEndpoint,
    Autoscaling,
    Component,
    ComponentEndpoint,
    Compute,
    Endpoint,
    ExperimentTimes,
    Instances,
    Invoker,
    ModelSource,
    RealTimeEndpoint,
    Serverless,
    ServerlessEndpoint,
    ShadowExperiment,
    Variant,
    invoke_any,
)
from tests.constructs.inference_support import IMAGE, bucket, context, properties
from tests.constructs.test_inference_batch import joined

SOURCE = ModelSource(image=IMAGE)


def real_time(stack: Stack, *, price: float | None = None, gpus: int = 0) -> RealTimeEndpoint:
    return RealTimeEndpoint(
        stack,
        "Endpoint",
        name="team-churn",
        variants=[
            Variant(
                sources=[SOURCE],
                instances=Instances(types=["ml.m5.large"], usd_per_hour=price, gpus=gpus),
            )
        ],
        context=context(stack, kms.Key(stack, "Key")),
    )


def components(stack: Stack) -> ComponentEndpoint:
    return ComponentEndpoint(
        stack,
        "Endpoint",
        name="team-llm",
        components=[
            Component(name=name, source=SOURCE, compute=Compute(cpu_cores=1, min_memory_mb=512))
            for name in ("chat", "embed")
        ],
        instances=Instances(types=["ml.m5.large"]),
        context=context(stack, kms.Key(stack, "Key")),
    )


def asynchronous(stack: Stack) -> AsynchronousEndpoint:
    key = kms.Key(stack, "Key")
    return AsynchronousEndpoint(
        stack,
        "Endpoint",
        name="team-docs",
        sources=[SOURCE],
        instances=Instances(types=["ml.m5.large"]),
        data=bucket(stack, "Data", key),
        context=context(stack, key),
    )


def serverless(stack: Stack) -> ServerlessEndpoint:
    return ServerlessEndpoint(
        stack,
        "Endpoint",
        name="team-rules",
        source=SOURCE,
        serverless=Serverless(memory_mb=1024, max_concurrency=5),
        context=context(stack, kms.Key(stack, "Key")),
    )


@pytest.mark.parametrize("make", [real_time, components, asynchronous, serverless])
def test_an_endpoint_rollback_is_reported(stack: Stack, make: Any) -> None:
    endpoint: Endpoint = make(stack)
    template = Template.from_stack(stack)
    rule = properties(template, "AWS::Events::Rule")
    assert rule["Description"] == f"Endpoint {endpoint.name} failed or rolled an update back"
    assert rule["EventPattern"]["detail"]["EndpointName"] == [endpoint.name]
    assert {"ROLLING_BACK", "FAILED"} <= set(rule["EventPattern"]["detail"]["EndpointStatus"])
    assert "IN_SERVICE" not in rule["EventPattern"]["detail"]["EndpointStatus"]
    [topic] = template.find_resources("AWS::SNS::Topic")
    assert rule["Targets"][0]["Arn"] == {"Ref": topic}


def shown(stack: Stack, endpoint: Endpoint) -> dict[str, list[Any]]:
    """Return the widgets of a dashboard: their metrics, by their titles."""
    endpoint.add_dashboard()
    dashboard = properties(Template.from_stack(stack), "AWS::CloudWatch::Dashboard")
    assert dashboard["DashboardName"] == endpoint.name
    body = json.loads(joined(dashboard["DashboardBody"]))
    places = [(w["x"], w["y"]) for w in body["widgets"]]
    assert len(set(places)) == len(places)
    return {
        w["properties"]["title"]: w["properties"].get("metrics", w["properties"].get("alarms"))
        for w in body["widgets"]
    }


def names(metrics: list[Any]) -> list[str]:
    return [m[1] for m in metrics if isinstance(m[0], str)]


def test_a_dashboard_shows_latency_errors_saturation_and_instances(stack: Stack) -> None:
    widgets = shown(stack, real_time(stack, gpus=1))
    assert len(widgets["Alarms of team-churn"]) == 3
    latency = widgets["Latency of the model"]
    assert [m[-1]["stat"] for m in latency if isinstance(m[0], str)] == ["p50", "p90", "p99"]
    # In milliseconds, of microseconds.
    assert latency[0][0]["expression"] == "m0 * 0.001"
    assert names(widgets["Errors"]) == [
        "Invocation4XXErrors",
        "Invocation5XXErrors",
        "InvocationModelErrors",
    ]
    assert "GPUMemoryUtilization" in names(widgets["Saturation"])
    assert widgets["Instances in use"][0][0]["expression"] == "m0 / m1"
    assert "Cost per thousand requests" not in widgets


def test_what_a_thousand_requests_cost(stack: Stack) -> None:
    """An instance of 0.24 dollars an hour that answers 8 requests a minute: 0.5 dollars."""
    [expression, requests] = shown(stack, real_time(stack, price=0.24))[
        "Cost per thousand requests"
    ]
    assert requests[1] == "InvocationsPerInstance"
    assert requests[-1]["stat"] == "Sum"
    number = float(expression[0]["expression"].removesuffix(" / m0"))
    assert number / 8 == pytest.approx(0.5)


def cost(
    stack: Stack, endpoint: Endpoint, title: str = "Cost per thousand requests"
) -> tuple[str, list[str]]:
    """Return the expression of what requests cost, and the metrics in it."""
    [expression, *metrics] = shown(stack, endpoint)[title]
    return expression[0]["expression"], [metric[1] for metric in metrics]


def test_what_a_thousand_requests_to_a_component_cost(stack: Stack) -> None:
    around = context(stack, kms.Key(stack, "Key"))
    endpoint = ComponentEndpoint(
        stack,
        "Endpoint",
        name="team-llm",
        components=[
            Component(
                name=name,
                source=SOURCE,
                compute=Compute(cpu_cores=1, min_memory_mb=512),
                usd_per_hour=price,
            )
            for name, price in (("chat", 0.06), ("embed", None))
        ],
        instances=Instances(types=["ml.m5.large"]),
        context=around,
    )

    widgets = shown(stack, endpoint)
    [expression, requests] = widgets["Cost per thousand requests (team-llm-chat)"]
    assert expression[0]["expression"] == "1.0 / m0"
    assert requests[1] == "InvocationsPerCopy"
    assert "Cost per thousand requests (team-llm-embed)" not in widgets


@pytest.mark.parametrize(
    ("scaled", "title", "expected"),
    [
        (False, "Cost per thousand requests", ("8.0 / m0", ["InvocationsProcessed"])),
        (
            True,
            "Cost per thousand requests while some wait",
            (
                "4.0 * (m1 / m2) / m0",
                [
                    "InvocationsProcessed",
                    "ApproximateBacklogSize",
                    "ApproximateBacklogSizePerInstance",
                ],
            ),
        ),
    ],
)
def test_what_a_thousand_requests_in_a_queue_cost(
    stack: Stack, scaled: bool, title: str, expected: Any
) -> None:
    key = kms.Key(stack, "Key")
    endpoint = AsynchronousEndpoint(
        stack,
        "Endpoint",
        name="team-docs",
        sources=[SOURCE],
        instances=Instances(types=["ml.m5.large"], count=2, usd_per_hour=0.24),
        data=bucket(stack, "Data", key),
        context=context(stack, key),
        autoscaling=Autoscaling(min_capacity=1, max_capacity=3, backlog=5) if scaled else None,
    )

    assert cost(stack, endpoint, title) == expected


def test_what_a_thousand_requests_to_memory_cost(stack: Stack) -> None:
    """Half a second with 2 GB at 0.00002 dollars: 0.02 dollars for a thousand."""
    endpoint = ServerlessEndpoint(
        stack,
        "Endpoint",
        name="team-rules",
        source=SOURCE,
        serverless=Serverless(memory_mb=2048, max_concurrency=2, usd_per_gb_second=0.00002),
        context=context(stack, kms.Key(stack, "Key")),
    )

    expression, metrics = cost(stack, endpoint)

    assert metrics == ["ModelLatency"]
    microseconds = 500_000
    assert float(expression.removeprefix("m0 * ")) * microseconds == pytest.approx(0.02)


def test_a_dashboard_of_many_models_shows_how_they_are_loaded(stack: Stack) -> None:
    endpoint = RealTimeEndpoint(
        stack,
        "Endpoint",
        name="team-shops",
        variants=[
            Variant(
                sources=[ModelSource(image=IMAGE, data="s3://models/shops/")],
                multi_model=True,
                instances=Instances(types=["ml.m5.large"]),
            )
        ],
        context=context(stack, kms.Key(stack, "Key")),
    )
    widgets = shown(stack, endpoint)
    assert names(widgets["Share of requests for a loaded model"]) == ["ModelCacheHit"]


def test_a_dashboard_of_components_shows_each(stack: Stack) -> None:
    widgets = shown(stack, components(stack))
    for name in ("team-llm-chat", "team-llm-embed"):
        copies = widgets[f"Copies in use ({name})"]
        assert names(copies) == ["Invocations", "InvocationsPerCopy"]
        assert copies[1][2:4] == ["InferenceComponentName", name]
        assert f"Requests without a copy ({name})" in widgets


def test_a_dashboard_of_a_queue_shows_what_waits(stack: Stack) -> None:
    widgets = shown(stack, asynchronous(stack))
    assert names(widgets["Requests"])[0] == "InvocationsProcessed"
    assert "ApproximateBacklogSize" in names(widgets["Queue"])
    assert names(widgets["Oldest request"]) == ["ApproximateAgeOfOldestRequest"]


def test_a_dashboard_of_a_serverless_endpoint_shows_cold_starts(stack: Stack) -> None:
    widgets = shown(stack, serverless(stack))
    assert set(names(widgets["Cold starts"])) == {"ModelSetupTime"}
    assert names(widgets["Saturation"]) == ["ServerlessConcurrentExecutionsUtilization"]


def invoker_policy(stack: Stack) -> list[dict[str, Any]]:
    [policy] = [
        p["Properties"]["PolicyDocument"]["Statement"]
        for p in Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy").values()
        if p["Properties"]["Description"].startswith("Calls ")
    ]
    return list(policy)


def test_an_invoker_calls_one_endpoint_and_nothing_else(stack: Stack) -> None:
    backend = "arn:aws:iam::555555555555:role/shop-backend"
    real_time(stack).add_invoke_role(Invoker(name="shop", principal=iam.ArnPrincipal(backend)))
    [only] = invoker_policy(stack)
    assert only["Action"] == [
        "sagemaker:InvokeEndpoint",
        "sagemaker:InvokeEndpointWithResponseStream",
    ]
    assert joined(only["Resource"]).endswith(":endpoint/team-churn")
    roles = Template.from_stack(stack).find_resources("AWS::IAM::Role").values()
    trusted = [
        r["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] for r in roles
    ]
    assert {"AWS": backend} in trusted


def test_an_invoker_of_components_may_call_each(stack: Stack) -> None:
    components(stack).add_invoke_role(
        Invoker(name="shop", principal=iam.AccountPrincipal("555555555555"))
    )
    [only] = invoker_policy(stack)
    assert [joined(one).rsplit(":", 1)[1] for one in only["Resource"]] == [
        "endpoint/team-llm",
        "inference-component/team-llm-chat",
        "inference-component/team-llm-embed",
    ]


def test_an_invoker_of_a_queue_writes_requests_and_reads_results(stack: Stack) -> None:
    asynchronous(stack).add_invoke_role(
        Invoker(name="a", principal=iam.AccountPrincipal("555555555555"))
    )
    statements = {str(s["Action"]): s for s in invoker_policy(stack)}
    put = statements["['s3:AbortMultipartUpload', 's3:PutObject']"]
    assert joined(put["Resource"]).endswith("/team-docs/input/*")
    read = statements["s3:GetObject"]["Resource"]
    assert {joined(one).rsplit("team-docs", 1)[1] for one in read} == {"/output/*", "/failures/*"}
    assert "sagemaker:InvokeEndpointAsync" in statements


def test_an_experiment_compares_two_models_on_one_endpoint(stack: Stack) -> None:
    endpoint = real_time(stack)
    results = bucket(stack, "Results", kms.Key(stack, "ResultKey"))
    ShadowExperiment(
        stack,
        "Experiment",
        name="team-churn-v2",
        endpoint=endpoint,
        variant=Variant(sources=[SOURCE], instances=Instances(types=["ml.m5.large"], count=2)),
        source=ModelSource(image=IMAGE.replace(":1", ":2")),
        instances=Instances(types=["ml.m5.xlarge"]),
        sampling_percentage=25,
        results=results,
        times=ExperimentTimes(end="2027-02-15T08:00:00Z", state="Running"),
    )
    template = Template.from_stack(stack)
    experiment = properties(template, "AWS::SageMaker::InferenceExperiment")
    assert experiment["Schedule"] == {"EndTime": "2027-02-15T08:00:00Z"}
    assert experiment["DesiredState"] == "Running"
    variants = {
        v["VariantName"]: v["InfrastructureConfig"]["RealTimeInferenceConfig"]
        for v in experiment["ModelVariants"]
    }
    assert variants == {
        "AllTraffic": {"InstanceType": "ml.m5.large", "InstanceCount": 2},
        "shadow": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
    }
    assert experiment["ShadowModeConfig"] == {
        "SourceModelVariantName": "AllTraffic",
        "ShadowModelVariants": [{"ShadowModelVariantName": "shadow", "SamplingPercentage": 25}],
    }
    assert len({str(v["ModelName"]) for v in experiment["ModelVariants"]}) == 2
    assert experiment["DataStorageConfig"]["KmsKey"]
    # It takes an endpoint that is there.
    assert "EndpointName" in str(experiment["EndpointName"])
    update = [
        statement
        for policy in template.find_resources("AWS::IAM::ManagedPolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "sagemaker:UpdateEndpoint" in statement["Action"]
    ]
    assert [joined(s["Resource"]).rpartition(":")[2] for s in update] == [
        "endpoint/team-churn",
        "endpoint-config/*",
    ]


def test_the_way_in_is_for_one_environments_endpoints(stack: Stack) -> None:
    allow = invoke_any(stack, prefix="team-")
    assert "sagemaker:*" not in allow.actions
    kinds = [str(stack.resolve(one)) for one in allow.resources]
    assert [":endpoint/team-*" in kinds[0], ":inference-component/team-*" in kinds[1]] == [True] * 2
