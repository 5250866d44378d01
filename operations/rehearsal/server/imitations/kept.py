"""What imitations keep: records of the kinds of one service, in one account and region."""

import json
from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server.identifiers import Owner
from operations.rehearsal.server.records import BRIDGED, Record, Records


class Kept:
    """The things of one service.

    Args:
        service: as boto3 calls it.
        records: where they are kept.
        owner: whose they are.
    """

    def __init__(self, service: str, records: Records, owner: Owner) -> None:
        self._service = service
        self._records = records
        self._owner = owner

    def get(self, noun: str, name: str) -> dict[str, Any] | None:
        """Return what is known of a thing; None if it does not exist."""
        found = self._records.get(*self._place(noun), name)
        return None if found is None else found.properties

    def put(self, noun: str, name: str, values: Mapping[str, Any]) -> None:
        """Let a thing exist, and be like this."""
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
        """Forget a thing; tell whether it was there."""
        return self._records.remove(*self._place(noun), name) is not None

    def all(self, noun: str) -> list[dict[str, Any]]:
        """Return what is known of all things of a kind, oldest first."""
        account, region, kind = self._place(noun)
        return [r.properties for r in self._records.of(account, region) if r.kind == kind]

    def _place(self, noun: str) -> tuple[str, str, str]:
        return self._owner.account, self._owner.region, f"{self._service}.{noun}"


def name_of(*parts: Any) -> str:
    """Return a name for what has none of its own."""
    return json.dumps(parts, sort_keys=True)
