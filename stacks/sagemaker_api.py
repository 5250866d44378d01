"""What botocore knows of SageMaker: its API, instance types and regions."""

import gzip
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any


@cache
def _botocore(*path: str) -> Any:
    """Read a data file of botocore, without the cost of importing it."""
    file = resources.files("botocore").joinpath("data", *path)
    content = file.read_bytes()
    return json.loads(gzip.decompress(content) if path[-1].endswith(".gz") else content)


def sagemaker_model() -> Any:
    """Return botocore's model of SageMaker's API."""
    return _botocore("sagemaker", "2017-07-24", "service-2.json.gz")


@cache
def instance_types(shape: str) -> Sequence[str]:
    """Return the instance types that one use of SageMaker accepts, as botocore knows them."""
    types: list[str] = sagemaker_model()["shapes"][shape]["enum"]
    # Studio apps list "system" too, which no app of a user can have.
    return [name for name in types if name.startswith("ml.")]


@cache
def regions() -> Sequence[str]:
    """Return the regions in which SageMaker is offered, of the partitions open to customers."""
    found: list[str] = []
    for partition in _botocore("endpoints.json")["partitions"]:
        if partition["partition"] not in ("aws", "aws-cn", "aws-us-gov"):
            continue
        endpoints = partition["services"].get("api.sagemaker", {}).get("endpoints", {})
        found += [region for region in endpoints if region in partition["regions"]]
    return found
