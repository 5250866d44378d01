"""Compares the cost of an environment with its budget."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sagemaker_platform.costs.assembly import Budget
from sagemaker_platform.costs.estimate import Estimate, Line

_SHOWN = 5
_HELP = (
    ("spot", "use on-demand instances, whose price is known, or record a price"),
    ("cluster", "use fewer or smaller instances, lower quotas, or a training plan that is paid in "
     "advance"),
    ("hosting", "lower the maximum of autoscaling, let the endpoint scale to zero, or use smaller "
     "instances or serverless inference"),
    ("asynchronous", "let the endpoint scale to zero"),
    ("interface endpoint", "use fewer zones, fewer interface endpoints, or a NAT gateway"),
    ("NAT gateway", "use one NAT gateway in place of one for each zone"),
    ("FSx", "use less storage or a lower throughput"),
    ("MLflow server", "use an MLflow App, or a smaller server"),
    ("EKS", "use Slurm, which has no control plane that is billed"),
    ("dashboard", "turn off dashboards"),
    ("alarm", "turn off alarms"),
)  # fmt: skip


@dataclass(frozen=True)
class CapFinding:
    """A reason why an environment does not keep to its budget.

    Attributes:
        rule: ``COST_ABOVE_CAP``, ``COST_ABOVE_TEAM_CAP`` or ``COST_UNPRICED``.
        message: what is wrong, and what would help.
    """

    rule: str
    message: str


def check_cap(budget: Budget, estimate: Estimate, *, price_file: str) -> Iterator[CapFinding]:
    """Yield the reasons why an environment does not keep to its budget.

    Args:
        budget: its budget.
        estimate: its estimated cost.
        price_file: file in which a team records prices, for messages.
    """
    if budget.max_usd_per_month is None:
        return
    if estimate.unpriced:
        yield _unpriced(estimate, price_file)
    at_minimum = budget.autoscaling == "minimum"
    cap, cost = budget.max_usd_per_month, estimate.low if at_minimum else estimate.high
    if cost > cap:
        yield CapFinding("COST_ABOVE_CAP", _above(cap, estimate, at_minimum=at_minimum))
    for team, limit in budget.teams.items():
        share = estimate.of_team(team)
        if (share.low if at_minimum else share.high) > limit:
            message = _above(limit, share, at_minimum=at_minimum, key=f"teams.{team}")
            yield CapFinding("COST_ABOVE_TEAM_CAP", message)


def _above(
    cap: float, estimate: Estimate, *, at_minimum: bool, key: str = "max_usd_per_month"
) -> str:
    if estimate.low > cap:
        rule = (
            f"must be at least {estimate.low:,.2f}, the US dollars per month that run in any case"
        )
    else:
        rule = (
            f"must be at least {estimate.high:,.2f}, the US dollars per month at the maximum of "
            f"autoscaling ({estimate.low:,.2f} at the minimum)"
        )
    largest = estimate.largest()[:_SHOWN]
    shown = "; ".join(
        f"{low if at_minimum else high:,.2f} {lines[0].charge.text} ({_where(lines)})"
        for low, high, lines in largest
    )
    texts = [lines[0].charge.text for _, _, lines in largest]
    helps = [text for word, text in _HELP if any(word in one for one in texts)]
    return (
        f"budget.{key}: got {cap:,.2f}; {rule}. The largest: {shown}. "
        f"Fix: {'; '.join([*helps, 'or raise the cap' if helps else 'raise the cap'])}"
    )


def _where(lines: Sequence[Line]) -> str:
    place = lines[0].place
    return place.resource if len(lines) == 1 else f"{len(lines)} in {place.stack}"


def _unpriced(estimate: Estimate, price_file: str) -> CapFinding:
    keys = sorted({key for line in estimate.unpriced for key in line.charge.keys})
    units = {key: line.charge.unit for line in estimate.unpriced for key in line.charge.keys}
    unknown = sorted({one.place.resource for one in estimate.unpriced if not one.charge.known})
    rows = "; ".join(f"{key} ({units[key]})" for key in keys[:_SHOWN])
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    counts = f". The template does not say how many: {', '.join(unknown)}" if unknown else ""
    return CapFinding(
        "COST_UNPRICED",
        f"budget: {len(estimate.unpriced)} line(s) run in any case and have no price in "
        f"{estimate.region}: {rows}{more}{counts}. Fix: run `sagemaker-platform prices`, or record "
        f"the prices in {price_file}",
    )
