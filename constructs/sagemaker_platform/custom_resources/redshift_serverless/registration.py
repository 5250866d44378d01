"""Registration of a namespace with the Glue Data Catalog.

`RegisterNamespace` makes an internal datashare and invites the catalog; the invitation is
accepted here by associating the catalog with the share. (AWS: "Creating Amazon Redshift
federated catalogs" in the Lake Formation guide.)
"""

import logging
from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, Item, RefusedError, client

_NO_SHARE = ("InvalidDataShareFault", "InvalidDataShare")
_NO_NAMESPACE = ("ClusterNotFound", "ClusterNotFoundFault", "InvalidNamespaceFault")

_LOG = logging.getLogger(__name__)


def physical_id(properties: Mapping[str, Any]) -> str:
    """Return the id of the resource, which changes with the namespace only."""
    return f"registration-of-{properties['NamespaceId']}"


def begin(event: Mapping[str, Any], caller: Caller) -> None:
    """Ask for the registration, or for its end. Either may have been asked for before."""
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
        what = "end of the registration"
        caller.call(what, redshift.deregister_namespace, _NO_NAMESPACE, **arguments)
        return
    try:
        caller.call("registration", redshift.register_namespace, **arguments)
    except RefusedError as error:
        # No code of its own says so.
        if not any(word in error.said.lower() for word in ("already", "exists")):
            raise
        _LOG.info("%s: %s", properties["NamespaceId"], error)


def step(event: Mapping[str, Any], caller: Caller) -> Item | None:
    """Accept the invitation once it is there; after a deletion, wait for it to go."""
    properties = event["ResourceProperties"]
    redshift, share = client("redshift"), {"DataShareArn": properties["DataShareArn"]}
    answer = caller.call("datashare", redshift.describe_data_shares, _NO_SHARE, **share)
    states = {
        association.get("ConsumerIdentifier"): association.get("Status")
        for found in (answer or {}).get("DataShares", ())
        for association in found.get("DataShareAssociations", ())
    }
    if event["RequestType"] == "Delete":
        return None if "ACTIVE" in states.values() else {}
    if states.get(properties["CatalogArn"]) == "ACTIVE":
        return {}
    accepted = caller.call(
        "invitation",
        redshift.associate_data_share_consumer,
        _NO_SHARE,
        ConsumerArn=properties["CatalogArn"],
        **share,
    )
    return None if accepted is None else {}
