"""Datashares of Redshift, as far as a namespace that is registered with Glue makes them."""

from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.identifiers import Owner, arn
from operations.rehearsal.server.imitations.kept import Kept
from operations.rehearsal.server.records import Records

OPERATIONS = (
    "AssociateDataShareConsumer",
    "DeregisterNamespace",
    "DescribeDataShares",
    "RegisterNamespace",
)
_NOUN = "DataShare"


def answer(
    operation: str, arguments: Mapping[str, Any], records: Records, owner: Owner
) -> dict[str, Any]:
    """Return the output of a call.

    Raises:
        ApiError: if a namespace is registered already, or not at all.
    """
    kept = Kept("redshift", records, owner)
    if operation in ("RegisterNamespace", "DeregisterNamespace"):
        [identifier] = arguments["NamespaceIdentifier"].values()
        namespace = identifier.get("NamespaceIdentifier") or identifier["ClusterIdentifier"]
        return _register(kept, operation, namespace, owner)
    wanted = arguments["DataShareArn"]
    share = kept.get(_NOUN, wanted)
    if share is None:
        raise ApiError("InvalidDataShareFault", f"There is no datashare {wanted}")
    if operation == "AssociateDataShareConsumer":
        share["DataShareAssociations"] = [
            {"ConsumerIdentifier": arguments["ConsumerArn"], "Status": "ACTIVE"}
        ]
        return dict(share)
    return {"DataShares": [share]}


def _register(kept: Kept, operation: str, namespace: str, owner: Owner) -> dict[str, Any]:
    share = arn("redshift", f"datashare:{namespace}/ds_internal_namespace", owner)
    if operation == "DeregisterNamespace":
        if not kept.remove(_NOUN, share):
            raise ApiError("InvalidNamespaceFault", "The namespace is not registered.")
        return {"Status": "Deregistering"}
    if kept.get(_NOUN, share) is not None:
        raise ApiError("InvalidNamespaceFault", "The namespace is already registered.")
    kept.put(_NOUN, share, {"DataShareArn": share, "DataShareAssociations": []})
    return {"Status": "Registering"}
