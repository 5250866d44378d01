"""What an environment costs per month before and after a change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from operations.cost.monthly import Monthly

HEADINGS = ("US$ per month", "before", "after", "difference")
_MAX_NAMES = 8


@dataclass(frozen=True)
class CostChange:
    """Cost of one environment in two revisions.

    Attributes:
        before: in the earlier revision; None if it had no such environment.
        after: now; None if it has no such environment.
    """

    before: Monthly | None
    after: Monthly | None

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Return rows of a table with `HEADINGS`."""
        difference = (
            self.after.difference(self.before) if self.before and self.after else None
        ) or (None, None)
        return [
            _row("fixed, at the minimum", _low(self.before), _low(self.after), difference[0]),
            _row("fixed, at the maximum", _high(self.before), _high(self.after), difference[1]),
        ]

    def notes(self) -> list[str]:
        """Return what is not in the sums."""
        before = dict(self.before.unpriced) if self.before else {}
        after = dict(self.after.unpriced) if self.after else {}
        if not (self.before and self.after):
            unpriced = after or before
            return [f"Without a recorded price: {_names(unpriced)}."] if unpriced else []
        same = {name: count for name, count in after.items() if before.get(name) == count}
        found = []
        if before != after:
            gone = {name: count for name, count in before.items() if name not in same}
            new = {name: count for name, count in after.items() if name not in same}
            found.append(
                "There is no difference to show, because what has no recorded price differs: "
                f"before {_names(gone)}; after {_names(new)}."
            )
        if same:
            found.append(f"Without a recorded price, before and after: {_names(same)}.")
        return found


def _row(
    name: str, before: float | None, after: float | None, difference: float | None
) -> tuple[str, str, str, str]:
    sign = "unknown" if difference is None else f"{difference:+,.2f}"
    if before is None or after is None:
        sign = ""
    return (name, _amount(before), _amount(after), sign)


def _low(one: Monthly | None) -> float | None:
    return one.low if one else None


def _high(one: Monthly | None) -> float | None:
    return one.high if one else None


def _amount(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}"


def _names(unpriced: Mapping[str, float]) -> str:
    shown: Sequence[str] = [f"{count:g} x {name}" for name, count in sorted(unpriced.items())]
    more = len(shown) - _MAX_NAMES
    text = ", ".join(shown[:_MAX_NAMES]) or "nothing"
    return f"{text} and {more} more" if more > 0 else text
