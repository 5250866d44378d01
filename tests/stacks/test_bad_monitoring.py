"""Settings of monitoring with one fault each, and what AWS does not monitor."""

from pathlib import Path
from textwrap import indent

import pytest

from stacks.loading import load_environments
from tests.bad_settings import BASE, HERE, Bad, check, write
from tests.support import block_of

AT = "inference.endpoints[0]"
IMAGE = "image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/churn:1.0.0\n"
MODEL = f"{IMAGE}instance_type: ml.m5.large\n"
CAPTURED = f"{MODEL}data_capture: {{}}\n"
LABELS = "ground_truth: s3://labels/churn"
QUALITY = f"problem_type: Regression, inference: '0', {LABELS}"


def settings(body: str) -> str:
    return f"{BASE}inference:\n  endpoints:\n    - name: churn\n{indent(body, '      ')}\n"


def bad(
    id: str, monitoring: str, path: str, got: str | None, right: str, body: str = CAPTURED
) -> Bad:
    at = f"{AT}.{path}" if path else AT
    mark = "" if HERE in monitoring else f" {HERE}"
    text = settings(f"{body}monitoring:{mark}\n{indent(monitoring, '  ')}")
    return Bad(id, text, at, got, right)


def unmonitored(kind: str, body: str, right: str) -> Bad:
    text = settings(f"type: {kind}\n{body}monitoring: {HERE}\n  data_quality: {{}}")
    return Bad(kind, text, f"{AT}.monitoring", f'"{kind}"', right)


COMPONENT = f"instance_type: ml.m5.xlarge\ncomponents:\n  - name: a\n    {IMAGE}    cpus: 1\n"
CASES = [
    unmonitored(
        "asynchronous",
        MODEL,
        (
            "must be of an endpoint of type real_time or multi_container: an asynchronous "
            "endpoint stores its requests and responses in S3 and supports no data capture"
        ),
    ),
    unmonitored(
        "serverless",
        f"{IMAGE}memory_mb: 2048\nmax_concurrency: 5\n",
        "AWS offers neither data capture nor Model Monitor for serverless endpoints",
    ),
    unmonitored(
        "multi_model",
        f"{CAPTURED}model_data: s3://models/churn/\n",
        "SageMaker monitors no multi-model endpoints",
    ),
    unmonitored(
        "inference_components",
        COMPONENT,
        (
            "must be of an endpoint of type real_time or multi_container: SageMaker monitors only "
            "endpoints of a single model"
        ),
    ),
    bad(
        "no capture",
        f"data_quality: {{}} {HERE}",
        "monitoring.data_quality",
        '"data_quality"',
        "requires data_capture, whose files it reads. Add the block",
        MODEL,
    ),
    bad(
        "redacted capture",
        f"data_quality: {{}} {HERE}",
        "monitoring.data_quality",
        '"data_quality"',
        (
            "must not be combined with data_capture.redaction, because SageMaker cannot read "
            "captured files that only the redaction function can read"
        ),
        f"{MODEL}data_capture: {{redaction: {{file: examples/inference-redaction.py}}}}\n",
    ),
    bad(
        "answers only",
        f"data_quality: {{}} {HERE}",
        "monitoring.data_quality",
        '"data_quality"',
        "requires requests in data_capture.capture, which captures only responses",
        f"{MODEL}data_capture: {{capture: responses}}\n",
    ),
    bad(
        "requests only",
        f"bias: {{config: s3://configs/c.json, {LABELS}}} {HERE}",
        "monitoring.bias",
        '"bias"',
        "requires responses in data_capture.capture, which captures only requests",
        f"{MODEL}data_capture: {{capture: requests}}\n",
    ),
    bad(
        "variants",
        f"data_quality: {{}} {HERE}",
        "monitoring.data_quality",
        '"data_quality"',
        ("must not be combined with variants: SageMaker monitors only endpoints of a single model"),
        f"{CAPTURED}variants:\n"
        "  - {name: new, weight: 1, instance_type: ml.m5.large, "
        "image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/churn:2.0.0}\n",
    ),
    bad(
        "nothing watched",
        "retraining: {pipeline: churn, monitors: [bias]}",
        "monitoring",
        '{"retraining"',
        "must have a monitor: data_quality, model_quality, bias, explainability",
    ),
    bad(
        "interval",
        f"data_quality: {{every_hours: 48}} {HERE}",
        "monitoring.data_quality.every_hours",
        "48",
        "must be at most 24",
    ),
    bad(
        "EventBridge's schedule",
        f"data_quality: {{schedule: 'rate(1 day)'}} {HERE}",
        "monitoring.data_quality.schedule",
        None,
        "no such key",
    ),
    bad(
        "hour of an hourly run",
        f"data_quality: {{every_hours: 1, from_hour: 3}} {HERE}",
        "monitoring.data_quality.from_hour",
        "3",
        "must be omitted with every_hours: 1",
    ),
    bad(
        "longer than the interval",
        f"data_quality: {{every_hours: 1, max_minutes: 90}} {HERE}",
        "monitoring.data_quality.max_minutes",
        "90",
        "must be at most 60, the interval",
    ),
    bad(
        "local disks",
        f"data_quality: {{instance_type: ml.g5.xlarge}} {HERE}",
        "monitoring.data_quality.instance_type",
        '"ml.g5.xlarge"',
        "must be a type without local disks",
    ),
    bad(
        "no instance type",
        f"data_quality: {{instance_type: ml.m5.mini}} {HERE}",
        "monitoring.data_quality.instance_type",
        '"ml.m5.mini"',
        "must be an instance type for processing jobs",
    ),
    bad(
        "a prefix as constraints",
        f"data_quality: {{constraints: s3://baselines/churn/}} {HERE}",
        "monitoring.data_quality.constraints",
        '"s3://baselines/churn/"',
        "must be one object s3://bucket/key",
    ),
    bad(
        "both limits",
        f"data_quality: {{limits: [{{metric: a, above: 1, below: 0}}]}} {HERE}",
        "monitoring.data_quality.limits[0].metric",
        '"a"',
        "must have one of above and below",
    ),
    bad(
        "a limit twice",
        f"data_quality: {{limits: [{{metric: a, above: 1}}, {{metric: a, above: 1}}]}} {HERE}",
        "monitoring.data_quality.limits[1]",
        '"a"',
        "must be unique",
    ),
    bad(
        "no labels",
        f"model_quality: {{problem_type: Regression, inference: '0'}} {HERE}",
        "monitoring.model_quality.ground_truth",
        None,
        "must be given",
    ),
    bad(
        "no prediction",
        f"model_quality: {{problem_type: Regression, {LABELS}}} {HERE}",
        "monitoring.model_quality.problem_type",
        '"Regression"',
        "requires inference or probability, which locate the prediction",
    ),
    bad(
        "probability of a regression",
        f"model_quality: {{problem_type: Regression, probability: '0', {LABELS}}} {HERE}",
        "monitoring.model_quality.probability",
        '"0"',
        "must be omitted for Regression",
    ),
    bad(
        "threshold of nothing",
        f"model_quality: {{{QUALITY}, probability_threshold: 0.5}} {HERE}",
        "monitoring.model_quality.probability_threshold",
        "0.5",
        "requires probability, to which the threshold applies",
    ),
    bad(
        "half a window",
        f"model_quality: {{{QUALITY}, start_offset: -P1D}} {HERE}",
        "monitoring.model_quality.start_offset",
        '"-P1D"',
        "must be given together with the other offset",
    ),
    bad(
        "window backwards",
        f"model_quality: {{{QUALITY}, start_offset: -PT6H, end_offset: -P1D}} {HERE}",
        "monitoring.model_quality.start_offset",
        '"-PT6H"',
        "must be before end_offset (-P1D)",
    ),
    bad(
        "window in minutes",
        f"model_quality: {{{QUALITY}, start_offset: -PT30M, end_offset: PT0H}} {HERE}",
        "monitoring.model_quality.start_offset",
        '"-PT30M"',
        "must be a duration before the run, in days or hours",
    ),
    bad(
        "no analysis",
        f"explainability: {{}} {HERE}",
        "monitoring.explainability.config",
        None,
        "must be given",
    ),
    bad(
        "retraining without its monitor",
        f"data_quality: {{}}\nretraining: {{pipeline: churn, monitors: [bias]}} {HERE}",
        "monitoring.retraining.monitors[0]",
        '"bias"',
        "must be a monitor of the endpoint, which has data_quality",
    ),
    bad(
        "retraining without violations",
        f"data_quality: {{}}\nretraining: {{pipeline: churn, monitors: [data_quality]}} {HERE}",
        "monitoring.retraining.monitors[0]",
        '"data_quality"',
        "must be a monitor with constraints, which violations are measured against",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_message_names_the_fault(case: Bad, tmp_path: Path) -> None:
    check(case, tmp_path)


def test_containers_that_clients_choose_are_not_monitored(tmp_path: Path) -> None:
    containers = "".join(
        f"  - {{name: {name}, image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/{name}:1}}\n"
        for name in ("a", "b")
    )
    body = (
        "type: multi_container\ninstance_type: ml.m5.large\ndata_capture: {}\n"
        f"invocation: {{}}\ncontainers:\n{containers}monitoring:\n  data_quality: {{}} {HERE}"
    )
    text = settings(body.replace("invocation: {}", "invocation: direct"))
    right = "requires invocation: serial"
    path = f"{AT}.monitoring.data_quality"
    check(Bad("direct", text, path, '"data_quality"', right), tmp_path)
    serial = write(tmp_path, settings(body.replace("invocation: {}", "invocation: serial")))
    [environment] = load_environments(files=[serial])
    assert block_of(environment, "inference").endpoints[0].monitoring is not None


@pytest.mark.parametrize(
    ("region", "kind", "right"),
    [
        ("af-south-1", "data_quality: {}", "monitoring of endpoints"),
        ("il-central-1", "data_quality: {}", "monitoring of endpoints"),
        (
            "eu-central-2",
            f"bias: {{config: s3://configs/c.json, {LABELS}}}",
            "monitoring of bias and explainability",
        ),
    ],
)
def test_regions_without_monitoring_are_refused(
    region: str, kind: str, right: str, tmp_path: Path
) -> None:
    text = settings(f"{CAPTURED}monitoring:\n  {kind} {HERE}").replace("eu-west-1", region)
    path = f"{AT}.monitoring.{kind.partition(':')[0]}"
    check(Bad("region", text, path, None, right), tmp_path)


def test_retraining_names_a_pipeline_of_the_environment(tmp_path: Path) -> None:
    monitoring = (
        "data_quality: {constraints: s3://baselines/c.json}\n"
        f"retraining:\n  pipeline: chrun {HERE}\n  monitors: [data_quality]\n"
    )
    text = settings(f"{CAPTURED}monitoring:\n{indent(monitoring, '  ')}")
    text += """\
model_registry: {groups: [{name: churn}]}
pipelines:
  definitions:
    - name: churn
      folder: examples/pipelines/churn
      inputs: {customers: {prefix: churn/customers}}
"""
    right = "must be one of pipelines.definitions; did you mean churn"
    check(
        Bad("retraining", text, f"{AT}.monitoring.retraining.pipeline", '"chrun"', right), tmp_path
    )
