"""What each type of resource is billed for: one rule per type, in a module per service.

A type without a rule is in `FREE` with the reason. A type that is in neither has an unpriced line.
"""

from collections.abc import Callable, Iterable, Mapping

from sagemaker_platform.catalog.prices import PriceKey
from sagemaker_platform.costs.charge import Charge, kept
from sagemaker_platform.costs.resource import Resource
from sagemaker_platform.costs.rules import (
    data,
    features,
    hyperpod,
    inference,
    network,
    operations,
    storage,
    studio,
)
from sagemaker_platform.costs.rules.free import FREE

__all__ = ["FREE", "RULES", "Rule", "charges"]

Rule = Callable[[Resource], Iterable[Charge]]

RULES: Mapping[str, Rule] = {
    **network.RULES,
    **storage.RULES,
    **data.RULES,
    **features.RULES,
    **inference.RULES,
    **hyperpod.RULES,
    **studio.RULES,
    **operations.RULES,
}
"""Rule by type."""


def charges(resource: Resource) -> list[Charge]:
    """Return what a resource is billed for; nothing if it is free."""
    if resource.type in FREE:
        return []
    if rule := RULES.get(resource.type):
        return list(rule(resource))
    key = PriceKey("resource", resource.type, "kept")
    return [kept(resource.type, key, note="no rule says what AWS bills for this type")]
