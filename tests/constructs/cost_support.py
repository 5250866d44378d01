"""Templates whose cost is estimated, and what the estimate says."""

import json
from pathlib import Path
from typing import Any

from sagemaker_platform.catalog import PriceList
from sagemaker_platform.costs import CostedStack, Estimate, estimate

Resources = dict[str, dict[str, Any]]


def costs(tmp_path: Path, resources: Resources, **arguments: Any) -> Estimate:
    file = tmp_path / "template.json"
    file.write_text(json.dumps({"Resources": resources}))
    made = CostedStack(name="made", file=file, region="us-east-1", tags={"owner": "ml"})
    return estimate([made], **{"prices": PriceList.shipped(), **arguments})


def one(type: str, **properties: Any) -> Resources:
    return {"One": {"Type": f"AWS::{type}", "Properties": properties}}


def fixed(found: Estimate) -> list[tuple[str, float | None, float | None]]:
    return [
        (line.charge.text, cents(line.low), cents(line.high))
        for line in found.lines
        if not line.by_use
    ]


def cents(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def uses(found: Estimate) -> list[str]:
    return [line.charge.usage for line in found.lines if line.charge.usage is not None]


def variant(name: str = "AllTraffic", **properties: Any) -> dict[str, Any]:
    return {
        "VariantName": name,
        "InitialInstanceCount": 2,
        "InstanceType": "ml.m5.xlarge",
        **properties,
    }


def group(**properties: Any) -> dict[str, Any]:
    return {"InstanceType": "ml.g5.8xlarge", "InstanceCount": 2, **properties}


MONTH = 0.23 * 730
"""US dollars of an ml.m5.xlarge that serves models, per month."""
