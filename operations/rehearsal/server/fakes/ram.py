"""RAM: shares, with which accounts are associated some time after CloudFormation made them."""

import time
from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server.fake import Fake
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import Records

KIND = "AWS::RAM::ResourceShare"
# Seconds after which an account is associated.
_ASSOCIATED = 1.0


def _answer(
    operation: str, arguments: Mapping[str, Any], records: Records, owner: Owner
) -> dict[str, Any]:
    del operation
    wanted = arguments.get("resourceShareArns")
    return {
        "resourceShareAssociations": [
            {
                "resourceShareArn": one.physical_id,
                "associatedEntity": principal,
                "associationType": "PRINCIPAL",
                "status": "ASSOCIATED"
                if time.time() - one.created > _ASSOCIATED
                else "ASSOCIATING",
                "external": False,
            }
            for one in records.of(owner.account, owner.region)
            if one.kind == KIND and (wanted is None or one.physical_id in wanted)
            for principal in one.properties.get("Principals", ())
        ]
    }


FAKE = Fake(service="ram", operations=("GetResourceShareAssociations",), answer=_answer)
