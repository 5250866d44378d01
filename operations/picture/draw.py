"""Draws an environment as SVG: its network, stacks, access to data, and other accounts."""

from collections.abc import Iterable, Mapping
from typing import Literal

from operations.assembly import Stage
from operations.picture.canvas import Canvas, lines, width_of
from operations.picture.items import Item, Place, count
from operations.picture.model import Group, Model, model_of
from operations.picture.network import Network, Subnet

Mark = Literal["added", "changed", "removed"]
"""What a change does to a resource."""

_WIDTH = 1180
_SIDE = 250  # for other accounts, right of the environment
_EDGE = 24
_GAP = 16
_CARD_HEIGHT, _LINE = 52, 15
_CARD_MARGIN = 72  # what a card needs next to its text
_COLUMNS = 4
_CELLS = {
    "write": ("write", "write-ink"),
    "read": ("read", "read-ink"),
    "read parts": ("part", "read-ink"),
    "see names": ("names", "names-ink"),
}
_SIGNS = {"added": "+", "changed": "~", "removed": "-"}


def draw(
    stage: Stage, marks: Mapping[Place, Mark] | None = None, before: Stage | None = None
) -> str:
    """Return a picture of an environment, as SVG.

    Args:
        stage: the environment.
        marks: what a change does to its resources, for a review.
        before: the environment before the change; what the change removes is drawn from it.
    """
    model = model_of(stage)
    groups = list(model.groups)
    if marks and before is not None:
        groups = _with_removed(groups, model_of(before).groups, marks)
    return _Picture(model, groups, marks or {}).draw()


def _with_removed(
    groups: Iterable[Group], before: Iterable[Group], marks: Mapping[Place, Mark]
) -> list[Group]:
    """Add the items and stacks that a change removes."""
    by_name = {one.name: one for one in groups}
    for old in before:
        gone = tuple(
            one for one in old.items if all(marks.get(place) == "removed" for place in one.places)
        )
        new = by_name.get(old.name)
        if new is None:
            by_name[old.name] = Group(old.name, old.items, old.more, old.places)
        elif gone:
            by_name[old.name] = Group(new.name, new.items + gone, new.more, new.places)
    return list(by_name.values())


class _Picture:
    """One drawing, from top to bottom."""

    def __init__(self, model: Model, groups: list[Group], marks: Mapping[Place, Mark]) -> None:
        self.model, self.groups, self.marks = model, groups, marks
        # The stack of the VPC is drawn as the VPC.
        network = model.network.places if model.network else frozenset[Place]()
        self.network_stack = next((group for group in groups if network & group.places), None)
        self.others = list(dict.fromkeys(link.account for link in model.links))
        self.inner = _WIDTH - 2 * _EDGE
        self.canvas = Canvas(
            _WIDTH + (_SIDE if self.others else 0),
            f"Environment {model.name}",
            _description(model, groups),
        )

    def draw(self) -> str:
        canvas, model = self.canvas, self.model
        canvas.text(_EDGE, 44, model.name, "title")
        where = f"account {model.account}, {model.region}, {count(len(self.groups), 'stack')}"
        canvas.text(_EDGE, 66, where, "text")
        if self.marks:
            self._legend(_WIDTH - 330, 50)
        top = y = 84
        if model.network:
            y = self._network(y, model.network) + _GAP
        y = self._stacks(y)
        if model.access.stores and (model.access.personas or model.access.accounts):
            y = self._access(y + _GAP)
        if self.others:
            canvas.box(12, 12, _WIDTH - 24, y, "frame", 10)
            self._accounts(top)
        return canvas.svg(y + _EDGE)

    def _legend(self, x: int, y: int) -> None:
        for name in ("added", "changed", "removed"):
            self.canvas.text(x, y, f"{_SIGNS[name]} {name}", f"name {name}-ink")
            x += 110

    def _mark(self, places: Iterable[Place]) -> str:
        """Return the mark of an item: that of its resources if all have it, else changed."""
        every = list(places)
        found = {self.marks[place] for place in every if place in self.marks}
        if not found:
            return ""
        same = len(found) == 1 and all(place in self.marks for place in every)
        return found.pop() if same else "changed"

    # The network

    def _network(self, top: int, network: Network) -> int:
        canvas, y = self.canvas, top + 44
        canvas.icon(_EDGE + 12, top + 10, 28, "vpc")
        canvas.text(_EDGE + 50, top + 29, network.title, "head")
        canvas.text(_EDGE + 62 + len(network.title) * 9, top + 29, network.internet, "text")
        if self.network_stack:
            more = f"stack {self.network_stack.name}: {self.network_stack.more}"
            canvas.text(_EDGE + self.inner - 14, top + 29, more, "text end")
        zones: dict[str, list[Subnet]] = {}
        for one in network.subnets:
            zones.setdefault(one.zone, []).append(one)
        if zones:
            y = self._zones(y, zones) + 12
        for title, endpoints in (
            ("Interface endpoints", network.interface_endpoints),
            ("Gateway endpoints", network.gateway_endpoints),
        ):
            if endpoints:
                y = self._chips(y, title, endpoints)
        canvas.box(_EDGE, top, self.inner, y - top + 2, _style("vpc", self._mark(network.places)))
        return y + 2

    def _zones(self, top: int, zones: Mapping[str, list[Subnet]]) -> int:
        width = (self.inner - 24 - (len(zones) - 1) * 12) // len(zones)
        height = 30 + max(map(len, zones.values())) * 34
        for index, (zone, subnets) in enumerate(zones.items()):
            x = _EDGE + 12 + index * (width + 12)
            self.canvas.box(x, top, width, height, "zone")
            self.canvas.text(x + 10, top + 18, zone, "text", width - 20)
            for row, one in enumerate(subnets):
                y = top + 26 + row * 34
                mark = self._mark(one.places)
                self.canvas.box(x + 8, y, width - 16, 28, _style("card", mark))
                text = f"{one.kind} subnet, {one.cidr}" + (", NAT gateway" if one.nat else "")
                self.canvas.text(x + 18, y + 19, text, "text", width - 36)
        return top + height

    def _chips(self, top: int, title: str, endpoints: Iterable[tuple[str, Place]]) -> int:
        canvas, start = self.canvas, _EDGE + 150
        canvas.text(_EDGE + 14, top + 16, title, "text")
        x, y = start, top
        for name, place in endpoints:
            width = width_of(name) + 14
            if x + width > _EDGE + self.inner - 12:
                x, y = start, y + 28
            canvas.box(x, y, width, 22, _style("card", self._mark([place])), 11)
            canvas.text(x + width // 2, y + 15, name, "text middle")
            x += width + 6
        return y + 32

    # Stacks

    def _stacks(self, top: int) -> int:
        """Draw the stacks in rows of up to four columns of items."""
        unit = (self.inner + _GAP) // _COLUMNS
        x, y, height = 0, top, 0
        for group in self.groups:
            if group is self.network_stack and not group.items:
                continue
            columns = min(max(len(group.items), 1), _COLUMNS)
            if x + columns > _COLUMNS:
                x, y, height = 0, y + height + _GAP, 0
            own = self._group(_EDGE + x * unit, y, columns * unit - _GAP, columns, group)
            x, height = x + columns, max(height, own)
        return y + height

    def _group(self, x: int, y: int, width: int, columns: int, group: Group) -> int:
        canvas, room, bottom = self.canvas, (width - 12) // columns, y + 34
        cards: list[tuple[int, int, int, Item]] = []
        for first in range(0, len(group.items), columns):
            row = group.items[first : first + columns]
            most = max(len(lines(item.detail, room - _CARD_MARGIN)) for item in row)
            height = _CARD_HEIGHT + (most - 1) * _LINE
            cards += [(x + 12 + at * room, bottom, height, item) for at, item in enumerate(row)]
            bottom += height + 8
        bottom += 24 if group.more else 4
        canvas.box(x, y, width, bottom - y, _style("frame", self._group_mark(group)))
        canvas.text(x + 12, y + 22, group.name, "head", width - 24)
        for left, top, height, item in cards:
            self._card(left, top, room - 12, height, item)
        if group.more:
            canvas.text(x + 12, bottom - 10, group.more, "text", width - 24)
        return bottom - y

    def _group_mark(self, group: Group) -> str:
        marks = {self.marks[place] for place in group.places if place in self.marks}
        whole = all(place in self.marks for place in group.places)
        return marks.pop() if whole and len(marks) == 1 else ""

    def _card(self, x: int, y: int, width: int, height: int, item: Item) -> None:
        mark = self._mark(item.places)
        self.canvas.box(x, y, width, height, _style("card", mark))
        self.canvas.icon(x + 9, y + 10, 32, item.icon)
        room = width - 60
        self.canvas.text(x + 51, y + 23, item.name, "name", room - (14 if mark else 0))
        for row, line in enumerate(lines(item.detail, room)):
            self.canvas.text(x + 51, y + 40 + row * _LINE, line, "text", room)
        if mark:
            self.canvas.text(x + width - 17, y + 23, _SIGNS[mark], f"name {mark}-ink")

    # Access to data

    def _access(self, top: int) -> int:
        canvas, access = self.canvas, self.model.access
        rows = [(name, "iam", levels) for name, levels in access.personas.items()]
        rows += [(f"account {one}", "iam", levels) for one, levels in access.accounts.items()]
        first = 220
        room = min((self.inner - first - 12) // len(access.stores), 190)
        height = 72 + len(rows) * 34 + 8
        canvas.box(_EDGE, top, self.inner, height, "frame")
        canvas.text(_EDGE + 12, top + 22, "Who reaches which data", "head")
        for index, store in enumerate(access.stores):
            middle = _EDGE + first + index * room + room // 2
            canvas.text(middle, top + 56, store.name, "name middle", room - 12)
        for row, (name, icon, levels) in enumerate(rows):
            y = top + 68 + row * 34
            canvas.icon(_EDGE + 12, y + 3, 22, icon)
            canvas.text(_EDGE + 42, y + 19, name, "name", first - 44)
            for index, level in enumerate(levels):
                if not level:
                    continue
                box, ink = _CELLS[level]
                x = _EDGE + first + index * room + 6
                canvas.box(x, y, room - 12, 28, box)
                canvas.text(x + room // 2 - 6, y + 19, level, f"text middle {ink}")
        return top + height

    # Other accounts

    def _accounts(self, top: int) -> None:
        x, y = _WIDTH + 54, top
        for account in self.others:
            links = [link for link in self.model.links if link.account == account]
            height = 44 + 24 * len(links)
            self.canvas.box(x, y, _SIDE - 54 - _EDGE, height, "frame")
            self.canvas.text(x + 12, y + 24, f"account {account}", "name")
            for row, link in enumerate(links):
                at = y + 46 + row * 24
                ends = [(x - 2, at - 4), (_WIDTH - 10, at - 4)]
                self.canvas.arrow(ends if link.inward else ends[::-1])
                what = link.what if link.inward else f"{link.what} is used"
                self.canvas.text(x + 12, at, what, "text", _SIDE - 54 - _EDGE - 20)
            y += height + _GAP


def _style(style: str, mark: str) -> str:
    return f"{style} {mark}" if mark else style


def _description(model: Model, groups: Iterable[Group]) -> str:
    """Return the picture in sentences, for people who do not see it."""
    network = f"{model.network.title}, {model.network.internet}. " if model.network else ""
    stacks = " ".join(
        f"Stack {group.name}: {', '.join(item.name for item in group.items) or group.more}."
        for group in groups
    )
    access = " ".join(
        f"{name}: "
        + ", ".join(
            f"{level} {store.name}"
            for store, level in zip(model.access.stores, levels, strict=True)
            if level
        )
        + "."
        for name, levels in model.access.personas.items()
    )
    return f"{network}{stacks} {access}".strip()
