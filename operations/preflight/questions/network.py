"""Whether zones, endpoint services and subnets are there."""

from collections.abc import Iterator

from operations.account import NotFoundInAccountError
from operations.assembly import Json
from operations.preflight.answer import Answer, failed, passed, warning
from operations.preflight.target import Target

# As many addresses a subnet must have free: interfaces of apps, jobs, endpoints and functions.
_FEW_ADDRESSES = 32


def zones(target: Target) -> Iterator[Answer]:
    """The zones of the settings are zones of this account."""
    found = target.account.ask("ec2", "describe_availability_zones")["AvailabilityZones"]
    known = {one[key] for one in found for key in ("ZoneName", "ZoneId")}
    for zone in wanted_zones(target):
        if zone in known:
            yield passed(f"zone {zone}", "available")
        else:
            names = ", ".join(sorted(one["ZoneName"] for one in found))
            yield failed(f"zone {zone}", f"not a zone of this account; it has {names}")


def wanted_zones(target: Target) -> list[str]:
    """Return the zones that subnets state by name or id."""
    zones = [
        one.get(key)
        for _, _, one in target.of_type("AWS::EC2::Subnet")
        for key in ("AvailabilityZone", "AvailabilityZoneId")
    ]
    return list(dict.fromkeys(one for one in zones if isinstance(one, str)))


def instance_types(target: Target) -> Iterator[Answer]:
    """EC2 offers the instance types of clusters and endpoints in the zones.

    SageMaker publishes no such list; EC2's is the nearest, so the answer is a warning at most.
    """
    zones = wanted_zones(target)
    wanted = sorted(_instance_types(target))
    if not zones or not wanted:
        return
    kind = "availability-zone" if zones[0][-1].isalpha() else "availability-zone-id"
    offers = target.account.every(
        "ec2",
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        LocationType=kind,
        Filters=[
            {"Name": "location", "Values": zones},
            {"Name": "instance-type", "Values": [one.removeprefix("ml.") for one in wanted]},
        ],
    )
    found: dict[str, list[str]] = {}
    for one in offers:
        found.setdefault(f"ml.{one['InstanceType']}", []).append(one["Location"])
    for name in wanted:
        where = sorted(found.get(name, []))
        if not where:
            yield warning(name, f"EC2 does not offer it in {', '.join(zones)}: choose other zones")
        elif len(where) < len(zones):
            yield passed(name, f"EC2 offers it in {', '.join(where)} only")
        else:
            yield passed(name, "EC2 offers it in all zones")


def _instance_types(target: Target) -> set[str]:
    groups = [
        group
        for _, _, cluster in target.of_type("AWS::SageMaker::Cluster")
        for key in ("InstanceGroups", "RestrictedInstanceGroups")
        for group in cluster.get(key) or []
    ]
    variants = [
        variant
        for _, _, config in target.of_type("AWS::SageMaker::EndpointConfig")
        for variant in config.get("ProductionVariants", [])
    ]
    return {one["InstanceType"] for one in [*groups, *variants] if "InstanceType" in one}


def endpoint_services(target: Target) -> Iterator[Answer]:
    """Services with an interface endpoint have one in the zones of the subnets."""
    names = sorted(
        {
            target.text(stack, one["ServiceName"])
            for stack, _, one in target.of_type("AWS::EC2::VPCEndpoint")
            if one.get("VpcEndpointType") == "Interface"
        }
    )
    if not names:
        return
    every = target.account.every("ec2", "describe_vpc_endpoint_services", "ServiceDetails")
    offered = {one["ServiceName"]: one.get("AvailabilityZones", []) for one in every}
    zones = [one for one in wanted_zones(target) if one[-1].isalpha()]
    faults = 0
    for name in names:
        missing = [zone for zone in zones if zone not in offered.get(name, zones)]
        if name not in offered:
            faults += 1
            yield failed(f"endpoint service {name}", "not offered in this region")
        elif missing:
            faults += 1
            yield failed(
                f"endpoint service {name}",
                f"not offered in {', '.join(missing)}: leave the zone out, or the endpoint",
            )
    if not faults:
        yield passed("endpoint services", f"{len(names)} offered in all zones")


def existing(target: Target) -> Iterator[Answer]:
    """An existing VPC resolves names, and its subnets have free addresses."""
    for vpc in sorted(_stated(target, "VpcId", "vpc-")):
        try:
            missing = [
                name
                for name in ("enableDnsSupport", "enableDnsHostnames")
                if not _attribute(target, vpc, name)
            ]
        except NotFoundInAccountError:
            yield failed(vpc, "there is no such VPC in this account and region")
            continue
        if missing:
            yield failed(vpc, f"{' and '.join(missing)} must be on: `aws ec2 modify-vpc-attribute`")
        else:
            yield passed(vpc, "resolves names")
    subnets = sorted(
        _stated(target, "SubnetIds", "subnet-") | _stated(target, "SubnetId", "subnet-")
    )
    for subnet in subnets:
        try:
            found = target.account.ask("ec2", "describe_subnets", SubnetIds=[subnet])
        except NotFoundInAccountError:
            yield failed(subnet, "there is no such subnet in this account and region")
            continue
        free = found["Subnets"][0]["AvailableIpAddressCount"]
        if free < _FEW_ADDRESSES:
            yield failed(subnet, f"{free} addresses are free, and {_FEW_ADDRESSES} are few")
        else:
            yield passed(subnet, f"{free} addresses are free")


def _attribute(target: Target, vpc: str, name: str) -> bool:
    found = target.account.ask("ec2", "describe_vpc_attribute", VpcId=vpc, Attribute=name)
    value: Json = found[name[0].upper() + name[1:]]
    return bool(value["Value"])


def _stated(target: Target, key: str, prefix: str) -> set[str]:
    """Return the ids that templates state as text."""
    found: set[str] = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for name, one in value.items():
                for each in one if isinstance(one, list) else [one]:
                    if name.endswith(key) and isinstance(each, str) and each.startswith(prefix):
                        found.add(each)
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    for stack in target.stage.stacks:
        walk([one.get("Properties", {}) for one in stack.resources().values()])
    return found
