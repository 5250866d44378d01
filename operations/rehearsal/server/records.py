"""Records of resources, by account and region."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

NATIVE = "native"
BRIDGED = "bridged"
RECORDED = "recorded"


@dataclass
class Record:
    """A resource that exists.

    Attributes:
        kind: resource type, or `service.Noun` for what only an API call created.
        label: native, bridged or recorded.
        service: the AWS API that reads it back, "" if none does.
    """

    kind: str
    account: str
    region: str
    physical_id: str
    label: str
    service: str = ""
    stack: str = ""
    logical_id: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    identity: tuple[str, ...] = ()
    created: float = field(default_factory=time.time)

    @property
    def noun(self) -> str:
        """Its name in the API: `Endpoint` for `AWS::SageMaker::Endpoint`."""
        return self.kind.replace(".", "::").rsplit("::", 1)[-1]

    @property
    def view(self) -> dict[str, Any]:
        """Properties and attributes together, as a description returns them."""
        return {**self.properties, **self.attributes}

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return vars(self)


class Records:
    """All resources that exist, in all accounts and regions.

    Attributes:
        version: grows with every change.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.version = 0
        self._records: dict[tuple[str, str, str, str], Record] = {}

    def add(self, record: Record) -> None:
        """Add a record, or replace one of the same kind and physical ID."""
        self.version += 1
        self._records[(record.account, record.region, record.kind, record.physical_id)] = record

    def get(self, account: str, region: str, kind: str, physical_id: str) -> Record | None:
        """Return the record, None if there is none."""
        return self._records.get((account, region, kind, physical_id))

    def remove(self, account: str, region: str, kind: str, physical_id: str) -> Record | None:
        """Remove and return the record, None if there was none."""
        self.version += 1
        return self._records.pop((account, region, kind, physical_id), None)

    def of(self, account: str, region: str, service: str = "") -> list[Record]:
        """Return the records of an account and region, optionally of one service, oldest first."""
        return [
            record
            for record in self
            if (record.account, record.region) == (account, region)
            and service in ("", record.service)
        ]

    def __iter__(self) -> Iterator[Record]:
        """All records, oldest first."""
        return iter(list(self._records.values()))
