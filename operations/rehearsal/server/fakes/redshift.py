"""Redshift: the datashares of namespaces that are registered with Glue."""

from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.fake import Fake
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import Records
from operations.rehearsal.server.store import Store

_OPERATIONS = (
    "AssociateDataShareConsumer",
    "DeregisterNamespace",
    "DescribeDataShares",
    "RegisterNamespace",
)
_NOUN = "DataShare"


def _answer(
    operation: str, arguments: Mapping[str, Any], records: Records, owner: Owner
) -> dict[str, Any]:
    """Return the output of a call.

    Raises:
        ApiError: a namespace is registered already, or is not registered.
    """
    store = Store("redshift", records, owner)
    if operation in ("RegisterNamespace", "DeregisterNamespace"):
        [identifier] = arguments["NamespaceIdentifier"].values()
        namespace = identifier.get("NamespaceIdentifier") or identifier["ClusterIdentifier"]
        return _register(store, operation, namespace, owner)
    wanted = arguments["DataShareArn"]
    share = store.get(_NOUN, wanted)
    if share is None:
        raise ApiError("InvalidDataShareFault", f"There is no datashare {wanted}")
    if operation == "AssociateDataShareConsumer":
        share["DataShareAssociations"] = [
            {"ConsumerIdentifier": arguments["ConsumerArn"], "Status": "ACTIVE"}
        ]
        return dict(share)
    return {"DataShares": [share]}


def _register(store: Store, operation: str, namespace: str, owner: Owner) -> dict[str, Any]:
    share = owner.arn("redshift", f"datashare:{namespace}/ds_internal_namespace")
    if operation == "DeregisterNamespace":
        if not store.remove(_NOUN, share):
            raise ApiError("InvalidNamespaceFault", "The namespace is not registered.")
        return {"Status": "Deregistering"}
    if store.get(_NOUN, share) is not None:
        raise ApiError("InvalidNamespaceFault", "The namespace is already registered.")
    store.put(_NOUN, share, {"DataShareArn": share, "DataShareAssociations": []})
    return {"Status": "Registering"}


FAKE = Fake(service="redshift", operations=_OPERATIONS, answer=_answer)
