"""What this project adds to the CloudFormation of an emulator."""

import time
from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server import resources
from operations.rehearsal.server.faults import FaultError, Faults
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import NATIVE, Record, Records
from operations.rehearsal.server.schemas import has_schema


class Extension:
    """Checks, faults and records for every resource of every stack."""

    def __init__(self) -> None:
        """Start with nothing recorded and no fault ordered."""
        self.records = Records()
        self.faults = Faults()
        self.calls: list[str] = []

    def before(
        self, action: str, resource_type: str, owner: Owner, properties: Mapping[str, Any]
    ) -> None:
        """Check a resource before it is created or updated, and apply ordered faults.

        Raises:
            ResourceError: if the registry schema objects to the properties.
            FaultError: if a test ordered the failure.
        """
        self.faults_before(action, resource_type, owner)
        if has_schema(resource_type):
            resources.check(resource_type, properties, owner.region)

    def faults_before(self, action: str, resource_type: str, owner: Owner) -> None:
        """Apply an ordered fault.

        Raises:
            FaultError: if a test ordered the failure.
        """
        fault = self.faults.take(action, [resource_type, f"{owner.stack}/{owner.logical_id}"])
        if fault is not None:
            time.sleep(fault.delay)
            if fault.code:
                raise FaultError(fault.code, f"{fault.code}: {fault.message}")

    def before_delete(
        self, resource_type: str, account: str, region: str, physical_id: str
    ) -> None:
        """Apply a fault that was ordered for a deletion.

        Raises:
            FaultError: if a test ordered the failure.
        """
        record = self.records.get(account, region, resource_type, physical_id)
        stack, logical_id = (record.stack, record.logical_id) if record else ("", "")
        self.faults_before("delete", resource_type, Owner(account, region, stack, logical_id))

    def refuse_taken(self, resource_type: str, owner: Owner, physical_id: str) -> None:
        """Refuse a resource that belongs to another template.

        Raises:
            ResourceError: if a resource of the same id belongs to another stack or logical id.
        """
        other = self.records.get(owner.account, owner.region, resource_type, physical_id)
        if other is not None and (other.stack, other.logical_id) != (owner.stack, owner.logical_id):
            raise resources.ResourceError(
                f"{resource_type} {physical_id} already exists, as {other.logical_id} of stack "
                f"{other.stack}"
            )

    def keep_native(
        self,
        resource_type: str,
        owner: Owner,
        physical_id: str,
        properties: Mapping[str, Any],
        attributes: Mapping[str, Any] | None,
        label: str = NATIVE,
    ) -> None:
        """Record a resource that the emulator handles, or that is only recorded."""
        self.records.add(
            Record(
                kind=resource_type,
                account=owner.account,
                region=owner.region,
                physical_id=physical_id,
                label=label,
                stack=owner.stack,
                logical_id=owner.logical_id,
                properties=dict(properties),
                attributes=dict(attributes or {}),
            )
        )

    def forget(self, resource_type: str, account: str, region: str, physical_id: str) -> None:
        """Remove the record of a deleted resource."""
        self.records.remove(account, region, resource_type, physical_id)

    def create(
        self,
        resource_type: str,
        owner: Owner,
        properties: Mapping[str, Any],
        label: str,
        service: str,
    ) -> Record:
        """Create a resource of a type that the emulator lacks.

        Raises:
            ResourceError: if one with the same identifier is alive.
        """
        return resources.create(self.records, resource_type, properties, owner, label, service)

    def replaces(
        self, resource_type: str, owner: Owner, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> bool:
        """Return whether a change of properties replaces the resource."""
        return resources.replaces(resource_type, owner.region, old, new)

    def update(
        self, resource_type: str, owner: Owner, physical_id: str, properties: Mapping[str, Any]
    ) -> Record:
        """Change a resource in place.

        Raises:
            ResourceError: if it is gone, for instance deleted through the API.
        """
        record = self.records.get(owner.account, owner.region, resource_type, physical_id)
        if record is None:
            raise resources.ResourceError(f"{resource_type} {physical_id} was not found")
        return resources.update(record, properties)

    def delete(self, resource_type: str, account: str, region: str, physical_id: str) -> None:
        """Delete a resource; one that does not exist counts as deleted.

        Raises:
            ResourceError: if it still holds others.
        """
        record = self.records.get(account, region, resource_type, physical_id)
        if record is not None:
            resources.delete(self.records, record)
