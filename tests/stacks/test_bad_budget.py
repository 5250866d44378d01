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
    budget(
        "an action without a budget of AWS",
        f"{CAP}alerts: false\n  action: {{}} # HERE",
        path="budget.action",
        got=None,
        right="requires alerts: it is part of the budget of AWS",
    ),
    budget(
        "an action without people",
        f"{CAP}action: {{approval: automatic}} # HERE",
        path="budget.action",
        got=None,
        right="requires a persona, whose role it denies",
    ),
    budget(
        "an unknown approval",
        f"{CAP}action: {{approval: none}} # HERE",
        path="budget.action.approval",
        got='"none"',
        right="must be one of automatic, manual",
    ),
    budget(
        "an action at nothing",
        f"{CAP}action: {{threshold_percent: 0}} # HERE",
        path="budget.action.threshold_percent",
        got="0",
        right="must be more than 0",
    ),
    Bad(
        "an action that finds ten policies at a role",
        BASE
        + "budget:\n  max_usd_per_month: 100\n  action: {}\npersonas:\n  tester: # HERE\n"
        + "    activities: [run_jobs]\n    managed_policies: [a, b, c, d, e, f, g, h]\n",
        "personas.tester",
        '"tester"',
        "needs 11 managed policies (1 for activities, 1 of the persona's own, 8 in "
        "managed_policies, 1 from budget); must be at most 10",
    ),
    Bad(
        "a tag that differs from that of teams in case only",
        BASE + "tags:\n  Team: ml # HERE\nstudio:\n  users: [{name: ada, team: vision}]\n",
        "tags.Team",
        '"ml"',
        "must be team in lower case",
    ),
    Bad(
        "a team without users",
        BASE
        + "studio:\n  users: [{name: ada, team: vision}]\n"
        + "budget:\n  max_usd_per_month: 100\n  teams: {visoin: 50} # HERE\n",
        "budget.teams.visoin",
        "50",
        "must be a team of the environment; did you mean vision",
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
