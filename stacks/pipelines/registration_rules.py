"""What a definition must say of the versions that it registers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from stacks.pipelines.definition import Step
from stacks.pipelines.model_card import wrong_card
from stacks.pipelines.registrations import card_of, group_of, risk_rating
from stacks.pipelines.shape_rules import Finding

if TYPE_CHECKING:
    from stacks.model_registry.settings import ModelGroupSettings

_CARD = ("ModelCard", "ModelCardContent")


def find_wrong_registrations(
    step: Step, groups: Mapping[str, ModelGroupSettings]
) -> Iterator[Finding]:
    """Yield a wrong model card, and what contradicts the group of the version."""
    keys = (*step.keys, "Arguments")
    group = groups.get(group_of(step) or "")
    card, given = card_of(step), (step.arguments.get("ModelCard") or {}).get("ModelCardContent")
    if card is None and isinstance(given, str):
        yield Finding((*keys, *_CARD), "must be the JSON of a model card")
    for path, rule in wrong_card(card or {}):
        yield Finding((*keys, *_CARD), f'{path}: {rule}. See "Model package model card schema"')
    if group is None or group.risk is None:
        return
    metadata = step.arguments.get("CustomerMetadataProperties")
    risk = metadata.get("risk") if isinstance(metadata, Mapping) else None
    if risk not in (None, group.risk):
        yield Finding(
            (*keys, "CustomerMetadataProperties", "risk"),
            f"got {risk}; must be {group.risk}, the risk of the group. Remove the line: a "
            "pipeline writes it",
        )
    uses = (card or {}).get("intended_uses")
    rating = uses.get("risk_rating") if isinstance(uses, Mapping) else None
    if rating not in (None, risk_rating(group)):
        yield Finding(
            (*keys, *_CARD),
            f"intended_uses.risk_rating: got {rating}; must be {risk_rating(group)}, the risk of "
            "the group. Remove it: a pipeline writes it",
        )
