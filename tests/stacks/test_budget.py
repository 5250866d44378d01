"""A budget: the cap that fails a synth, and the budget of AWS from the same figure."""

import json
from pathlib import Path
from typing import Any

import pytest

from sagemaker_platform.catalog import PriceList
from sagemaker_platform.costs import Budget, CostedStage, check_cap, estimate, read_stages
from tests.support import ROOT, run_app, stack, synthesized

HEAD = """\
name: {name}
account: "{account}"
region: {region}
stage: development
owner: ml-platform
cost_center: research
network:
  cidr: 10.{number}.0.0/22
  availability_zones: [{region}a, {region}b]
inference:
  endpoints:
    - name: scorer
      image: {account}.dkr.ecr.{region}.amazonaws.com/ml/scorer:1.0.0
      instance_type: {type}
      autoscaling: {{min_instances: 1, max_instances: 4, invocations_per_instance: 100}}
"""


def environment(
    folder: Path, number: int, budget: str, *, region: str = "us-east-1", type: str = "ml.m5.xlarge"
) -> Path:
    name = f"budget-{number}"
    text = HEAD.format(name=name, number=number, account=f"{number:012d}", region=region, type=type)
    file = folder / f"{name}.yaml"
    file.write_text(text + (f"budget: {budget}\n" if budget else ""))
    return file


def test_the_synth_fails_above_the_cap(tmp_path: Path) -> None:
    files = [
        environment(tmp_path, 1, "{max_usd_per_month: 100}"),
        environment(tmp_path, 2, "{max_usd_per_month: 300}"),
        environment(tmp_path, 3, "{max_usd_per_month: 300, autoscaling: minimum}"),
        environment(tmp_path, 4, "{max_usd_per_month: 1000}"),
        environment(tmp_path, 5, "{max_usd_per_month: 1000}", type="ml.c7i.large"),
        environment(tmp_path, 6, ""),
        environment(tmp_path, 7, "{max_usd_per_month: 1000, teams: {ml-platform: 5}}"),
        # Half of the price of instances, which leaves the network.
        environment(tmp_path, 8, "{max_usd_per_month: 360, discounts: {sagemaker: 0.5}}"),
    ]

    run = run_app(tmp_path / "out", context={"files": " ".join(map(str, files))})

    assert run.returncode == 1
    found = {
        line.split(": ")[1].split("/")[0]: line
        for line in run.stderr.splitlines()
        if line.startswith("COST_")
    }
    assert found.keys() == {"budget-1", "budget-2", "budget-5", "budget-7"}
    # An instance, an interface endpoint in two zones, a key, a dashboard and three alarms.
    fixed = 0.23 * 730 + 2 * 0.01 * 730 + 1 + 3 + 0.3
    assert found["budget-1"].startswith("COST_ABOVE_CAP: budget-1/foundation: ")
    assert "budget.max_usd_per_month: got 100.00; must be at least" in found["budget-1"]
    assert "the US dollars per month that run in any case" in found["budget-1"]
    assert "671.60 ml.m5.xlarge, hosting (inference/Endpoint-scorer/" in found["budget-1"]
    assert "Fix: lower the maximum of autoscaling" in found["budget-1"]
    assert "at the maximum of autoscaling" in found["budget-2"]
    assert found["budget-5"].startswith("COST_UNPRICED: ")
    assert "sagemaker, ml.c7i.large, hosting (hour)" in found["budget-5"]
    assert "or record the prices in custom/prices.csv" in found["budget-5"]
    assert "budget.teams.ml-platform: got 5.00; must be at least" in found["budget-7"]
    low = next(one for one in read_stages(tmp_path / "out") if one.name == "budget-4")
    assert costs(low).low == pytest.approx(fixed)


def costs(stage: CostedStage) -> Any:
    return estimate(stage.stacks, prices=PriceList.shipped(), discounts=stage.budget.discounts)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("budget") / "out"
    return synthesized(out, ROOT / "examples/budget-complete.yaml")


def test_the_budget_has_the_figure_of_the_cap(example: Path) -> None:
    budget, *teams = stack(example, "budget-complete/budget").of_type("AWS::Budgets::Budget")

    assert budget["Budget"] == {
        "BudgetLimit": {"Amount": 8500, "Unit": "USD"},
        "BudgetType": "COST",
        "FilterExpression": {
            "Tags": {
                "Key": "environment",
                "MatchOptions": ["EQUALS"],
                "Values": ["budget-complete"],
            }
        },
        "Metrics": ["UnblendedCost"],
        "TimeUnit": "MONTHLY",
    }
    assert [
        (one["Notification"]["NotificationType"], one["Notification"]["Threshold"])
        for one in budget["NotificationsWithSubscribers"]
    ] == [("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)]
    assert {"Key": "owner", "Value": "ml-platform"} in budget["ResourceTags"]
    # AWS knows no part of a cluster, such as that of the team audio.
    assert sorted(one["Budget"]["BudgetLimit"]["Amount"] for one in teams) == [400, 5900]


def test_budgets_may_publish_and_use_the_key(example: Path) -> None:
    foundation = stack(example, "budget-complete/foundation")
    [topic] = foundation.of_type("AWS::SNS::TopicPolicy")
    [key] = foundation.of_type("AWS::KMS::Key")

    def of_budgets(policy: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            one
            for one in policy["Statement"]
            if "budgets.amazonaws.com" in json.dumps(one.get("Principal"))
        ]

    [publish] = of_budgets(topic["PolicyDocument"])
    assert publish["Condition"]["StringEquals"] == {"aws:SourceAccount": "444444444444"}
    assert ":budgets::444444444444:*" in json.dumps(publish["Condition"]["ArnLike"])
    [use] = of_budgets(key["KeyPolicy"])
    assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert use["Condition"] == {"StringEquals": {"aws:SourceAccount": "444444444444"}}


def test_without_alerts_only_the_cap_remains(tmp_path: Path) -> None:
    file = environment(tmp_path, 9, "{max_usd_per_month: 9, alerts: false}", region="eu-north-1")
    out = synthesized(tmp_path / "out", file)

    [stage] = read_stages(out)
    assert stage.budget.max_usd_per_month == 9
    assert "budget" not in {one.name for one in stage.stacks}
    assert "budgets.amazonaws.com" not in stack(out, "budget-9/foundation").file.read_text()


def test_teams_of_quotas_have_caps(example: Path) -> None:
    [stage] = read_stages(example)
    found = costs(stage)

    cluster, endpoint = 3 * 3.06 * 730 * 0.8, 0.23 * 730 * 0.8 + 3 + 0.2
    assert found.by("team")["vision"][0] == pytest.approx(cluster + endpoint)
    budget = Budget(max_usd_per_month=9000, teams={"vision": 5000, "audio": 1900})
    [finding] = check_cap(budget, found, price_file="prices.csv")
    assert finding.rule == "COST_ABOVE_TEAM_CAP"
    assert "budget.teams.vision: got 5,000.00; must be at least 5,498.64" in finding.message
