"""The state of a fake: records of one service, in one account and region."""

import json
from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import BRIDGED, Record, Records


class Store:
    """Things of one service, by noun and name.

    Args:
        service: as boto3 calls it.
        records: all records.
        owner: account and region of the things.
    """

    def __init__(self, service: str, records: Records, owner: Owner) -> None:
        self._service = service
        self._records = records
        self._owner = owner

    def get(self, noun: str, name: str) -> dict[str, Any] | None:
        """Return the values of a thing; None if it does not exist."""
        found = self._records.get(*self._place(noun), name)
        return None if found is None else found.properties

    def put(self, noun: str, name: str, values: Mapping[str, Any]) -> None:
        """Add a thing, or replace it."""
        account, region, kind = self._place(noun)
        self._records.add(
            Record(
                kind=kind,
                account=account,
                region=region,
                physical_id=name,
                label=BRIDGED,
                service=self._service,
                properties=dict(values),
                identity=(name,),
            )
        )

    def remove(self, noun: str, name: str) -> bool:
        """Remove a thing; return whether it existed."""
        return self._records.remove(*self._place(noun), name) is not None

    def all(self, noun: str) -> list[dict[str, Any]]:
        """Return the values of all things of a noun, oldest first."""
        account, region, kind = self._place(noun)
        return [r.properties for r in self._records.of(account, region) if r.kind == kind]

    def _place(self, noun: str) -> tuple[str, str, str]:
        return self._owner.account, self._owner.region, f"{self._service}.{noun}"


def name_of(*parts: Any) -> str:
    """Return a name for a thing that has none, from what identifies it."""
    return json.dumps(parts, sort_keys=True)
