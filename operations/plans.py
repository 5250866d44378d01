"""Training plans for HyperPod: python -m operations.plans check|search.

Training plans are reserved capacity that is paid upfront. Nothing here buys one. `search` lists
what AWS offers for a request, with its price, and prints the command that would buy an offer and
the YAML for the group that uses it. `check` looks at the plans that the settings name: that they
are active, for clusters, of the group's instance type and zone, and large enough. The caller
needs sagemaker:SearchTrainingPlanOfferings or sagemaker:DescribeTrainingPlan,
ec2:DescribeAvailabilityZones where a plan names its zone by id, and sts:GetCallerIdentity.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from stacks.fields import instance_types
from stacks.loading import SettingsError, load_environments
from stacks.settings import EnvironmentSettings

Item = Mapping[str, Any]

TARGET = "hyperpod-cluster"


class PlanError(Exception):
    """Something that cannot be looked up; the message says what, and why."""


class Use(NamedTuple):
    """A group that a training plan provides the instances of."""

    path: str
    arn: str
    instance_type: str
    instance_count: int
    zone: str

    @property
    def plan_name(self) -> str:
        """Name of the plan."""
        return self.arn.rsplit("/", 1)[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Search for offers, or check the plans of environments."""
    parser = argparse.ArgumentParser(prog="python -m operations.plans", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("check", "search"):
        sub = verbs.add_parser(verb)
        sub.add_argument("--environments", default="", help="names, separated by commas")
        sub.add_argument("--files", default="", help="settings files in place of environments/")
    search_for = verbs.choices["search"]
    search_for.add_argument("--type", required=True, help="instance type, such as ml.p5.48xlarge")
    search_for.add_argument("--count", required=True, type=int, help="how many instances")
    search_for.add_argument("--hours", required=True, type=int, help="for how long")
    search_for.add_argument("--after", type=_day, help="starts on this day or later: 2027-03-01")
    search_for.add_argument("--before", type=_day, help="ends before this day")
    given = parser.parse_args(arguments)
    names = [name for name in given.environments.split(",") if name]
    try:
        environments = load_environments(names=names, files=given.files.split())
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    if given.verb == "check":
        return max(map(check, environments), default=0)
    if len(environments) != 1:
        print("search for one environment: say which", file=sys.stderr)
        return 1
    return search(environments[0], given)


def check(environment: EnvironmentSettings) -> int:
    """Check the plans of an environment, say what is wrong, and return the exit status."""
    uses = list(uses_of(environment))
    if not uses:
        print(f"{environment.name}: no training plans")
        return 0
    faults: list[str] = []
    try:
        session = _session(environment)
        sagemaker = session.client("sagemaker")
        for arn in dict.fromkeys(use.arn for use in uses):
            together = [use for use in uses if use.arn == arn]
            plan = _describe(sagemaker, together[0])
            zones = _zones_of(session, plan)
            found = list(faults_of(plan, together, zones))
            faults += found
            if not found:
                total, end = plan.get("TotalInstanceCount"), plan.get("EndTime")
                print(f"{together[0].plan_name}: active, {total} instances until {end}")
    except PlanError as error:
        faults.append(str(error))
    for fault in faults:
        print(f"{environment.name}: {fault}", file=sys.stderr)
    return 1 if faults else 0


def uses_of(environment: EnvironmentSettings) -> Iterator[Use]:
    """Return the groups of an environment that training plans provide."""
    if environment.hyperpod is None:
        return
    zones = environment.network.availability_zones
    for number, cluster in enumerate(environment.hyperpod.clusters):
        for path, group in cluster.placed.items():
            if group.training_plan_arn is not None:
                kind, _, index = path.partition(".")
                yield Use(
                    f"hyperpod.clusters[{number}].{kind}[{index}].training_plan_arn",
                    group.training_plan_arn,
                    group.types[0],
                    group.instance_count,
                    group.availability_zone or cluster.zone(zones),
                )


def faults_of(plan: Item, uses: Sequence[Use], zones: Sequence[str]) -> Iterator[str]:
    """Yield why groups cannot use a plan.

    Args:
        plan: as SageMaker describes it.
        uses: the groups that name it.
        zones: zones in which it has capacity.
    """
    path, name = uses[0].path, uses[0].plan_name
    status = plan["Status"]
    if status != "Active":
        starts = f"; it starts {plan['StartTime']}" if status == "Scheduled" else ""
        yield f"{path}: {name} is {status}, and must be Active{starts}"
        return
    targets = plan.get("TargetResources", [])
    if TARGET not in targets:
        yield f"{path}: {name} is for {', '.join(targets)}, and must be for {TARGET}"
    types = {one["InstanceType"] for one in plan.get("ReservedCapacitySummaries", [])}
    for use in uses:
        if use.instance_type not in types:
            yield (
                f"{use.path}: {name} has {', '.join(sorted(types))}, and the group is of "
                f"{use.instance_type}"
            )
        if use.zone not in zones:
            yield f"{use.path}: {name} is in {', '.join(zones)}, and the group in {use.zone}"
    wanted, there = sum(use.instance_count for use in uses), plan.get("TotalInstanceCount", 0)
    if wanted > there:
        yield f"{path}: {name} has {there} instances, and its groups want {wanted}"


def search(environment: EnvironmentSettings, given: argparse.Namespace) -> int:
    """List offers for a request, and return the exit status."""
    sold = instance_types("ReservedCapacityInstanceType")
    if given.type not in sold:
        print(f"{given.type} is in no plan; there are {', '.join(sold)}", file=sys.stderr)
        return 1
    request = {
        "InstanceType": given.type,
        "InstanceCount": given.count,
        "DurationHours": given.hours,
        "TargetResources": [TARGET],
    }
    if given.after:
        request["StartTimeAfter"] = given.after
    if given.before:
        request["EndTimeBefore"] = given.before
    try:
        sagemaker = _session(environment).client("sagemaker")
        offers = sagemaker.search_training_plan_offerings(**request)["TrainingPlanOfferings"]
    except PlanError as error:
        print(error, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"AWS does not answer: {error}", file=sys.stderr)
        return 1
    if not offers:
        print("AWS offers nothing like it: try other days, fewer instances, or fewer hours")
        return 1
    for number, offer in enumerate(offers, 1):
        print(*lines_of(number, offer, environment), sep="\n")
    print("Nothing was bought.")
    return 0


def lines_of(number: int, offer: Item, environment: EnvironmentSettings) -> Iterator[str]:
    """Yield what to know of an offer: price, times, command and YAML."""
    fee = f"{offer.get('UpfrontFee', 'unknown')} {offer.get('CurrencyCode', '')}".strip()
    yield f"{number}. {fee} upfront, {offer.get('DurationHours', 0)} hours"
    known = environment.network.availability_zones
    capacities = offer.get("ReservedCapacityOfferings", [])
    for one in capacities:
        zone = one.get("AvailabilityZone", "an unknown zone")
        note = "" if zone in known else ", where the environment has no subnet"
        yield (
            f"   {one['InstanceCount']} {one['InstanceType']} in {zone}{note}, "
            f"{one.get('StartTime')} to {one.get('EndTime')}"
        )
    yield "   to buy it, which is charged at once and cannot be undone:"
    yield (
        "     aws sagemaker create-training-plan --training-plan-name NAME "
        f"--training-plan-offering-id {offer['TrainingPlanOfferingId']}"
    )
    usable = [one for one in capacities if one.get("AvailabilityZone") in known]
    if usable:
        arn = f"{_partition(environment.region)}:sagemaker:{environment.region}"
        yield "   then, in the instance group:"
        yield f"     instance_type: {usable[0]['InstanceType']}"
        yield f"     instance_count: {usable[0]['InstanceCount']}"
        yield f"     availability_zone: {usable[0]['AvailabilityZone']}"
        yield f"     training_plan_arn: arn:{arn}:{environment.account}:training-plan/NAME"


def _session(environment: EnvironmentSettings) -> boto3.Session:
    session = boto3.Session(region_name=environment.region)
    try:
        account = session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise PlanError(f"no credentials that AWS accepts: {error}") from None
    if account != environment.account:
        raise PlanError(
            f"the credentials are of account {account}, and the environment is in "
            f"{environment.account}"
        )
    return session


def _describe(sagemaker: Any, use: Use) -> Item:
    try:
        plan: Item = sagemaker.describe_training_plan(TrainingPlanName=use.plan_name)
    except (BotoCoreError, ClientError) as error:
        raise PlanError(f"{use.path}: {use.plan_name} cannot be described: {error}") from None
    return plan


def _zones_of(session: boto3.Session, plan: Item) -> list[str]:
    """Return the names of a plan's zones, which it may have by id only."""
    parts = plan.get("ReservedCapacitySummaries", [])
    names = [one["AvailabilityZone"] for one in parts if "AvailabilityZone" in one]
    ids = [
        one["AvailabilityZoneId"]
        for one in parts
        if "AvailabilityZone" not in one and "AvailabilityZoneId" in one
    ]
    if ids:
        try:
            answer = session.client("ec2").describe_availability_zones(ZoneIds=ids)
        except (BotoCoreError, ClientError) as error:
            raise PlanError(f"zones {', '.join(ids)} cannot be described: {error}") from None
        names += [zone["ZoneName"] for zone in answer["AvailabilityZones"]]
    return sorted(set(names))


def _partition(region: str) -> str:
    return str(boto3.Session().get_partition_for_region(region))


def _day(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)


if __name__ == "__main__":
    sys.exit(main())
