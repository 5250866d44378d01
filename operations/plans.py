"""Training plans for HyperPod: reserved capacity that is paid upfront. Nothing here buys one.

`search` asks AWS for offers. `check` looks at the plans that the settings name: whether they are
active, for clusters, of the group's instance type and zone, and large enough.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations.account import refused_credentials
from operations.errors import OperationError
from stacks.hyperpod.capability import HyperPod
from stacks.network.zones import is_zone_id
from stacks.sagemaker_api import instance_types
from stacks.settings import EnvironmentSettings

Item = Mapping[str, Any]

TARGET = "hyperpod-cluster"


class PlanError(OperationError):
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


class Request(NamedTuple):
    """What a training plan must provide.

    Attributes:
        instance_type: such as `ml.p5.48xlarge`.
        instances: number of instances.
        hours: duration.
        after: earliest start. Defaults to no limit.
        before: latest end. Defaults to no limit.
    """

    instance_type: str
    instances: int
    hours: int
    after: datetime | None = None
    before: datetime | None = None

    def to_api(self) -> dict[str, Any]:
        """Return the parameters of SearchTrainingPlanOfferings."""
        parameters: dict[str, Any] = {
            "InstanceType": self.instance_type,
            "InstanceCount": self.instances,
            "DurationHours": self.hours,
            "TargetResources": [TARGET],
        }
        if self.after:
            parameters["StartTimeAfter"] = self.after.replace(tzinfo=UTC)
        if self.before:
            parameters["EndTimeBefore"] = self.before.replace(tzinfo=UTC)
        return parameters


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
    hyperpod = environment.find(HyperPod)
    if hyperpod is None:
        return
    zones = environment.network.availability_zones
    for number, cluster in enumerate(hyperpod.settings.clusters):
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


def search(environment: EnvironmentSettings, request: Request) -> list[Item]:
    """Return what AWS offers for a request.

    Raises:
        PlanError: AWS offers nothing, or cannot be asked.
    """
    sold = instance_types("ReservedCapacityInstanceType")
    if request.instance_type not in sold:
        raise PlanError(
            f"--type: got {request.instance_type}; must be an instance type of training plans: "
            f"{', '.join(sold)}"
        )
    try:
        sagemaker = _session(environment).client("sagemaker")
        offers: list[Item] = sagemaker.search_training_plan_offerings(**request.to_api())[
            "TrainingPlanOfferings"
        ]
    except (BotoCoreError, ClientError) as error:
        raise PlanError(f"AWS did not answer: {error}") from None
    if not offers:
        raise PlanError("AWS offers no such plan. Try other days, fewer instances, or fewer hours.")
    return offers


def lines_of(number: int, offer: Item, environment: EnvironmentSettings) -> Iterator[str]:
    """Yield what to know of an offer: price, times, command and YAML."""
    fee = f"{offer.get('UpfrontFee', 'unknown')} {offer.get('CurrencyCode', '')}".strip()
    yield f"{number}. {fee} upfront, {offer.get('DurationHours', 0)} hours"
    known = environment.network.availability_zones
    capacities = offer.get("ReservedCapacityOfferings", [])
    for one in capacities:
        zone = one.get("AvailabilityZone", "an unknown zone")
        note = (
            "" if zone in known or is_zone_id(known[0]) else ", where the environment has no subnet"
        )
        yield (
            f"   {one['InstanceCount']} {one['InstanceType']} in {zone}{note}, "
            f"{one.get('StartTime')} to {one.get('EndTime')}"
        )
    yield "   to buy it, which is charged at once and cannot be undone:"
    yield (
        "     aws sagemaker create-training-plan --training-plan-name NAME "
        f"--training-plan-offering-id {offer['TrainingPlanOfferingId']}"
    )
    # Offers have names only, which mean nothing where settings have ids.
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
        raise PlanError(refused_credentials(environment.account, error)) from None
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
    """Return the names and the ids of a plan's zones, as far as they are known."""
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
    names += [one["AvailabilityZoneId"] for one in parts if "AvailabilityZoneId" in one]
    return sorted(set(names))


def _partition(region: str) -> str:
    return str(boto3.Session().get_partition_for_region(region))
