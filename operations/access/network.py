"""VPCs, and the VPC endpoints through which calls leave them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from operations.access.policy import Origin, Policy
from operations.access.resolver import Record


@dataclass(frozen=True, eq=False)
class Endpoint:
    """A VPC endpoint.

    Attributes:
        id: its physical ID.
        service: name of its service, such as ``com.amazonaws.eu-west-1.s3``.
        policy: its policy; None for the default, which allows everything.
    """

    id: str
    service: str
    policy: Policy | None


@dataclass(frozen=True, eq=False)
class Network:
    """The VPC of an environment.

    Attributes:
        vpc: its ID; empty where the environment names an existing VPC by other means.
        closed: whether nothing but VPC endpoints leads out of it.
        endpoints: its endpoints by service.
    """

    vpc: str
    closed: bool
    endpoints: Mapping[str, Endpoint]

    @classmethod
    def read(cls, records: Iterable[Record]) -> "Network | None":
        """Read the VPC of an environment's resources; None if it makes none."""
        by_type: dict[str, list[Record]] = {}
        for record in records:
            by_type.setdefault(record.type, []).append(record)
        vpcs = by_type.get("AWS::EC2::VPC", [])
        if not vpcs:
            return None
        endpoints = {}
        for record in by_type.get("AWS::EC2::VPCEndpoint", []):
            document = record.properties.get("PolicyDocument")
            origin = Origin(record.stack.name, record.logical_id, record.path)
            service = record.properties["ServiceName"]
            policy = Policy.parse(document, origin) if document else None
            endpoints[service] = Endpoint(record.ref, service, policy)
        return cls(vpcs[0].ref, "AWS::EC2::NatGateway" not in by_type, endpoints)
