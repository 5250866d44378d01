"""The cost of an environment per month."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sagemaker_platform.catalog.prices import Price, PriceList
from sagemaker_platform.costs.charge import HOURS, Charge

Status = Literal["priced", "unpriced", "use only", "use only, unpriced", "free"]


Sums = Mapping[str, tuple[float, float, int]]
"""US dollars at the minimum and at the maximum, and the count of unpriced lines, by name."""

_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a charge arises.

    Attributes:
        stack: stack, such as ``network``.
        resource: path of the resource within its environment, such as ``network/Vpc/Nat``.
        type: type of the resource.
        logical_id: its logical ID.
        template: identifier of its template.
        capability: key of the capability that created the stack.
        team: team that uses it.
    """

    stack: str
    resource: str
    type: str
    logical_id: str = ""
    template: str = ""
    capability: str = ""
    team: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A charge with its prices.

    Attributes:
        place: where it arises.
        charge: what is billed.
        prices: a price for each key of the charge; empty if one of them is not recorded.
        factor: discount of the service: 0.7 for 30 % less.
        quantity: units that a usage file gives; None without one.
        shares: part of it that each team has by a quota; the rest belongs to the place's team.
    """

    place: Place
    charge: Charge
    prices: Sequence[Price] = ()
    factor: float = 1
    quantity: float | None = None
    shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def by_use(self) -> bool:
        """Whether it depends on use alone."""
        return self.charge.usage is not None

    @property
    def priced(self) -> bool:
        """Whether its price and, unless it is by use, its quantity are known."""
        return self.charge.prepaid or (bool(self.prices) and self.charge.known)

    @property
    def counted(self) -> bool:
        """Whether it belongs into the sum: it runs anyway, or a usage file gives its quantity."""
        return not self.by_use or self.quantity is not None

    @property
    def low(self) -> float | None:
        """US dollars per month at the minimum of autoscaling; None if it is unpriced."""
        return self._usd(self.charge.low, min)

    @property
    def high(self) -> float | None:
        """US dollars per month at the maximum of autoscaling; None if it is unpriced."""
        return self._usd(self.charge.high, max)

    def part(self, part: float) -> "Line":
        """Return a part of the line, such as half of it."""
        if part == 1:
            return self
        charge = replace(self.charge, low=self.charge.low * part, high=self.charge.high * part)
        quantity = None if self.quantity is None else self.quantity * part
        return replace(self, charge=charge, quantity=quantity, shares={})

    def _usd(self, count: float, choose: Callable[[Iterable[float]], float]) -> float | None:
        if not self.priced:
            return None
        if self.charge.prepaid:
            return 0.0
        if self.by_use:
            count = (self.quantity or 0) / self.charge.per
        return count * choose([price.usd for price in self.prices]) * self.factor


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The cost of an environment per month.

    Attributes:
        lines: all charges.
        resources: status of each resource, by its path.
        region: region whose prices are used.
        discounts: factor by service.
    """

    lines: Sequence[Line]
    resources: Mapping[str, Status] = field(default_factory=dict)
    region: str = ""
    discounts: Mapping[str, float] = field(default_factory=dict)

    @property
    def counted(self) -> list[Line]:
        """Lines of the sum, the most expensive first."""
        found = [line for line in self.lines if line.counted]
        return sorted(found, key=lambda line: (-(line.high or 0), line.place.resource))

    @property
    def low(self) -> float:
        """US dollars per month of what is priced, at the minimum of autoscaling."""
        return sum(line.low or 0 for line in self.counted)

    @property
    def high(self) -> float:
        """US dollars per month of what is priced, at the maximum of autoscaling."""
        return sum(line.high or 0 for line in self.counted)

    def by(self, name: str) -> "Sums":
        """Return the sums by ``stack``, ``capability``, ``resource`` or ``team``."""
        sums: dict[str, tuple[float, float, int]] = {}
        for line in self.counted:
            for owner, part in _owners(line, name):
                low, high, unpriced = sums.get(owner, (0.0, 0.0, 0))
                sums[owner] = (
                    low + part * (line.low or 0),
                    high + part * (line.high or 0),
                    unpriced + (not line.priced),
                )
        return dict(sorted(sums.items(), key=lambda one: (-one[1][1], one[0])))

    def largest(self) -> list[tuple[float, float, list[Line]]]:
        """Return the priced lines of the sum, the most expensive first.

        Lines of a stack that are billed for the same are one, with their minimum and maximum.
        """
        groups: dict[tuple[str, str], list[Line]] = {}
        for line in self.counted:
            if line.priced:
                groups.setdefault((line.place.stack, line.charge.text), []).append(line)
        found = [
            (sum(line.low or 0 for line in lines), sum(line.high or 0 for line in lines), lines)
            for lines in groups.values()
        ]
        return sorted(found, key=lambda one: -one[1])

    def of_team(self, team: str) -> "Estimate":
        """Return the part of the cost that a team has."""
        lines = [
            line.part(part)
            for line in self.lines
            for owner, part in _owners(line, "team")
            if owner == team
        ]
        return replace(self, lines=lines)

    @property
    def unpriced(self) -> list[Line]:
        """Lines of the sum that have no price."""
        return [line for line in self.counted if not line.priced]

    @property
    def unpriced_texts(self) -> Mapping[str, float]:
        """What is unpriced, with how many of it run at most."""
        found: dict[str, float] = {}
        for line in self.unpriced:
            units = line.charge.high / (HOURS if line.charge.unit == "hour" else 1)
            found[line.charge.text] = found.get(line.charge.text, 0) + units
        return dict(sorted(found.items()))

    @property
    def share(self) -> tuple[int, int]:
        """How many lines of the sum are priced, and how many there are."""
        counted = self.counted
        return sum(line.priced for line in counted), len(counted)

    @property
    def statuses(self) -> Mapping[Status, int]:
        """How many resources have each status."""
        return Counter(self.resources.values())


def _owners(line: Line, name: str) -> list[tuple[str, float]]:
    if name != "team":
        return [(getattr(line.place, name) or "-", 1.0)]
    owners, rest = list(line.shares.items()), 1 - sum(line.shares.values())
    return [*owners, (line.place.team or "-", rest)] if rest > _ROUNDING else owners


def price_lines(
    charges: Iterable[tuple[Place, Charge]],
    *,
    prices: PriceList,
    region: str,
    discounts: Mapping[str, float] | None = None,
) -> list[Line]:
    """Return charges with their prices.

    Args:
        charges: charges with where they arise.
        prices: the prices.
        region: AWS region.
        discounts: factor by service: 0.7 for 30 % less. Defaults to none.
    """
    lines = []
    for place, charge in charges:
        found = [prices.find(key, region) for key in charge.keys]
        known = [one for one in found if one is not None and one.unit == charge.unit]
        lines.append(
            Line(
                place=place,
                charge=charge,
                prices=tuple(known) if known and len(known) == len(found) else (),
                factor=(discounts or {}).get(charge.keys[0].service, 1) if charge.keys else 1,
            )
        )
    return lines


def status_of(lines: Sequence[Line]) -> Status:
    """Return the status of a resource with these lines."""
    fixed = [line for line in lines if not line.by_use]
    if not lines:
        return "free"
    if fixed:
        return "priced" if all(line.priced for line in fixed) else "unpriced"
    return "use only" if all(line.priced for line in lines) else "use only, unpriced"
