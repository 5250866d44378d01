"""Rules of feature groups.

Sources, read 2026-11-27: SageMaker API Reference, ``CreateFeatureGroup``, ``ThroughputConfig``;
SageMaker AI Developer Guide, "Quotas, naming rules and data types", "Offline store" and
"Throughput modes".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stacks.fields import close_to, validation_error

if TYPE_CHECKING:
    from stacks.feature_store.settings import FeatureGroupSettings

_RESERVED = ("api_invocation_time", "is_deleted", "write_time")
"""Columns that SageMaker adds to each table."""
_UNITS_OF_REGION = 80_000
"""Most units of reads, and of writes, that all groups of an account reserve in a region."""
_PEOPLE = "user-"
"""What names of feature groups begin with that people create themselves."""


def check_group(group: FeatureGroupSettings) -> None:
    """Refuse a feature group that SageMaker does not accept."""
    if group.online is None and group.offline is None:
        raise validation_error(
            "must have an online or an offline store. Add `online: {}`, or offline with a layer",
            at="name",
            value=group.name,
        )
    if group.name.startswith(_PEOPLE):
        raise validation_error(
            f"must not begin with {_PEOPLE}, which is reserved for groups that people "
            "create with the activity use_feature_store. Choose another name",
            at="name",
            value=group.name,
        )
    _check_names(group)
    _check_roles_of_features(group)
    _check_stores(group)
    for key in ("read_by", "written_by"):
        _check_unique(getattr(group, key) or [], f"{key}.{{}}")


def _check_names(group: FeatureGroupSettings) -> None:
    seen: dict[str, str] = {}
    for index, feature in enumerate(group.features):
        # The Glue Data Catalog keeps names of columns in lower case.
        name = feature.name.lower() if group.offline else feature.name
        if name in _RESERVED:
            raise validation_error(
                f"must not be {name}, which SageMaker adds to each record. Choose another name",
                at=f"features.{index}.name",
                value=feature.name,
            )
        if (earlier := seen.setdefault(name, feature.name)) == feature.name:
            if [one.name for one in group.features[:index]].count(feature.name):
                raise validation_error(
                    "must be unique. Remove one of the two",
                    at=f"features.{index}.name",
                    value=feature.name,
                )
        else:
            raise validation_error(
                f"must differ from {earlier} in more than upper and lower case, because both are "
                "columns of a table. Choose another name",
                at=f"features.{index}.name",
                value=feature.name,
            )


def _check_roles_of_features(group: FeatureGroupSettings) -> None:
    types = {feature.name: feature.type for feature in group.features}
    for key in ("record_identifier", "event_time"):
        name = getattr(group, key)
        if name not in types:
            raise validation_error(
                f"must be one of the features{close_to(name, list(types))}", at=key, value=name
            )
    if group.event_time == group.record_identifier:
        raise validation_error(
            "must differ from record_identifier. Add a feature with the time of each record",
            at="event_time",
            value=group.event_time,
        )
    if types[group.event_time] == "integral":
        raise validation_error(
            "must be a feature of type string or fractional, as event times are. Change its type",
            at="event_time",
            value=group.event_time,
        )


def _check_stores(group: FeatureGroupSettings) -> None:
    in_memory = group.online is not None and group.online.storage == "in_memory"
    if in_memory and group.offline is not None:
        raise validation_error(
            "must be standard with an offline store, because SageMaker copies no records from "
            "memory. Remove offline, or use standard",
            at="online.storage",
            value="in_memory",
        )
    if group.throughput is None:
        return
    if in_memory:
        raise validation_error(
            "must be omitted with storage in_memory, which is billed only by request. "
            "Remove throughput, or use standard",
            at="throughput",
            value=group.throughput.model_dump(),
        )
    if group.online is None and group.throughput.read_units:
        raise validation_error(
            "must be 0 without an online store, because reads use the online store. Remove "
            "the line, or add `online: {}`",
            at="throughput.read_units",
            value=group.throughput.read_units,
        )


def check_groups(groups: Sequence[FeatureGroupSettings]) -> None:
    """Refuse feature groups that clash with each other."""
    # Ids of constructs have no hyphens.
    names = [group.name.replace("-", "") for group in groups]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise validation_error(
                "must differ from the name of an earlier group in more than hyphens",
                at=f"groups.{index}.name",
                value=groups[index].name,
            )
    for key in ("read_units", "write_units"):
        reserved = 0
        for index, group in enumerate(groups):
            units = getattr(group.throughput, key) if group.throughput else 0
            reserved += units
            if reserved > _UNITS_OF_REGION:
                raise validation_error(
                    f"must be at most {_UNITS_OF_REGION:,} together with the groups before "
                    "it, the limit of an account in a region. Reserve less, or remove "
                    "throughput",
                    at=f"groups.{index}.throughput.{key}",
                    value=units,
                )


def _check_unique(values: Sequence[str], at: str) -> None:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise validation_error("must be unique", at=at.format(index), value=value)
