"""Settings of the budget with one fault each."""

from pathlib import Path

import pytest

from tests.bad_settings import BASE, Bad, check


def budget(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    return Bad(id, f"{BASE}budget:\n  {lines}\n", path, got, right)


CAP = "max_usd_per_month: 100\n  "
CASES = [
    Bad(
        "no cap",
        f"{BASE}budget: # HERE\n  alerts: true\n",
        "budget.max_usd_per_month",
        None,
        "must be given",
    ),
    budget(
        "zero",
        "max_usd_per_month: 0 # HERE",
        path="budget.max_usd_per_month",
        got="0",
        right="must be more than 0",
    ),
    budget(
        "not a number",
        "max_usd_per_month: .nan # HERE",
        path="budget.max_usd_per_month",
        got="NaN",
        right="must be",
    ),
    budget(
        "a currency",
        "max_usd_per_month: 100 EUR # HERE",
        path="budget.max_usd_per_month",
        got='"100 EUR"',
        right="must be a number",
    ),
    budget(
        "an unknown key",
        f"{CAP}max_eur_per_month: 90 # HERE",
        path="budget.max_eur_per_month",
        got=None,
        right="no such key; did you mean max_usd_per_month?",
    ),
    budget(
        "an unknown service",
        f"{CAP}discounts: {{sagemakr: 0.8}} # HERE",
        path="budget.discounts.sagemakr",
        got="0.8",
        right="must be a service of the price catalog; did you mean sagemaker",
    ),
    budget(
        "a percentage",
        f"{CAP}discounts: {{sagemaker: 28}} # HERE",
        path="budget.discounts.sagemaker",
        got="28",
        right="must be at most 1",
    ),
    budget(
        "a negative factor",
        f"{CAP}discounts: {{kms: -0.5}} # HERE",
        path="budget.discounts.kms",
        got="-0.5",
        right="must be more than 0",
    ),
    budget(
        "an unknown end of autoscaling",
        f"{CAP}autoscaling: average # HERE",
        path="budget.autoscaling",
        got='"average"',
        right="must be one of maximum, minimum",
    ),
    budget(
        "a team that does not exist",
        f"{CAP}teams: {{ml-platfrom: 50}} # HERE",
        path="budget.teams.ml-platfrom",
        got="50",
        right="must be a team of the environment; did you mean ml-platform",
    ),
    Bad(
        "production without an address",
        BASE.replace("development", "production")
        + "alarm_emails: [] # HERE\nbudget:\n  max_usd_per_month: 100\n",
        "alarm_emails",
        "[]",
        "must have an address, because the alerts of a budget go there",
    ),
    Bad(
        "a region without budgets",
        BASE.replace("eu-west-1", "eu-north-1") + "budget: # HERE\n  max_usd_per_month: 100\n",
        "budget",
        None,
        "asks for a budget of AWS, which CloudFormation does not support in eu-north-1, as far as "
        "this project knows: set alerts: false in it to keep the cap alone",
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_wrong_settings_are_refused(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)
