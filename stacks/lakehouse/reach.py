"""What a grant reaches in the layers: the one model that IAM and Lake Formation render."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stacks.lakehouse.permission_settings import LAYER_TAG, Access, GrantSettings, ShareSettings

if TYPE_CHECKING:
    from stacks.lakehouse.settings import LakehouseSettings
    from stacks.lakehouse.storage_settings import LayerSettings

ORDER: Sequence[Access] = ("describe", "read", "write")
"""Kinds of access, each of which includes those before it."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Data of one layer that a grant or share reaches.

    Attributes:
        layer: name of the layer.
        table: name of a table; None for all tables, and the right to create them.
        part: whether only some rows or columns of the table are reached.
        without: tables whose own tags keep them out; with all tables only.
    """

    layer: str
    table: str | None = None
    part: bool = False
    without: tuple[str, ...] = ()

    def covers(self, other: Reach) -> bool:
        """Whether it reaches all that another one does."""
        if self.layer != other.layer or (self.part and not other.part):
            return False
        if self.table is None:
            return other.table not in self.without
        return self.table == other.table


def reach(target: GrantSettings | ShareSettings, lakehouse: LakehouseSettings) -> Iterator[Reach]:
    """Yield what a grant or share reaches in the layers; nothing for other data."""
    if isinstance(target, GrantSettings) and target.resource_link is not None:
        return
    if target.tags is not None:
        for layer in lakehouse.layers:
            yield from _tagged(layer, target.tags)
    elif target.filter is not None and lakehouse.permissions is not None:
        for one in lakehouse.permissions.filters:
            if one.name == target.filter:
                yield Reach(layer=one.layer, table=one.table, part=True)
    elif target.layer is not None:
        part = isinstance(target, GrantSettings) and bool(target.columns or target.excluded_columns)
        yield Reach(layer=target.layer, table=target.table, part=part)


def _tagged(layer: LayerSettings, tags: Mapping[str, Sequence[str]]) -> Iterator[Reach]:
    of_layer = {LAYER_TAG: layer.name, **layer.lf_tags}
    whole, some = [], []
    for table in layer.tables:
        of_table = {**of_layer, **table.tags}
        found = [
            fits({**of_table, **own}, tags)
            for own in ({}, *(column.tags for column in table.columns))
        ]
        if all(found):
            whole.append(table.name)
        elif any(found):
            some.append(table.name)
    if fits(of_layer, tags):
        # Lake Formation grants what carries the tags, also tables that people create later.
        without = [table.name for table in layer.tables if table.name not in whole]
        yield Reach(layer=layer.name, without=tuple(without))
    else:
        yield from (Reach(layer=layer.name, table=name) for name in whole)
    yield from (Reach(layer=layer.name, table=name, part=True) for name in some)


def fits(carried: Mapping[str, str], wanted: Mapping[str, Sequence[str]]) -> bool:
    """Whether what data carries is among what a grant wants."""
    return all(carried.get(key) in values for key, values in wanted.items())
