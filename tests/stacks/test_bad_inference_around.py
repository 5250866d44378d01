"""Faults in what stands around endpoints: the private API, redaction, regions."""

from pathlib import Path

import pytest

from tests.bad_settings import BASE, Bad, check

CALLER = "arn:aws:iam::123456789012:role/shop"
ENDPOINTS = """\
inference:
  endpoints:
    - name: churn
      image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/churn:1
      instance_type: ml.m7i.large
    - name: documents
      type: asynchronous
      image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/documents:1
      instance_type: ml.m7i.large
"""


def api(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    text = f"{BASE}{ENDPOINTS}  api:\n    {lines}\n"
    return Bad(id, text, f"inference.api.{path}", got, right)


API = [
    api(
        "API without callers",
        "callers: [] # HERE",
        path="callers",
        got="[]",
        right="must have at least 1 entries",
    ),
    api(
        "API for a user",
        'callers: ["arn:aws:iam::123456789012:user/a-user"] # HERE',
        path="callers[0]",
        got='"arn:aws:iam::123456789012:user/a-user"',
        right="must be the ARN of an IAM role",
    ),
    api(
        "caller twice",
        f"callers: [{CALLER}, {CALLER}] # HERE",
        path="callers",
        got=f'["{CALLER}", "{CALLER}"]',
        right="names one twice",
    ),
    api(
        "API in front of an unknown endpoint",
        f"{{endpoints: [chrun], callers: [{CALLER}]}} # HERE",
        path="endpoints[0]",
        got='"chrun"',
        right="must be an endpoint; did you mean churn?",
    ),
    api(
        "API in front of a queue",
        f"{{endpoints: [documents], callers: [{CALLER}]}} # HERE",
        path="endpoints[0]",
        got='"documents"',
        right=(
            "must be synchronous, because requests of asynchronous endpoints are in S3. Use "
            "invokers of the endpoint"
        ),
    ),
    api(
        "API from something else than a VPC endpoint",
        f"{{callers: [{CALLER}], vpc_endpoints: [vpc-0a1b2c3d]}} # HERE",
        path="vpc_endpoints[0]",
        got='"vpc-0a1b2c3d"',
        right="must be the id of a VPC endpoint",
    ),
    api(
        "API that waits longer than SageMaker",
        f"{{callers: [{CALLER}], timeout_seconds: 120}} # HERE",
        path="timeout_seconds",
        got="120",
        right="must be at most 60",
    ),
    Bad(
        "API without a door",
        BASE.replace("network:\n", "network:\n  nat_gateways: one\n  interface_endpoints: none\n")
        + f"{ENDPOINTS}  api: # HERE\n    callers: [{CALLER}]\n",
        "inference.api.vpc_endpoints",
        "[]",
        (
            "must name an interface endpoint, because network.interface_endpoints is none and "
            "clients in the environment's VPC cannot reach the API"
        ),
    ),
    Bad(
        "API in front of queues only",
        f"{BASE}inference:\n  endpoints:\n"
        + ENDPOINTS[ENDPOINTS.index("    - name: documents") :]
        + f"  api:\n    callers: [{CALLER}] # HERE\n",
        "inference.api.callers",
        f'["{CALLER}"]',
        "requires an endpoint that responds synchronously",
    ),
]


def redaction(id: str, file: str, *, right: str) -> Bad:
    text = ENDPOINTS.replace(
        "ml.m7i.large\n",
        f"ml.m7i.large\n      data_capture:\n        redaction:\n          file: {file} # HERE\n",
        1,
    )
    path = "inference.endpoints[0].data_capture.redaction.file"
    return Bad(id, BASE + text, path, f'"{file}"', right)


REDACTION = [
    redaction(
        "redaction that is no Python",
        "examples/hyperpod-node-setup.sh",
        right="must be a Python file in a folder",
    ),
    redaction(
        "redaction outside", "../redaction.py", right="must be a path inside this repository"
    ),
    redaction("redaction that is not there", "examples/nothing.py", right="cannot be read"),
    redaction("file without a redaction", "stacks/fields.py", right="must define redact(record)"),
    Bad(
        "experiment next to redaction",
        BASE
        + ENDPOINTS.replace(
            "ml.m7i.large\n",
            """ml.m7i.large
      data_capture: {redaction: {file: examples/inference-redaction.py}}
      shadow_experiment:
        name: v2
        image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/churn:2
        instance_type: ml.m7i.large
        keep_results: true # HERE
""",
            1,
        ),
        "inference.endpoints[0].shadow_experiment.keep_results",
        "true",
        (
            "must be false with data_capture.redaction, because the experiment stores requests "
            "without redaction"
        ),
    ),
]


def explainer(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    text = ENDPOINTS.replace("ml.m7i.large\n", f"ml.m7i.large\n      explainer: {lines}\n", 1)
    where = f"inference.endpoints[0].explainer{'.' if path else ''}{path}"
    return Bad(id, BASE + text, where, got, right)


EXPLAINER = [
    explainer(
        "explanations without a baseline",
        "{seed: 1} # HERE",
        path="",
        got='{"seed": 1}',
        right="must have one of shap_baseline and shap_baseline_uri",
    ),
    explainer(
        "baseline that is a folder",
        "{shap_baseline_uri: s3://example-models/credit/} # HERE",
        path="shap_baseline_uri",
        got='"s3://example-models/credit/"',
        right="must be one object s3://bucket/key",
    ),
    explainer(
        "types of features without texts",
        '{shap_baseline: "0", inference: {feature_types: [numerical]}} # HERE',
        path="inference.feature_types",
        got='["numerical"]',
        right="must include text, and requires text_features: feature types are for text only",
    ),
    explainer(
        "labels in CSV and in JSON",
        '{shap_baseline: "0", inference: {label_index: 1, label_attribute: label}} # HERE',
        path="inference.label_index",
        got="1",
        right="must not be combined with label_attribute: one is for CSV, the other for JSON Lines",
    ),
]

REGIONS = [
    Bad(
        "components where there are none",
        BASE.replace("eu-west-1", "eu-west-3")
        + """\
inference:
  endpoints:
    - name: chat
      type: inference_components # HERE
      instance_type: ml.m7i.large
      components:
        - name: chat
          image: 123456789012.dkr.ecr.eu-west-3.amazonaws.com/ml/chat:1
          compute: {cpu_cores: 1, min_memory_mb: 1024}
""",
        "inference.endpoints[0].type",
        None,
        (
            "requires inference components, which CloudFormation does not support in eu-west-3 "
            "according to this project's lists: remove it, or use another region"
        ),
    ),
]


@pytest.mark.parametrize("bad", [*API, *REDACTION, *EXPLAINER, *REGIONS], ids=lambda bad: bad.id)
def test_one_fault_is_one_line(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)


@pytest.mark.parametrize(
    ("content", "right"),
    [
        ("def redact(record:\n", "got a syntax error in line 1"),
        ("def redact(record, more):\n    return record\n", "with one argument, the record"),
        ("redact = 1\n", "must define redact(record)"),
        ("class Team:\n    def redact(record):\n        return record\n", "must define redact"),
    ],
)
def test_a_redaction_that_cannot_work(
    content: str, right: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "redaction.py").write_text(content, "utf-8")

    check(redaction("bad", "team/redaction.py", right=right), tmp_path)
