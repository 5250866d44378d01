"""Settings of the budget with one fault each."""

from pathlib import Path

import pytest

from tests.bad_settings import BASE, Bad, check


def budget(id: str, lines: str, *, path: str, got: str | None, right: str) -> Bad:
    return Bad(id, f"{BASE}budget:\n  {lines}\n", path, got, right)


MONITOR = "arn:aws:ce::{}:anomalymonitor/1234abcd-12ab-34cd-56ef-1234567890ab"
CAP = "max_usd_per_month: 100\n  "
EXPORTED = "unified_studio: {host: {catalog_export: true}}\n"
TABLES = (
    "lakehouse:\n  table_buckets: [{name: a, namespaces: [{name: b}]}]\n"
    "  catalog: {s3_tables: create}\n  permissions: {}\n"
)


def assets(id: str, more: str, right: str) -> Bad:
    text = f"{BASE}{more}budget:\n  {CAP}bill_export:\n    assets: true # HERE\n"
    return Bad(id, text, "budget.bill_export.assets", "true", right)


CASES = [
    assets("assets without a portal", TABLES, "requires the exported catalog"),
    assets(
        "assets without an export",
        f"{TABLES}unified_studio: {{}}\n",
        "Add unified_studio.host.catalog_export: true, deploy, and add this line a day later",
    ),
    assets("assets without a lakehouse", EXPORTED, "requires the catalog s3tablescatalog"),
    assets(
        "assets without the catalog of table buckets",
        f"{EXPORTED}lakehouse: {{permissions: {{}}}}\n",
        "Add lakehouse.catalog with table_buckets",
    ),
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
        right="requires alerts, because it is part of the AWS budget",
    ),
    budget(
        "an action without people",
        f"{CAP}action: {{approval: automatic}} # HERE",
        path="budget.action",
        got=None,
        right="requires a persona, because it denies actions to personas' roles",
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
    budget(
        "a monitor of another account",
        f"{CAP}anomaly_detection: {{monitor_arn: {MONITOR.format('210987654321')}}} # HERE",
        path="budget.anomaly_detection.monitor_arn",
        got=f'"{MONITOR.format("210987654321")}"',
        right="must be of account 123456789012, as the environment is",
    ),
    budget(
        "a monitor of another partition",
        f"{CAP}anomaly_detection: "
        f"{{monitor_arn: {MONITOR.format('123456789012').replace(':aws:', ':aws-cn:')}}} # HERE",
        path="budget.anomaly_detection.monitor_arn",
        got='"arn:aws-cn:ce::123456789012:anomalymonitor/1234abcd-12ab-34cd-56ef-123456789...',
        right="must be in the partition of the environment, aws",
    ),
    budget(
        "a monitor with a region",
        f"{CAP}anomaly_detection: "
        "{monitor_arn: 'arn:aws:ce:eu-west-1:123456789012:anomalymonitor/1'} # HERE",
        path="budget.anomaly_detection.monitor_arn",
        got='"arn:aws:ce:eu-west-1:123456789012:anomalymonitor/1"',
        right="must be the ARN of a monitor of AWS Cost Anomaly Detection, such as arn:aws:ce::",
    ),
    budget(
        "an unknown frequency",
        f"{CAP}anomaly_detection: {{frequency: hourly}} # HERE",
        path="budget.anomaly_detection.frequency",
        got='"hourly"',
        right="must be one of immediate, daily, weekly",
    ),
    budget(
        "summaries for no address",
        f"{CAP}anomaly_detection: {{frequency: daily}} # HERE",
        path="budget.anomaly_detection.frequency",
        got='"daily"',
        right="must be immediate with 0 alarm_emails, because AWS sends summaries to 1 to 10",
    ),
    Bad(
        "summaries for too many addresses",
        f"{BASE}alarm_emails: [{', '.join(f'a{n}@example.com' for n in range(11))}]\n"
        "budget:\n  max_usd_per_month: 9\n  anomaly_detection: {frequency: weekly} # HERE\n",
        "budget.anomaly_detection.frequency",
        '"weekly"',
        "must be immediate with 11 alarm_emails",
    ),
    budget(
        "a negative impact",
        f"{CAP}anomaly_detection: {{min_usd: -1}} # HERE",
        path="budget.anomaly_detection.min_usd",
        got="-1",
        right="must be at least 0",
    ),
    Bad(
        "anomalies where CloudFormation has none",
        BASE.replace("eu-west-1", "mx-central-1")
        + "budget:\n  max_usd_per_month: 9\n  alerts: false\n  anomaly_detection: {} # HERE\n",
        "budget.anomaly_detection",
        None,
        (
            "requires alerts for unusual costs, which CloudFormation does not support in "
            "mx-central-1 according to this project's lists: remove it, or use another region"
        ),
    ),
    Bad(
        "anomalies in production without an address",
        BASE.replace("development", "production")
        + "alarm_emails: [] # HERE\nbudget:\n  max_usd_per_month: 9\n  alerts: false\n"
        "  anomaly_detection: {}\n",
        "alarm_emails",
        "[]",
        "must have an address, because AWS sends alerts for unusual costs there",
    ),
    budget(
        "an unknown granularity",
        f"{CAP}bill_export: {{granularity: weekly}} # HERE",
        path="budget.bill_export.granularity",
        got='"weekly"',
        right="must be one of hourly, daily, monthly",
    ),
    Bad(
        "a bill in another partition",
        BASE.replace("eu-west-1", "cn-north-1")
        + "budget:\n  max_usd_per_month: 9\n  bill_export: {} # HERE\n",
        "budget.bill_export",
        None,
        "must be omitted in cn-north-1, because AWS Data Exports runs in us-east-1",
    ),
    Bad(
        "a layer with the name of the bill",
        BASE + "lakehouse:\n  layers:\n    - name: bill # HERE\n"
        "budget:\n  max_usd_per_month: 9\n  bill_export: {}\n",
        "lakehouse.layers[0].name",
        '"bill"',
        "must be another name, because budget.bill_export creates the database base_bill",
    ),
    Bad(
        "a workgroup with the name of the bill",
        BASE + "lakehouse:\n  layers: [{name: raw}]\n  query:\n    workgroups:\n"
        "      - {name: bill, personas: [data_engineer]} # HERE\n"
        "personas: {data_engineer: {}}\nbudget:\n  max_usd_per_month: 9\n  bill_export: {}\n",
        "lakehouse.query.workgroups[0].name",
        '"bill"',
        ("must be another name, because budget.bill_export creates the Athena workgroup base-bill"),
    ),
    Bad(
        "readers of costs without a bill",
        BASE + "personas:\n  auditor:\n    activities: [read_costs] # HERE\n"
        "budget:\n  max_usd_per_month: 9\n",
        "personas.auditor.activities[0]",
        '"read_costs"',
        "requires `budget.bill_export`",
    ),
    budget(
        "a dashboard that is no switch",
        f"{CAP}dashboard: usage # HERE",
        path="budget.dashboard",
        got='"usage"',
        right="must be true or false",
    ),
    Bad(
        "production without an address",
        BASE.replace("development", "production")
        + "alarm_emails: [] # HERE\nbudget:\n  max_usd_per_month: 100\n",
        "alarm_emails",
        "[]",
        "must have an address, because a budget sends its alerts there",
    ),
    Bad(
        "a region without budgets",
        BASE.replace("eu-west-1", "eu-north-1") + "budget: # HERE\n  max_usd_per_month: 100\n",
        "budget",
        None,
        (
            "requires a budget of AWS, which CloudFormation does not support in eu-north-1 "
            "according to this project's lists: set alerts: false to keep only the cap"
        ),
    ),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_wrong_settings_are_refused(bad: Bad, tmp_path: Path) -> None:
    check(bad, tmp_path)
