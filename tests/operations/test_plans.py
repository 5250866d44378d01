"""Training plans are checked and looked for, and never bought."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from tests.bad_settings import BASE, write
from tests.operations import program
from tests.support import ROOT

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:training-plan/p5"
BLOCK = f"""\
hyperpod:
  clusters:
    - name: research
      orchestrator: slurm
      instance_groups:
        - {{name: head, node_type: controller, instance_type: ml.m5.xlarge, instance_count: 1}}
        - name: p5
          node_type: compute
          partition: p5
          instance_type: ml.p5.48xlarge
          instance_count: 4
          training_plan_arn: {ARN}
"""
PATH = "hyperpod.clusters[0].instance_groups[1].training_plan_arn"
CAPACITY = {
    "ReservedCapacityArn": "arn:aws:sagemaker:eu-west-1:123456789012:reserved-capacity/abcdefgh",
    "InstanceType": "ml.p5.48xlarge",
    "TotalInstanceCount": 4,
    "Status": "Active",
    "AvailabilityZone": "eu-west-1a",
}
PLAN = {
    "TrainingPlanArn": ARN,
    "TrainingPlanName": "p5",
    "Status": "Active",
    "TotalInstanceCount": 4,
    "TargetResources": ["hyperpod-cluster"],
    "ReservedCapacitySummaries": [CAPACITY],
}
OFFER = {
    "TrainingPlanOfferingId": "tpo-123",
    "TargetResources": ["hyperpod-cluster"],
    "DurationHours": 168,
    "UpfrontFee": "12345.67",
    "CurrencyCode": "USD",
    "ReservedCapacityOfferings": [
        {
            "InstanceType": "ml.p5.48xlarge",
            "InstanceCount": 4,
            "AvailabilityZone": "eu-west-1b",
            "StartTime": datetime(2027, 3, 1, tzinfo=UTC),
            "EndTime": datetime(2027, 3, 8, tzinfo=UTC),
        }
    ],
}
SEARCH = ["--type", "ml.p5.48xlarge", "--count", "4", "--hours", "168"]
# One for all tests: it reads the models of services once.
REAL = boto3.Session(region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
Service = Callable[[str], Stubber]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    """Return a function that gives the stub of a service; requests are checked by botocore."""
    clients = {name: REAL.client(name) for name in ("sts", "sagemaker", "ec2")}
    stubs = {name: Stubber(client) for name, client in clients.items()}

    class Session:
        def __init__(self, region_name: str | None = None) -> None:
            assert region_name in (None, "eu-west-1")

        def client(self, name: str) -> Any:
            return clients[name]

        def get_partition_for_region(self, region: str) -> str:
            return str(REAL.get_partition_for_region(region))

    monkeypatch.setattr(boto3, "Session", Session)
    for stub in stubs.values():
        stub.activate()
    identity = {"Account": "123456789012", "UserId": "x", "Arn": "arn:aws:iam::123456789012:user/x"}
    stubs["sts"].add_response("get_caller_identity", identity)
    return stubs.__getitem__


def describes(service: Service, **changes: Any) -> None:
    service("sagemaker").add_response(
        "describe_training_plan", {**PLAN, **changes}, {"TrainingPlanName": "p5"}
    )


def run(verb: str, tmp_path: Path, *arguments: str, block: str = BLOCK) -> int:
    return program.run(verb, "--files", write(tmp_path, BASE + block), *arguments)


def test_a_plan_that_fits(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    describes(service)
    assert run("plans", tmp_path) == 0
    assert capsys.readouterr().out.startswith("p5: active, 4 instances")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Status": "Expired"}, "p5 is Expired, and must be Active"),
        (
            {"Status": "Scheduled", "StartTime": datetime(2027, 3, 1, tzinfo=UTC)},
            "p5 is Scheduled, and must be Active; it starts 2027-03-01",
        ),
        (
            {"TargetResources": ["training-job"]},
            "p5 is for training-job, and must be for hyperpod-cluster",
        ),
        (
            {"ReservedCapacitySummaries": [{**CAPACITY, "InstanceType": "ml.p5e.48xlarge"}]},
            "p5 has ml.p5e.48xlarge, and the group is of ml.p5.48xlarge",
        ),
        (
            {"ReservedCapacitySummaries": [{**CAPACITY, "AvailabilityZone": "eu-west-1b"}]},
            "p5 is in eu-west-1b, and the group in eu-west-1a",
        ),
        ({"TotalInstanceCount": 3}, "p5 has 3 instances, and its groups want 4"),
    ],
)
def test_a_plan_that_does_not_fit(
    service: Service,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: Mapping[str, Any],
    said: str,
) -> None:
    describes(service, **changes)
    assert run("plans", tmp_path) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"base: {PATH}: {said}")


def test_a_zone_may_be_known_by_its_id(service: Service, tmp_path: Path) -> None:
    capacity = {key: value for key, value in CAPACITY.items() if key != "AvailabilityZone"}
    capacity["AvailabilityZoneId"] = "euw1-az3"
    describes(service, ReservedCapacitySummaries=[capacity])
    service("ec2").add_response(
        "describe_availability_zones",
        {"AvailabilityZones": [{"ZoneName": "eu-west-1a"}]},
        {"ZoneIds": ["euw1-az3"]},
    )
    assert run("plans", tmp_path) == 0


def test_two_groups_share_a_plan(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = BLOCK.split("        - name: p5\n")[1]
    describes(service)
    assert run("plans", tmp_path, block=f"{BLOCK}        - name: more\n{second}") == 1
    assert "its groups want 8" in capsys.readouterr().err


def test_a_plan_that_is_not_there(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service("sagemaker").add_client_error("describe_training_plan", "ResourceNotFound")
    assert run("plans", tmp_path) == 1
    assert f"{PATH}: p5 cannot be described" in capsys.readouterr().err


def test_another_account(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, (BASE + BLOCK).replace("123456789012", "210987654321"))
    assert program.run("plans", "--files", file) == 1
    assert "the credentials are of account 123456789012" in capsys.readouterr().err


def test_no_plans_need_no_credentials(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    block = BLOCK.replace(f"          training_plan_arn: {ARN}\n", "")
    assert run("plans", tmp_path, block=block) == 0
    assert capsys.readouterr().out == "base: no training plans\n"


def test_offers_with_price_and_yaml(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service("sagemaker").add_response(
        "search_training_plan_offerings",
        {"TrainingPlanOfferings": [OFFER]},
        {
            "InstanceType": "ml.p5.48xlarge",
            "InstanceCount": 4,
            "DurationHours": 168,
            "TargetResources": ["hyperpod-cluster"],
            "StartTimeAfter": datetime(2027, 3, 1, tzinfo=UTC),
        },
    )
    assert run("offers", tmp_path, *SEARCH, "--after", "2027-03-01") == 0
    said = capsys.readouterr().out
    assert "1. 12345.67 USD upfront, 168 hours" in said
    assert "--training-plan-offering-id tpo-123" in said
    assert "     availability_zone: eu-west-1b\n" in said
    assert f"     training_plan_arn: {ARN.replace('p5', 'NAME')}\n" in said
    assert said.endswith("Nothing was bought.\n")


def test_an_offer_elsewhere_has_no_yaml(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capacity = {"InstanceType": "ml.p5.48xlarge", "InstanceCount": 4}
    capacities = [{**capacity, "AvailabilityZone": "eu-west-1c"}]
    elsewhere = {**OFFER, "ReservedCapacityOfferings": capacities}
    service("sagemaker").add_response(
        "search_training_plan_offerings", {"TrainingPlanOfferings": [elsewhere]}
    )
    assert run("offers", tmp_path, *SEARCH) == 0
    said = capsys.readouterr().out
    assert "in eu-west-1c, where the environment has no subnet" in said
    assert "training_plan_arn" not in said


def test_no_offers(service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service("sagemaker").add_response(
        "search_training_plan_offerings", {"TrainingPlanOfferings": []}
    )
    assert run("offers", tmp_path, *SEARCH) == 1
    assert "AWS offers no such plan" in capsys.readouterr().err


def test_a_type_that_is_in_no_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--type", "ml.g5.xlarge", "--count", "1", "--hours", "1"]
    assert run("offers", tmp_path, *arguments) == 1
    message = capsys.readouterr().err
    assert message.startswith("--type: got ml.g5.xlarge; must be an instance type of training")
    assert "ml.p4d.24xlarge" in message


def test_nothing_buys() -> None:
    """The command for buying is printed, and no call of the API makes a plan."""
    text = (ROOT / "operations" / "plans.py").read_text("utf-8")
    assert "create_training_plan" not in text
    assert "extend_training_plan" not in text
