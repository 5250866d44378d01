"""The cost of an environment as text, Markdown and JSON."""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from operations.output import table
from sagemaker_platform.costs import Estimate, Line, Sums

LARGEST = 10
_OLD_DAYS = 365
_GROUPS = ("capability", "stack", "team")


def text(name: str, estimate: Estimate, today: datetime.date) -> str:
    """Return the report of an environment for a terminal."""
    blocks = [_headline(name, estimate), *_warnings(estimate, today)]
    if estimate.counted:
        blocks.append(_titled("Largest", table(_largest(estimate))))
    for group in _GROUPS:
        if sums := estimate.by(group):
            blocks.append(_titled(f"By {group}", table(_sum_rows(group, sums))))
    if estimate.unpriced:
        blocks.append(_titled("Unpriced, not in the sum", table(_unpriced(estimate))))
    if rows := _use(estimate):
        blocks.append(_titled("By use, not in the sum", table([_USE_HEADINGS, *rows])))
    return "\n\n".join(blocks)


def markdown(name: str, estimate: Estimate, today: datetime.date) -> str:
    """Return the report of an environment as Markdown, with a picture that GitHub draws."""
    blocks = [
        f"## {_headline(name, estimate)}",
        *(f"> {one}" for one in _warnings(estimate, today)),
    ]
    if estimate.counted:
        blocks += ["### Largest", _markdown_table(_largest(estimate))]
    for group in _GROUPS:
        if sums := estimate.by(group):
            blocks += [f"### By {group}", _markdown_table(_sum_rows(group, sums))]
    if estimate.low:
        blocks.append(_picture(name, estimate.by("capability")))
    if estimate.unpriced:
        blocks += ["### Unpriced, not in the sum", _markdown_table(_unpriced(estimate))]
    if rows := _use(estimate):
        blocks += ["### By use, not in the sum", _markdown_table([_USE_HEADINGS, *rows])]
    return "\n\n".join(blocks)


def as_json_value(estimate: Estimate) -> dict[str, Any]:
    """Return the report of an environment for programs."""
    priced, lines = estimate.share
    return {
        "currency": "USD",
        "region": estimate.region,
        "low": round(estimate.low, 2),
        "high": round(estimate.high, 2),
        "priced_lines": priced,
        "lines": lines,
        "resources": dict(estimate.statuses),
        "discounts": dict(estimate.discounts),
        **{
            f"by_{group}": {
                owner: {"low": round(low, 2), "high": round(high, 2), "unpriced": unpriced}
                for owner, (low, high, unpriced) in estimate.by(group).items()
            }
            for group in (*_GROUPS, "resource")
        },
        "charges": [_charge(line) for line in estimate.lines],
    }


def _charge(line: Line) -> dict[str, Any]:
    return {
        "resource": line.place.resource,
        "type": line.place.type,
        "stack": line.place.stack,
        "capability": line.place.capability,
        "team": line.place.team,
        "what": line.charge.text,
        "unit": line.charge.unit,
        "units": None if line.by_use else [line.charge.low, line.charge.high],
        "usage": line.charge.usage,
        "quantity": line.quantity,
        "prices": [
            {"usd": price.usd, "as_of": price.as_of, "source": price.source}
            for price in line.prices
        ],
        "low": _rounded(line.low) if line.counted else None,
        "high": _rounded(line.high) if line.counted else None,
        "note": line.charge.note,
    }


def _headline(name: str, estimate: Estimate) -> str:
    priced, lines = estimate.share
    most = f", up to {_usd(estimate.high)} when scaled out" if _scales(estimate) else ""
    return (
        f"{name}: US$ {_usd(estimate.low)} per month{most}; {priced} of {lines} lines are priced "
        f"(list prices of {estimate.region}{_dates(estimate)})"
    )


def _scales(estimate: Estimate) -> bool:
    return estimate.high - estimate.low >= 0.005


def _dates(estimate: Estimate) -> str:
    dates = sorted(price.as_of for line in estimate.counted for price in line.prices)
    if not dates:
        return ""
    span = dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
    return f", of {span}" + (", with discounts" if estimate.discounts else "")


def _warnings(estimate: Estimate, today: datetime.date) -> list[str]:
    found = []
    old = {
        price.key
        for line in estimate.counted
        for price in line.prices
        if (today - _latest(price.as_of)).days > _OLD_DAYS
    }
    renew = "`sagemaker-platform prices` renews them."
    if old:
        found.append(f"Warning: {len(old)} price(s) are older than a year. {renew}")
    if estimate.unpriced:
        found.append(
            f"Warning: {len(estimate.unpriced)} line(s) run in any case and have no price in "
            f"{estimate.region}, so the sum is too low. {renew}"
        )
    return found


def _latest(as_of: str) -> datetime.date:
    """Return the last day that a date such as 2024 or 2024-07 can mean."""
    year, *rest = map(int, as_of.split("-"))
    if len(rest) == 2:
        return datetime.date(year, *rest)
    month = rest[0] if rest else 12
    following = datetime.date(year + month // 12, month % 12 + 1, 1)
    return following - datetime.timedelta(days=1)


def _largest(estimate: Estimate) -> list[list[str]]:
    rows = [["US$", "at most", "what", "where", "price", "of"]]
    for low, high, lines in estimate.largest()[:LARGEST]:
        first, count = lines[0], len(lines)
        rows.append(
            [
                _usd(low),
                _usd(high) if high - low >= 0.005 else "",
                _what(first),
                first.place.resource if count == 1 else f"{first.place.stack}: {count} resources",
                _price(first),
                ", ".join(sorted({price.as_of for price in first.prices})),
            ]
        )
    return rows


def _what(line: Line) -> str:
    note = f" ({line.charge.note})" if line.charge.note else ""
    return f"{line.charge.text}{note}"


def _price(line: Line) -> str:
    prices = sorted({price.usd for price in line.prices})
    shown = " to ".join(f"{one:.10f}".rstrip("0").rstrip(".") for one in prices)
    return f"{shown} per {line.charge.unit}" if prices else ""


def _sum_rows(group: str, sums: Sums) -> list[list[str]]:
    return [
        [group, "US$", "at most", "unpriced"],
        *(
            [owner, _usd(low), _usd(high), str(unpriced or "")]
            for owner, (low, high, unpriced) in sums.items()
        ),
    ]


def _unpriced(estimate: Estimate) -> list[list[str]]:
    return [
        ["what", "where", "price key"],
        *(
            [_what(line), line.place.resource, "; ".join(map(str, line.charge.keys))]
            for line in estimate.unpriced
        ),
    ]


_USE_HEADINGS = ["usage", "what", "price", "resources"]


def _use(estimate: Estimate) -> list[list[str]]:
    rows: dict[tuple[str, str], list[Line]] = {}
    for line in estimate.lines:
        if line.charge.usage is not None and not line.counted:
            rows.setdefault((line.charge.usage, line.charge.text), []).append(line)
    return [
        [usage, what, _price(lines[0]) or "unpriced", str(len(lines))]
        for (usage, what), lines in sorted(rows.items())
    ]


def _picture(name: str, sums: Sums) -> str:
    slices = [f'    "{owner}" : {low:.2f}' for owner, (low, _, _) in sums.items() if low >= 0.01]
    return "\n".join(["```mermaid", f"pie showData title {name}, US$ per month", *slices, "```"])


def _markdown_table(rows: Sequence[Sequence[str]]) -> str:
    def row(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    return "\n".join([row(rows[0]), f"|{'---|' * len(rows[0])}", *map(row, rows[1:])])


def _titled(title: str, body: str) -> str:
    return "\n".join([title, *(f"  {line}" for line in body.splitlines())])


def _usd(value: float | None) -> str:
    return "unpriced" if value is None else f"{value:,.2f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


FORMATS: Mapping[str, Callable[[str, Estimate, datetime.date], str]] = {
    "text": text,
    "markdown": markdown,
}
