"""Parts of services whose rules the handlers of custom resources depend on.

What they keep is in the records, like all else that calls make, so that what is left after a
deletion is seen.
"""

from collections.abc import Callable, Mapping
from typing import Any

from operations.rehearsal.server.identifiers import Owner
from operations.rehearsal.server.imitations import catalog_policy, data_shares, lake_formation
from operations.rehearsal.server.records import Records
from operations.rehearsal.server.wire import Call

Answer = Callable[[str, Mapping[str, Any], Records, Owner], dict[str, Any]]

_ANSWERS: Mapping[str, tuple[tuple[str, ...], Answer]] = {
    "glue": (catalog_policy.OPERATIONS, catalog_policy.answer),
    "lakeformation": (lake_formation.OPERATIONS, lake_formation.answer),
    "redshift": (data_shares.OPERATIONS, data_shares.answer),
}


def of(call: Call) -> Answer | None:
    """What answers a call, None if nothing here does."""
    operations, answer = _ANSWERS.get(call.service, ((), None))
    return answer if call.operation.name in operations else None
