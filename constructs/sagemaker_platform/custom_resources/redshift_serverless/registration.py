"""Registration of a namespace with the Glue Data Catalog.

`RegisterNamespace` creates an internal datashare and invites the catalog. This module accepts the
invitation: it associates the catalog with the share. (AWS: "Creating Amazon Redshift federated
catalogs" in the Lake Formation guide.)
"""

import logging
from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.errors import CustomResourceError, PendingError
from ..common.waiting import Item

_NO_SHARE = ("InvalidDataShareFault", "InvalidDataShare")
_NO_NAMESPACE = ("ClusterNotFound", "ClusterNotFoundFault", "InvalidNamespaceFault")

_LOG = logging.getLogger(__name__)


def physical_id(properties: Mapping[str, Any]) -> str:
    """Return the physical id; it changes only with the namespace."""
    return f"registration-of-{properties['NamespaceId']}"


def start(event: Mapping[str, Any], caller: Caller) -> None:
    """Register the namespace, or deregister it. Both can be repeated."""
    properties = event["ResourceProperties"]
    redshift = client("redshift")
    arguments: Item = {
        "NamespaceIdentifier": {
            "ServerlessIdentifier": {
                "NamespaceIdentifier": properties["NamespaceId"],
                "WorkgroupIdentifier": properties["WorkgroupId"],
            }
        },
        "ConsumerIdentifiers": [properties["Consumer"]],
    }
    if event["RequestType"] == "Delete":
        caller.call("deregistration", redshift.deregister_namespace, _NO_NAMESPACE, **arguments)
        return
    try:
        caller.call("registration", redshift.register_namespace, **arguments)
    except CustomResourceError as error:
        # Redshift has no error code of its own for a namespace that is registered already.
        if not any(word in error.aws_message.lower() for word in ("already", "exists")):
            raise
        _LOG.info("%s: %s", properties["NamespaceId"], error)


def step(event: Mapping[str, Any], caller: Caller) -> None:
    """Accept the invitation when it is there; for a deletion, wait until the share is gone."""
    properties = event["ResourceProperties"]
    redshift, share = client("redshift"), {"DataShareArn": properties["DataShareArn"]}
    answer = caller.call("datashare", redshift.describe_data_shares, _NO_SHARE, **share)
    states = {
        association.get("ConsumerIdentifier"): association.get("Status")
        for found in (answer or {}).get("DataShares", ())
        for association in found.get("DataShareAssociations", ())
    }
    if event["RequestType"] == "Delete":
        if "ACTIVE" in states.values():
            raise PendingError(["the datashare is active"])
        return
    if states.get(properties["CatalogArn"]) == "ACTIVE":
        return
    accepted = caller.call(
        "invitation",
        redshift.associate_data_share_consumer,
        _NO_SHARE,
        ConsumerArn=properties["CatalogArn"],
        **share,
    )
    if accepted is None:
        raise PendingError([f"datashare {properties['DataShareArn']} does not exist yet"])
