"""The figures of costs in README.md and docs/ are those of `sagemaker-platform cost`.

`pytest -n0 tests/docs/test_costs.py --renew-costs` writes them anew, between the marks
`<!-- cost: NAME -->` and `<!-- end of cost -->`.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sagemaker_platform.catalog import PriceKey, PriceList
from sagemaker_platform.costs import Estimate, Line, estimate, price_lines, read_stages
from sagemaker_platform.costs.charge import used
from tests.support import EXAMPLES, FIXTURES, ROOT, synthesized

RENEW = "pytest -n0 tests/docs/test_costs.py --renew-costs"
REGION = "us-east-1"
NAMES = ("dev", "staging", "prod")
COMPLETE = [file.stem for file in EXAMPLES if file.stem.endswith("-complete")]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"(<!-- cost: ([\w-]+) -->\n)(.*?)(<!-- end of cost -->)", re.DOTALL)


def estimates(assembly: Path) -> dict[str, Estimate]:
    prices = PriceList.shipped()
    return {
        stage.name: estimate(
            stage.stacks, prices=prices, discounts=stage.budget.discounts, region=REGION
        )
        for stage in read_stages(assembly)
    }


def compare(
    texts: Mapping[str, str], config: pytest.Config, *, name: Callable[[str], bool]
) -> None:
    """Compare blocks with what they should be, or write them."""
    found = set()
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in _BLOCK.finditer(text):
            if not name(match[2]):
                continue
            found.add(match[2])
            expected = f"\n{texts[match[2]]}\n\n"
            if config.getoption("renew_costs"):
                text = text.replace(match[0], f"{match[1]}{expected}{match[4]}")
                page.write_text(text, "utf-8")
            else:
                assert match[3] == expected, f"{page}: if you intend the change: {RENEW}"
    assert found == set(texts), "a block of each"


def usd(value: float | None) -> str:
    return "unpriced" if value is None else f"{value:,.2f}"


def table(*rows: list[str]) -> str:
    head, *rest = rows
    lines = ["|".join(["", *head, ""]), "|".join(["", "---", *["---:"] * (len(head) - 1), ""])]
    return "\n".join([*lines, *("|".join(["", *row, ""]) for row in rest)])


def idle(found: Mapping[str, Estimate]) -> str:
    """Return the lines of the environments side by side."""
    lines: dict[str, dict[str, list[Line]]] = {}
    for name in NAMES:
        for line in found[name].counted:
            lines.setdefault(line.charge.text, {}).setdefault(name, []).append(line)
    rows = []
    for text, by_name in sorted(lines.items(), key=lambda one: -_most(one[1])):
        first = next(iter(by_name.values()))[0]
        price = first.prices[0] if first.prices else None
        rows.append(
            [
                f" {text} ",
                f" {price.usd:g} per {price.unit} " if price else " unpriced ",
                f" {price.as_of} " if price else " - ",
                *(f" {_sum(by_name.get(name, []))} " for name in NAMES),
            ]
        )
    total = [
        "**in any case**",
        "",
        "",
        *(f"**{usd(found[name].low)}**{_rest(found[name])}" for name in NAMES),
    ]
    most = [
        "scaled out",
        "",
        "",
        *(f"{usd(found[name].high)}{_rest(found[name])}" for name in NAMES),
    ]
    rows += [[f" {cell} " if cell else " " for cell in row] for row in (total, most)]
    head = [" US$ per month ", " price ", " of ", *(f" {name} " for name in NAMES)]
    return table(head, *rows)


def _rest(one: Estimate) -> str:
    return " + unpriced" if one.unpriced else ""


def _most(by_name: Mapping[str, list[Line]]) -> float:
    return max(sum(line.low or 0 for line in lines) for lines in by_name.values())


def _sum(lines: list[Line]) -> str:
    if not lines:
        return "-"
    return usd(
        None if any(not line.priced for line in lines) else sum(one.low or 0 for one in lines)
    )


def sentence(name: str, found: Estimate) -> str:
    """Return what an example costs, in one line."""
    priced, lines = found.share
    most = f", up to {usd(found.high)} scaled out" if found.high - found.low >= 0.005 else ""
    missing = "" if priced == lines else f"; {lines - priced} of {lines} lines are unpriced"
    return (
        f"`examples/{name}.yaml` costs US$ {usd(found.low)} per month without any use{most}, at "
        f"list prices of {REGION}{missing}. [Costs](costs.md) says what that is made of."
    )


def overview(found: Mapping[str, Estimate]) -> str:
    rows = [
        [
            f" `{name}` ",
            f" {usd(one.low)} ",
            f" {usd(one.high)} ",
            f" {one.share[1] - one.share[0] or ''} ",
            *(f" {one.statuses.get(status, 0)} " for status in ("priced", "free")),
            f" {sum(one.statuses.get(kind, 0) for kind in ('use only', 'use only, unpriced'))} ",
            f" {one.statuses.get('unpriced', 0)} ",
        ]
        for name, one in sorted(found.items())
    ]
    head = [
        " example ",
        " US$ per month ",
        " scaled out ",
        " unpriced lines ",
        " priced resources ",
        " free ",
        " by use ",
        " unpriced ",
    ]
    return table(head, *rows)


def test_idle_costs_are_those_of_the_command(typical: Path, pytestconfig: pytest.Config) -> None:
    found = estimates(typical)

    compare({"idle": idle(found)}, pytestconfig, name=lambda name: name == "idle")


def usual(folder: Path) -> list[tuple[str, float]]:
    """Return what dev costs as it is, and with one usual habit after the other."""
    settings: dict[str, Any] = YAML(typ="safe", pure=True).load(FIXTURES / "dev.yaml")
    variants = [
        ("dev as it is shipped", {}),
        ("with a NAT gateway in each zone", {"nat_gateways": "one-per-zone"}),
        (
            "and with the interface endpoints of what it calls",
            {"nat_gateways": "one-per-zone", "interface_endpoints": "derived"},
        ),
    ]
    files = []
    for number, (_, network) in enumerate(variants):
        name = f"dev-{number}"
        changed = settings | {"name": name, "network": settings["network"] | network}
        changed["account"] = f"{number:012d}"
        file = folder / f"{name}.yaml"
        with file.open("w", encoding="utf-8") as stream:
            YAML(typ="safe", pure=True).dump(changed, stream)
        files.append(file)
    found = estimates(synthesized(folder / "out", *files))
    steps = [(text, found[f"dev-{number}"].low) for number, (text, _) in enumerate(variants)]
    # An app on ml.t3.medium for each of the two users that is never stopped.
    charge = used("", "", PriceKey("sagemaker", "ml.t3.medium", "studio"), "hour")
    place = found["dev-0"].lines[0].place
    [app] = price_lines([(place, charge)], prices=PriceList.shipped(), region=REGION)
    server = PriceList.shipped().find(
        PriceKey("sagemaker", "MLflow server Small", "running"), REGION
    )
    assert server is not None
    apps = 2 * 730 * app.prices[0].usd
    steps.append(("and with two Studio apps that are never stopped", steps[-1][1] + apps))
    steps.append(("and with an MLflow tracking server", steps[-1][1] + 730 * server.usd))
    return steps


def test_the_usual_setup_is_added_up(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    steps = usual(tmp_path)
    rows = [[f" {text} ", f" {usd(value)} "] for text, value in steps]

    compare(
        {"usual": table([" dev, US$ per month ", " sum "], *rows)},
        pytestconfig,
        name=lambda name: name == "usual",
    )


def test_examples_say_what_they_cost(examples: Path, pytestconfig: pytest.Config) -> None:
    found = {name: one for name, one in estimates(examples).items() if name in COMPLETE}
    texts = {name: sentence(name, one) for name, one in found.items()}

    compare(
        texts | {"examples": overview(found)},
        pytestconfig,
        name=lambda name: name not in ("idle", "usual"),
    )
