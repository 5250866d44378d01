"""Usage files: how much of what is billed by use a month has."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from operations.errors import OperationError
from sagemaker_platform.catalog import PriceKey, PriceList
from sagemaker_platform.costs import Charge, Estimate, Line, Place, price_lines
from stacks.document import Document, DocumentError, parse_document
from stacks.fields import close_to
from stacks.sagemaker_api import instance_types

# Uses of instances that templates do not have, with botocore's list of types.
_USES = {
    "batch_transform": "TransformInstanceType",
    "notebook": "InstanceType",
    "processing": "ProcessingInstanceType",
    "studio": "AppInstanceType",
    "training": "TrainingInstanceType",
}
_BLOCKS = ("total", "resources", "instance_hours")


class UsageError(OperationError):
    """A usage file that cannot be used; the message has one line for each mistake."""


@dataclass(frozen=True)
class _File:
    path: Path
    document: Document

    def error(self, keys: Sequence[str], value: Any, rule: str) -> str:
        place = f"{self.path}:{self.document.line(keys)}: {'.'.join(keys)}"
        got = "" if value is None else f"got {json.dumps(value, default=str)}; "
        return f"{place}: {got}{rule}"


def apply_usage(path: Path, estimate: Estimate, prices: PriceList) -> Estimate:
    """Return an estimate with the quantities of a usage file.

    Args:
        path: the file. It has up to three blocks: `total`, quantities of the whole environment,
            which its resources share equally; `resources`, quantities by path of a resource; and
            `instance_hours`, hours of jobs and apps by use and instance type.
        estimate: the estimate of one environment.
        prices: the prices.

    Raises:
        UsageError: the file is missing or wrong.
    """
    file = _read(path)
    data = file.document.data or {}
    if not isinstance(data, dict):
        raise UsageError(f"{path}: must be a block of keys and values, such as total: {{}}")
    errors = [
        file.error([key], None, f"no such key; valid keys: {', '.join(_BLOCKS)}")
        for key in data
        if key not in _BLOCKS
    ]
    blocks = {}
    for key in _BLOCKS:
        blocks[key] = data.get(key) or {}
        if not isinstance(blocks[key], dict):
            errors.append(file.error([key], blocks[key], "must be a block of keys and values"))
            blocks[key] = {}
    errors += _in_total(file, blocks["total"], estimate)
    errors += _in_resources(file, blocks["resources"], estimate)
    errors += _in_instances(file, blocks["instance_hours"])
    if errors:
        raise UsageError("\n".join(errors))
    lines = _with_quantities(estimate.lines, blocks["total"], blocks["resources"])
    lines += _jobs(blocks["instance_hours"], estimate.region, prices, estimate.discounts)
    return replace(estimate, lines=lines)


def _read(path: Path) -> _File:
    try:
        return _File(path, parse_document(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None
    except DocumentError as error:
        lines = [f"{path}:{one.line}: {one.message}" for one in error.problems]
        raise UsageError("\n".join(lines)) from None


def _in_total(file: _File, block: Mapping[str, Any], estimate: Estimate) -> Iterator[str]:
    known = {line.charge.usage for line in estimate.lines if line.charge.usage}
    for key, value in block.items():
        yield from _quantity(file, ["total", key], value, known, "this environment")


def _in_resources(file: _File, block: Mapping[str, Any], estimate: Estimate) -> Iterator[str]:
    for name, block_of_resource in block.items():
        keys = ["resources", name]
        if name not in estimate.resources:
            hint = close_to(name, list(estimate.resources)) or (
                "; must be a path that `cost --json` lists, such as lakehouse/RawLayer/Bucket"
            )
            yield file.error(keys, None, f"no such resource{hint}")
            continue
        if not isinstance(block_of_resource, dict):
            yield file.error(keys, block_of_resource, "must be a block of keys and values")
            continue
        lines = [line for line in estimate.lines if line.place.resource == name]
        known = {line.charge.usage for line in lines if line.charge.usage}
        for key, value in block_of_resource.items():
            yield from _quantity(file, [*keys, key], value, known, "this resource")


def _quantity(
    file: _File, keys: Sequence[str], value: Any, known: set[str], owner: str
) -> Iterator[str]:
    if keys[-1] not in known:
        valid = f"; {owner} has: {', '.join(sorted(known)) or 'none'}"
        yield file.error(keys, None, f"no such usage{close_to(keys[-1], sorted(known)) or valid}")
    elif not _is_number(value):
        yield file.error(keys, value, "must be a number of at least 0")


def _in_instances(file: _File, block: Mapping[str, Any]) -> Iterator[str]:
    for use, hours in block.items():
        keys = ["instance_hours", use]
        if use not in _USES:
            yield file.error(keys, None, f"no such use; valid uses: {', '.join(_USES)}")
            continue
        if not isinstance(hours, dict):
            yield file.error(keys, hours, "must be hours by instance type")
            continue
        for kind, value in hours.items():
            if kind not in (types := instance_types(_USES[use])):
                hint = close_to(kind, types) or "; must be a type such as ml.m5.xlarge"
                yield file.error([*keys, kind], None, f"no instance type of {use}{hint}")
            elif not _is_number(value):
                yield file.error([*keys, kind], value, "must be a number of at least 0")


def _is_number(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= value < float("inf")


def _with_quantities(
    lines: Sequence[Line], total: Mapping[str, float], resources: Mapping[str, Any]
) -> list[Line]:
    def own(line: Line) -> Any:
        return resources.get(line.place.resource, {}).get(line.charge.usage)

    shared: dict[str | None, int] = {}
    for line in lines:
        if own(line) is None:
            shared[line.charge.usage] = shared.get(line.charge.usage, 0) + 1
    found = []
    for line in lines:
        usage, quantity = line.charge.usage, own(line)
        if quantity is None and usage is not None and usage in total:
            quantity = total[usage] / shared[usage]
        found.append(line if quantity is None else replace(line, quantity=float(quantity)))
    return found


def _jobs(
    block: Mapping[str, Mapping[str, float]],
    region: str,
    prices: PriceList,
    discounts: Mapping[str, float],
) -> list[Line]:
    found = []
    for use, hours in block.items():
        for kind, value in hours.items():
            name = re.sub("_", " ", use)
            place = Place(stack="jobs", resource=f"jobs/{use}/{kind}", type="", capability="jobs")
            charge = Charge(
                text=f"{kind}, {name}",
                keys=(PriceKey("sagemaker", kind, use),),
                unit="hour",
                usage="instance_hours",
            )
            [line] = price_lines(
                [(place, charge)], prices=prices, region=region, discounts=discounts
            )
            found.append(replace(line, quantity=float(value)))
    return found
