"""The advice as a table, what to paste into the settings, and how to measure."""

import json
from collections.abc import Mapping, Sequence

from operations import output
from operations.advise.advice import Advice
from operations.advise.measurement import measure
from operations.advise.needs import Needs
from stacks.studio.app_settings import types_of_domains

_HEADINGS = ("instance type", "count", "USD/month", "how it fits")
_SHOWN = 8
_IMAGE = "image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/model:1"

_CLUSTER = """\
hyperpod:
  clusters:
    - name: training
      orchestrator: slurm
      instance_groups:
        - name: controller
          node_type: controller
          instance_type: ml.m5.xlarge
          instance_count: 1
        - name: workers
          node_type: compute
          partition: workers
          instance_type: {}
          instance_count: {}"""


def text(needs: Needs, found: Sequence[Advice], *, everything: bool = False) -> str:
    """Return the best types, why others do not fit, and what to paste."""
    fitting = [one for one in found if not one.reason]
    if not fitting:
        return f"No instance type fits.\n{_reasons(found)}"
    shown = fitting if everything else fitting[:_SHOWN]
    rows = [(one.instance_type, str(one.count), _usd(one), one.arithmetic) for one in shown]
    parts = [output.table([_HEADINGS, *rows])]
    if len(shown) < len(fitting):
        parts.append(f"{len(fitting) - len(shown)} more fit: --all shows them.")
    unpriced = [one for one in fitting if one.usd is None]
    if unpriced and needs.task != "serverless":
        parts.append(
            f"{len(unpriced)} of {len(fitting)} have no recorded price for {needs.task} in "
            f"{needs.region}, and come last: `sagemaker-platform prices` records it."
        )
    if everything:
        parts.append(_reasons(found))
    parts.append(f"To use the first:\n\n{snippet(needs, fitting[0])}")
    if steps := measure(needs, fitting):
        commands = [
            f"aws sagemaker {operation} --region {needs.region} "
            f"--cli-input-json '{json.dumps(body)}'"
            for operation, body in steps
        ]
        parts.append("\n".join(["To measure it:\n", *commands]))
    return "\n\n".join(part for part in parts if part)


def _usd(one: Advice) -> str:
    return "unpriced" if one.usd is None else f"{one.usd:,.0f}"


def _reasons(found: Sequence[Advice]) -> str:
    rows = [(one.instance_type, one.reason) for one in found if one.reason]
    return output.table([("instance type", "why not"), *rows]) if rows else ""


def snippet(needs: Needs, one: Advice) -> str:
    """Return what to paste: YAML, or the argument of the SageMaker SDK for training."""
    model = _model(needs)
    match needs.task:
        case "studio":
            if one.instance_type not in types_of_domains():
                return (
                    f"# CloudFormation does not know {one.instance_type} for domains yet: "
                    "choose it in Studio."
                )
            return f"studio:\n  instance_type: {one.instance_type}"
        case "training":
            return (
                f'Compute(instance_type="{one.instance_type}", instance_count={one.count})'
                "  # of ModelTrainer"
            )
        case "hyperpod":
            return _CLUSTER.format(one.instance_type, one.count)
        case "serverless":
            lines = ["type: serverless", f"memory_mb: {one.instance_type.removesuffix(' MB')}"]
            return _endpoint([*lines, "max_concurrency: 5", _IMAGE])
        case "batch_transform":
            lines = [_IMAGE, f"instance_type: {one.instance_type}", "input:"]
            return _endpoint([*lines, "  uri: s3://example-data/requests/"], "batch_transforms")
        case "asynchronous":
            lines = ["type: asynchronous", *model, f"instance_type: {one.instance_type}"]
        case _:
            lines = [*model, f"instance_type: {one.instance_type}"]
    return _endpoint([*lines, f"instance_count: {one.count}"])


def _model(needs: Needs) -> list[str]:
    if needs.parameters_billions is None:
        return [_IMAGE]
    lines = [
        "large_model:",
        "  server: vllm",
        f"  parameters_billions: {needs.parameters_billions:g}",
        f"  dtype: {needs.dtype}",
    ]
    if needs.figures is not None:
        lines.append(f"  max_model_len: {needs.context}")
    return [*lines, "model_data: s3://example-models/model/"]


def _endpoint(lines: Sequence[str], block: str = "endpoints") -> str:
    inner = "\n".join(f"      {line}" for line in lines)
    return f"inference:\n  {block}:\n    - name: model\n{inner}"


def as_json(needs: Needs, found: Sequence[Advice]) -> Mapping[str, object]:
    """Return all types, those that fit first."""
    return {
        "task": needs.task,
        "region": needs.region,
        "fitting": [
            {
                "instance_type": one.instance_type,
                "count": one.count,
                "usd_per_month": one.usd,
                "how": one.arithmetic,
            }
            for one in found
            if not one.reason
        ],
        "excluded": [
            {"instance_type": one.instance_type, "reason": one.reason}
            for one in found
            if one.reason
        ],
    }
