"""Reads the templates of an environment for an estimate."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sagemaker_platform.catalog.prices import PriceList
from sagemaker_platform.costs.assembly import CostedStack
from sagemaker_platform.costs.charge import HOURS, as_number
from sagemaker_platform.costs.estimate import Estimate, Line, Place, price_lines, status_of
from sagemaker_platform.costs.resource import Resource, Template, references
from sagemaker_platform.costs.rules import charges

_TEAM_TAGS = ("team", "owner")


def estimate(
    stacks: Iterable[CostedStack],
    *,
    prices: PriceList,
    discounts: Mapping[str, float] | None = None,
    region: str | None = None,
) -> Estimate:
    """Estimate the cost of an environment.

    Args:
        stacks: its stacks.
        prices: the prices.
        discounts: factor by service: 0.7 for 30 % less. Defaults to none.
        region: region whose prices are used. Defaults to that of each stack.
    """
    lines: list[Line] = []
    statuses = {}
    used_region = region or ""
    for stack in stacks:
        used_region = used_region or stack.region
        found = json.loads(stack.file.read_text("utf-8")).get("Resources", {})
        template = Template(found)
        for resource in template:
            place = _place(stack, resource, found[resource.id])
            own = price_lines(
                ((place, charge) for charge in charges(resource)),
                prices=prices,
                region=region or stack.region,
                discounts=discounts,
            )
            statuses[place.resource] = status_of(own)
            is_cluster = resource.type == "AWS::SageMaker::Cluster"
            lines += _shares(template, resource, own) if is_cluster else own
    return Estimate(lines=lines, resources=statuses, region=used_region, discounts=discounts or {})


def _place(stack: CostedStack, resource: Resource, value: Mapping[str, Any]) -> Place:
    path = str(value.get("Metadata", {}).get("aws:cdk:path", ""))
    # dev/network/Vpc/Nat/Resource becomes network/Vpc/Nat.
    parts = [part for part in path.split("/")[2:] if part not in ("Resource", "Default")]
    tags = {**stack.tags, **_tags(resource)}
    return Place(
        stack=stack.name,
        resource="/".join([stack.name, *(parts or [resource.id])]),
        type=resource.type,
        logical_id=resource.id,
        template=str(stack.file),
        capability=stack.capability or stack.name,
        team=next((tags[tag] for tag in _TEAM_TAGS if tag in tags), ""),
    )


def _tags(resource: Resource) -> dict[str, str]:
    tags = resource.properties.get("Tags")
    if isinstance(tags, Mapping):
        return {key: value for key, value in tags.items() if isinstance(value, str)}
    found = {}
    for tag in resource.list("Tags"):
        key, value = tag.get("Key"), tag.get("Value")
        if isinstance(key, str) and isinstance(value, str):
            found[key] = value
    return found


def _shares(template: Template, cluster: Resource, lines: Sequence[Line]) -> list[Line]:
    """Give the instances of a cluster to the teams that have a quota of them."""
    left: dict[tuple[str, str], float] = {}
    for quota in template:
        if quota.type != "AWS::SageMaker::ComputeQuota":
            continue
        if cluster.id not in references(quota.properties.get("ClusterArn")):
            continue
        team = str(quota.part("ComputeQuotaTarget").get("TeamName"))
        for part in quota.part("ComputeQuotaConfig").get("ComputeQuotaResources", []):
            # Quotas of accelerators or vCPUs are parts of instances, which are not priced.
            count = as_number(part.get("Count")) or 0
            kind = str(part.get("InstanceType"))
            left[team, kind] = left.get((team, kind), 0) + count
    found = []
    for line in lines:
        instances = line.charge.high / HOURS if line.charge.unit == "hour" else 0
        shares: dict[str, float] = {}
        free = instances
        for (team, kind), count in left.items():
            taken = min(count, free) if [kind] == [key.item for key in line.charge.keys] else 0
            if taken:
                shares[team] = taken / instances
                left[team, kind] -= taken
                free -= taken
        found.append(replace(line, shares=shares))
    return found
